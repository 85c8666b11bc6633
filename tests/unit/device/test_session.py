"""The session of one device, told as it happens at the scanner."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError, Kind
from appliance.core.states import SessionState
from appliance.device.action import Action, Do, OnPress, Trouble
from appliance.device.protocol import At, Ended, Feeder, Hello, Status
from appliance.device.session import PRESS, SETTLED, Session
from appliance.device.settling import RETRY_SECONDS
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


def test_a_press_is_a_persons_word_where_settled_paper_starts_too_and_the_stack_starts_once() -> None:
    session = there(SETTLED, LOADED)
    assert session.press().do is Do.BEGIN
    session.started("b1")
    assert session.tick(1000.0).do is Do.NOTHING
    session.side_recorded()
    session.ended(Ended("b1", 1))
    session.feeder_is(EMPTY, 1001.0)
    assert session.tick(2000.0).do is Do.NOTHING


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
    assert told["code"] == code
    assert re.search(r"\b2\b", told["message_vi"]) and re.search(r"\b2\b", told["message_en"])


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


def test_what_only_the_process_knew_fills_the_gaps_in_the_text_and_the_sheet_is_that_of_the_batch() -> None:
    session = scanning()
    details = {"seconds": "90", "text": "stall", "sheet": "1"}
    session.ended(Ended("b1", 1, errors.DEVICE_STALLED.code, "stall", details))
    session.put_back_from(17)
    told = standing(session)
    assert re.search(r"\b90\b", told["message_en"]) and re.search(r"\b17\b", told["message_vi"])
    assert "stall" not in told["message_en"] and "?" not in told["message_en"]


def test_an_old_process_that_tells_a_reason_alone_fills_the_gap_too() -> None:
    session = scanning()
    session.ended(Ended("b1", 1, errors.DEVICE_STALLED.code, "90"))
    session.put_back_from(1)
    assert "90" in standing(session)["message_en"]


# ---- Start on the device: every state, every rule ----

GO_ON, IGNORE, END = OnPress.GO_ON, OnPress.IGNORE, OnPress.END_DOSSIER
REFUSED = Status(Feeder.LOST, "", errors.PROFILE_REFUSED.code, {"path": "p.toml", "line": "3", "reason": "typo"})


def reloading(feeder: Status = LOADED) -> Session:
    session = interrupted(PRESS)
    session.feeder_is(feeder, 20.0)
    return session


def blocked(session: Session) -> Session:
    session.disk_full(errors.DISK_FULL.code)
    session.blocked_details = {"free_mb": 3}
    return session


STANDS: dict[str, Callable[[], Session]] = {
    "ready, paper": lambda: there(PRESS, LOADED),
    "ready, settled paper": lambda: there(SETTLED, LOADED),
    "ready, empty": lambda: there(PRESS, EMPTY),
    "scanning": scanning,
    "reload, paper": reloading,
    "reload, empty": lambda: reloading(EMPTY),
    "reload, blocked": lambda: blocked(reloading()),
    "blocked": lambda: blocked(there(PRESS, LOADED)),
    "absent": lambda: there(PRESS, LOST),
    "absent, batch": lambda: reloading(LOST),
    "unusable": lambda: there(PRESS, REFUSED),
    "unusable, batch": lambda: reloading(REFUSED),
}


@pytest.mark.parametrize(("stand", "rule", "wanted", "state", "code"), [
    ("ready, paper", GO_ON, Do.BEGIN, S.SCANNING, ""),
    ("ready, paper", IGNORE, Do.BEGIN, S.SCANNING, ""),
    ("ready, paper", END, Do.BEGIN, S.SCANNING, ""),
    ("ready, settled paper", GO_ON, Do.BEGIN, S.SCANNING, ""),
    ("ready, empty", GO_ON, Do.NOTHING, S.READY, "D101"),
    ("ready, empty", END, Do.NOTHING, S.READY, "D101"),
    ("scanning", GO_ON, Do.NOTHING, S.SCANNING, ""),
    ("scanning", IGNORE, Do.NOTHING, S.SCANNING, ""),
    ("scanning", END, Do.NOTHING, S.SCANNING, ""),
    ("reload, paper", GO_ON, Do.GO_ON, S.SCANNING, ""),
    ("reload, paper", IGNORE, Do.NOTHING, S.RELOAD, "D102"),
    ("reload, paper", END, Do.CLOSE, S.READY, ""),
    ("reload, empty", GO_ON, Do.NOTHING, S.RELOAD, "D102"),
    ("reload, empty", IGNORE, Do.NOTHING, S.RELOAD, "D102"),
    ("reload, empty", END, Do.CLOSE, S.READY, ""),
    ("reload, blocked", GO_ON, Do.NOTHING, S.RELOAD, "D102"),
    ("reload, blocked", END, Do.CLOSE, S.BLOCKED, "S201"),
    ("blocked", GO_ON, Do.NOTHING, S.BLOCKED, "S201"),
    ("absent", GO_ON, Do.NOTHING, S.ABSENT, ""),
    ("absent, batch", GO_ON, Do.NOTHING, S.ABSENT, "D102"),
    ("absent, batch", END, Do.NOTHING, S.ABSENT, "D102"),
    ("unusable", GO_ON, Do.NOTHING, S.UNUSABLE, errors.PROFILE_REFUSED.code),
    ("unusable, batch", END, Do.NOTHING, S.UNUSABLE, errors.PROFILE_REFUSED.code),
])
def test_a_press_on_the_device_ends_in_a_clear_state_everywhere(
    stand: str, rule: OnPress, wanted: Do, state: S, code: str
) -> None:
    session = STANDS[stand]()
    assert session.pressed("copies", rule).do is wanted
    assert (session.state, standing(session)["code"]) == (state, code)
    assert session.job == ("copies" if wanted is Do.BEGIN else "default" if session.batch else "")


@pytest.mark.parametrize(("stand", "kind"), [
    ("ready, empty", errors.NO_PAPER), ("scanning", errors.SCAN_RUNNING), ("reload, empty", errors.NO_PAPER),
    ("reload, blocked", errors.DISK_FULL), ("blocked", errors.DISK_FULL), ("absent", errors.DEVICE_LOST),
    ("absent, batch", errors.DEVICE_LOST), ("unusable", errors.PROFILE_REFUSED),
    ("unusable, batch", errors.PROFILE_REFUSED),
])
def test_a_press_on_the_page_is_refused_with_the_reason(stand: str, kind: Kind) -> None:
    session = STANDS[stand]()
    before = session.state
    with pytest.raises(ApplianceError) as caught:
        session.press()
    assert caught.value.kind is kind and "?" not in caught.value.en
    assert session.state is before


def test_every_state_of_a_session_stands_in_these_tables() -> None:
    assert {make().state for make in STANDS.values()} == set(S)


def test_a_press_that_is_ignored_while_scanning_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    session = scanning()
    caplog.clear()
    with caplog.at_level("INFO"):
        session.pressed("copies", GO_ON)
    assert [record.getMessage() for record in caplog.records] == ["press on quay1 starts nothing: D113"]


def test_a_press_for_another_job_does_not_go_on_with_the_open_batch() -> None:
    session = reloading()
    with pytest.raises(ApplianceError) as caught:
        session.press("copies")
    assert caught.value.kind is errors.OTHER_JOB_OPEN
    assert session.press("default").do is Do.GO_ON


def test_the_job_of_a_batch_lasts_to_its_end() -> None:
    session = there(PRESS, LOADED)
    assert session.press("copies") == Action(Do.BEGIN, job="copies")
    session.started("b1")
    session.side_recorded()
    session.ended(Ended("b1", 1, JAMMED))
    assert standing(session)["job"] == "copies"
    session.resume()
    assert session.job == "copies"
    session.side_recorded()
    session.ended(Ended("b1", 1))
    assert standing(session)["job"] == ""
    session.feeder_is(LOADED, 50.0)
    assert session.press() == Action(Do.BEGIN, job="default")


def test_a_batch_found_at_start_keeps_its_job() -> None:
    session = Session("quay1", PRESS)
    session.restore("b0", 7, "copies")
    assert standing(session)["job"] == "copies"


def test_what_a_press_that_ends_the_dossier_leaves_in_the_feeder_does_not_start_alone() -> None:
    session = interrupted(SETTLED)
    session.feeder_is(LOADED, 20.0)
    assert session.pressed("default", END).do is Do.CLOSE
    assert session.tick(1000.0).do is Do.NOTHING
    assert session.pressed("default", END).do is Do.BEGIN


def test_no_paper_told_after_a_press_is_over_when_paper_comes() -> None:
    session = there(PRESS, EMPTY)
    session.pressed("default", GO_ON)
    assert standing(session)["code"] == "D101"
    session.feeder_is(LOADED, 5.0)
    assert standing(session)["code"] == ""
    assert session.tick(1000.0).do is Do.NOTHING


@pytest.mark.parametrize("feeder", [EMPTY, LOADED])
def test_resume_without_an_open_batch_says_so_whatever_lies_in_the_feeder(feeder: Status) -> None:
    session = there(PRESS, feeder)
    assert refusal(session, "resume") is errors.NOTHING_OPEN
    assert standing(session)["code"] == ""


# ---- unplugged ----

def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if "scanner" in record.getMessage()]


def by_bus(session: Session) -> None:
    session.unplugged("usb:1-1")


def by_status(session: Session) -> None:
    session.feeder_is(LOST, 5.0)


def by_process(session: Session) -> None:
    session.disconnected()


@pytest.mark.parametrize("first", [by_bus, by_status, by_process])
@pytest.mark.parametrize("second", [by_bus, by_status, by_process])
@pytest.mark.parametrize("third", [by_bus, by_status, by_process])
def test_whoever_notices_first_a_loss_is_one_line_and_so_is_a_return(
    first: Callable[[Session], None], second: Callable[[Session], None], third: Callable[[Session], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    session = there(PRESS, LOADED)
    caplog.clear()
    states = []
    for notice in (first, second, third):
        notice(session)
        states.append(session.state)
    session.connected(HELLO)
    session.feeder_is(LOST, 6.0)
    session.plugged("usb:2-1.4", 7.0)
    session.feeder_is(EMPTY, 8.0)
    assert [*states, session.state] == [S.ABSENT, S.ABSENT, S.ABSENT, S.READY]
    said = lines(caplog)
    assert len(said) == 2 and " lost" in said[0] and " there" in said[1], said


def test_a_cable_pulled_during_a_scan_is_told_to_the_process_and_ends_in_reload_when_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    session = scanning()
    caplog.clear()
    assert session.unplugged("usb:1-1") == Action(Do.GONE, "b1")
    assert session.state is S.SCANNING  # the process has sides under way; it says when it is through
    session.side_recorded()
    action = session.ended(Ended("b1", 2, errors.DEVICE_LOST.code))
    assert (action.do, action.code) == (Do.INTERRUPT, errors.DEVICE_LOST.code)
    session.put_back_from(2)
    assert (session.state, standing(session)["code"], session.sheet) == (S.ABSENT, errors.DEVICE_LOST.code, 2)
    session.feeder_is(LOST, 6.0)
    session.plugged("usb:3-2", 7.0)
    session.feeder_is(LOADED, 8.0)
    assert (session.state, session.batch) == (S.RELOAD, "b1")
    assert session.tick(1000.0).do is Do.NOTHING
    assert session.press().do is Do.GO_ON
    assert lines(caplog) == ["scanner quay1 lost (usb:1-1)", "scanner quay1 there (usb:3-2)"]


def test_what_a_process_says_of_a_device_that_the_bus_has_lost_does_not_bring_it_back() -> None:
    session = there(SETTLED, EMPTY)
    session.unplugged("usb:1-1")
    session.feeder_is(LOADED, 5.0)  # said before it noticed
    seen = [session.state]
    assert session.tick(1000.0).do is Do.NOTHING
    session.feeder_is(LOST, 6.0)
    session.plugged("usb:1-1", 7.0)
    seen.append(session.state)  # not found by its driver yet
    session.feeder_is(EMPTY, 8.0)
    assert [*seen, session.state] == [S.ABSENT, S.ABSENT, S.READY]


def test_a_process_that_noticed_nothing_of_a_short_loss_is_believed_when_the_bus_is() -> None:
    session = there(PRESS, EMPTY)
    session.unplugged("usb:1-1")
    session.feeder_is(LOADED, 5.0)  # told afresh after "gone"
    session.plugged("usb:1-1", 6.0)
    assert session.state is S.READY and session.press().do is Do.BEGIN


@pytest.mark.parametrize("kind", [errors.SCANNER_UNCLEAR, errors.SCANNER_STRANGER])
@pytest.mark.parametrize("start", [PRESS, SETTLED])
def test_nothing_starts_on_a_scanner_that_is_not_known_to_be_ours_until_the_bus_says_where_ours_is(
    kind: Kind, start: str, caplog: pytest.LogCaptureFixture,
) -> None:
    session = there(start, EMPTY)
    caplog.clear()
    session.unplugged("", Trouble(kind.code, "usb:1-2", {"place": "usb:1-2"}))
    assert session.at.at() == At("", mine=False)
    for event in (lambda: session.feeder_is(LOADED, 5.0), session.disconnected,
                  lambda: session.connected(replace(HELLO, pid=43)), lambda: session.feeder_is(LOADED, 6.0)):
        event()
        assert session.tick(1000.0).do is Do.NOTHING
        assert session.pressed("", OnPress.GO_ON).do is Do.NOTHING
        assert refusal(session, "press") is kind
    told = standing(session)
    assert (told["state"], told["code"]) == ("unusable", kind.code)
    assert "usb:1-2" in told["message_vi"] and "device.serial" in told["message_en"]
    assert "?" not in told["message_vi"] + told["message_en"]
    session.plugged("usb:1-5", 7.0)
    assert (session.state, session.at.at(), standing(session)["code"]) == (S.READY, At("usb:1-5"), "")
    assert session.press().do is Do.BEGIN
    said = lines(caplog)
    assert len(said) == 2 and kind.code in said[0] and "can be used again" in said[1]


def test_a_batch_that_waits_for_its_paper_waits_on_while_a_stranger_is_plugged_in() -> None:
    session = interrupted()
    session.unplugged("", Trouble(errors.SCANNER_STRANGER.code, "", {"place": "usb:1-2"}))
    session.feeder_is(LOADED, 5.0)
    assert refusal(session, "resume") is errors.SCANNER_STRANGER
    session.unplugged()  # the stranger is away too
    session.feeder_is(LOST, 6.0)
    assert (session.state, session.batch) == (S.ABSENT, "b1")
    session.plugged("usb:1-1", 7.0)
    session.feeder_is(LOADED, 8.0)
    assert session.state is S.RELOAD and session.resume().do is Do.GO_ON


def test_a_device_seen_for_the_first_time_by_the_bus_changes_nothing() -> None:
    session = there(SETTLED, LOADED)
    assert session.plugged("usb:1-1", 1.0).do is Do.NOTHING
    assert session.tick(2.0).do is Do.BEGIN


# ---- unusable ----

def test_a_device_that_cannot_be_used_says_why_in_full_and_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    session = Session("quay1")
    session.connected(HELLO)
    for _ in range(5):
        session.feeder_is(REFUSED, 1.0)
    told = standing(session)
    assert (told["state"], told["code"]) == ("unusable", errors.PROFILE_REFUSED.code)
    assert "p.toml" in told["message_vi"] and "typo" in told["message_en"] and "?" not in told["message_en"]
    assert len(lines(caplog)) == 1
    session.feeder_is(EMPTY, 9.0)
    assert session.state is S.READY and standing(session)["code"] == ""


def test_options_that_the_device_refuses_before_paper_moves_close_the_batch_and_mark_the_device() -> None:
    session = scanning(sides=0)
    action = session.ended(Ended("b1", 0, errors.DEVICE_REFUSED.code, "x", {"text": "resolution=1200"}))
    assert (action.do, action.code) == (Do.CLOSE, errors.DEVICE_REFUSED.code)
    session.feeder_is(LOADED, 30.0)
    told = standing(session)
    assert (told["state"], told["batch"]) == ("unusable", "") and "resolution=1200" in told["message_vi"]
    assert session.tick(1000.0).do is Do.NOTHING
    assert session.press().do is Do.BEGIN  # somebody may have set it right at the device


def test_refused_options_after_paper_has_moved_still_name_the_sheet() -> None:
    session = scanning(sides=2)
    assert session.ended(Ended("b1", 1, errors.DEVICE_REFUSED.code)).do is Do.INTERRUPT
    assert session.state is S.RELOAD


@pytest.mark.parametrize("mend", ["another process", "another plug"])
def test_a_device_that_refused_gets_a_new_chance(mend: str) -> None:
    session = scanning(sides=0)
    session.ended(Ended("b1", 0, errors.DEVICE_REFUSED.code))
    if mend == "another process":
        session.disconnected()
        session.connected(replace(HELLO, pid=43))
    else:
        session.unplugged("usb:1-1")
        session.plugged("usb:1-1", 40.0)
    session.feeder_is(LOADED, 41.0)
    assert session.state is S.READY


def test_a_driver_that_ends_before_it_says_a_word_makes_the_device_unusable_after_some_tries(
    caplog: pytest.LogCaptureFixture,
) -> None:
    session, states = Session("quay1"), []
    for pid in range(1, 9):
        session.connected(replace(HELLO, pid=pid))
        session.disconnected()
        states.append(session.state)
    assert states == [S.ABSENT] * 2 + [S.UNUSABLE] * 6
    assert standing(session)["code"] == errors.DRIVER_ENDS.code and "quay1" in standing(session)["message_en"]
    assert len(lines(caplog)) == 1
    session.connected(replace(HELLO, pid=9))
    session.feeder_is(EMPTY, 5.0)
    assert session.state is S.READY


def test_a_fault_that_the_device_shows_at_rest_is_told() -> None:
    session = there(PRESS, Status(Feeder.HARDWARE, "lamp 4"))
    assert session.state is S.READY
    assert standing(session)["code"] == errors.DEVICE_FAULT.code and "lamp 4" in standing(session)["message_vi"]


def test_a_side_that_the_ledger_cannot_hold_is_told_with_its_reason() -> None:
    session = scanning()
    session.stop(errors.DISK_FAILED.code, {"reason": "read-only file system"})
    session.ended(Ended("b1", 1, STOPPED))
    assert "read-only file system" in standing(session)["message_en"]
