"""What the end of an eSCL feed means: told from ScannerStatus, because HTTP alone does not say.

The answer "no more sides" comes at the normal end, at a jam, at an open cover, and from some models
merely too early. A jam in mid page may show a loaded feeder and nothing but the job's state Aborted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from appliance.core import errors
from appliance.core.errors import ApplianceError, Kind
from appliance.core.model import Side
from appliance.device.escl_http import Answer
from appliance.device.escl_xml import ScannerReport, printable
from appliance.device.profile_tables import Transport
from appliance.device.protocol import Feeder, Status

FAULTS: dict[Feeder, Kind] = {
    Feeder.JAM: errors.PAPER_JAM,
    Feeder.MULTIFEED: errors.DOUBLE_FEED,
    Feeder.COVER: errors.COVER_OPEN,
    Feeder.WRONG_PAPER: errors.PAPER_PUT_WRONG,
    Feeder.HARDWARE: errors.DEVICE_FAULT,
    Feeder.LOST: errors.DEVICE_LOST,
}
"""What each state of a feeder that cannot go on is called in the catalogue."""


class Ending(Enum):
    """Whether the feed is over."""

    OVER = "over"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Turn:
    """The side that is asked for next. ``sheet`` counts from 1; ``fed``: sides that came before.

    ``empty``: the side before had no bytes at all.
    """

    sheet: int = 1
    side: Side = Side.FRONT
    fed: int = 0
    empty: bool = False

    @property
    def first(self) -> bool:
        """Whether nothing has been fed before."""
        return self.sheet == 1 and self.side is Side.FRONT

    def after(self, *, duplex: bool, empty: bool = False) -> Turn:
        """Return the turn that follows: front, back, front, back; or fronts only."""
        if duplex and self.side is Side.FRONT:
            return Turn(self.sheet, Side.BACK, self.fed + 1, empty)
        return Turn(self.sheet + 1, Side.FRONT, self.fed + 1, empty)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long no side has come, in seconds; ``end``: the last answer was "no more sides", not "not yet"."""

    seconds: float
    patience: Transport
    end: bool


def fault_of(status: Status) -> ApplianceError | None:
    """Return the error that a feeder's state stands for, or None when paper could move."""
    kind = FAULTS.get(status.feeder)
    return kind.error(text=status.text or status.feeder.value) if kind else None


def check_feeder(report: ScannerReport) -> None:
    """Refuse to begin where the feeder says plainly that it cannot.

    Raises:
        ApplianceError: the fault, or NO_PAPER.
    """
    if fault := fault_of(report.feeder):
        raise fault
    if report.adf and report.feeder.feeder is Feeder.EMPTY:
        raise errors.NO_PAPER.error()


def check_going_on(report: ScannerReport, job: str) -> None:
    """Check before a side is asked for that one can come: a feeder that cannot go on would keep us waiting.

    What the device still holds ready is fetched first, whatever has happened to the sheet after it.

    Raises:
        ApplianceError: the fault.
    """
    told = report.job(job)
    if (fault := fault_of(report.feeder)) and not (told and told.waiting):
        raise fault


def image_of(answer: Answer, turn: Turn) -> Answer:
    """Return an answer that can be a side; a damaged image is one, a page of text is none.

    Raises:
        ApplianceError: DEVICE_UNUSABLE: text (somebody's login page), or one empty answer after another; a feed of
            those would have no end.
    """
    texts = answer.content_type.startswith("text/") or answer.content_type.endswith(("html", "xml", "json"))
    if texts and answer.body[:2] != b"\xff\xd8":
        raise errors.DEVICE_UNUSABLE.error(text=f"NextDocument: {printable(answer.content_type)}")
    if turn.empty and not answer.body and not answer.oversize:
        raise errors.DEVICE_UNUSABLE.error(text="NextDocument: no bytes, twice")
    return answer


def is_over(report: ScannerReport, job: str, turn: Turn, waiting: Waiting) -> bool:
    """Judge an answer without an image: the feed is over, or (False) the side is to be asked for again.

    Raises:
        ApplianceError: the feed broke off, or DEVICE_STALLED: "not yet" for too long.
    """
    verdict = ending(report, job, turn)
    doubted = waiting.seconds >= waiting.patience.end_doubt_seconds
    told = report.job(job)
    if waiting.end:
        if verdict is Ending.UNSURE and doubted:
            settle(report, job, turn)
        return verdict is Ending.OVER or doubted
    if doubted and told is not None and told.state == "Completed":
        settle(report, job, turn)
        return True  # a device that goes on saying "not yet" after its job was done
    if waiting.seconds >= waiting.patience.stall_seconds:
        raise errors.DEVICE_STALLED.error(seconds=waiting.patience.stall_seconds)
    return False


def ending(report: ScannerReport, job: str, turn: Turn) -> Ending:
    """Judge "no more sides" for the job at address ``job``, where the side of ``turn`` would be the next.

    A job that says it is completed while paper is left, or that has counted more images than it has sent, is not
    believed at once. Before the first side many models do not know their feeder yet.

    Raises:
        ApplianceError: the feed broke off (PAPER_JAM, COVER_OPEN, CAPTURE_STOPPED...).
    """
    fault = fault_of(report.feeder)
    if fault:
        raise fault
    told = report.job(job)
    state = told.state if told else ""
    empty = report.feeder.feeder is Feeder.EMPTY
    if told and state == "Aborted":
        raise errors.PAPER_JAM.error(text=", ".join(told.reasons))
    if told and told.images > turn.fed:
        return Ending.UNSURE
    if state == "Completed" and empty:
        return Ending.OVER
    if state == "Canceled" and not empty:
        raise errors.CAPTURE_STOPPED.error()
    if state in ("Pending", "Processing") or not empty or turn.first:
        return Ending.UNSURE
    return Ending.OVER


def settle(report: ScannerReport, job: str, turn: Turn) -> None:
    """Decide an end that stayed unsure: over when the feeder is empty and no side is missing.

    Raises:
        ApplianceError: PAPER_JAM: paper is left, yet no side comes; DEVICE_FAULT: the device has counted more
            images than it has sent.
    """
    if report.feeder.feeder is not Feeder.EMPTY:
        raise errors.PAPER_JAM.error(text=report.adf)
    told = report.job(job)
    if told is not None and told.images > turn.fed:
        raise errors.DEVICE_FAULT.error(text=f"{told.images} images counted, {turn.fed} sent")


def check_whole(turn: Turn) -> None:
    """Check that a feed which is over ended between sheets.

    Raises:
        ApplianceError: NO_PAPER when nothing was fed, DEVICE_FAULT when a back side is missing.
    """
    if turn.first:
        raise errors.NO_PAPER.error()
    if turn.side is Side.BACK:
        raise errors.DEVICE_FAULT.error(text=f"sheet {turn.sheet} has no back")
