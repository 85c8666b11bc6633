"""The session of one device: what its process, the bus, the disk and people say, and what is done about it. Pure.

A batch starts when somebody presses Start (on the device, on the page, by ``appliance press``) and, where the
settings say ``settled``, also when paper was put into the empty feeder and has been quiet for a while
(settling.py). Whichever comes first takes the stack; the other finds it running.

After an interruption the operator puts paper back. With ``settled``, paper that is loaded again goes on
by itself, but only when the feeder was seen *empty* in between: a jam that is cleared or a cable that is
put back leaves the rest of the stack in the feeder, without the sheet that has to come first. A press
or ``resume`` is a person's word that the paper lies right, and goes on; what Start on the device itself means
then is the job's to say (``OnPress``).
"""

from __future__ import annotations

import logging

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.states import SessionState
from appliance.device.action import NOTHING, Action, Do, OnPress, Trouble
from appliance.device.course import PRESS, SETTLED, Course
from appliance.device.protocol import Feeder, Hello, Status

__all__ = ["PRESS", "SETTLED", "Session"]

log = logging.getLogger(__name__)

_S = SessionState


class Session(Course):
    """One device's session. Every event returns the action it asks for; times are seconds of one clock."""

    def connected(self, hello: Hello) -> None:
        """Learn which device and which process this is."""
        self.at.connected(hello)
        self._stand()

    def disconnected(self) -> Action:
        """Take the loss of the scanner process; a scan under way is broken off."""
        self.at.disconnected()
        scanning = self.state is _S.SCANNING
        action = self._break_off(Trouble(errors.SCANNER_PROCESS_LOST.code)) if scanning else NOTHING
        self._fed(0.0)
        return action

    def unplugged(self, place: str = "", doubt: Trouble | None = None) -> Action:
        """Take the word of the bus that the device is gone; its process breaks off what is being scanned.

        ``doubt`` is why what is plugged in is not taken for it: nothing starts until the bus says where it is.
        """
        self.at.unplugged(place, doubt or Trouble())
        self._fed(0.0)
        return Action(Do.GONE, self.batch)

    def plugged(self, place: str, now: float) -> Action:
        """Take the word of the bus that the device is there; it is ready when its process says so too."""
        if not self.at.plugged(place):
            return NOTHING
        self._fed(now)
        return self.tick(now)

    def feeder_is(self, status: Status, now: float) -> Action:
        """Take a status of the feeder."""
        self.at.told(status)
        self._fed(now)
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
        return self._paper.due() if ready and (self.batch or not self.closed.code) else None

    def press(self, job: str = "") -> Action:
        """Take a press of Start for ``job`` (empty: the open batch's, else the usual one).

        Raises:
            ApplianceError: SCAN_RUNNING, DEVICE_LOST, DISK_FULL, DRAINING, NO_PAPER, OTHER_JOB_OPEN, or what makes
                the device unusable.
        """
        self._refuse_start()
        if self.batch and job and self.job not in ("", job):
            raise errors.OTHER_JOB_OPEN.error(device=self.name, job=self.job)
        return self._start(job)

    def pressed(self, job: str, rule: OnPress) -> Action:
        """Take a press of Start on the device; nothing is raised, the operator sees what came of it.

        Args:
            job: the job that this press selects.
            rule: what a press means to the job of the open batch.
        """
        if self.state is _S.RELOAD and rule is OnPress.END_DOSSIER:
            return self.finish()
        if self.state is _S.RELOAD and rule is OnPress.IGNORE:
            log.info("press on %s left: its job goes on by resume only", self.name)
            return NOTHING
        try:
            self._refuse_start()
        except ApplianceError as problem:
            log.info("press on %s starts nothing: %s", self.name, problem.code)
            return NOTHING
        return self._start(job)

    def resume(self) -> Action:
        """Go on with the interrupted batch: the paper was put back.

        Raises:
            ApplianceError: as ``press``, or NOTHING_OPEN.
        """
        self.refuse_without_batch()
        self._refuse_start()
        return self._start()

    def refuse_without_batch(self) -> None:
        """Refuse what needs an interrupted batch when there is none.

        Raises:
            ApplianceError: SCAN_RUNNING or NOTHING_OPEN.
        """
        if self.state is _S.SCANNING:
            raise errors.SCAN_RUNNING.error(device=self.name)
        if not self.batch:
            raise errors.NOTHING_OPEN.error(device=self.name)

    def finish(self) -> Action:
        """Close the interrupted batch as it is.

        Raises:
            ApplianceError: SCAN_RUNNING or NOTHING_OPEN.
        """
        self.refuse_without_batch()
        # What still lies in the feeder belongs to the batch that was given up: it must not start alone.
        self._paper.armed = self.feeder.feeder is Feeder.EMPTY
        return self._close()

    def cancel(self) -> Action:
        """Stop feeding.

        Raises:
            ApplianceError: NOTHING_OPEN when nothing is being scanned.
        """
        if self.state is not _S.SCANNING:
            raise errors.NOTHING_OPEN.error(device=self.name)
        return self.stop(errors.CAPTURE_STOPPED.code)

    def disk_full(self, code: str) -> Action:
        """Let nothing start any more; a scan under way is stopped before pages are lost."""
        self.blocked = code
        if self.state is _S.SCANNING:
            return self.stop(code, self.blocked_details)
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
        if self.feeder.code:
            known = {**self.feeder.details, "device": self.name, "sheet": self.sheet or 1}
            raise errors.by_code(self.feeder.code).error(**known)
        if self.blocked:
            raise errors.by_code(self.blocked).error(**self.blocked_details)
        if self.closed.code and not self.batch:
            raise errors.by_code(self.closed.code).error(**self.closed.details)
        if self.feeder.feeder is Feeder.EMPTY:
            self.trouble = self.trouble if self.batch else Trouble(errors.NO_PAPER.code)
            raise errors.NO_PAPER.error()
