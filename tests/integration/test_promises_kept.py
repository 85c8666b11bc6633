"""What an office promised: judged once at receipt or deadline, and every second of the way is somebody's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from rescan_stand import RULES, Office

from appliance.core import clock, errors
from appliance.core.service import ARCHIVE, ONESTOP, Service
from appliance.core.states import BATCH, DOCUMENT, BatchState, DeliveryState, DocumentState, DossierState
from appliance.promises import PromiseClock
from appliance.spool import deliveries, dossiers, handovers, locks, resolutions, service, unlocking, waiting
from appliance.spool.dossiers import NewDocument, NewDossier, Separated
from appliance.spool.ledger import Book, Row
from appliance.spool.resolutions import Decision

CODE = "H1.2001.7"
HOUR = 3600.0
COUNTER = service.Promises(Service(), frozenset({RULES}))
"""Somebody waits at a counter for everything."""

BULK = service.Promises(Service(), frozenset())


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def promise(office: Office, code: str = CODE) -> Row:
    row = office.ledger.one("promise_of", dossier=office.newest(code)["id"])
    assert row is not None
    return row


def now() -> float:
    return clock.now().timestamp()


def spent(office: Office, seconds: float, code: str = CODE) -> None:
    """Let what a dossier waits for now, and all before it, have begun so much earlier."""
    office.ledger._db.execute("UPDATE promise SET started = started - ?, since = since - ? WHERE dossier = ?",
                              (seconds, seconds, office.newest(code)["id"]))


def settle(office: Office, at: float, promises: service.Promises = COUNTER) -> list[str]:
    """Do all that is due at a time, as the conductor does, until nothing is; return the verdicts."""
    done = []
    while rows := service.due(office.ledger, promises, at, 10):
        done += [service.settle(office.ledger, row["id"], promises, at) for row in rows]
    return done


def numbers(office: Office, stream: str = ONESTOP) -> tuple[int, int, int]:
    """Return how many promises were met and missed, and how many dossiers arrived."""
    found = service.served(office.ledger)[stream]
    return found.met, found.missed, sum(found.buckets.values()) + found.beyond


def test_a_receipt_in_time_is_met_once_and_all_its_seconds_are_somebodys(office: Office) -> None:
    office.dossier(1)
    spent(office, 100)
    office.all_the_way("p1")
    assert settle(office, now()) == ["met"]
    assert settle(office, now() + 100 * HOUR) == []
    assert numbers(office) == (1, 0, 1)
    found = service.served(office.ledger)[ONESTOP]
    row = promise(office)
    assert sum(found.seconds.values()) == pytest.approx(row["arrived"] - row["started"])
    assert found.seconds["machine"] >= 100
    assert found.buckets[120.0] == 1


def test_one_that_never_arrives_is_missed_at_its_deadline_and_not_before(office: Office) -> None:
    office.dossier(1)
    start = promise(office)["started"]
    assert settle(office, start + 14.9 * 60) == []
    assert settle(office, start + 15 * 60) == ["missed"]
    assert numbers(office) == (0, 1, 0)


def test_a_receipt_after_the_deadline_changes_no_verdict_and_its_time_is_counted(office: Office) -> None:
    office.dossier(1)
    spent(office, HOUR)
    assert settle(office, now()) == ["missed"]
    office.all_the_way("p1")
    assert settle(office, now()) == ["missed"]
    assert numbers(office) == (0, 1, 1)
    assert service.served(office.ledger)[ONESTOP].buckets[14_400.0] == 1


def test_an_office_that_was_off_at_the_deadline_judges_by_the_times_not_by_when_it_looks(office: Office) -> None:
    office.dossier(1, code="H1.1")
    office.dossier(1, code="H1.2")
    office.all_the_way("p1", "H1.1")
    assert settle(office, now() + 1000 * HOUR) == ["met", "missed"]


def test_each_stream_has_its_own_promise(office: Office) -> None:
    office.dossier(1)
    start = promise(office)["started"]
    assert settle(office, start + 23 * HOUR, BULK) == []
    assert settle(office, start + 24 * HOUR, BULK) == ["missed"]
    assert (numbers(office, ARCHIVE), numbers(office, ONESTOP)) == ((0, 1, 0), (0, 0, 0))


def test_time_before_a_dossier_is_known_counts_and_what_its_batch_waited_for_a_person_is_a_persons(
        office: Office) -> None:
    office.scan(1)
    office.ledger.put("batch", "b1", started="2026-11-22T08:00:00.000+07:00")
    office.ledger._db.execute("INSERT INTO batch_time (batch, person) VALUES ('b1', 60.0)")
    pages = [row["id"] for row in office.ledger.all("live_sides", batch="b1")]
    new = NewDossier(CODE, 1, 1, (NewDocument(1, "", 1, tuple(pages)),))
    dossiers.separated(office.ledger, Separated("b1", "archive", (new,), (), ()))
    row = promise(office)
    assert row["started"] == pytest.approx(1_795_309_200.0)
    assert row["person"] == 60
    assert row["machine"] == pytest.approx(row["since"] - row["started"] - 60)


def test_a_batch_that_is_held_and_let_go_has_waited_for_a_person(office: Office) -> None:
    office.scan(1)
    office.ledger.move(BATCH, "b1", BatchState.CLOSED, BatchState.HELD)
    office.ledger._db.execute("UPDATE batch_time SET since = since - 50")
    office.ledger.move(BATCH, "b1", BatchState.HELD, BatchState.CLOSED)
    row = office.ledger._db.execute("SELECT * FROM batch_time").fetchone()
    assert row["waits"] == 0
    assert row["person"] >= 50


def test_time_is_split_by_whom_the_dossier_waits_for_and_adds_up(office: Office) -> None:
    ledger = office.ledger
    office.dossier(1, held=errors.COUNT_MISMATCH.code, declared=2)
    spent(office, 10)  # a person
    dossiers.settle(ledger, f"{CODE}.r1", DossierState.HELD, "", {})
    spent(office, 20)  # machine
    office.sign()
    office.pack("p1")
    spent(office, 40)  # network
    deliveries.sending(ledger, "p1", DeliveryState.QUEUED, DeliveryState.SENDING)
    deliveries.sending(ledger, "p1", DeliveryState.SENDING, DeliveryState.SENT)
    deliveries.accepted(ledger, "p1", f"{CODE}.r1", DeliveryState.SENT, "receipt")
    settle(office, now())
    found, row = service.served(ledger)[ONESTOP].seconds, promise(office)
    assert {share: seconds // 10 * 10 for share, seconds in found.items()} == {
        "person": 10, "machine": 20, "tsa": 0, "network": 40}
    assert sum(found.values()) == pytest.approx(row["arrived"] - row["started"], abs=1e-3)


@pytest.mark.parametrize(("state", "share"), [
    (DocumentState.AWAITING_SIGNER, "person"), (DocumentState.AWAITING_TIMESTAMP, "tsa")])
def test_a_document_that_waits_makes_its_dossier_wait_for_the_same(office: Office, state: DocumentState,
                                                                   share: str) -> None:
    office.dossier(1)
    document = office.ledger.all("documents_of_dossier", dossier=f"{CODE}.r1")[0]["id"]
    office.ledger.put("dossier", f"{CODE}.r1", composition="{}")
    office.ledger.move(DOCUMENT, document, DocumentState.SEPARATED, DocumentState.ASSEMBLED)
    waiting.let_wait(office.ledger, document, state, "K530", "")
    assert promise(office)["share"] == share
    spent(office, 30)
    assert waiting.ask_again(office.ledger, [document], state) == 1
    row = promise(office)
    assert (row["share"], row[share] >= 30) == ("machine", True)


def test_a_package_that_was_set_aside_waits_for_a_person(office: Office) -> None:
    office.dossier(1)
    office.sign()
    office.pack("p1")
    assert promise(office)["share"] == "network"
    office.ledger.put("delivery", "p1", aside="2026-11-22T08:00:00.000+07:00")
    assert promise(office)["share"] == "person"


def test_a_clock_that_is_set_back_takes_no_time_away(office: Office) -> None:
    office.dossier(1)
    office.ledger._db.execute("UPDATE promise SET since = since + 500")  # what was written before it was set back
    before = promise(office)
    office.all_the_way("p1")
    row = promise(office)
    assert (row["machine"], row["since"]) == (before["machine"], before["since"])
    assert row["arrived"] - row["started"] == pytest.approx(
        sum(row[share] for share in service.SHARES) + 500, abs=1e-3)


def test_a_dossier_scanned_again_whole_before_it_arrived_has_one_promise_from_its_first_start(
        office: Office) -> None:
    office.dossier(2, held=errors.COUNT_MISMATCH.code, declared=3)
    spent(office, HOUR)
    start = promise(office)["started"]
    assert settle(office, now()) == ["missed"]
    office.dossier(3, declared=3)
    assert office.revisions() == [(1, "replaced", errors.COUNT_MISMATCH.code), (2, "closed", "")]
    row = promise(office)
    assert (row["started"], row["verdict"], row["share"]) == (start, "missed", "machine")
    assert row["person"] >= HOUR
    office.all_the_way("p1")
    settle(office, now())
    assert numbers(office) == (0, 1, 1)


def test_pages_scanned_again_before_the_receipt_change_nothing_of_the_promise(office: Office) -> None:
    office.dossier(2)
    spent(office, 60)
    start = promise(office)["started"]
    office.rescan(1, 1)
    assert office.newest()["revision"] == 2
    assert promise(office)["started"] == start
    office.all_the_way("p1")
    assert settle(office, now()) == ["met"]
    assert numbers(office) == (1, 0, 1)


def test_pages_scanned_again_after_the_receipt_are_a_promise_of_their_own_from_their_own_start(
        office: Office) -> None:
    office.dossier(2)
    office.ledger.put("batch", "b1", started="2026-01-01T08:00:00.000+07:00")
    office.all_the_way("p1")
    settle(office, now())
    office.rescan(1, 1)
    row = promise(office)
    assert now() - row["started"] < HOUR
    office.all_the_way("p2")
    assert settle(office, now()) == ["met"]
    assert numbers(office) == (2, 0, 2)


def test_a_dossier_that_is_sent_anew_or_renamed_keeps_its_promise(office: Office) -> None:
    office.dossier(1, held=errors.DOSSIER_UNREGISTERED.code)
    spent(office, 60)
    start = promise(office)["started"]
    resolutions.rename(office.ledger, Decision(CODE, "Văn A"), "H1.2001.8", "", office.places.signed)
    row = promise(office, "H1.2001.8")
    assert (row["started"], row["verdict"]) == (start, "")
    office.all_the_way("p1", "H1.2001.8")
    assert settle(office, now()) == ["met"]
    assert [one["n"] for one in office.ledger.all("promises_standing")] == []


def test_what_goes_to_the_centre_on_paper_is_excused_and_a_late_one_stays_missed(office: Office) -> None:
    for code in ("H1.1", "H1.2"):
        office.dossier(1, code=code, held=errors.COUNT_MISMATCH.code, declared=2)
    spent(office, HOUR, "H1.1")
    assert settle(office, now()) == ["missed"]
    for code in ("H1.1", "H1.2"):
        handovers.hand_over(office.ledger, code, who="Văn A", reason="mất trang")
    assert settle(office, now() + 100 * HOUR) == []
    assert numbers(office) == (0, 1, 0)
    standing = service.standing(office.ledger, COUNTER)[ONESTOP]
    assert (standing.open, standing.late, standing.excused) == (0, 0, 1)
    assert service.waiting(office.ledger)["paper_to_centre"][0] == 2
    handovers.take_back(office.ledger, "H1.1", who="Văn A", reason="tìm thấy trang")
    standing = service.standing(office.ledger, COUNTER)[ONESTOP]
    assert (standing.open, standing.late, standing.excused) == (1, 1, 1)
    waits = service.waiting(office.ledger)
    assert (waits["paper_to_centre"][0], waits["held"][0]) == (1, 1)


def test_one_that_is_given_up_is_excused_and_its_paper_scanned_again_is_promised_anew(office: Office) -> None:
    office.dossier(1, held=errors.COUNT_MISMATCH.code, declared=2)
    resolutions.discard(office.ledger, Decision(CODE, "Văn A", "quét nhầm"))
    assert settle(office, now() + HOUR) == []
    office.dossier(1)
    office.all_the_way("p1")
    assert settle(office, now()) == ["met"]
    assert service.standing(office.ledger, COUNTER)[ONESTOP].excused == 1


def test_a_locked_dossier_is_excused_at_its_deadline_and_one_let_go_before_is_not(office: Office) -> None:
    office.dossier(1, code="H1.1")
    office.dossier(1, code="H1.2")
    for batch in ("b1", "b2"):
        locks.lock(office.ledger, batch, who="Văn A")
    assert service.waiting(office.ledger)["locked"][0] == 2
    locks.decide(office.ledger, "b2", locks.Decision("release", "Trưởng", "không phải", "12", "2026-11-22"))
    row = office.ledger.one("last_lock", batch="b2")
    assert row is not None
    unlocking.released(office.ledger, row)
    assert settle(office, now() + HOUR) == ["excused", "missed"]
    assert service.waiting(office.ledger)["locked"][0] == 1


def test_a_synthetic_batch_is_promised_to_nobody(office: Office) -> None:
    office.dossier(1)
    office.ledger.put("batch", "b1", synthetic=1)
    office.all_the_way("p1")
    assert settle(office, now() + 100 * HOUR) == []


def test_people_are_told_of_late_dossiers_of_their_stream_in_both_languages(office: Office) -> None:
    office.dossier(1, code="H1.1")
    office.dossier(1, code="H1.2")
    spent(office, HOUR, "H1.1")
    settle(office, now())
    office.ledger.close()
    book = Book(office.ledger.path)
    told = asyncio.run(PromiseClock(book, COUNTER).told())
    book.close()
    (note,) = told["notes"]
    assert (note["code"], told["late"]) == ("M850", {"archive": 0, "onestop": 1})
    assert note["vi"].startswith("1 hồ sơ một cửa quá hẹn 15 phút") and note["en"].startswith("1 one-stop dossiers")
