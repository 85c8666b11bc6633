"""The session of one device: when a batch starts, breaks off, goes on and ends. Pure; time comes in.

A batch starts in exactly one way, which the settings name:

settled   paper was put into the empty feeder and has been quiet for ``settle_seconds``;
press     somebody pressed Start.

The session is *armed* (paper may start it) until it starts something, and again once the feeder was seen
empty or a feed that ended well has proved it so.

After an interruption the operator puts paper back. With ``settled``, paper that is loaded again goes on
by itself, but only when the feeder was seen *empty* in between: a jam that is cleared or a cable that is
put back leaves the rest of the stack in the feeder, without the sheet that has to come first. A press
or ``resume`` is a person's word that the paper lies right, and always goes on.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.states import SESSION, SessionState
from appliance.device.protocol import Ended, Feeder, Hello, Status

log = logging.getLogger(__name__)

SETTLED, PRESS = "settled", "press"
RETRY_SECONDS = 10.0
_S = SessionState


class Do(StrEnum):
    """What an event asks of the driver of the session."""

    NOTHING = "nothing"
    BEGIN = "begin"
    GO_ON = "go_on"
    CANCEL = "cancel"
    INTERRUPT = "interrupt"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Action:
    """What to do now, with which batch, and the code that says why."""

    do: Do
    batch: str = ""
    code: str = ""


NOTHING = Action(Do.NOTHING)


@dataclass(slots=True)
class Trouble:
    """What the operator is told, until it is over."""

    code: str = ""
    reason: str = ""


@dataclass
class Session:
    """One device's session. Every event returns the action it asks for; times are seconds of one clock.

    Attributes:
        batch: the batch that is open, or empty.
        sheet: in state reload, the sheet from which paper is put back; 0 until the ledger has said it.
        blocked: code of what keeps every scan from starting, or empty; ``blocked_details`` fill its text.
    """

    name: str
    start_kind: str = SETTLED
    settle_seconds: float = 2.0
    state: SessionState = _S.ABSENT
    feeder: Status = field(default_factory=lambda: Status(Feeder.LOST))
    hello: Hello | None = None
    batch: str = ""
    sheet: int = 0
    blocked: str = ""
    blocked_details: dict[str, Any] = field(default_factory=dict)
    trouble: Trouble = field(default_factory=Trouble)
    _sides: int = 0
    _fresh: bool = False
    _stopped_by: str = ""
    _armed: bool = True
    _quiet_since: float | None = None

    def connected(self, hello: Hello) -> Action:
        """Learn which device and which process this is."""
        self.hello = hello
        return NOTHING

    def disconnected(self) -> Action:
        """Take the loss of the scanner process; a scan under way is broken off."""
        action = NOTHING
        if self.state is _S.SCANNING:
            action = self._break_off(errors.SCANNER_PROCESS_LOST.code)
        self.feeder = Status(Feeder.LOST)
        self._quiet_since = None
        self._stand()
        return action

    def feeder_is(self, status: Status, now: float) -> Action:
        """Take a status of the feeder."""
        self.feeder = status
        if self.state is _S.SCANNING:
            return NOTHING
        self._quiet_since = now if status.feeder is Feeder.LOADED else None
        if status.feeder is Feeder.EMPTY:
            self._armed = True
        if status.feeder is Feeder.LOADED and self.trouble.code == errors.NO_PAPER.code and not self.batch:
            self.trouble = Trouble()
        self._stand()
        return self.tick(now)

    def tick(self, now: float) -> Action:
        """Start or go on when paper was loaded and has been quiet long enough."""
        due = self.due()
        if due is None or now < due:
            return NOTHING
        return self._start()

    def due(self) -> float | None:
        """Return when ``tick`` will start something, or None."""
        ready = self.state in (_S.READY, _S.RELOAD) and not self.blocked and self.start_kind == SETTLED
        if not ready or not self._armed or self._quiet_since is None:
            return None
        return self._quiet_since + self.settle_seconds

    def press(self) -> Action:
        """Take a press of Start.

        Raises:
            ApplianceError: SCAN_RUNNING, DEVICE_LOST, DISK_FULL, NO_PAPER, or START_IS_SETTLED when paper
                alone starts this device.
        """
        if self.state is _S.READY and self.start_kind != PRESS:
            raise errors.START_IS_SETTLED.error(device=self.name)
        self._refuse_start()
        return self._start()

    def resume(self) -> Action:
        """Go on with the interrupted batch: the paper was put back.

        Raises:
            ApplianceError: as ``press``, or NOTHING_OPEN.
        """
        self._refuse_start()
        if self.state is not _S.RELOAD:
            raise errors.NOTHING_OPEN.error(device=self.name)
        return self._start()

    def finish(self) -> Action:
        """Close the interrupted batch as it is.

        Raises:
            ApplianceError: SCAN_RUNNING or NOTHING_OPEN.
        """
        if self.state is _S.SCANNING:
            raise errors.SCAN_RUNNING.error(device=self.name)
        if not self.batch:
            raise errors.NOTHING_OPEN.error(device=self.name)
        action = Action(Do.CLOSE, self.batch)
        # What still lies in the feeder belongs to the batch that was given up: it must not start alone.
        self._armed = self.feeder.feeder is Feeder.EMPTY
        self._let_go()
        return action

    def cancel(self) -> Action:
        """Stop feeding.

        Raises:
            ApplianceError: NOTHING_OPEN when nothing is being scanned.
        """
        if self.state is not _S.SCANNING:
            raise errors.NOTHING_OPEN.error(device=self.name)
        return self.stop(errors.CAPTURE_STOPPED.code)

    def stop(self, code: str) -> Action:
        """Break off the scan under way because of ``code``; its end is then told under that code."""
        self._stopped_by = code
        return Action(Do.CANCEL, self.batch, code)

    def started(self, batch: str) -> None:
        """Learn which batch the ledger has opened or taken up again."""
        self.batch = batch

    def not_started(self, problem: ApplianceError, now: float) -> None:
        """Take back a start that the ledger refused; settled paper tries again a while later."""
        self._armed, self._quiet_since = True, now + RETRY_SECONDS
        self.trouble = Trouble(problem.code, str(problem.details.get("reason", "")))
        self._move(_S.RELOAD if self.batch else _S.READY)
        self._stand()

    def side_recorded(self) -> None:
        """Count a side that the ledger holds."""
        self._sides += 1

    def ended(self, ended: Ended) -> Action:
        """Take the end of a feed: all through, nothing fed, or broken off."""
        if self.state is not _S.SCANNING or ended.batch != self.batch:
            return NOTHING
        nothing_fed = ended.code in ("", errors.NO_PAPER.code) and not self._sides
        if nothing_fed and self._fresh:
            return self._came_to_nothing()
        if ended.code or nothing_fed:
            stopped = ended.code == errors.CAPTURE_STOPPED.code and self._stopped_by
            return self._break_off(stopped or ended.code or errors.NO_PAPER.code, ended.reason)
        self._armed = True  # a feed that ends well has proved the feeder empty
        action = Action(Do.CLOSE, self.batch)
        self._let_go()
        return action

    def put_back_from(self, sheet: int) -> None:
        """Learn from the ledger which sheet is the first to be put back."""
        self.sheet = sheet

    def restore(self, batch: str, sheet: int) -> None:
        """Take up a batch that the ledger has found open at start."""
        self.batch, self.sheet = batch, sheet
        self.trouble = Trouble(errors.SCANNER_PROCESS_LOST.code)
        self._armed = False
        self._stand()

    def disk_full(self, code: str) -> Action:
        """Let nothing start any more; a scan under way is stopped before pages are lost."""
        self.blocked = code
        if self.state is _S.SCANNING:
            return self.stop(code)
        self._stand()
        return NOTHING

    def disk_ok(self) -> None:
        """Let scans start again."""
        self.blocked = ""
        self._stand()

    def _refuse_start(self) -> None:
        if self.state is _S.SCANNING:
            raise errors.SCAN_RUNNING.error(device=self.name)
        if self.state is _S.ABSENT:
            raise errors.DEVICE_LOST.error(sheet=self.sheet or 1)
        if self.blocked:
            raise errors.by_code(self.blocked).error(**self.blocked_details)
        if self.feeder.feeder is Feeder.EMPTY:
            self.trouble = self.trouble if self.batch else Trouble(errors.NO_PAPER.code)
            raise errors.NO_PAPER.error()

    def _start(self) -> Action:
        action = Action(Do.GO_ON, self.batch) if self.batch else Action(Do.BEGIN)
        self._fresh, self._sides, self._stopped_by = not self.batch, 0, ""
        self._armed, self._quiet_since = False, None
        self.trouble = Trouble()
        self._move(_S.SCANNING)
        return action

    def _came_to_nothing(self) -> Action:
        """A start with zero pages is an error: the batch is closed, nothing is to be put back."""
        code = errors.NO_PAPER.code
        action = Action(Do.CLOSE, self.batch, code)
        self._armed = False  # a sensor that still says "loaded" would start for ever
        self._let_go()
        self.trouble = Trouble(code)
        return action

    def _break_off(self, code: str, reason: str = "") -> Action:
        self.trouble = Trouble(code, reason)
        self._armed = False
        self._move(_S.RELOAD)
        if not self.batch:
            self._move(_S.READY)
            return NOTHING
        return Action(Do.INTERRUPT, self.batch, code)

    def _let_go(self) -> None:
        self.batch, self.sheet, self.trouble = "", 0, Trouble()
        if self.state in (_S.SCANNING, _S.RELOAD):
            self._move(_S.READY)
        self._stand()

    def _stand(self) -> None:
        """Move to where presence, an open batch and the disk put a session that is not scanning."""
        if self.state is _S.SCANNING:
            return
        there = self.feeder.feeder is not Feeder.LOST
        if not there:
            self._move(_S.ABSENT)
        elif self.batch:
            if self.state is _S.BLOCKED:
                self._move(_S.READY)
            self._move(_S.RELOAD)
        elif self.blocked:
            self._move(_S.BLOCKED)
        else:
            self._move(_S.READY)

    def _move(self, new: SessionState) -> None:
        if new is self.state:
            return
        assert SESSION.allows(self.state, new), f"{self.state} -> {new}"
        if new is _S.ABSENT:
            log.warning("scanner %s lost", self.name)
        elif self.state is _S.ABSENT:
            log.warning("scanner %s there", self.name)
        self.state = new
