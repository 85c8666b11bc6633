"""The synthetic page stays apart: its jobs, its leave to sign, its history; and its packages at the archive."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import jwt
import pytest
import sqlalchemy as sa
from archive_stand import FILE_CODE, dossier, made, signed
from leave_stand import Stand, office

from appliance import dispatch
from appliance.archive.transports.contract import Package
from appliance.core import errors, files, rules
from appliance.core.config import Config, Job, Storage
from appliance.core.errors import ApplianceError
from appliance.core.events import Bus
from appliance.core.heartbeat import Heartbeat
from appliance.core.jobs import Job as Lease
from appliance.core.jobs import Outcome, Priority
from appliance.core.model import ImageFormat, Master
from appliance.crew import Ticket
from appliance.executor import InProcess
from appliance.exporter.metrics import Metrics
from appliance.heartbeat import drawn, road
from appliance.heartbeat.heart import Heart
from appliance.heartbeat.journey import Journey
from appliance.receiver import tables
from appliance.receiver.archive import Archive, open_archive
from appliance.receiver.judges import ThreadJudges
from appliance.receiver.service import Receiver
from appliance.receiver.settings import Settings, Store
from appliance.spool import authorisations, heartbeats
from appliance.spool.heartbeats import Ended
from appliance.spool.ledger import Book, Ledger
from appliance.steps.means import Means

CODE = "0107.HEARTBEAT.2611220631"
NOTHING = cast(Any, None)


def grant(ledger: Ledger) -> int:
    return authorisations.grant(ledger, authorisations.Grant(
        "LD900", "Lãnh đạo", "Văn thư", "a" * 64, "", "*", "2026-01-01T00:00:00+07:00",
        "2090-01-01T00:00:00+07:00"))


async def test_page_1_of_the_synthetic_page_is_not_page_1_of_the_office_for_the_workers() -> None:
    both = InProcess({"read": lambda job: {"of": job.body["of"]}})
    try:
        paper = both.run(Lease("read-1", "read", {"of": "paper"}))
        own = road.Apart(both).run(Lease("read-1", "read", {"of": "heartbeat"}))
        first, second = await asyncio.gather(paper, own)
        assert (first.body["of"], second.body["of"]) == ("paper", "heartbeat")
        assert second.id == "read-1"
    finally:
        await both.close()


async def test_a_nights_backlog_makes_it_late_in_no_sound_office_and_no_page_being_fed_waits_for_it() -> None:
    asked: list[Lease] = []

    class Pool:
        async def run(self, job: Lease) -> Outcome:
            asked.append(job)
            return Outcome(job.id, ok=True)

    await road.Apart(cast(Any, Pool())).run(Lease("analyse-1", "analyse", {}, Priority.OPERATOR))
    reading, look = Lease("read-9", "read", {}, Priority.PAGE), Lease("analyse-9", "analyse", {}, Priority.BACKLOG)
    queue = [Ticket(job, order, lambda _done: None) for order, job in enumerate([reading, look, asked[0]])]
    assert [ticket.job.id for ticket in sorted(queue)] == ["analyse-9", "heartbeat-analyse-1", "read-9"]
    assert queue[2].lasting, "the worker that is kept for paper being fed does not take it"


async def test_it_is_signed_by_the_offices_leave_alone_and_each_use_is_on_the_offices_chain(tmp_path: Path) -> None:
    async with office(tmp_path / "office") as stand:
        own = Stand(tmp_path / "own", stand.config, stand.desk, stand.signer)
        signing = road.LentSigning(own.means, office=stand.book, journey="run-1")
        signing._refuse_closed = lambda profile: None  # type: ignore[method-assign]

        async def sign(code: str) -> str:
            await own.document(code)
            for row in await own.rows("documents_to_sign"):
                await signing.sign(row)
            return (await own.states())[code]

        try:
            assert await sign("HEARTBEAT.1") == f"awaiting_signer {errors.AUTHORISATION_MISSING.code}"
            number = await stand.book.ask(grant)
            assert await sign("HEARTBEAT.2") == "signed"
            (link,) = await stand.chain("heartbeat.signing")
            assert json.loads(link["detail"])["leave"] == f"authorisation {number}" and link["subject"] == "run-1"
            await stand.book.ask(authorisations.revoke, number, "LD900")
            assert await sign("HEARTBEAT.3") == f"awaiting_signer {errors.AUTHORISATION_MISSING.code}"
            assert len(stand.signer.signed) == len(await stand.chain("heartbeat.signing")) == 1
        finally:
            own.book.close()


def test_leave_that_ends_just_before_the_key_is_used_stops_it_and_no_link_says_it_signed(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    number = grant(ledger)
    use = heartbeats.KeyUse("c" * 64, "a" * 64, f"authorisation {number}", number, "default")
    authorisations.revoke(ledger, number, "LD900")
    with pytest.raises(ApplianceError) as refused:
        heartbeats.signing(ledger, "run-1", use)
    assert refused.value.kind is errors.AUTHORISATION_MISSING
    assert not [row for row in ledger.all("audit") if row["what"] == "heartbeat.signing"]
    ledger.close()


async def test_nothing_is_begun_while_somebody_feeds_paper() -> None:
    asked: list[str] = []

    class Busy:
        async def ready(self, query: str, limit: int) -> list[Any]:
            asked.append(query)
            return []

        def __getattr__(self, name: str) -> Any:
            return self

        carried = ()

    feeding = True

    async def is_fed() -> bool:
        return feeding

    way = road.Road(cast(Any, Busy()), feeding=is_fed)
    await way._round()
    assert asked == []
    feeding = False
    await way._round()
    assert "deliveries_due" in asked and "ask_now" not in asked, "it never asks for the office's tasks"


async def test_nothing_of_it_is_given_to_a_courier() -> None:
    asked: list[str] = []

    class Idle:
        async def ready(self, query: str, limit: int) -> list[Any]:
            asked.append(query)
            return []

        def __getattr__(self, name: str) -> Any:
            return self

        carried = ()

    await road.Road(cast(Any, Idle()), sends=False)._round()
    assert "dossiers_to_pack" in asked and "deliveries_due" not in asked


def test_history_tells_when_each_stage_was_last_passed_and_a_run_that_was_cut_is_ended(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    heartbeats.begin(ledger, "a", CODE, "schedule")
    heartbeats.end(ledger, "a", Ended({"capture": 1.0, "analyse": 2.0, "upload": 3.0}, receipt="r"))
    heartbeats.begin(ledger, "b", CODE, "NV001")
    why = {"cause": "P704", "reason": "-", "stage": "analyse"}
    heartbeats.end(ledger, "b", Ended({"capture": 5.0}, "M840", why))
    heartbeats.begin(ledger, "c", CODE, "NV001")
    assert heartbeats.cut(ledger, "M843") == 1 and heartbeats.cut(ledger, "M843") == 0
    known = heartbeats.history(ledger)
    assert known.last is not None and (known.last["id"], known.last["code"]) == ("c", "M843")
    assert known.taken == {"capture": 5.0, "analyse": 2.0, "upload": 3.0, "total": 6.0}
    assert known.passed["capture"] > known.passed["total"] - 10 and known.started > 0
    assert known.failures == 2
    heartbeats.end(ledger, "a", Ended(code="M840"))
    assert heartbeats.history(ledger).taken["total"] == 6.0, "a run ends once"
    ledger.verify_chain()
    ledger.close()


def test_the_newest_run_is_the_last_that_was_begun_though_the_clock_was_ahead_before(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    heartbeats.begin(ledger, "a", CODE, "schedule")
    heartbeats.end(ledger, "a", Ended({"capture": 9.0}))
    ledger._db.execute("UPDATE heartbeat SET started = '2031-01-01T06:30:00+07:00'")
    heartbeats.begin(ledger, "b", CODE, "schedule")
    heartbeats.end(ledger, "b", Ended({"capture": 1.0}))
    known = heartbeats.history(ledger)
    assert known.last is not None and known.last["id"] == "b" and known.taken["capture"] == 1.0
    assert known.started < 1.92e9
    ledger.close()


def test_of_years_of_runs_only_the_newest_stay_in_the_ledger(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "KEPT", 5)
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    for number in range(9):
        heartbeats.begin(ledger, str(number), CODE, "schedule")
        heartbeats.end(ledger, str(number), Ended())
    rows = ledger._db.execute("SELECT id FROM heartbeat ORDER BY rowid").fetchall()
    assert [row["id"] for row in rows] == ["4", "5", "6", "7", "8"]
    ledger.close()


async def test_a_row_that_cannot_be_read_does_not_end_the_looking_for_good(tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()
    all_ = means(tmp_path, Config(storage=Storage(state=tmp_path)))
    try:
        await all_.book.ask(heartbeats.begin, "a", CODE, "schedule")
        await all_.book.ask(heartbeats.end, "a", Ended())
        await all_.book.ask(lambda ledger: ledger._db.execute("UPDATE heartbeat SET stages = 'no JSON'"))
        heart = Heart(all_, lambda: None)
        await heart._morning()
        await all_.book.ask(lambda ledger: ledger._db.execute("UPDATE heartbeat SET stages = '{}'"))
        await heart._morning()
        assert heart.history.last is not None
    finally:
        await all_.executor.close()
        all_.book.close()


async def test_a_synthetic_page_that_arrives_puts_no_persons_package_aside(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(*_: Any) -> None:
        return

    monkeypatch.setattr(dispatch, "deliver", at_once)  # the line: it is told apart what arrived
    key, row = tmp_path / "key", {"path": "x", "sha256": "a" * 64, "size": 1, "package": "p", "state": "queued",
                                  "upload_url": "", "sent_bytes": 0, "patience": 0}
    key.write_bytes(b"key")
    (tmp_path / "office").mkdir()
    book = Book(tmp_path / "office" / "ledger.sqlite3")
    config = Config(storage=Storage(state=tmp_path))
    office_ = dispatch.Dispatch(replace(config, archive=replace(config.archive, receipt_key=str(key))), book)
    await office_.start()
    try:
        await office_.beside(book).deliver(cast(Any, row))
        assert office_.traffic.arrived == 0, "three that arrive put aside what fails; ours do not count"
        await office_.deliver(cast(Any, row))
        assert office_.traffic.arrived == 1
    finally:
        await office_.stop()
        book.close()


def means(tmp_path: Path, config: Config) -> Means:
    executor = InProcess({})
    return Means(config, NOTHING, Book(tmp_path / "office" / "ledger.sqlite3"), executor, NOTHING, NOTHING, Bus())


async def test_a_job_that_a_person_signs_is_refused_with_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()
    job = Job("default", rules=next(one for one in rules.known() if rules.load(one).stamp.role == "person"))
    all_ = means(tmp_path, Config(storage=Storage(state=tmp_path), job=(job,)))
    heart = Heart(all_, lambda: None)
    try:
        run = await heart.send("NV001")
        assert await heart.send("NV002") == run, "one at a time"
        async with asyncio.timeout(20):
            while heart.told()["last"] is None:
                await asyncio.sleep(0.01)
        told = heart.told()["last"]
        assert told["code"] == "M844" and "default" in told["vi"] and "heartbeat.job" in told["en"]
        page = Metrics().show(heartbeat=await heart.reading()).decode()
        assert "appliance_heartbeat_good 0.0" in page
    finally:
        await all_.executor.close()
        all_.book.close()


async def test_a_page_that_is_read_wrongly_is_no_heartbeat(tmp_path: Path) -> None:
    async def nobody() -> bool:
        return False

    one = Journey(cast(Any, None), "run", CODE, nobody)
    text = tmp_path / "text"
    nothing = {"lines": [], "engine": "test", "languages": "vie", "certainty": 1.0, "seconds": 0.1}
    text.write_text(json.dumps(nothing))
    stands = {"text_path": str(text)}
    ended = await one._judged(cast(Any, None), cast(Any, stands))
    assert ended is not None
    assert (ended.code, ended.details["number"]) == (errors.HEARTBEAT_MISREAD.code, one.number)


def test_where_a_courier_carries_packages_the_road_ends_with_the_package(tmp_path: Path) -> None:
    config = Config(storage=Storage(state=tmp_path))
    assert not Journey.ends_packed(config)
    assert Journey.ends_packed(replace(config, archive=replace(config.archive, transport="folder")))
    own = road.settings(config, CODE)
    assert own.storage.state == tmp_path / "heartbeat" and own.outbox.kind == "none" and own.device == ()
    assert (own.job[0].file_code, own.job[0].register, own.job[0].name) == (CODE, "none", "default")


def test_a_synthetic_batch_is_marked_in_its_ledger_and_confirmed_by_nobody(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    master = Master("ab/ab.jpg", "ab", 10, ImageFormat.JPEG, 100, 100, 3, 300)
    drawn.captured(ledger, road.settings(Config(), CODE), "run", master)
    (batch,) = ledger._db.execute("SELECT * FROM batch").fetchall()
    assert (batch["synthetic"], batch["state"], batch["confirmed"]) == (1, "closed", "synthetic")
    assert json.loads(batch["provenance"])["kind"] == "folder", "its page is looked at after every person's"
    ledger.close()


def is_signed(path: Path) -> str:
    return "" if b"/ByteRange" in path.read_bytes() else "it is not signed"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    stores = tuple(Store(name, folder=str(tmp_path / name)) for name in ("first", "second"))
    with open_archive(Settings(tmp_path / "root", store=stores)) as opened:
        yield opened


def package(folder: Path, code: str = CODE, **changes: Any) -> Package:
    return made(dataclasses.replace(dossier(folder, {1: signed(b"one")}), file_code=code,
                                    **{"record_status": "TEST", **changes}))


def bring(archive: Archive, sent: Package) -> tuple[Receiver, dict[str, Any]]:
    receiver = Receiver(archive, ThreadJudges(is_signed, archive.work))
    upload = receiver.uploads.create("", sent.size, sent.sha256, "")
    receiver.uploads.append(upload, sent.path.read_bytes())
    claim = receiver.line.claim()
    assert claim is not None
    asyncio.run(receiver.deciding.decide(claim, ThreadJudges(is_signed, archive.work), receiver.line))
    with archive.index.read() as connection:
        token = connection.scalar(sa.select(tables.receipts.c.token))
    return receiver, jwt.decode(token, options={"verify_signature": False}) if token else {}


def kept(archive: Archive) -> list[int]:
    with archive.index.read() as connection:
        return [len(connection.execute(sa.select(table)).all())
                for table in (tables.packages, tables.documents, tables.copies)]


@pytest.mark.parametrize("changes", [{}, {"layout": "tt02-flat"}], ids=["sip", "flat"])
def test_a_test_package_of_any_form_gets_its_receipt_and_becomes_part_of_nothing(
        archive: Archive, tmp_path: Path, changes: dict[str, Any]) -> None:
    receiver, said = bring(archive, package(tmp_path / "p", **changes))
    assert said["status"] == "accepted"
    assert kept(archive) == [0, 0, 0]
    assert not list((tmp_path / "first").rglob("*.zip")) and not list((tmp_path / "second").rglob("*.zip"))
    assert len(list(receiver.deciding.series.names())) == 1
    receiver.deciding.forget_series(3600)
    assert len(list(receiver.deciding.series.names())) == 1
    place = receiver.deciding.series.path("a" * 64)
    left = place.with_name(f"{place.name}.0123{files.TEMPORARY}")
    left.parent.mkdir()
    left.write_bytes(b"what a kill left")
    os.utime(left, (0, 0))
    receiver.deciding.forget_series(-1)
    assert not list(receiver.deciding.series.names()) and not left.exists()


@pytest.mark.parametrize(("code", "status"), [(FILE_CODE, "TEST"), (CODE, "NEW")])
def test_a_package_that_only_looks_like_a_test_is_kept_as_any_other(
        archive: Archive, tmp_path: Path, code: str, status: str) -> None:
    _, said = bring(archive, package(tmp_path / "p", code, record_status=status))
    assert said["status"] == "accepted" and kept(archive) == [1, 1, 2]


def test_a_kill_after_a_test_package_was_put_away_and_before_its_receipt_is_healed(
        archive: Archive, tmp_path: Path) -> None:
    sent = package(tmp_path / "p")
    receiver = Receiver(archive, ThreadJudges(is_signed, archive.work))
    upload = receiver.uploads.create("", sent.size, sent.sha256, "")
    receiver.uploads.append(upload, sent.path.read_bytes())
    receiver.deciding.series.put(sent.sha256, receiver.uploads.whole(upload, archive.work), given=True)
    claim = receiver.line.claim()
    assert claim is not None
    asyncio.run(receiver.deciding.decide(claim, ThreadJudges(is_signed, archive.work), receiver.line))
    with archive.index.read() as connection:
        assert connection.scalar(sa.select(tables.receipts.c.status)) == "accepted"
    assert kept(archive) == [0, 0, 0]


def test_the_page_goes_the_way_of_the_first_job_that_the_agency_signs_where_none_is_named() -> None:
    personal = next(one for one in rules.known() if rules.load(one).stamp.role == "person")
    jobs = (Job("counter", rules=personal), Job("archive"), Job("more"))
    assert road.job_of(Config(job=jobs)).name == "archive"
    assert road.job_of(Config(job=jobs, heartbeat=Heartbeat(job="more"))).name == "more"
    assert road.job_of(Config()).name == "default"
    with pytest.raises(ApplianceError) as refused:
        road.job_of(Config(job=jobs[:1]))
    assert refused.value.details == {"job": "counter"}
