"""The session of one device, told as it happens at the scanner."""

from __future__ import annotations

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError, Kind
from appliance.core.states import SessionState
from appliance.device.protocol import Ended, Feeder, Hello, Status
from appliance.device.session import PRESS, RETRY_SECONDS, SETTLED, Do, Session
from appliance.device.standing import standing

S = SessionState
HELLO = Hello("quay1", "fi-8170", "A1B2", "1.0", "virtual", 42)
LOADED, EMPTY, JAM, LOST = (Status(f) for f in (Feeder.LOADED, Feeder.EMPTY, Feeder.JAM, Feeder.LOST))
JAMMED, STOPPED = errors.PAPER_JAM.code, errors.CAPTURE_STOPPED.code


def there(kind: str = SETTLED, feeder: Status = EMPTY) -> Session:
    session = Session("quay1", kind, 2.0)
    session.connected(HELLO)
    session.feeder_is(feeder, 0.0)
    return session


def scanning(kind: str = PRESS, sides: int = 2) -> Session:
    session = there(kind, LOADED)
    if kind == PRESS:
        assert session.press().do is Do.BEGIN
    else:
        assert session.tick(2.0).do is Do.BEGIN
    session.started("b1")
    for _ in range(sides):
        session.side_recorded()
    return session


def interrupted(kind: str = PRESS, code: str = JAMMED) -> Session:
    session = scanning(kind)
    assert session.ended(Ended("b1", 2, code)).do is Do.INTERRUPT
    session.put_back_from(2)
    return session


def refusal(session: Session, verb: str) -> Kind:
    with pytest.raises(ApplianceError) as caught:
        getattr(session, verb)()
    return caught.value.kind


def test_a_device_is_absent_until_its_process_tells_of_the_feeder() -> None:
    session = Session("quay1")
    session.connected(HELLO)
    seen = [session.state]
    for status in (LOST, EMPTY):
        session.feeder_is(status, 0.0)
        seen.append(session.state)
    assert seen == [S.ABSENT, S.ABSENT, S.READY]


def test_paper_that_lies_quiet_starts_a_batch() -> None:
    session = there()
    assert session.feeder_is(LOADED, 10.0).do is Do.NOTHING
    assert session.tick(11.9).do is Do.NOTHING
    assert session.tick(12.0).do is Do.BEGIN
    assert session.state is S.SCANNING


def test_paper_that_is_still_moved_starts_nothing() -> None:
    session = there()
    session.feeder_is(LOADED, 10.0)
    session.feeder_is(EMPTY, 11.0)
    session.feeder_is(LOADED, 11.5)
    assert session.tick(12.5).do is Do.NOTHING
    assert session.tick(13.5).do is Do.BEGIN


def test_paper_that_lay_there_when_the_device_came_starts_a_batch() -> None:
    session = there(feeder=LOADED)
    assert session.tick(2.0).do is Do.BEGIN


def test_loaded_paper_alone_starts_nothing_when_a_press_is_asked_for() -> None:
    session = there(PRESS, LOADED)
    assert session.tick(1000.0).do is Do.NOTHING
    assert session.press().do is Do.BEGIN


def test_a_press_starts_nothing_where_settled_paper_does() -> None:
    assert refusal(there(SETTLED, LOADED), "press") is errors.START_IS_SETTLED


@pytest.mark.parametrize("verb", ["press", "resume", "finish"])
def test_a_press_during_a_batch_is_ignored_and_says_so(verb: str) -> None:
    session = scanning()
    assert refusal(session, verb) is errors.SCAN_RUNNING
    assert session.state is S.SCANNING and session.batch == "b1"


@pytest.mark.parametrize(
    ("session", "verb", "kind"),
    [
        (there(PRESS, EMPTY), "press", errors.NO_PAPER),
        (there(PRESS, LOST), "press", errors.DEVICE_LOST),
        (there(PRESS, LOADED), "resume", errors.NOTHING_OPEN),
        (there(PRESS, LOADED), "finish", errors.NOTHING_OPEN),
        (there(PRESS, LOADED), "cancel", errors.NOTHING_OPEN),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(session: Session, verb: str, kind: Kind) -> None:
    before = session.state
    assert refusal(session, verb) is kind
    assert session.state is before


def test_a_feed_that_ends_well_closes_the_batch() -> None:
    session = scanning()
    action = session.ended(Ended("b1", 1))
    assert (action.do, action.batch, action.code) == (Do.CLOSE, "b1", "")
    assert (session.state, session.batch) == (S.READY, "")


def test_the_next_stack_starts_although_the_feeder_was_never_seen_empty() -> None:
    session = scanning(SETTLED)
    session.ended(Ended("b1", 1))
    session.feeder_is(LOADED, 50.0)
    assert session.tick(52.0).do is Do.BEGIN


@pytest.mark.parametrize("code", ["", errors.NO_PAPER.code])
def test_a_start_with_zero_pages_is_an_error(code: str) -> None:
    session = scanning(sides=0)
    action = session.ended(Ended("b1", 0, code))
    assert (action.do, action.code) == (Do.CLOSE, errors.NO_PAPER.code)
    assert session.state is S.READY
    assert standing(session)["code"] == errors.NO_PAPER.code


def test_a_sensor_stuck_on_loaded_does_not_start_for_ever() -> None:
    session = scanning(SETTLED, sides=0)
    session.ended(Ended("b1", 0, errors.NO_PAPER.code))
    session.feeder_is(Status(Feeder.PROCESSING), 3.0)
    session.feeder_is(LOADED, 4.0)
    assert session.tick(1000.0).do is Do.NOTHING


@pytest.mark.parametrize("code", [JAMMED, errors.DOUBLE_FEED.code, errors.COVER_OPEN.code, errors.DISK_FAILED.code])
def test_a_feed_that_breaks_off_names_the_sheet_to_put_back(code: str) -> None:
    session = interrupted(code=code)
    assert (session.state, session.batch, session.sheet) == (S.RELOAD, "b1", 2)
    told = standing(session)
    assert told["code"] == code and " 2 " in told["message_vi"] and " 2" in told["message_en"]


def test_a_jam_at_the_first_sheet_keeps_its_batch_open() -> None:
    session = scanning(sides=0)
    assert session.ended(Ended("b1", 1, JAMMED)).do is Do.INTERRUPT
    assert session.state is S.RELOAD


@pytest.mark.parametrize("kind", [SETTLED, PRESS])
@pytest.mark.parametrize("verb", ["press", "resume"])
def test_a_person_says_that_the_paper_lies_right_and_the_batch_goes_on(kind: str, verb: str) -> None:
    session = interrupted(kind)
    session.feeder_is(LOADED, 20.0)
    action = getattr(session, verb)()
    assert (action.do, action.batch) == (Do.GO_ON, "b1")
    assert session.state is S.SCANNING


def test_paper_taken_out_and_loaded_again_goes_on_by_itself() -> None:
    session = interrupted(SETTLED)
    session.feeder_is(EMPTY, 20.0)
    session.feeder_is(LOADED, 30.0)
    assert session.tick(31.0).do is Do.NOTHING
    assert session.tick(32.0).do is Do.GO_ON


@pytest.mark.parametrize("between", [JAM, LOST, Status(Feeder.COVER), Status(Feeder.PROCESSING)])
def test_a_rest_that_never_left_the_feeder_does_not_go_on_by_itself(between: Status) -> None:
    session = interrupted(SETTLED)
    session.feeder_is(between, 20.0)
    session.feeder_is(LOADED, 30.0)
    assert session.tick(1000.0).do is Do.NOTHING
    assert session.state is S.RELOAD


def test_with_press_paper_loaded_again_waits_for_the_press() -> None:
    session = interrupted(PRESS)
    session.feeder_is(EMPTY, 20.0)
    session.feeder_is(LOADED, 30.0)
    assert session.tick(1000.0).do is Do.NOTHING


def test_a_feed_that_goes_on_and_finds_no_paper_stays_open() -> None:
    session = interrupted()
    session.feeder_is(LOADED, 20.0)
    session.resume()
    assert session.ended(Ended("b1", 0, errors.NO_PAPER.code)).do is Do.INTERRUPT
    assert session.state is S.RELOAD


def test_finish_closes_an_interrupted_batch() -> None:
    session = interrupted()
    action = session.finish()
    assert (action.do, action.batch) == (Do.CLOSE, "b1")
    assert (session.state, session.batch, session.sheet) == (S.READY, "", 0)


def test_what_lies_in_the_feeder_when_a_batch_is_given_up_does_not_start_alone() -> None:
    session = interrupted(SETTLED)
    session.feeder_is(LOADED, 20.0)
    session.finish()
    assert session.tick(1000.0).do is Do.NOTHING
    session.feeder_is(EMPTY, 1001.0)
    session.feeder_is(LOADED, 1002.0)
    assert session.tick(1004.0).do is Do.BEGIN


def test_cancel_stops_the_feed_and_the_batch_waits() -> None:
    session = scanning()
    action = session.cancel()
    assert (action.do, action.batch, action.code) == (Do.CANCEL, "b1", STOPPED)
    assert session.ended(Ended("b1", 1, STOPPED)).code == STOPPED
    assert session.state is S.RELOAD


def test_a_lost_process_breaks_off_its_batch() -> None:
    session = scanning()
    action = session.disconnected()
    assert (action.do, action.batch, action.code) == (Do.INTERRUPT, "b1", errors.SCANNER_PROCESS_LOST.code)
    session.put_back_from(3)
    assert session.state is S.ABSENT
    session.connected(HELLO)
    session.feeder_is(LOADED, 90.0)
    assert (session.state, session.sheet) == (S.RELOAD, 3)
    assert session.tick(1000.0).do is Do.NOTHING


def test_a_lost_device_is_told_once_when_lost_and_once_when_back(caplog: pytest.LogCaptureFixture) -> None:
    session = there()
    caplog.clear()
    for status in (LOST, LOST, LOST, EMPTY, EMPTY, LOADED):
        session.feeder_is(status, 5.0)
    assert [record.getMessage() for record in caplog.records] == ["scanner quay1 lost", "scanner quay1 there"]


def test_an_open_batch_found_at_start_waits_in_reload_for_its_paper() -> None:
    session = Session("quay1", SETTLED, 2.0)
    session.restore("b0", 7)
    session.connected(HELLO)
    session.feeder_is(LOADED, 0.0)
    assert (session.state, session.sheet) == (S.RELOAD, 7)
    assert session.tick(1000.0).do is Do.NOTHING
    assert session.resume().batch == "b0"


def test_a_full_disk_blocks_and_a_free_one_lets_start_again() -> None:
    session = there(feeder=LOADED)
    session.disk_full(errors.DISK_FULL.code)
    assert session.state is S.BLOCKED
    assert session.tick(1000.0).do is Do.NOTHING
    assert standing(session)["code"] == errors.DISK_FULL.code
    session.disk_ok()
    assert standing(session)["state"] == "ready"
    assert session.tick(1001.0).do is Do.BEGIN


def test_a_disk_that_fills_during_a_scan_stops_it_before_pages_are_lost() -> None:
    session = scanning()
    action = session.disk_full(errors.DISK_FULL.code)
    assert (action.do, action.code) == (Do.CANCEL, errors.DISK_FULL.code)
    assert session.ended(Ended("b1", 1, STOPPED)).code == errors.DISK_FULL.code
    session.feeder_is(LOADED, 10.0)
    assert session.state is S.RELOAD
    assert refusal(session, "resume") is errors.DISK_FULL


def test_a_batch_that_ends_on_a_full_disk_leaves_the_device_blocked() -> None:
    session = scanning()
    session.disk_full(errors.DISK_FULL.code)
    assert session.ended(Ended("b1", 1)).do is Do.CLOSE
    assert session.state is S.BLOCKED


def test_a_start_the_ledger_refuses_is_tried_again_later() -> None:
    session = there(feeder=LOADED)
    session.tick(2.0)
    session.not_started(errors.DISK_FULL.error(free_mb=3), 2.0)
    assert (session.state, session.batch) == (S.READY, "")
    assert session.tick(2.0 + RETRY_SECONDS).do is Do.NOTHING
    assert session.tick(4.0 + RETRY_SECONDS).do is Do.BEGIN


def test_the_end_of_another_batch_changes_nothing() -> None:
    session = scanning()
    assert session.ended(Ended("b0", 9)).do is Do.NOTHING
    assert session.state is S.SCANNING


def test_only_what_only_the_process_knew_fills_the_gap_in_the_text() -> None:
    session = scanning()
    session.ended(Ended("b1", 1, errors.DEVICE_STALLED.code, "90"))
    session.put_back_from(1)
    assert "90" in standing(session)["message_en"]
