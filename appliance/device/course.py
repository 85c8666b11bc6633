"""The course of one device's batch: started, fed, broken off, gone on with, closed. Pure.

The events that drive it are in session.py; whether the device is there at all in whereabouts.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.states import SessionState
from appliance.device.action import NOTHING, Action, Do, Trouble
from appliance.device.protocol import Ended, Feeder, Hello, Status
from appliance.device.settling import Settling
from appliance.device.whereabouts import Whereabouts

SETTLED, PRESS = "settled", "press"
_S = SessionState


@dataclass
class Course:
    """One device and its batch. Every event returns the action it asks for; times are seconds of one clock.

    Attributes:
        usual_job: the job of a start that names none.
        batch: the batch that is open, or empty; ``job`` is its job.
        sheet: in state reload, the sheet from which paper is put back; 0 until the ledger has said it.
        blocked: code of what keeps every scan from starting, or empty; ``blocked_details`` fill its text.
        closed: what keeps new batches from starting, if anything; the one that is open goes on.
    """

    name: str
    start_kind: str = SETTLED
    settle_seconds: float = 2.0
    usual_job: str = "default"
    batch: str = ""
    job: str = ""
    sheet: int = 0
    blocked: str = ""
    blocked_details: dict[str, Any] = field(default_factory=dict)
    closed: Trouble = field(default_factory=Trouble)
    trouble: Trouble = field(default_factory=Trouble)
    _sides: int = 0
    _fresh: bool = False
    _stopped_by: Trouble = field(default_factory=Trouble)

    def __post_init__(self) -> None:
        self.at = Whereabouts(self.name)
        self._paper = Settling(self.settle_seconds)

    @property
    def state(self) -> SessionState:
        """Where this session stands."""
        return self.at.state

    @property
    def feeder(self) -> Status:
        """The feeder as last told."""
        return self.at.feeder

    @property
    def hello(self) -> Hello | None:
        """Which device and which process this is, or was last."""
        return self.at.hello

    def started(self, batch: str) -> None:
        """Learn which batch the ledger has opened or taken up again."""
        self.batch = batch

    def not_started(self, problem: ApplianceError, now: float) -> None:
        """Take back a start that the ledger refused; settled paper tries again a while later."""
        self._paper.try_again(now)
        self.trouble = Trouble(problem.code, str(problem.details.get("reason", "")), problem.details)
        self.at.move(_S.RELOAD if self.batch else _S.READY)
        self._stand()

    def side_recorded(self) -> None:
        """Count a side that the ledger holds."""
        self._sides += 1

    def stop(self, code: str, details: Mapping[str, object] | None = None) -> Action:
        """Break off the scan under way because of ``code``; its end is then told under that code."""
        self._stopped_by = Trouble(code, details=details or {})
        return Action(Do.CANCEL, self.batch, code)

    def ended(self, ended: Ended) -> Action:
        """Take the end of a feed: all through, nothing fed, refused by the device, or broken off."""
        if self.state is not _S.SCANNING or ended.batch != self.batch:
            return NOTHING
        trouble = Trouble(ended.code or errors.NO_PAPER.code, ended.reason, ended.details)
        nothing_fed = ended.code in ("", errors.NO_PAPER.code) and not self._sides
        refused = _for_it_staff(ended.code) and not self._sides and not ended.sheets
        if self._fresh and (nothing_fed or refused):
            return self._came_to_nothing(trouble, unfit=refused)
        if not ended.code:  # files that go on may end well without a side: then none was missing
            self._paper.armed = True  # a feed that ends well has proved the feeder empty
            return self._close()
        ours = ended.code == errors.CAPTURE_STOPPED.code and self._stopped_by.code
        return self._break_off(self._stopped_by if ours else trouble)

    def put_back_from(self, sheet: int) -> None:
        """Learn from the ledger which sheet is the first to be put back."""
        self.sheet = sheet

    def restore(self, batch: str, sheet: int, job: str = "") -> None:
        """Take up a batch that the ledger has found open at start."""
        self.batch, self.sheet, self.job = batch, sheet, job
        self.trouble = Trouble(errors.SCANNER_PROCESS_LOST.code)
        self._paper.armed = False
        self._stand()

    def _start(self, job: str = "") -> Action:
        """Begin a batch of ``job``, or go on with the one that is open."""
        if not self.batch:
            self.job = job or self.usual_job
        action = Action(Do.GO_ON, self.batch) if self.batch else Action(Do.BEGIN, job=self.job)
        self._fresh, self._sides, self._stopped_by = not self.batch, 0, Trouble()
        self._paper.started()
        self.trouble = self.at.unfit = Trouble()
        self.at.move(_S.SCANNING)
        return action

    def _came_to_nothing(self, trouble: Trouble, *, unfit: bool) -> Action:
        """A start with zero pages is an error: the batch is closed, nothing is to be put back."""
        if unfit:
            self.at.unfit = trouble
        self._paper.armed = False  # a sensor that still says "loaded" would start for ever
        action = self._close(trouble.code)
        self.trouble = trouble
        return action

    def _break_off(self, trouble: Trouble) -> Action:
        self.trouble = trouble
        self._paper.armed = False
        action = Action(Do.INTERRUPT, self.batch, trouble.code) if self.batch else NOTHING
        self.at.move(_S.RELOAD if self.batch else _S.READY)
        self._stand()
        return action

    def _close(self, code: str = "") -> Action:
        """Let the batch go; what is told of the trouble is over."""
        action = Action(Do.CLOSE, self.batch, code)
        self.batch, self.job, self.sheet, self.trouble = "", "", 0, Trouble()
        if self.state in (_S.SCANNING, _S.RELOAD):
            self.at.move(_S.READY)
        self._stand()
        return action

    def _fed(self, now: float) -> None:
        """Take a feeder that may have changed."""
        if self.state is _S.SCANNING:
            return
        feeder = self.feeder.feeder
        self._paper.feeder_is(feeder, now)
        if feeder is Feeder.LOADED and self.trouble.code == errors.NO_PAPER.code and not self.batch:
            self.trouble = Trouble()
        self._stand()

    def _stand(self) -> None:
        self.at.stand(batch=bool(self.batch), blocked=bool(self.blocked))


def _for_it_staff(code: str) -> bool:
    """Say whether a device that ends a feed so will do it again until somebody mends it."""
    kind = errors.by_code(code)
    return code != "" and kind is not errors.UNEXPECTED and not kind.retry
