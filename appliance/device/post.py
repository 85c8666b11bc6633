"""One device at its station: its session, the line to its scanner process, and what an event does to the ledger.

Events of one device are taken one after the other, never two at once: who brings one holds ``turn``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.events import Bus, SessionMoved
from appliance.core.plain import from_plain
from appliance.core.states import SessionState
from appliance.core.wire import Line
from appliance.device.action import Action, Do
from appliance.device.desk import Desk
from appliance.device.duty import Duty
from appliance.device.protocol import Ack, At, Cancel, Ended, Feeder, Gone, Hello, Pressed, SideDone, Status
from appliance.device.session import Session

log = logging.getLogger(__name__)

FRESH_SECONDS = 3.0
"""How long a press waits for a feeder that was empty a moment ago: statuses come by polling."""

LOOK_SECONDS = 0.05


@dataclass
class Post:
    """One device: its session, its line while a scanner process is connected."""

    duty: Duty
    desk: Desk
    bus: Bus
    clock: Callable[[], float]
    line: Line | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    heard: float = 0.0
    _told: SessionState = SessionState.ABSENT
    _dropping: bool = False

    def __post_init__(self) -> None:
        device = self.duty.device
        self.session = Session(device.name, self.duty.start_kind(), device.settle_seconds, device.job)

    async def serve(self, line: Line, hello: Hello) -> None:
        """Serve one scanner process from its hello to its end."""
        self.line = line
        try:
            async with self.turn:
                self._greet(hello)
                await self._place()
            while (message := await line.receive()) is not None:
                self.heard = self.clock()
                async with self.turn:
                    await self._take(*message)
        finally:
            async with self.turn:
                self.line = None
                await self.do(self.session.disconnected())

    async def told_by_bus(self, event: Callable[[], Action]) -> None:
        """Take what the bus says, and tell the process what it may open before anything comes of it."""
        async with self.turn:
            action = event()
            await self._place()
            await self.do(action)

    async def start(self, event: Callable[[], Action]) -> None:
        """Take a person's word to start; errors are that person's."""
        if self.session.state is SessionState.SCANNING:
            event()  # refuses, and waits for nobody
        await self._fresh()
        await self.told(event)

    async def told(self, event: Callable[[], Action], *, strict: bool = True) -> None:
        """Take an event when its turn comes and do what it asks for; see ``do``."""
        async with self.turn:
            await self.do(event(), strict=strict)

    async def tick(self) -> None:
        """Let time pass."""
        async with self.turn:
            try:
                await self.do(self.session.tick(self.clock()))
            except Exception:  # boundary: the trouble of one device may not stop the clock of the others
                log.exception("scanner %s", self.session.name)

    def tell(self) -> None:
        """Tell the bus when the session has moved."""
        new = self.session.state
        if new is not self._told:
            old, self._told = self._told, new
            self.bus.tell(SessionMoved(self.session.name, old.value, new.value))

    async def send(self, kind: str, value: object) -> None:
        """Send to the scanner process; one that is gone is noticed by who reads its line."""
        self.heard = self.clock()  # from here on it is the process's turn
        if self.line is not None:
            with contextlib.suppress(ConnectionError):
                await self.line.send(kind, value)

    async def do(self, action: Action, *, strict: bool = False) -> None:
        """Do what the session asks for; with ``strict`` a refused start is the caller's error."""
        self.tell()
        session = self.session
        match action.do:
            case Do.BEGIN | Do.GO_ON:
                await self._scan(action, strict=strict)
            case Do.CANCEL:
                await self.send("cancel", Cancel(action.batch))
            case Do.GONE:
                await self.send("gone", Gone())
            case Do.INTERRUPT:
                session.put_back_from(await self.desk.interrupted(session.name, action.batch, action.code))
            case Do.CLOSE:
                await self.desk.finished(session.name, action.batch)
        self.tell()

    def silence(self) -> float:
        """Return for how many seconds a process that scans has left us without a word; 0 when it owes none."""
        owes = self.line is not None and self.session.state is SessionState.SCANNING and not self.turn.locked()
        return self.clock() - self.heard if owes else 0.0

    async def _fresh(self) -> None:
        """Wait a moment while the feeder is said to be empty: paper may have been loaded just now."""
        session = self.session
        for _ in range(round(FRESH_SECONDS / LOOK_SECONDS)):
            if session.feeder.feeder is not Feeder.EMPTY or session.state is SessionState.SCANNING:
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _place(self) -> None:
        """Tell the process which scanner is its device; ``sane_device`` in the settings says so itself."""
        at = self.session.at.at()
        if self.line is not None and at != At() and not self.duty.device.sane_device:
            await self.send("at", at)

    def _greet(self, hello: Hello) -> None:
        self.session.connected(hello)
        self.session.start_kind = self.duty.start_kind(hello)
        self.tell()

    async def _take(self, kind: str, body: dict[str, Any]) -> None:
        """Take one message of a scanner process."""
        session = self.session
        match kind:
            case "hello":
                self._greet(from_plain(Hello, body))
            case "status":
                await self.do(session.feeder_is(from_plain(Status, body), self.clock()))
            case "pressed":
                job = self.duty.job_for(from_plain(Pressed, body))
                await self.do(session.pressed(job, self.duty.on_press(session.job)))
            case "side":
                await self._record(from_plain(SideDone, body))
            case "ended":
                ended = from_plain(Ended, body)
                if self._dropping:  # its last words may say that all went well; the ledger lacks a side
                    ended = replace(ended, code=errors.CAPTURE_STOPPED.code)
                await self.do(session.ended(ended))
            case _:
                raise ValueError(kind)

    async def _record(self, side: SideDone) -> None:
        """Have a side written down, then acknowledge it. After a failure later sides would leave a hole."""
        session = self.session
        if side.batch != session.batch or session.state is not SessionState.SCANNING or self._dropping:
            return
        try:
            await self.desk.record(session.name, side)
        except ApplianceError as problem:
            log.error("side of %s not recorded: %s", session.name, problem.code)
            self._dropping = True
            await self.do(session.stop(problem.code, problem.details))
            return
        session.side_recorded()
        await self.send("ack", Ack(side.batch, side.sheet, side.side))

    async def _scan(self, action: Action, *, strict: bool) -> None:
        session = self.session
        try:
            if action.do is Do.BEGIN:
                order = await self.desk.begin(session.name, session.hello, action.job)
            else:
                order = await self.desk.go_on(session.name, action.batch)
        except ApplianceError as problem:
            session.not_started(problem, self.clock())
            if strict:
                raise
            log.warning("scanner %s not started: %s", session.name, problem.code)
            return
        except Exception as problem:  # boundary: whatever the ledger raises, this session does not scan
            session.not_started(errors.UNEXPECTED.error(reason=type(problem).__name__), self.clock())
            raise
        self._dropping = False
        session.started(order.batch)
        await self.send("scan", order)
        if session.blocked:  # the disk filled while the ledger opened the batch
            await self.do(session.stop(session.blocked, session.blocked_details))
