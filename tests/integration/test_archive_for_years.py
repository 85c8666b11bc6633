"""An archive that runs for years: what kills leave behind, disks and clocks that fail, offices that merge."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiohttp.test_utils import make_mocked_request
from archive_stand import ROOT, small
from evidence_stand import ending, evidence, openssl_stamps
from kept_archive import PLACES, Kept, kept
from pki_stand import Stand
from postgres_stand import postgres, programs

from appliance.archive.packages.inspection import CheckPdf
from appliance.core.errors import ApplianceError, Exit
from appliance.receiver import stores, tables
from appliance.receiver.admission import Judgement, Taken
from appliance.receiver.deciding import Demands
from appliance.receiver.fixity import check_desk as fixity_desk
from appliance.receiver.fixity import daily, reconciling
from appliance.receiver.fixity import tables as keeping
from appliance.receiver.fixity.daily import Daily
from appliance.receiver.fixity.duties import HOLD, Duty
from appliance.receiver.fixity.keeping import is_time
from appliance.receiver.fixity.slices import Share, due
from appliance.receiver.gate import CALLER
from appliance.receiver.index import open_index, open_sqlite
from appliance.receiver.inlet_part import InletPart
from appliance.receiver.judges import ThreadJudges, look_at
from appliance.receiver.line import Line
from appliance.receiver.offices import Office
from appliance.receiver.parts import offices_of
from appliance.receiver.service import Receiver
from appliance.receiver.serving import main
from appliance.receiver.settings import InletPlace
from appliance.receiver.stores import FileStore

DEADLINE = 20.0


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Kept]:
    with kept(tmp_path) as found:
        yield found


@pytest.fixture
def clock_of(shared_pki: Stand) -> Iterator[Stand]:
    yield shared_pki
    shared_pki.reset()


def test_the_service_starts_without_what_judges_signatures() -> None:
    asked = "import sys, appliance.receiver.serving; print([one for one in sys.modules if 'pyhanko' in one])"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, text=True, capture_output=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_zip_that_names_places_before_its_own_beginning_is_refused(tmp_path: Path) -> None:
    data = bytearray(small(tmp_path / "p").path.read_bytes())
    end = data.rindex(b"PK\5\6")
    first = struct.unpack_from("<I", data, end + 16)[0]
    struct.pack_into("<I", data, end + 16, first + 5000)  # the directory would begin 5000 bytes later than it does
    path = tmp_path / "odd.zip"
    path.write_bytes(data)
    judged = look_at(path, hashlib.sha256(data).hexdigest(), tmp_path, lambda _: "")
    assert "damaged" in judged.report.problems[0]


def test_two_that_write_one_copy_at_once_share_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, source = FileStore(tmp_path / "place", "place"), tmp_path / "source"
    source.write_bytes(b"x" * 9000)
    copying = threading.Barrier(2, timeout=DEADLINE)
    used = []

    def slowly(origin: Path, target: Path) -> None:
        used.append(target)
        target.write_bytes(origin.read_bytes()[:10])
        copying.wait()
        target.write_bytes(origin.read_bytes())

    monkeypatch.setattr(stores.shutil, "copyfile", slowly)  # type: ignore[attr-defined]
    both = [threading.Thread(target=store.replace, args=("ab" * 32, source)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(set(used)) == 2
    assert store.path("ab" * 32).read_bytes() == source.read_bytes()
    assert [path.name for path in (tmp_path / "place").rglob("*.*")] == ["ab" * 32 + ".zip"]


def test_what_killed_judges_left_behind_goes_and_what_is_in_use_stays(stand: Kept) -> None:
    work, long_ago = stand.archive.work, time.time() - 30 * 86400
    left = [work / "inspect-dead", work / "fetched-dead", work / "inlets" / "0" / "ab.part"]
    left[0].mkdir()
    (left[0] / "1.pdf").write_bytes(b"half a document")
    left[2].parent.mkdir(parents=True)
    for path in left[1:]:
        path.write_bytes(b"half")
    for path in left:
        os.utime(path, (long_ago, long_ago))
    fresh = work / "fixity-now.part"
    fresh.write_bytes(b"being written")
    Receiver(stand.archive, ThreadJudges(stand.judge, work))._tidy()
    assert [path for path in left if path.exists()] == []
    assert fresh.exists()


def test_a_data_base_in_which_we_may_make_nothing_is_told_in_a_sentence() -> None:
    if programs() is None:
        pytest.skip("not run: PostgreSQL is not installed")
    with postgres() as server:
        address = sa.make_url(server.new_index())
        engine = sa.create_engine(address)
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE ROLE stranger LOGIN"))
            connection.execute(sa.text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
        engine.dispose()
        with pytest.raises(ApplianceError, match="InsufficientPrivilege"):
            open_index(address.set(username="stranger").render_as_string(hide_password=False))


def test_an_index_that_is_no_data_base_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    path.write_bytes(b"somebody's letter " * 1000)
    with pytest.raises(ApplianceError) as problem:
        open_sqlite(path)
    assert problem.value.code == "A640"


def test_a_package_whose_copy_was_put_back_is_still_judged_in_its_turn(stand: Kept) -> None:
    stand.age(50, stand.names[0])
    stand.path("far", stand.names[0]).unlink()
    assert stand.day().run.restored == 1
    stand.judge.against.add(b"document 0")
    assert stand.day().run.errors == 1


def test_everything_is_judged_also_what_had_to_be_put_back(stand: Kept) -> None:
    stand.path("far", stand.names[0]).unlink()
    told = stand.day(everything=True)
    assert (told.run.restored, told.run.signatures) == (1, 3)


class SlowPlace(FileStore):
    """A place that needs longer to list what it has than a duty is held without a word."""

    stand: Kept

    def names(self) -> Iterator[str]:
        begun = self.held()
        end = time.monotonic() + DEADLINE
        while self.held() <= begun:
            assert time.monotonic() < end, "nobody holds on to the duty"
            time.sleep(0.01)
        yield from super().names()

    def held(self) -> str:
        rows = self.stand.rows(keeping.duties)
        return str(next(row["held_until"] for row in rows if row["name"] == daily.NAME))


def test_the_duty_is_held_while_a_place_lists_millions(stand: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily, "HOLD_SECONDS", 0.05)
    slow = SlowPlace(stand.folder / "far", "far")
    slow.stand = stand
    stand.archive = replace(stand.archive, stores=(stand.archive.stores[0], slow))
    assert stand.day().well


def test_who_has_lost_the_duty_stops(stand: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily, "HOLD_SECONDS", 0.01)
    asked: list[Path] = []
    noticed, hold = threading.Event(), Duty.hold

    def held(self: Duty) -> bool:
        ours = hold(self)
        if not ours:
            noticed.set()
        return ours

    monkeypatch.setattr(Duty, "hold", held)

    def judge(path: Path, at: datetime | None = None) -> str:
        """Take the duty away as another host would, and wait until that was seen."""
        asked.append(path)
        with stand.archive.index.write() as connection:
            connection.execute(keeping.duties.update().where(keeping.duties.c.name == daily.NAME).values(
                holder="another host", held_until=tables.moment(datetime.now(UTC) + HOLD)))
        assert noticed.wait(DEADLINE)
        return ""

    work = Daily(stand.archive, ThreadJudges(judge, stand.archive.work), stand.evidence())
    with pytest.raises(OSError, match="another receiver"):
        asyncio.run(work.run(everything=True))
    assert len(asked) < len(stand.names)
    holders = [row["holder"] for row in stand.rows(keeping.duties) if row["name"] == daily.NAME]
    assert holders == ["another host"]


def test_days_left_are_one_question_however_many_stamps_there_are(stand: Kept, clock_of: Stand) -> None:
    found = evidence(stand, clock_of)
    found.stamp_new()
    row = stand.rows(keeping.stamps)[0]
    with stand.archive.index.write() as connection:
        connection.execute(keeping.stamps.insert(), [
            {**row, "id": f"stamp {number}"} for number in range(300)])
    asked: list[str] = []
    engine = stand.archive.index._engine
    sa.event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert found.renew_by() is not None
    assert len([one for one in asked if "SELECT" in one]) == 1


def test_one_lost_package_keeps_no_other_from_a_newer_hash(stand: Kept, clock_of: Stand) -> None:
    evidence(stand, clock_of).stamp_new()
    now = datetime.now(UTC)
    fresh = stand.evidence(openssl_stamps(clock_of, stand.folder / "openssl", "sha384"), (clock_of.root,),
                           table=ending("sha256", now + timedelta(days=400), "sha384"))
    near, far = (stand.path(place, stand.names[1]) for place in ("near", "far"))
    shutil.move(near, stand.folder / "backup")
    far.unlink()
    spread = timedelta(days=300)
    assert fresh.renew_hashes(now, spread) == 2
    assert fresh.renew_hashes(now, spread) == 0
    shutil.move(stand.folder / "backup", near)  # somebody had it
    assert fresh.renew_hashes(now, spread) == 1
    assert fresh.renew_hashes(now, spread) == 0
    later = now + timedelta(days=500)
    for name in stand.names:
        proof = fresh.proof_of(name, later)
        assert proof is not None
        assert (proof.reason, proof.stamps) == ("", 2)


def test_what_one_hash_cannot_renew_keeps_no_other_from_it(stand: Kept, clock_of: Stand) -> None:
    old = evidence(stand, clock_of)
    old.stamp_new()
    now = datetime.now(UTC)
    stamp = openssl_stamps(clock_of, stand.folder / "openssl", "sha384")
    table = ending("sha256", now + timedelta(days=20), "sha384")
    fresh = stand.evidence(stamp, (clock_of.root,), table=table)
    stand.take_in(b"by the newer hash")
    fresh.stamp_new()
    with stand.archive.index.write() as connection:
        connection.execute(keeping.stamps.update().values(renew_by=tables.moment(now + timedelta(days=20))))
    with pytest.raises(ApplianceError, match="A664"):
        fresh.renew(now)
    renewed = {row["algorithm"]: bool(row["renewed"]) for row in stand.rows(keeping.stamps)
               if row["over"] == "packages"}
    assert renewed == {"sha256": False, "sha384": True}


def test_two_couriers_places_of_one_name_are_one_figure_and_each_has_its_own_pace(stand: Kept) -> None:
    places = [InletPlace(folder=str(stand.folder / hall / "disk"), encrypted=False, seconds=seconds)
              for hall, seconds in (("a", 5.0), ("b", 600.0))]
    part = InletPart(places, Receiver(stand.archive, ThreadJudges(stand.judge, stand.archive.work)), stand.archive)
    (there,) = [one for one in part.families() if one.name == "archive_inlet_there"]
    assert [(one.labels["inlet"], one.value) for one in there.samples] == [("folder:disk", 0.0)]
    assert [porter.seconds for porter in part._porters] == [5.0, 600.0]


def test_an_office_that_took_over_others_asks_for_their_receipts_too() -> None:
    request = make_mocked_request("GET", "/receipts/x")
    assert offices_of(request) == frozenset()
    request[CALLER] = Office("new", heir_of=("old", "older"))
    assert offices_of(request) == {"new", "old", "older"}


def test_what_a_clock_that_went_wrong_put_off_for_years_goes_on_when_it_is_right_again(stand: Kept) -> None:
    wrong = datetime.now(UTC) + timedelta(days=3650)
    receiver = Receiver(stand.archive, ThreadJudges(stand.judge, stand.archive.work))
    receiver.uploads.append(receiver.uploads.create("", 1, "ab" * 32, ""), b"x")
    line = Line(stand.archive.index, "me", 30.0)
    duty = Daily(stand.archive, None, stand.evidence()).duty
    with stand.archive.index.write() as connection:
        connection.execute(tables.uploads.update().values(judging_until=tables.moment(wrong)))
        connection.execute(keeping.duties.insert().values(
            name=daily.NAME, holder="another host", held_until=tables.moment(wrong)))
        connection.execute(tables.copies.update().where(tables.copies.c.sha256 == stand.names[0]).values(
            checked=tables.moment(wrong)))
    assert line.claim() is not None
    assert line.claim() is None
    assert duty.take()
    assert is_time(tables.moment(wrong), datetime.now(UTC), 1)
    (first,) = due(stand.archive.index, Share(PLACES, 1000.0, 1.0, datetime.now(UTC)))
    assert first.sha256 == stand.names[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="not run: only root can be refused")
def test_root_is_refused_in_an_archive_of_another_user_and_leaves_nothing(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "archive"
    root.mkdir()
    os.chown(root, 65534, 65534)
    assert main(["--root", str(root), "--port", "0"], lambda _trusted: lambda _path: "") == Exit.FAILED
    assert "A644" in capsys.readouterr().err
    assert fixity_desk.main(["--root", str(root)], lambda _trusted: lambda _path: "") == Exit.FAILED
    assert "A644" in capsys.readouterr().err
    assert list(root.iterdir()) == []


def test_a_stamp_that_the_index_lost_is_told_and_stops_no_check(stand: Kept, clock_of: Stand) -> None:
    found = evidence(stand, clock_of)
    found.stamp_new()
    first = stand.rows(keeping.stamps)[0]["id"]
    with stand.archive.index.write() as connection:
        connection.execute(keeping.stamps.update().values(renewed="a stamp that is not here"))
    told = stand.day(evidence(stand, clock_of), everything=True)
    assert (told.run.objects, told.run.errors) == (4, 3)
    wrong = [row for row in stand.rows(keeping.findings) if row["kind"] == "evidence"]
    assert [row["reason"] for row in wrong] == ["its stamps are damaged in the index (NoResultFound)"] * 3
    assert list(found._shelf.heads()) == [first]


def test_a_disk_too_full_to_sort_names_is_told_and_the_checks_go_on(
        stand: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def small(place: str) -> sqlite3.Connection:
        opened = connect(place)
        opened.execute("PRAGMA max_page_count = 1")
        return opened

    connect = sqlite3.connect
    monkeypatch.setattr(reconciling.sqlite3, "connect", small)  # type: ignore[attr-defined]
    told = stand.day(everything=True)
    assert (told.run.objects, told.run.errors) == (3, 0)
    assert len(told.troubles) == 2


def test_an_index_that_the_settings_name_is_nobody_elses_to_read(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with kept(tmp_path, f"sqlite:///{tmp_path / 'elsewhere' / 'index.db'}"):
            made = list((tmp_path / "elsewhere").iterdir())
            assert len(made) > 1
            assert [path.name for path in made if path.stat().st_mode & 0o007] == []
    finally:
        os.umask(before)


@pytest.mark.parametrize("port", ["taken", "70000"])
def test_an_address_that_cannot_be_had_is_told_in_a_sentence(
        tmp_path: Path, capsys: pytest.CaptureFixture[str], port: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        wanted = str(other.getsockname()[1]) if port == "taken" else port
        words = ["--root", str(tmp_path), "--port", wanted]
        assert main(words, lambda _trusted: lambda _path: "") == Exit.FAILED
    assert "A645" in capsys.readouterr().err


def test_a_package_that_the_index_cannot_hold_is_rejected_after_a_few_tries(stand: Kept) -> None:
    def broken(_connection: sa.Connection, _judged: Judgement, _taken: Taken) -> None:
        raise OverflowError("a number beyond all bounds")

    package = small(stand.folder / "odd", "0198f3c0-1111-7000-8000-0000000000ff")
    judges = ThreadJudges(lambda _: "", stand.archive.work)
    receiver = Receiver(stand.archive, judges, Demands((), (broken,)))
    upload = receiver.uploads.create("", package.size, package.sha256, "")
    receiver.uploads.append(upload, package.path.read_bytes())
    for _ in range(stand.archive.settings.judging.crashes + 1):
        with stand.archive.index.write() as connection:  # the minutes between the tries are over
            connection.execute(tables.uploads.update().values(judging_until=""))
        claim = receiver.line.claim()
        assert claim is not None
        asyncio.run(receiver.deciding.decide(claim, judges, receiver.line))
    assert [row["status"] for row in stand.rows(tables.receipts)] == ["rejected"]
    assert receiver.line.claim() is None


def test_a_package_that_wants_all_memory_of_its_judge_is_refused_and_a_broken_disk_is_not_its_fault(
        tmp_path: Path) -> None:
    package = small(tmp_path / "p")

    def failing(number: int) -> CheckPdf:
        def check(_path: Path) -> str:
            raise OSError(number, os.strerror(number))

        return check

    judged = look_at(package.path, package.sha256, tmp_path, failing(errno.ENOMEM))
    assert judged.report.problems == ("it cannot be inspected (MemoryError)",)
    with pytest.raises(OSError, match="Input/output"):
        look_at(package.path, package.sha256, tmp_path, failing(errno.EIO))
