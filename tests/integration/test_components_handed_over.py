"""Signed one-stop components on a real ledger: given once they are right, confirmed, recalled, tried for ever."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from rescan_stand import CODE, Office
from toy_reception import ToyReception, serving

from appliance.archive.reception import sidecar as sidecars
from appliance.core import clock
from appliance.core.config import parse
from appliance.core.errors import ApplianceError
from appliance.core.events import Bus, ComponentConfirmed, Fact
from appliance.counter_clock import CounterClock
from appliance.spool import locks, outbox
from appliance.spool.ledger import Book, Ledger, Row
from appliance.steps import outbox as outbox_step
from appliance.steps.means import Means
from appliance.steps.outbox import OutboxSteps, onestop_rules

ONESTOP = "onestop-ttvpcp-2023"
DEADLINE = 20.0
Desks = Callable[..., "Desk"]
Served = tuple[ToyReception, str]
SCHEMA = Path(sidecars.__file__).with_name("component.schema.json")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a ledger with its tables."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite3"
    Ledger(path).close()
    return path


class Counter(Office):
    """An office whose dossiers are of the one-stop stream, with real hashes of its signed files."""

    def signed(self, *documents: int, code: str = CODE, rules: str = ONESTOP) -> None:
        """Scan and sign a dossier."""
        self.dossier(*documents, code=code)
        self.ledger.put("dossier", self.newest(code)["id"], rules=rules)
        self.finish(code)

    def finish(self, code: str = CODE) -> None:
        """Sign what waits for it, and let hashes be those of the files."""
        self.sign(code)
        for row in self.ledger.all("documents_of_dossier", dossier=self.newest(code)["id"]):
            if row["signed_path"]:
                data = Path(row["signed_path"]).read_bytes()
                self.ledger.put("document", row["id"], signed_sha256=hashlib.sha256(data).hexdigest())

    def gather(self) -> int:
        """Look what is due."""
        return outbox.gather(self.ledger, onestop_rules())

    def rows(self) -> list[tuple[int, str]]:
        """Return ordinal and state of every component."""
        return [(row["ordinal"], row["state"]) for row in self.ledger.all("outbox_listed")]

    def all_confirmed(self) -> None:
        """Let the reception software confirm everything."""
        for row in outbox.moving(self.ledger):
            outbox.trying(self.ledger, row, {})
            outbox.confirmed(self.ledger, row["id"])


@pytest.fixture
def office(tmp_path: Path, empty: Path) -> Counter:
    shutil.copyfile(empty, tmp_path / "ledger.sqlite3")
    return Counter(tmp_path)


def test_a_document_goes_as_soon_as_it_is_signed_and_never_twice(office: Counter) -> None:
    office.signed(1, 2)
    assert office.gather() == 2
    assert office.gather() == 0
    assert office.rows() == [(1, "waiting"), (2, "waiting")]
    row = office.ledger.all("outbox_moving")[0]
    (batch,) = office.ledger.all("batches")
    assert row["started"] == batch["started"], "the clock of the promise begins at Start"


def test_the_archive_stream_does_not_go_there(office: Counter) -> None:
    office.signed(1, rules="archive-tt05-2025")
    assert office.gather() == 0


def test_a_dossier_whose_count_is_wrong_gives_nothing_away(office: Counter) -> None:
    office.dossier(1, held="T403", declared=3)
    office.ledger.put("dossier", office.newest()["id"], rules=ONESTOP)
    office.sign()
    assert office.gather() == 0


def test_one_that_still_lacks_its_time_stamp_waits_for_it(office: Counter) -> None:
    office.signed(1)
    (name,) = office.documents()
    office.ledger.put("document", name, lift="due")
    assert office.gather() == 0
    office.ledger.put("document", name, lift="")
    assert office.gather() == 1


def test_of_a_locked_batch_nothing_goes_and_what_went_is_recalled(office: Counter) -> None:
    office.signed(1)
    office.signed(1, code="H2")
    office.gather()
    first, second = office.ledger.all("outbox_moving")
    outbox.trying(office.ledger, second, {})
    locks.lock(office.ledger, "b1", who="LD001")
    locks.lock(office.ledger, "b2", who="LD001")
    office.gather()
    states = {row["id"]: (row["state"], row["reason"]) for row in office.ledger.all("outbox_listed")}
    assert states == {first["id"]: ("withdrawn", "locked"), second["id"]: ("recalling", "locked")}
    with pytest.raises(ApplianceError) as caught:
        outbox.trying(office.ledger, first, {})
    assert caught.value.code == "S204"


def test_a_page_scanned_again_recalls_its_document_and_the_new_one_names_it(office: Counter) -> None:
    office.signed(2, 1)
    office.gather()
    office.all_confirmed()
    old = office.ledger.all("outbox_listed")[0]
    office.rescan(1, 3)
    office.gather()
    assert office.rows() == [(1, "recalling"), (2, "confirmed")], "what did not change stays confirmed"
    office.finish()
    assert office.gather() == 1
    new = office.ledger.all("outbox_moving")[-1]
    assert (new["ordinal"], new["replaces"], new["state"]) == (1, old["id"], "waiting")
    last = office.ledger.all("batches")[-1]
    assert new["started"] == last["started"], "of a newer revision the clock begins when it was scanned again"


def test_a_refused_one_goes_again_when_a_person_says_so(office: Counter) -> None:
    office.signed(1)
    office.gather()
    (row,) = outbox.moving(office.ledger)
    outbox.refused(office.ledger, row["id"], "A623", "không có mã")
    assert outbox.moving(office.ledger) == []
    (held,) = [one for one in office.ledger.all("held") if one["what"] == "outbox"]
    assert (held["id"], held["code"], held["reason"]) == (f"{CODE}.1", "A623", "không có mã")
    assert outbox.again(office.ledger, f"{CODE}.1", "NV001") == 1
    assert [one["state"] for one in outbox.moving(office.ledger)] == ["waiting"]
    with pytest.raises(ApplianceError):
        outbox.again(office.ledger, f"{CODE}.1", "NV001")


def test_local_copies_stay_until_the_reception_software_has_them_too(office: Counter) -> None:
    office.signed(1)
    office.gather()
    name = office.newest()["id"]
    office.ledger._db.execute("UPDATE dossier SET state = 'accepted', accepted = '2026' WHERE id = ?", (name,))
    assert office.ledger.all("dossiers_to_clear", before="2099", handing=True) == []
    (gone,) = office.ledger.all("dossiers_to_clear", before="2099", handing=False)  # no reception software any more
    assert gone["id"] == name
    office.all_confirmed()
    assert [row["id"] for row in office.ledger.all("dossiers_to_clear", before="2099", handing=True)] == [name]


def test_the_clock_runs_for_documents_that_are_not_signed_yet(office: Counter) -> None:
    office.dossier(1)
    office.ledger.put("dossier", office.newest()["id"], rules=ONESTOP)
    office.gather()
    promise = timedelta(minutes=15)
    now = outbox.account(office.ledger, onestop_rules(), promise, clock.now())
    later = outbox.account(office.ledger, onestop_rules(), promise, clock.now() + promise)
    assert (now.overdue, later.overdue) == (0, 1)
    office.finish()
    office.gather()
    office.all_confirmed()
    assert outbox.account(office.ledger, onestop_rules(), promise, clock.now() + promise).overdue == 0


class Desk:
    """The step over a real ledger, a real way, and a conductor that goes round as the real one does."""

    def __init__(self, office: Counter, **settings: str | int) -> None:
        self.office = office
        config = parse({"outbox": dict(settings), "office": {"code": "0123", "name": "BHXH huyện Thử"}})
        self.facts: list[Fact] = []
        bus = Bus()
        bus.listen(self.facts.append)
        self.book = _Open(office.ledger)
        nothing = cast(Any, None)
        means = Means(config, nothing, cast(Book, self.book), nothing, nothing, nothing, bus)
        self.steps = OutboxSteps(means)

    async def until(self, true: Callable[[], bool], what: str) -> None:
        """Go round until something is so."""
        async with asyncio.timeout(DEADLINE):
            while not true():
                self.steps._gathered = 0.0
                rows = await self.steps.ready()
                await asyncio.gather(*(self.steps.hand_over(row) for row in rows))
                await asyncio.sleep(0.02)
        assert true(), what

    def states(self) -> dict[str, str]:
        """Return the state of every component by dossier and number."""
        return {f"{row['file_code']}.{row['ordinal']}": row["state"]
                for row in self.office.ledger.all("outbox_listed") if row["state"] != "withdrawn"}

    def row(self) -> Row:
        """Return the newest component."""
        row: Row = self.office.ledger.all("outbox_listed")[-1]
        return row


class _Open:
    """The ledger as a book, in the test's own thread."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def ask(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return function(self._ledger, *args, **kwargs)


@pytest.fixture
async def desks(office: Counter) -> AsyncIterator[Callable[..., Desk]]:
    """Make desks; their connections are closed in the end."""
    made: list[Desk] = []

    def make(**settings: str | int) -> Desk:
        made.append(Desk(office, **settings))
        return made[-1]

    yield make
    for desk in made:
        await desk.steps.stop()


@pytest.fixture
async def toy() -> AsyncIterator[Served]:
    found = ToyReception()
    async with serving(found) as url:
        yield found, url


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait shortly between tries: what is tested is that they come, not when."""
    monkeypatch.setattr("appliance.steps.outbox.SOON", (0.02, 0.05))
    monkeypatch.setattr("appliance.steps.outbox.AWAY", (0.02, 0.05))


async def test_everything_that_a_sidecar_says_is_right_and_fits_its_schema(
        office: Counter, toy: Served, desks: Desks) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="not run: no jsonschema")
    office.signed(2, 1)
    desk = desks(kind="https", url=toy[1])
    await desk.until(lambda: set(desk.states().values()) == {"confirmed"}, "both are confirmed")
    schema = json.loads(SCHEMA.read_text())
    for said in toy[0].filed.values():
        jsonschema.validate(said, schema)
    by_number = {said["ordinal"]: said for said in toy[0].filed.values()}
    path = office.places.signed(f"{CODE}.1.r1")
    assert by_number[1]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (by_number[1]["pages"], by_number[2]["pages"]) == (4, 2)
    assert by_number[1]["reception_code"] == CODE
    assert by_number[1]["signature"]["level"] == "B-B"
    assert by_number[1]["office"] == {"code": "0123", "name": "BHXH huyện Thử"}
    confirmed = [fact for fact in desk.facts if isinstance(fact, ComponentConfirmed)]
    assert [fact.late for fact in confirmed] == [False, False]
    assert all(0 <= fact.seconds < 60 for fact in confirmed)


async def test_an_answer_that_was_lost_files_nothing_twice(office: Counter, toy: Served, desks: Desks) -> None:
    office.signed(1)
    toy[0].deaf = 2
    desk = desks(kind="https", url=toy[1])
    await desk.until(lambda: desk.states() == {f"{CODE}.1": "confirmed"}, "it is confirmed")
    assert len(toy[0].filed) == 1
    assert toy[0].asked.count("PUT") == 3


async def test_an_answer_that_comes_later_is_fetched(office: Counter, toy: Served, desks: Desks) -> None:
    office.signed(1)
    toy[0].late = True
    desk = desks(kind="https", url=toy[1])
    await desk.until(lambda: desk.states() == {f"{CODE}.1": "sent"}, "it waits for the answer")
    toy[0].decide()
    await desk.until(lambda: desk.states() == {f"{CODE}.1": "confirmed"}, "it is confirmed")
    assert toy[0].asked.count("PUT") == 1


async def test_reception_software_that_forgot_gets_it_again(office: Counter, toy: Served, desks: Desks) -> None:
    office.signed(1)
    toy[0].late = True
    desk = desks(kind="https", url=toy[1])
    await desk.until(lambda: desk.states() == {f"{CODE}.1": "sent"}, "it waits for the answer")
    toy[0].waiting.clear()
    toy[0].late = False
    await desk.until(lambda: desk.states() == {f"{CODE}.1": "confirmed"}, "it is confirmed")


async def test_one_that_breaks_the_reception_software_stops_no_other(
        office: Counter, toy: Served, desks: Desks) -> None:
    for code in ("P1", "P2", "P3"):
        office.signed(1, code=code)
    toy[0].broken["P1"] = 500
    toy[0].refuse["P2"] = "không có mã này"
    desk = desks(kind="https", url=toy[1])
    goal = {"P1.1": "waiting", "P2.1": "refused", "P3.1": "confirmed"}
    await desk.until(lambda: desk.states() == goal, "the rest")
    toy[0].broken.clear()
    await desk.until(lambda: desk.states()["P1.1"] == "confirmed", "it was tried again for ever")


async def test_while_it_is_away_one_asks_for_all_and_people_are_told(
        office: Counter, toy: Served, desks: Desks) -> None:
    for number in range(12):
        office.signed(1, code=f"W{number}")
    toy[0].down = 503
    desk = desks(kind="https", url=toy[1])
    await desk.until(lambda: len(toy[0].asked) >= 16, "it is asked again")
    told = await CounterClock(desk.steps).told()
    assert [one["code"] for one in told["held"]] == ["A622"]
    reading = await CounterClock(desk.steps).reading()
    assert (reading.away, reading.states) == (True, {"waiting": 12})
    toy[0].down = 0
    await desk.until(lambda: set(desk.states().values()) == {"confirmed"}, "all are confirmed")
    assert (await CounterClock(desk.steps).told())["held"] == []
    assert len(toy[0].filed) == 12


async def test_a_promise_that_is_missed_is_told_and_counted(office: Counter, toy: Served, desks: Desks) -> None:
    office.signed(1)
    (batch,) = office.ledger.all("batches")
    office.ledger.put("batch", batch["id"], started=clock.iso(clock.now() - timedelta(minutes=20), "milliseconds"))
    toy[0].late = True
    desk = desks(kind="https", url=toy[1], minutes=15)
    await desk.until(lambda: desk.states() == {f"{CODE}.1": "sent"}, "it waits for the answer")
    told = await CounterClock(desk.steps).told()
    assert [one["code"] for one in told["held"]] == ["A626"]
    toy[0].decide()
    await desk.until(lambda: desk.states() == {f"{CODE}.1": "confirmed"}, "it is confirmed")
    (fact,) = [fact for fact in desk.facts if isinstance(fact, ComponentConfirmed)]
    assert fact.late
    assert fact.seconds >= 20 * 60


async def test_a_signed_file_that_was_changed_is_set_aside_and_not_given(
        office: Counter, toy: Served, desks: Desks) -> None:
    office.signed(1)
    office.places.signed(f"{CODE}.1.r1").write_bytes(b"something else")
    desk = desks(kind="https", url=toy[1])
    await desk.until(lambda: desk.states() == {f"{CODE}.1": "refused"}, "it is set aside")
    assert desk.row()["code"] == "A625"
    assert toy[0].asked == []


async def test_by_folder_a_share_that_comes_back_goes_on_and_a_lock_takes_out_what_lay_there(
        office: Counter, tmp_path: Path, desks: Desks) -> None:
    share, found = tmp_path / "share", ToyReception()
    office.signed(1)
    desk = desks(kind="folder", folder=str(share))
    await desk.until(lambda: desk.steps.problem is not None, "the share is away")
    share.mkdir()
    await desk.until(lambda: desk.states() == {f"{CODE}.1": "sent"}, "it is there")
    assert len(list((share / "out").glob("*.pdf"))) == 1
    locks.lock(office.ledger, "b1", who="LD001")
    await desk.until(lambda: bool(list((share / "out").glob("*.recall.json"))), "it is recalled")
    assert not list((share / "out").glob("*.pdf")), "nothing of a locked batch lies in the share"
    found.look(share)
    await desk.until(lambda: desk.states() == {}, "the recall is heard")
    assert list(found.recalled.values()) == ["locked"]
    assert not list(share.rglob("*.json"))


async def test_by_folder_an_answer_is_looked_for_every_two_seconds_however_long_it_takes(
        tmp_path: Path, office: Counter, desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    share = tmp_path / "share"
    share.mkdir()
    office.signed(1)
    desk = desks(kind="folder", folder=str(share))
    await desk.until(lambda: desk.states() == {f"{CODE}.1": "sent"}, "it lies in the share")
    monkeypatch.setattr(outbox_step, "SOON", (60.0,))
    (pace,) = desk.steps._paces.values()
    pace.tries = 100
    pace.wait()
    assert pace.next - time.monotonic() <= outbox_step.IN_FOLDER


async def test_without_reception_software_nothing_is_kept_or_asked(office: Counter, desks: Desks) -> None:
    office.signed(1)
    desk = desks(kind="none")
    assert await desk.steps.ready() == []
    assert office.rows() == []
    assert await CounterClock(desk.steps).told() == {}
