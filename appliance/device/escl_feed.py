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
from appliance.device.escl_xml import ScannerReport
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
    """The side that is asked for next. ``sheet`` counts from 1."""

    sheet: int = 1
    side: Side = Side.FRONT

    @property
    def first(self) -> bool:
        """Whether nothing has been fed before."""
        return self == Turn()

    def after(self, *, duplex: bool) -> Turn:
        """Return the turn that follows: front, back, front, back; or fronts only."""
        if duplex and self.side is Side.FRONT:
            return Turn(self.sheet, Side.BACK)
        return Turn(self.sheet + 1, Side.FRONT)


def fault_of(status: Status) -> ApplianceError | None:
    """Return the error that a feeder's state stands for, or None when paper could move."""
    kind = FAULTS.get(status.feeder)
    return kind.error(text=status.text or status.feeder.value) if kind else None


def ending(report: ScannerReport, job: str, *, nothing_yet: bool) -> Ending:
    """Judge "no more sides" for the job at address ``job``.

    ``nothing_yet``: no side has come so far, when many models do not know their feeder yet.

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
    if state == "Completed":
        return Ending.OVER
    if state == "Canceled" and not empty:
        raise errors.CAPTURE_STOPPED.error()
    if state in ("Pending", "Processing") or not empty or nothing_yet:
        return Ending.UNSURE
    return Ending.OVER


def settle(report: ScannerReport) -> None:
    """Decide an end that stayed unsure: over when the feeder is empty.

    Raises:
        ApplianceError: PAPER_JAM: paper is left, yet no side comes.
    """
    if report.feeder.feeder is not Feeder.EMPTY:
        raise errors.PAPER_JAM.error(text=report.adf)


def check_whole(turn: Turn) -> None:
    """Check that a feed which is over ended between sheets.

    Raises:
        ApplianceError: NO_PAPER when nothing was fed, DEVICE_FAULT when a back side is missing.
    """
    if turn.first:
        raise errors.NO_PAPER.error()
    if turn.side is Side.BACK:
        raise errors.DEVICE_FAULT.error(text=f"sheet {turn.sheet} has no back")
