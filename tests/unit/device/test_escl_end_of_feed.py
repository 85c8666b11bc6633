"""A feed that is over, one that broke off, and one that only seems to be over."""

from __future__ import annotations

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError, Kind
from appliance.core.model import Side
from appliance.device import profile
from appliance.device.escl_feed import (
    Ending,
    Turn,
    Waiting,
    check_going_on,
    check_whole,
    ending,
    is_over,
    settle,
)
from appliance.device.escl_xml import JobReport, ScannerReport

JOB = "http://scanner/eSCL/ScanJobs/j1"


def report(adf: str, state: str = "", reason: str = "", images: int = 1) -> ScannerReport:
    jobs = (JobReport("/eSCL/ScanJobs/j1", "j1", state, images, (reason,)),) if state else ()
    return ScannerReport("Idle", adf, jobs)


def judge(adf: str, state: str = "", *, nothing_yet: bool = False) -> Ending | Kind:
    try:
        return ending(report(adf, state), JOB, Turn() if nothing_yet else Turn(2, fed=1))
    except ApplianceError as problem:
        return problem.kind


@pytest.mark.parametrize(("adf", "state", "verdict"), [
    ("ScannerAdfEmpty", "Completed", Ending.OVER),
    ("ScannerAdfEmpty", "", Ending.OVER),
    ("ScannerAdfEmpty", "Canceled", Ending.OVER),
    ("ScannerAdfLoaded", "Completed", Ending.UNSURE),
    ("ScannerAdfEmpty", "Processing", Ending.UNSURE),
    ("ScannerAdfProcessing", "Processing", Ending.UNSURE),
    ("ScannerAdfLoaded", "", Ending.UNSURE),
    ("ScannerAdfLoaded", "Canceled", errors.CAPTURE_STOPPED),
    ("ScannerAdfLoaded", "Aborted", errors.PAPER_JAM),
    ("ScannerAdfEmpty", "Aborted", errors.PAPER_JAM),
    ("ScannerAdfJam", "Aborted", errors.PAPER_JAM),
    ("ScannerAdfJam", "Completed", errors.PAPER_JAM),
    ("ScannerAdfMispick", "", errors.PAPER_JAM),
    ("ScannerAdfDoorOpen", "Aborted", errors.COVER_OPEN),
    ("ScannerAdfHatchOpen", "", errors.COVER_OPEN),
    ("ScannerAdfMultipickDetected", "", errors.DOUBLE_FEED),
    ("ScannerAdfDuplexPageTooLong", "", errors.PAPER_PUT_WRONG),
    ("ScannerAdfInputTrayFailed", "", errors.DEVICE_FAULT),
    ("ScannerAdfWhatever", "", errors.DEVICE_FAULT),
])
def test_what_the_end_of_a_feed_means(adf: str, state: str, verdict: Ending | Kind) -> None:
    assert judge(adf, state) == verdict


def test_an_empty_feeder_before_the_first_side_is_asked_once_more() -> None:
    assert judge("ScannerAdfEmpty", nothing_yet=True) is Ending.UNSURE


def test_an_unknown_fault_keeps_the_words_of_the_device() -> None:
    with pytest.raises(ApplianceError) as caught:
        ending(report("ScannerAdfWhatever"), JOB, Turn(2, fed=1))
    assert "ScannerAdfWhatever" in caught.value.en


def test_a_job_that_says_completed_with_a_side_unsent_is_not_believed() -> None:
    told = report("ScannerAdfEmpty", "Completed", images=4)
    assert ending(told, JOB, Turn(2, fed=2)) is Ending.UNSURE
    assert ending(told, JOB, Turn(3, fed=4)) is Ending.OVER
    with pytest.raises(ApplianceError) as caught:
        settle(told, JOB, Turn(2, fed=2))
    assert caught.value.kind is errors.DEVICE_FAULT


def test_paper_that_is_left_when_no_side_comes_is_a_jam() -> None:
    with pytest.raises(ApplianceError) as caught:
        settle(report("ScannerAdfLoaded"), JOB, Turn(2))
    assert caught.value.kind is errors.PAPER_JAM
    settle(report("ScannerAdfEmpty"), JOB, Turn(2))


def test_duplex_turns_go_front_back_front_and_simplex_turns_fronts_only() -> None:
    turn, seen = Turn(), []
    for _ in range(4):
        seen.append((turn.sheet, turn.side))
        turn = turn.after(duplex=True)
    assert seen == [(1, Side.FRONT), (1, Side.BACK), (2, Side.FRONT), (2, Side.BACK)]
    assert Turn().after(duplex=False) == Turn(2, Side.FRONT, fed=1)


@pytest.mark.parametrize(("turn", "kind"), [(Turn(), errors.NO_PAPER), (Turn(3, Side.BACK), errors.DEVICE_FAULT)])
def test_a_feed_without_paper_or_without_the_last_back_is_not_whole(turn: Turn, kind: Kind) -> None:
    with pytest.raises(ApplianceError) as caught:
        check_whole(turn)
    assert caught.value.kind is kind


def test_a_feed_that_ends_between_sheets_is_whole() -> None:
    check_whole(Turn(3))


def jobs(state: str, images: int = 0, waiting: int | None = None, adf: str = "ScannerAdfEmpty") -> ScannerReport:
    return ScannerReport("Idle", adf, (JobReport("/eSCL/ScanJobs/j1", "j1", state, images, (), waiting),))


def over(report: ScannerReport, seconds: float, *, end: bool) -> bool | Kind:
    patience = profile.load("escl_generic").transport
    try:
        return is_over(report, JOB, Turn(2, fed=1), Waiting(seconds, patience, end))
    except ApplianceError as problem:
        return problem.kind


@pytest.mark.parametrize(("state", "adf", "seconds", "end", "verdict"), [
    ("Completed", "ScannerAdfEmpty", 0, True, True),
    ("Processing", "ScannerAdfEmpty", 0, True, False),
    ("Processing", "ScannerAdfEmpty", 9, True, True),
    ("Processing", "ScannerAdfLoaded", 9, True, errors.PAPER_JAM),
    ("Processing", "ScannerAdfProcessing", 9, True, errors.PAPER_JAM),
    ("Completed", "ScannerAdfEmpty", 0, False, False),
    ("Completed", "ScannerAdfEmpty", 9, False, True),
    ("", "ScannerAdfEmpty", 9, False, False),
    ("", "ScannerAdfEmpty", 99, False, errors.DEVICE_STALLED),
    ("Processing", "ScannerAdfProcessing", 99, False, errors.DEVICE_STALLED),
    ("Aborted", "ScannerAdfLoaded", 0, False, errors.PAPER_JAM),
    ("Canceled", "ScannerAdfLoaded", 0, False, errors.CAPTURE_STOPPED),
])
def test_how_long_a_side_is_waited_for(state: str, adf: str, seconds: float, end: bool, verdict: object) -> None:
    assert over(jobs(state, adf=adf), seconds, end=end) == verdict


def test_a_side_that_the_device_counted_and_never_sent_is_missed() -> None:
    assert over(jobs("Processing", images=2), 9, end=True) is errors.DEVICE_FAULT
    assert over(jobs("Processing", images=1), 9, end=True) is True


def test_a_fault_ends_the_feed_before_a_side_is_asked_for_unless_one_is_ready() -> None:
    check_going_on(jobs("Processing", adf="ScannerAdfProcessing"), JOB)
    check_going_on(jobs("Processing", waiting=1, adf="ScannerAdfJam"), JOB)
    for waiting in (0, None):
        with pytest.raises(ApplianceError) as caught:
            check_going_on(jobs("Processing", waiting=waiting, adf="ScannerAdfJam"), JOB)
        assert caught.value.kind is errors.PAPER_JAM
