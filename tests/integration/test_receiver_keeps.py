"""What the archive keeps, in which order, and what it takes over from the receiver before it."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import json
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import sqlalchemy as sa
from archive_stand import FILE_CODE, UUID, dossier, made, receipts_of, signed, small
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.archive.packages.inspection import PackageReport
from appliance.archive.receipts import ALGORITHM, TYPE, verify
from appliance.archive.transports.contract import Package
from appliance.core.errors import ApplianceError, Exit
from appliance.receiver import tables
from appliance.receiver.admission import Judgement, Taken
from appliance.receiver.archive import Archive, open_archive
from appliance.receiver.contents import Contents
from appliance.receiver.deciding import Demands
from appliance.receiver.judges import ThreadJudges
from appliance.receiver.service import Receiver
from appliance.receiver.serving import alone, main
from appliance.receiver.settings import Settings, Store
from appliance.receiver.takeover import take_over

OTHER = f"{UUID[:-1]}2"


def two_places(folder: Path) -> Settings:
    stores = tuple(Store(name, folder=str(folder / name)) for name in ("first", "second"))
    return Settings(folder / "root", store=stores)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with open_archive(two_places(tmp_path)) as opened:
        yield opened


def is_signed(path: Path) -> str:
    return "" if b"/ByteRange" in path.read_bytes() else "it is not signed"


def bring(archive: Archive, package: Package, demands: Demands | None = None, office: str = "") -> dict[str, Any]:
    """Upload a package and decide it; return what its receipt says, or nothing."""
    judges = ThreadJudges(is_signed, archive.work)
    receiver = Receiver(archive, judges, demands)
    upload = receiver.uploads.create(office, package.size, package.sha256, "")
    if not upload.whole:
        receiver.uploads.append(upload, package.path.read_bytes())
    claim = receiver.line.claim()
    assert claim is not None
    asyncio.run(receiver.deciding.decide(claim, judges, receiver.line))
    with archive.index.read() as connection:
        token = connection.scalar(sa.select(tables.receipts.c.token).where(
            tables.receipts.c.sha256 == package.sha256))
    return jwt.decode(token, options={"verify_signature": False}) if token else {}


def copies(folder: Path, package: Package) -> list[Path]:
    return [folder / place / package.sha256[:2] / f"{package.sha256}.zip" for place in ("first", "second")]


def test_an_accepted_package_lies_in_every_place_read_only_and_is_found_in_the_index(
        archive: Archive, tmp_path: Path) -> None:
    package = small(tmp_path / "p")
    said = bring(archive, package)
    assert (said["status"], said["documents"]) == ("accepted", 2)
    assert said["document_ids"] == [f"{FILE_CODE}.0000001", f"{FILE_CODE}.0000002"]
    for copy in copies(tmp_path, package):
        assert copy.read_bytes() == package.path.read_bytes()
        assert stat.S_IMODE(copy.stat().st_mode) == 0o440
    first, second = copies(tmp_path, package)
    assert first.stat().st_ino != second.stat().st_ino
    with archive.index.read() as connection:
        row = connection.execute(sa.select(tables.packages)).mappings().one()
        places = connection.execute(sa.select(tables.copies.c.place, tables.copies.c.state)).all()
        in_order = sa.select(tables.documents).order_by(tables.documents.c.ordinal)
        documents = connection.execute(in_order).mappings().all()
    assert (row["uuid"], row["sha256"], row["file_code"], row["mode"]) == (UUID, package.sha256, FILE_CODE, "01")
    assert sorted(tuple(one) for one in places) == [("first", "good"), ("second", "good")]
    assert [one["doc_code"] for one in documents] == said["document_ids"]
    assert documents[0]["sha256"] == hashlib.sha256(signed(b"one")).hexdigest()
    assert documents[0]["issued"] == "2021-03-02"
    assert not list((tmp_path / "root" / "uploads").iterdir())


def test_a_place_that_is_broken_leaves_nothing_decided_and_the_next_try_heals(
        archive: Archive, tmp_path: Path) -> None:
    package = small(tmp_path / "p")
    second = tmp_path / "second"
    shutil.rmtree(second)
    second.write_text("no folder can be here")
    assert bring(archive, package) == {}
    second.unlink()
    with archive.index.write() as connection:
        connection.execute(tables.uploads.update().values(judging_until=""))
    assert bring(archive, package)["status"] == "accepted"
    assert all(copy.is_file() for copy in copies(tmp_path, package))


def test_nothing_of_an_archive_can_be_read_by_others(archive: Archive, tmp_path: Path) -> None:
    judges = ThreadJudges(is_signed, archive.work)
    receiver = Receiver(archive, judges)
    receiver.uploads.append(receiver.uploads.create("", 9, "ab" * 32, ""), b"half")
    bring(archive, made(dossier(tmp_path / "b", {1: b"no signature"})))
    with alone(archive.settings):
        bring(archive, small(tmp_path / "p", OTHER))
    trees = [tmp_path / name for name in ("root", "first", "second")]
    open_to_others = [path for tree in trees for path in (tree, *tree.rglob("*")) if path.stat().st_mode & 0o007]
    assert [path for path in open_to_others if path.name != "receipt-public.pem"] == []
    assert stat.S_IMODE((tmp_path / "root" / "keys" / "receipt.pem").stat().st_mode) == 0o600


def test_a_disk_that_is_not_mounted_gets_no_package_and_nothing_is_decided_without_it(
        archive: Archive, tmp_path: Path) -> None:
    assert bring(archive, small(tmp_path / "p"))["status"] == "accepted"
    second = tmp_path / "second"
    second.rename(tmp_path / "unplugged")
    second.mkdir()  # the bare mount point
    package = small(tmp_path / "q", OTHER)
    assert bring(archive, package) == {}
    assert not list(second.iterdir())
    second.rmdir()
    (tmp_path / "unplugged").rename(second)
    with archive.index.write() as connection:
        connection.execute(tables.uploads.update().values(judging_until=""))
    assert bring(archive, package)["status"] == "accepted"
    assert all(copy.is_file() for copy in copies(tmp_path, package))


def test_an_index_that_is_away_at_the_start_is_said_in_a_sentence(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "receiver.toml"
    path.write_text(f'root = "{tmp_path}"\nport = 0\n[index]\nurl = "postgresql+psycopg://a@/b?host={tmp_path}"\n')
    assert main(["--settings", str(path)], lambda _trusted: is_signed) == Exit.FAILED
    assert "A640" in capsys.readouterr().err


def test_a_rule_of_the_archive_refuses_and_nothing_of_it_is_kept_as_accepted(
        archive: Archive, tmp_path: Path) -> None:
    asked = []

    def not_yours(office: str, _report: PackageReport, found: Contents) -> str:
        asked.append((office, found.organ))
        return "it is sent in another's name"

    package = small(tmp_path / "p")
    said = bring(archive, package, Demands((not_yours,)), "007")
    assert (said["status"], said["reason"]) == ("rejected", "it is sent in another's name")
    assert asked == [("007", "H49.64.33")]
    assert not any(copy.exists() for copy in copies(tmp_path, package))
    assert (tmp_path / "root" / "rejected" / package.sha256[:2] / f"{package.sha256}.zip").is_file()


def test_what_follows_from_a_package_fails_with_it(archive: Archive, tmp_path: Path) -> None:
    def broken(_connection: sa.Connection, _judged: Judgement, _taken: Taken) -> None:
        raise OSError("the index is full")

    package = small(tmp_path / "p")
    assert bring(archive, package, Demands((), (broken,))) == {}
    with archive.index.read() as connection:
        assert connection.execute(sa.select(tables.packages)).all() == []
    with archive.index.write() as connection:
        connection.execute(tables.uploads.update().values(judging_until=""))
    assert bring(archive, package)["status"] == "accepted"


def test_a_kill_after_the_bytes_moved_and_before_the_receipt_is_healed(archive: Archive, tmp_path: Path) -> None:
    package = small(tmp_path / "p")
    receiver = Receiver(archive, ThreadJudges(lambda _: "", archive.work))
    upload = receiver.uploads.create("", package.size, package.sha256, "")
    receiver.uploads.append(upload, package.path.read_bytes())
    archive.keep(package.sha256, receiver.uploads.whole(upload, archive.work), given=True)
    assert not list((tmp_path / "root" / "uploads").glob("*.data"))
    assert bring(archive, package)["status"] == "accepted"


def test_rejected_packages_are_kept_for_a_while(archive: Archive, tmp_path: Path) -> None:
    bring(archive, made(dossier(tmp_path / "p", {1: b"no signature"})))
    receiver = Receiver(archive, ThreadJudges(lambda _: "", archive.work))
    receiver.deciding.forget_rejected(3600)
    assert len(list(receiver.deciding.rejected.names())) == 1
    time.sleep(0.01)
    receiver.deciding.forget_rejected(0)
    assert list(receiver.deciding.rejected.names()) == []


@pytest.mark.parametrize(("name", "folder"), [("first", "second"), ("second", "first")],
                         ids=["one name", "one folder"])
def test_two_places_that_are_the_same_are_refused(tmp_path: Path, name: str, folder: str) -> None:
    settings = two_places(tmp_path)
    twin = Store(name, folder=str(tmp_path / folder))
    with pytest.raises(ApplianceError) as problem, \
            open_archive(dataclasses.replace(settings, store=(settings.store[0], twin))):
        pass
    assert problem.value.code == "A641"


# what the receiver before this one left

class Before:
    """The files of the receiver before this one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.key = Ed25519PrivateKey.generate()
        self.last = ""
        self.tokens: list[str] = []
        for name in ("archive", "rejected", "receipts", "uploads", "keys"):
            (root / name).mkdir(parents=True)
        (root / "keys" / "receipt.pem").write_bytes(self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def gave(self, package: Package, reason: str = "", replaces: str = "") -> None:
        """Keep a package as that receiver did, with its receipt."""
        status = "rejected" if reason else "accepted"
        shutil.copy(package.path, self.root / ("rejected" if reason else "archive") / f"{package.sha256}.zip")
        claims = {"iss": "before", "iat": 1_700_000_000 + len(self.tokens), "jti": UUID, "sub": package.uuid,
                  "file_code": FILE_CODE, "sha256": package.sha256, "size": package.size, "status": status,
                  "reason": reason, "documents": 2, "replaces": replaces, "audit": "", "prev": self.last}
        token = jwt.encode(claims, self.key, ALGORITHM, {"typ": TYPE})
        self.tokens.append(token)
        name = f"{len(self.tokens):010d}-{package.sha256}.jws"
        (self.root / "receipts" / name).write_text(token)
        self.last = hashlib.sha256(token.encode()).hexdigest()


def replacing(folder: Path) -> Package:
    job = dossier(folder, {1: signed(b"again"), 2: signed(b"two")}, OTHER)
    return made(dataclasses.replace(job, record_status="REPLACEMENT", replaces=UUID))


@pytest.fixture
def before(tmp_path: Path) -> Before:
    left = Before(tmp_path / "root")
    left.gave(small(tmp_path / "a"))
    left.gave(made(dossier(tmp_path / "b", {1: b"bad"}, f"{UUID[:-1]}9")), "the document is not signed")
    left.gave(replacing(tmp_path / "c"), replaces=UUID)
    (left.root / "uploads" / f"{'e' * 32}.json").write_text(json.dumps({"offset": 3}))
    (left.root / "uploads" / f"{'e' * 32}.data").write_bytes(b"abc")
    return left


def test_the_book_and_the_packages_of_the_receiver_before_come_in_and_its_chain_goes_on(
        before: Before, archive: Archive, tmp_path: Path) -> None:
    assert take_over(archive) == 3
    assert receipts_of(before.root) == before.tokens
    with archive.index.read() as connection:
        column = tables.packages.c
        found = connection.execute(sa.select(column.uuid, column.replaced_by).order_by(column.accepted)).all()
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.copies)) == 4
    assert [tuple(one) for one in found] == [(UUID, OTHER), (OTHER, "")]
    assert not list((before.root / "archive").iterdir())
    assert not list((before.root / "rejected").glob("*.zip"))
    assert len(list((before.root / "rejected").glob("*/*.zip"))) == 1
    new = small(tmp_path / "n", f"{UUID[:-1]}3")
    said = bring(archive, new)
    assert said["prev"] == before.last
    token = receipts_of(before.root)[-1]
    assert verify(token, before.public, new.sha256, new.size).accepted, "the key is the same"
    assert take_over(archive) == 0


def test_a_take_over_that_was_ended_in_the_middle_goes_on(before: Before, archive: Archive) -> None:
    third = sorted((before.root / "receipts").iterdir())[2]
    aside = third.rename(before.root / third.name)
    assert take_over(archive) == 2
    aside.rename(third)
    assert take_over(archive) == 1
    assert receipts_of(before.root) == before.tokens


def test_a_gap_in_the_old_book_or_a_damaged_package_is_told_and_changes_nothing_more(
        before: Before, archive: Archive) -> None:
    second = sorted((before.root / "receipts").iterdir())[1]
    aside = second.rename(before.root / second.name)
    with pytest.raises(ApplianceError) as problem:
        take_over(archive)
    assert problem.value.code == "A643"
    assert receipts_of(before.root) == before.tokens[:1]
    aside.rename(second)
    (kept,) = (before.root / "archive").glob("*.zip")  # the third: the first one has been taken over
    kept.chmod(0o640)
    kept.write_bytes(kept.read_bytes()[:-1])
    with pytest.raises(ApplianceError) as problem:
        take_over(archive)
    assert problem.value.code == "A643"
    assert receipts_of(before.root) == before.tokens[:2]
