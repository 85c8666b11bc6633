"""A feed that is over, one that broke off, and one that only seems to be over."""

from __future__ import annotations

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError, Kind
from appliance.core.model import Side
from appliance.device.escl_feed import Ending, Turn, check_whole, ending, settle
from appliance.device.escl_xml import JobReport, ScannerReport

JOB = "http://scanner/eSCL/ScanJobs/j1"


def report(adf: str, state: str = "", reason: str = "") -> ScannerReport:
    jobs = (JobReport("/eSCL/ScanJobs/j1", "j1", state, 1, (reason,)),) if state else ()
    return ScannerReport("Idle", adf, jobs)


def judge(adf: str, state: str = "", *, nothing_yet: bool = False) -> Ending | Kind:
    try:
        return ending(report(adf, state), JOB, nothing_yet=nothing_yet)
    except ApplianceError as problem:
        return problem.kind


@pytest.mark.parametrize(("adf", "state", "verdict"), [
    ("ScannerAdfEmpty", "Completed", Ending.OVER),
    ("ScannerAdfEmpty", "", Ending.OVER),
    ("ScannerAdfEmpty", "Canceled", Ending.OVER),
    ("ScannerAdfLoaded", "Completed", Ending.OVER),
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
        ending(report("ScannerAdfWhatever"), JOB, nothing_yet=False)
    assert "ScannerAdfWhatever" in caught.value.en


def test_paper_that_is_left_when_no_side_comes_is_a_jam() -> None:
    with pytest.raises(ApplianceError) as caught:
        settle(report("ScannerAdfLoaded"))
    assert caught.value.kind is errors.PAPER_JAM
    settle(report("ScannerAdfEmpty"))


def test_duplex_turns_go_front_back_front_and_simplex_turns_fronts_only() -> None:
    turn, seen = Turn(), []
    for _ in range(4):
        seen.append((turn.sheet, turn.side))
        turn = turn.after(duplex=True)
    assert seen == [(1, Side.FRONT), (1, Side.BACK), (2, Side.FRONT), (2, Side.BACK)]
    assert Turn().after(duplex=False) == Turn(2, Side.FRONT)


@pytest.mark.parametrize(("turn", "kind"), [(Turn(), errors.NO_PAPER), (Turn(3, Side.BACK), errors.DEVICE_FAULT)])
def test_a_feed_without_paper_or_without_the_last_back_is_not_whole(turn: Turn, kind: Kind) -> None:
    with pytest.raises(ApplianceError) as caught:
        check_whole(turn)
    assert caught.value.kind is kind


def test_a_feed_that_ends_between_sheets_is_whole() -> None:
    check_whole(Turn(3))
