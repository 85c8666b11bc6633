"""What the embedded archive makes of documents that are added to a dossier, and of pages that it asked for."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

import jwt
import pytest
import sqlalchemy as sa
from archive_stand import FILE_CODE, UUID, dossier, made, signed

from appliance.archive.packages.inspection import inspect_package
from appliance.archive.transports.contract import Package
from appliance.core.errors import ApplianceError
from appliance.core.jobs import PackageJob
from appliance.receiver import receiptbook, rescans, tables, wishes
from appliance.receiver.archive import Archive, open_archive
from appliance.receiver.deciding import Demands
from appliance.receiver.front import Front
from appliance.receiver.judges import ThreadJudges
from appliance.receiver.service import Receiver
from appliance.receiver.settings import Settings

FIRST, SECOND, THIRD = UUID, str(uuid.UUID(int=7)), str(uuid.UUID(int=8))
MISSING = str(uuid.UUID(int=9))


def job(folder: Path, package: str, ordinals: dict[int, bytes], **more: Any) -> PackageJob:
    pdfs = {at: signed(text) for at, text in ordinals.items()}
    return dataclasses.replace(dossier(folder, pdfs, package), **more)


def added(folder: Path, package: str, ordinals: dict[int, bytes], to: str = FIRST,
          code: str = FILE_CODE) -> Package:
    return made(job(folder, package, ordinals, record_status="SUPPLEMENT", supplements=to, file_code=code))


def taken(archive: Archive, package: Package, demands: Demands) -> tuple[bool, str]:
    """Bring a package to an archive; return whether it was accepted, and why not."""
    async def bring() -> None:
        receiver = Receiver(archive, ThreadJudges(lambda _: "", archive.work), demands)
        upload = receiver.uploads.create("", package.size, package.sha256, "")
        receiver.uploads.append(upload, package.path.read_bytes())
        claim = receiver.line.claim()
        assert claim is not None
        await receiver.deciding.decide(claim, ThreadJudges(lambda _: "", archive.work), receiver.line)

    asyncio.run(bring())
    with archive.index.read() as connection:
        row = connection.execute(sa.select(tables.receipts).where(tables.receipts.c.sha256 == package.sha256)).one()
        assert receiptbook.find(connection, package.sha256) == row.token
    said = jwt.decode(row.token, options={"verify_signature": False})
    return said["status"] == "accepted", said["reason"]


@pytest.fixture
def archive(tmp_path: Path) -> Any:
    with open_archive(Settings(tmp_path / "archive")) as found:
        yield found


def brought(archive: Archive, package: Package) -> tuple[bool, str]:
    return taken(archive, package, Front(archive).demands)


def test_documents_are_added_to_a_dossier_that_is_here_once(archive: Archive, tmp_path: Path) -> None:
    assert brought(archive, made(job(tmp_path / "a", FIRST, {1: b"one", 2: b"two"}))) == (True, "")
    assert brought(archive, added(tmp_path / "b", SECOND, {3: b"three"})) == (True, "")
    again = brought(archive, added(tmp_path / "c", THIRD, {3: b"other", 4: b"four"}))
    assert again == (False, f"its document {FILE_CODE}.0000003 is here already")


def test_an_addition_to_a_package_that_was_replaced_meanwhile_is_taken(archive: Archive, tmp_path: Path) -> None:
    brought(archive, made(job(tmp_path / "a", FIRST, {1: b"one"})))
    newer = job(tmp_path / "b", SECOND, {1: b"better"}, record_status="REPLACEMENT", replaces=FIRST)
    assert brought(archive, made(newer)) == (True, "")
    assert brought(archive, added(tmp_path / "c", THIRD, {2: b"two"})) == (True, "")


@pytest.mark.parametrize(("to", "code", "reason"), [
    (MISSING, FILE_CODE, "it adds documents to a package that is not here"),
    (FIRST, "H49.64.33.2001.161", "it adds documents to a package of another dossier"),
])
def test_an_addition_to_something_else_is_refused(
    archive: Archive, tmp_path: Path, to: str, code: str, reason: str,
) -> None:
    brought(archive, made(job(tmp_path / "a", FIRST, {1: b"one"})))
    assert brought(archive, added(tmp_path / "b", SECOND, {2: b"two"}, to, code)) == (False, reason)


def test_an_addition_that_names_nothing_is_never_built(tmp_path: Path) -> None:
    for status, named in (("SUPPLEMENT", ""), ("NEW", FIRST), ("SUPPLEMENT", "x")):
        with pytest.raises(ApplianceError) as refused:
            made(job(tmp_path, SECOND, {2: b"two"}, record_status=status, supplements=named))
        assert refused.value.code == "A601"


def altered(package: Package, out: Path, old: bytes, new: bytes) -> Path:
    with zipfile.ZipFile(package.path) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            data = source.read(info)
            target.writestr(info, data.replace(old, new) if info.filename.endswith("/METS.xml") else data)
    return out


def test_a_status_and_a_name_of_an_addition_that_disagree_are_found(tmp_path: Path) -> None:
    package = added(tmp_path, SECOND, {2: b"two"})
    nameless = altered(package, tmp_path / "1.zip", b'"SUPPLEMENTS"', b'"OTHER"')
    new = altered(package, tmp_path / "2.zip", b'"SUPPLEMENT"', b'"NEW"')
    found = [[one for one in inspect_package(path, lambda _: "").problems if "SUPPLEMENT" in one]
             for path in (nameless, new)]
    assert found == [["a SUPPLEMENT does not name the one package that it supplements"],
                     ["it names a package to supplement and is no SUPPLEMENT"]]


def replacing(folder: Path, package: str, old: str, text: bytes, tasks: list[str] | None) -> Package:
    """Build a replacement whose provenance names the tasks that it answers; None: it knows no tasks."""
    facts: dict[str, Any] = {"pages": []}
    if tasks is not None:
        facts["rescan_tasks"] = [{"task": one} for one in tasks]
    return made(job(folder, package, {1: text}, record_status="REPLACEMENT", replaces=old,
                    provenance=json.dumps(facts)))


def asked(archive: Archive, page: int) -> str:
    wish = wishes.RescanWish(FIRST, f"{FILE_CODE}.0000001", page, "mờ ở góc", "Lê Thị Duyệt")
    return rescans.ask(archive.index, wish)


def states(archive: Archive) -> dict[str, tuple[str, str]]:
    return {row["id"]: (row["state"], row["package"]) for row in rescans.listed(archive.index)}


def test_only_the_page_that_came_again_is_answered_the_other_goes_over_to_the_new_package(
    archive: Archive, tmp_path: Path,
) -> None:
    brought(archive, made(job(tmp_path / "a", FIRST, {1: b"one"})))
    one, two = asked(archive, 1), asked(archive, 2)
    assert brought(archive, replacing(tmp_path / "b", SECOND, FIRST, b"better", [two])) == (True, "")
    assert states(archive) == {one: ("asked", SECOND), two: ("answered", FIRST)}


def test_a_name_alone_answers_nothing_while_the_document_is_the_same(archive: Archive, tmp_path: Path) -> None:
    brought(archive, made(job(tmp_path / "a", FIRST, {1: b"one"})))
    task = asked(archive, 1)
    assert brought(archive, replacing(tmp_path / "b", SECOND, FIRST, b"one", [task])) == (True, "")
    assert states(archive)[task] == ("asked", SECOND)


def test_of_software_that_knows_no_tasks_any_change_of_the_document_answers(
    archive: Archive, tmp_path: Path,
) -> None:
    brought(archive, made(job(tmp_path / "a", FIRST, {1: b"one"})))
    task = asked(archive, 1)
    brought(archive, replacing(tmp_path / "b", SECOND, FIRST, b"better", None))
    assert states(archive)[task][0] == "answered"


def test_an_office_that_goes_over_to_archival_packages_still_replaces_and_adds_to_what_it_sent_before(
        archive: Archive, tmp_path: Path) -> None:
    said = {"signatures": [{"ordinal": at, "document": f"d#{at}", "signed": "2026-11-21T09:03:00.000+07:00",
                            "level": "B-T"} for at in (1, 2, 3)]}
    aip = {"layout": "tt05-aip-hoso", "archive_code": "H49", "provenance": json.dumps(said)}
    assert brought(archive, made(job(tmp_path / "a", FIRST, {1: b"one", 2: b"two"}))) == (True, "")
    pages = {1: b"better", 2: b"two"}
    newer = job(tmp_path / "b", SECOND, pages, record_status="REPLACEMENT", replaces=FIRST, **aip)
    assert brought(archive, made(newer)) == (True, "")
    back = job(tmp_path / "c", THIRD, {2: b"other", 3: b"three"}, record_status="SUPPLEMENT", supplements=SECOND)
    assert brought(archive, made(back)) == (False, f"its document {FILE_CODE}.0000002 is here already")
    more = job(tmp_path / "d", MISSING, {3: b"three"}, record_status="SUPPLEMENT", supplements=SECOND, **aip)
    assert brought(archive, made(more)) == (True, "")
