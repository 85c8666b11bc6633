"""Whether a device is there and can be used, and the state its session stands in because of that. Pure.

Three tell of it: its scanner process (statuses, and by ending), the bus (unplugged, plugged), and what became of a
scan. Whoever is first makes the move; a move is one line in the log.
"""

from __future__ import annotations

import logging

from appliance.core import errors
from appliance.core.errors import fill
from appliance.core.states import SESSION, SessionState
from appliance.device.action import Trouble
from appliance.device.protocol import At, Feeder, Hello, Status

log = logging.getLogger(__name__)

SILENT_STARTS = 3
"""So many processes may end without a word about the feeder; then the driver is at fault."""

_S = SessionState


class Whereabouts:
    """One device as the daemon knows it.

    Attributes:
        feeder: the feeder as last told; LOST while the bus says that the device is gone.
        hello: which device and which process this is, or was last.
        place: where the bus last saw it, or empty.
        unfit: why the device refused to scan at all; over with a new process, a new plug or a start that succeeds.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.state = _S.ABSENT
        self.feeder = self._told = Status(Feeder.LOST)
        self.hello: Hello | None = None
        self.place = ""
        self.unfit = Trouble()
        self._unplugged = False
        self._doubt = Trouble()
        self._silent = 0

    @property
    def trouble(self) -> Trouble:
        """Why the device cannot be used, or no trouble."""
        return Trouble(self.feeder.code, self.feeder.text, self.feeder.details) if self.feeder.code else self.unfit

    def connected(self, hello: Hello) -> None:
        """Learn which device and which process this is; a process says hello again when it knows more."""
        if self.hello is None or hello.pid != self.hello.pid:
            self.unfit = Trouble()
            self._silent += 1
        self.hello = hello

    def disconnected(self) -> None:
        """Take the end of the process; a driver that never lives long enough to speak makes the device unusable."""
        endless = self._silent >= SILENT_STARTS and not self._unplugged
        self._told = Status(Feeder.LOST, code=errors.DRIVER_ENDS.code if endless else "")
        self.feeder = self._gone() if self._unplugged else self._told

    def told(self, status: Status) -> None:
        """Take what the process says of the feeder; nothing comes from a device that the bus says is gone."""
        self._told, self._silent = status, 0
        self.feeder = self._gone() if self._unplugged else status

    def unplugged(self, place: str, doubt: Trouble) -> None:
        """Take the word of the bus that it is gone; ``doubt``: why what is plugged in is not taken for it."""
        self.place, self._unplugged, self.unfit = place or self.place, True, Trouble()
        self._doubt, self._told = doubt, Status(Feeder.LOST)
        self.feeder = self._gone()

    def plugged(self, place: str) -> bool:
        """Take the word of the bus that it is there; return whether that is news.

        Then what the process has said meanwhile holds: it may have noticed nothing, or not have found it yet.
        """
        self.place, self._doubt = place, Trouble()
        news, self._unplugged = self._unplugged, False
        if news:
            self.feeder = self._told
        return news

    def at(self) -> At:
        """Return what its process may open: nothing while what is plugged in is not taken for it."""
        return At("", mine=False) if self._doubt.code else At(self.place)

    def _gone(self) -> Status:
        details = {name: str(value) for name, value in self._doubt.details.items()}
        return Status(Feeder.LOST, code=self._doubt.code, details=details)

    def stand(self, *, batch: bool, blocked: bool) -> None:
        """Move to where a session stands that is not scanning: a batch is open, or none may start."""
        if self.state is _S.SCANNING:
            return
        new = self._due(batch=batch, blocked=blocked)
        if new is not self.state and not SESSION.allows(self.state, new):
            self.move(_S.READY)
        self.move(new)

    def _due(self, *, batch: bool, blocked: bool) -> SessionState:
        if self.feeder.code:
            return _S.UNUSABLE
        if self.feeder.feeder is Feeder.LOST:
            return _S.ABSENT
        if batch:
            return _S.RELOAD
        if self.unfit.code:
            return _S.UNUSABLE
        return _S.BLOCKED if blocked else _S.READY

    def move(self, new: SessionState) -> None:
        """Move the session along its table."""
        if new is self.state:
            return
        assert SESSION.allows(self.state, new), f"{self.state} -> {new}"
        self._say(new)
        self.state = new

    def _say(self, new: SessionState) -> None:
        """Write one line when the device is lost or back, or cannot or can be used."""
        where = f" ({self.place})" if self.place else ""
        if new is _S.UNUSABLE:
            details = {"device": self.name, **self.trouble.details}
            text = fill(errors.by_code(self.trouble.code).en, details, errors.EN)
            log.warning("scanner %s cannot be used: %s %s", self.name, self.trouble.code, text)
        elif new is _S.ABSENT:
            log.warning("scanner %s lost%s", self.name, where)
        elif self.state is _S.ABSENT:
            log.warning("scanner %s there%s", self.name, where)
        elif self.state is _S.UNUSABLE:
            log.warning("scanner %s can be used again", self.name)
