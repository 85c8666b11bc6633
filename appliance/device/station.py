"""The daemon's end of every scanner process: one socket, one connection and one session a device.

What an event means is decided in session.py; what it does to the ledger behind ``Desk``; here is the
order in which both are told. Events of one device are taken one after the other, never two at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from appliance.core import errors
from appliance.core.config import Device
from appliance.core.errors import ApplianceError
from appliance.core.events import Bus, SessionMoved
from appliance.core.plain import from_plain
from appliance.core.states import SessionState
from appliance.core.wire import LIMIT, Line
from appliance.device.desk import Desk
from appliance.device.protocol import Ack, Cancel, Ended, Feeder, Hello, SideDone, Status
from appliance.device.session import Action, Do, Session
from appliance.device.standing import standing

log = logging.getLogger(__name__)

TICK_SECONDS = 0.1
HELLO_SECONDS = 10.0
FRESH_SECONDS = 3.0
"""How long a press waits for a feeder that was empty a moment ago: statuses come by polling."""


@dataclass
class _Post:
    """One device: its session, its line while a scanner process is connected."""

    session: Session
    line: Line | None = None
    told: SessionState = SessionState.ABSENT
    dropping: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Stations:
    """The server for scanner processes."""

    def __init__(self, devices: tuple[Device, ...], socket: Path, desk: Desk, bus: Bus,
                 clock: Callable[[], float]) -> None:
        self._socket = socket
        self._desk = desk
        self._bus = bus
        self._clock = clock
        self._posts = {
            device.name: _Post(Session(device.name, device.start_kind, device.settle_seconds)) for device in devices
        }
        self._server: asyncio.Server | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; a socket file that a dead daemon left is replaced."""
        with contextlib.suppress(FileNotFoundError):
            self._socket.unlink()
        old = os.umask(0o177)  # the socket is 0600 from its first moment
        try:
            self._server = await asyncio.start_unix_server(self._accept, self._socket, limit=LIMIT)
        finally:
            os.umask(old)
        self._ticking = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """Close every line; what was being scanned becomes ``reload``. May be called twice."""
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
        if self._server is not None:
            self._server.close()
        for post in self._posts.values():
            if post.line is not None:
                await post.line.close()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._socket.unlink(missing_ok=True)

    async def press(self, device: str) -> None:
        """Take a press of Start: a new batch, or the open one goes on.

        Raises:
            ApplianceError: DEVICE_UNKNOWN, or why this press starts nothing (session.py).
        """
        await self._start(self._post(device), Session.press)

    async def resume(self, device: str) -> None:
        """Go on with the interrupted batch; errors as ``press``."""
        await self._start(self._post(device), Session.resume)

    async def finish(self, device: str) -> None:
        """Close the interrupted batch as it is; errors as ``press``."""
        post = self._post(device)
        async with post.turn:
            await self._do(post, post.session.finish(), strict=True)

    async def cancel(self, device: str) -> None:
        """Stop feeding; errors as ``press``."""
        post = self._post(device)
        async with post.turn:
            await self._do(post, post.session.cancel(), strict=True)

    def restore(self, device: str, batch: str, sheet: int) -> None:
        """Take up a batch that was found open in the ledger at start; before ``start``."""
        post = self._post(device)
        post.session.restore(batch, sheet)
        self._tell(post)

    def block(self, code: str, **details: Any) -> None:
        """Let nothing start while ``code`` holds (disk pressure); what is being scanned is stopped.

        ``details`` fill the text of the code.
        """
        for post in self._posts.values():
            post.session.blocked_details = details
            if post.session.blocked == code:
                continue
            action = post.session.disk_full(code)
            self._tell(post)
            if action.do is Do.CANCEL:
                self._spawn(self._send(post, "cancel", Cancel(action.batch)))

    def unblock(self) -> None:
        """Let scans start again."""
        for post in self._posts.values():
            if post.session.blocked:
                post.session.disk_ok()
                self._tell(post)

    def snapshot(self) -> list[dict[str, Any]]:
        """Return how every device stands, as plain values; messages are empty when all is well."""
        return [standing(post.session) for post in self._posts.values()]

    def _post(self, device: str) -> _Post:
        if device not in self._posts:
            raise errors.DEVICE_UNKNOWN.error(device=device, known=", ".join(self._posts))
        return self._posts[device]

    async def _start(self, post: _Post, event: Callable[[Session], Action]) -> None:
        if post.session.state is SessionState.SCANNING:
            event(post.session)  # refuses, and waits for nobody
        await self._fresh(post)
        async with post.turn:
            await self._do(post, event(post.session), strict=True)

    async def _fresh(self, post: _Post) -> None:
        """Wait a moment while the feeder is said to be empty: paper may have been loaded just now."""
        until = asyncio.get_running_loop().time() + FRESH_SECONDS
        session = post.session
        while session.feeder.feeder is Feeder.EMPTY and session.state is not SessionState.SCANNING:
            if asyncio.get_running_loop().time() >= until:
                return
            await asyncio.sleep(TICK_SECONDS / 2)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            for post in self._posts.values():
                if post.session.due() is not None and not post.turn.locked():
                    async with post.turn:
                        await self._tick_one(post)

    async def _tick_one(self, post: _Post) -> None:
        try:
            await self._do(post, post.session.tick(self._clock()))
        except Exception:  # boundary: the trouble of one device may not stop the clock of the others
            log.exception("scanner %s", post.session.name)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        line = Line(reader, writer)
        try:
            await self._serve(line)
        except (ConnectionError, TimeoutError, ValueError, KeyError, TypeError) as problem:
            log.warning("scanner process sent what is no message: %s", type(problem).__name__)
        except Exception:  # boundary: the trouble of one device ends its own line, no other
            log.exception("line of a scanner process")
        finally:
            await line.close()
            self._tasks.discard(task)

    async def _serve(self, line: Line) -> None:
        """Serve one scanner process from its hello to its end."""
        first = await asyncio.wait_for(line.receive(), HELLO_SECONDS)
        if first is None or first[0] != "hello":
            return
        hello = from_plain(Hello, first[1])
        post = self._posts.get(hello.device)
        if post is None or post.line is not None:
            log.warning("scanner process %d refused: device %s is unknown or served", hello.pid, hello.device)
            return
        post.line = line
        post.session.connected(hello)
        try:
            while (message := await line.receive()) is not None:
                async with post.turn:
                    await self._take(post, *message)
        finally:
            async with post.turn:
                post.line = None
                await self._do(post, post.session.disconnected())

    async def _take(self, post: _Post, kind: str, body: dict[str, Any]) -> None:
        """Take one message of a scanner process."""
        session = post.session
        match kind:
            case "hello":
                session.connected(from_plain(Hello, body))
            case "status":
                await self._do(post, session.feeder_is(from_plain(Status, body), self._clock()))
            case "side":
                await self._record(post, from_plain(SideDone, body))
            case "ended":
                ended = from_plain(Ended, body)
                if post.dropping:  # its last words may say that all went well; the ledger lacks a side
                    ended = replace(ended, code=errors.CAPTURE_STOPPED.code)
                await self._do(post, session.ended(ended))
            case _:
                raise ValueError(kind)

    async def _record(self, post: _Post, side: SideDone) -> None:
        """Have a side written down, then acknowledge it. After a failure later sides would leave a hole."""
        session = post.session
        if side.batch != session.batch or session.state is not SessionState.SCANNING or post.dropping:
            return
        try:
            await self._desk.record(session.name, side)
        except ApplianceError as problem:
            log.error("side of %s not recorded: %s", session.name, problem.code)
            post.dropping = True
            await self._do(post, session.stop(problem.code))
            return
        session.side_recorded()
        await self._send(post, "ack", Ack(side.batch, side.sheet, side.side))

    async def _do(self, post: _Post, action: Action, *, strict: bool = False) -> None:
        """Do what the session asks for; with ``strict`` a refused start is the caller's error."""
        self._tell(post)
        session = post.session
        match action.do:
            case Do.BEGIN | Do.GO_ON:
                await self._scan(post, action, strict=strict)
            case Do.CANCEL:
                await self._send(post, "cancel", Cancel(action.batch))
            case Do.INTERRUPT:
                session.put_back_from(await self._desk.interrupted(session.name, action.batch, action.code))
            case Do.CLOSE:
                await self._desk.finished(session.name, action.batch)
        self._tell(post)

    async def _scan(self, post: _Post, action: Action, *, strict: bool) -> None:
        session = post.session
        try:
            if action.do is Do.BEGIN:
                order = await self._desk.begin(session.name, session.hello)
            else:
                order = await self._desk.go_on(session.name, action.batch)
        except ApplianceError as problem:
            session.not_started(problem, self._clock())
            if strict:
                raise
            log.warning("scanner %s not started: %s", session.name, problem.code)
            return
        except Exception as problem:  # boundary: whatever the ledger raises, this session does not scan
            session.not_started(errors.UNEXPECTED.error(reason=type(problem).__name__), self._clock())
            raise
        post.dropping = False
        session.started(order.batch)
        await self._send(post, "scan", order)
        if session.blocked:  # the disk filled while the ledger opened the batch
            await self._do(post, session.stop(session.blocked))

    async def _send(self, post: _Post, kind: str, value: object) -> None:
        """Send to the scanner process; one that is gone is noticed by who reads its line."""
        if post.line is not None:
            with contextlib.suppress(ConnectionError):
                await post.line.send(kind, value)

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tell(self, post: _Post) -> None:
        new = post.session.state
        if new is not post.told:
            old, post.told = post.told, new
            self._bus.tell(SessionMoved(post.session.name, old.value, new.value))
