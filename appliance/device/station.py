"""The daemon's end of every scanner process: one socket, one connection and one session a device.

What an event means is decided in session.py; what it does to the ledger behind ``Desk``; here is the
order in which both are told, and who may tell: processes, people, the bus, the disk, the clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from appliance.core import errors
from appliance.core.events import Bus
from appliance.core.place import NOWHERE, Place
from appliance.core.plain import from_plain
from appliance.core.wire import LIMIT, Line
from appliance.device.action import Action, Do, Trouble
from appliance.device.desk import Desk
from appliance.device.duty import Duty
from appliance.device.post import Post
from appliance.device.protocol import Cancel, Hello
from appliance.device.standing import standing

log = logging.getLogger(__name__)

TICK_SECONDS = 0.1
HELLO_SECONDS = 10.0


class Stations:
    """The server for scanner processes."""

    def __init__(self, duties: tuple[Duty, ...], socket: Path, desk: Desk, bus: Bus,
                 clock: Callable[[], float]) -> None:
        self._socket = socket
        self._posts = {duty.name: Post(duty, desk, bus, clock) for duty in duties}
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

    async def press(self, device: str, job: str = "") -> None:
        """Take a person's press of Start: a new batch of ``job`` (empty: the device's), or the open one goes on.

        Raises:
            ApplianceError: DEVICE_UNKNOWN, JOB_UNKNOWN, or why this press starts nothing (session.py).
        """
        post = self._post(device)
        wanted = post.duty.job_named(job)
        await post.start(lambda: post.session.press(wanted))

    async def resume(self, device: str) -> None:
        """Go on with the interrupted batch; errors as ``press``, or NOTHING_OPEN."""
        post = self._post(device)
        post.session.refuse_without_batch()
        await post.start(post.session.resume)

    async def finish(self, device: str) -> None:
        """Close the interrupted batch as it is; errors as ``press``, or NOTHING_OPEN."""
        post = self._post(device)
        await post.told(post.session.finish)

    async def cancel(self, device: str) -> None:
        """Stop feeding; errors as ``press``, or NOTHING_OPEN."""
        post = self._post(device)
        await post.told(post.session.cancel)

    def unplugged(self, device: str, place: str = "", code: str = "") -> None:
        """Take the word of the bus that a device is gone from ``place``; what is being scanned breaks off.

        ``code``: why what is plugged in at ``place`` is not taken for it (SCANNER_UNCLEAR, SCANNER_STRANGER).
        """
        post = self._post(device)
        if code:
            doubt = Trouble(code, place, {"place": place})
            self._soon(post, lambda: post.session.unplugged("", doubt))
        else:
            self._soon(post, lambda: post.session.unplugged(place))

    def plugged(self, device: str, place: str = "") -> None:
        """Take the word of the bus that a device is at ``place``, for the first time or again."""
        post = self._post(device)
        self._soon(post, lambda: post.session.plugged(place, post.clock()))

    def restore(self, device: str, batch: str, sheet: int, job: str = "") -> None:
        """Take up a batch of ``job`` that was found open in the ledger at start; before ``start``."""
        post = self._post(device)
        post.session.restore(batch, sheet, job)
        post.tell()

    def block(self, code: str, **details: Any) -> None:
        """Let nothing start while ``code`` holds (disk pressure); what is being scanned is stopped.

        ``details`` fill the text of the code.
        """
        for post in self._posts.values():
            post.session.blocked_details = details
            if post.session.blocked == code:
                continue
            action = post.session.disk_full(code)
            post.tell()
            if action.do is Do.CANCEL:
                self._spawn(post.send("cancel", Cancel(action.batch)))

    def unblock(self) -> None:
        """Let scans start again."""
        for post in self._posts.values():
            if post.session.blocked:
                post.session.disk_ok()
                post.tell()

    def close(self, code: str, **details: Any) -> None:
        """Let no new batch start while ``code`` holds; the open ones go on. ``details`` fill its text."""
        for post in self._posts.values():
            post.session.closed = Trouble(code, details=details)

    def open_again(self) -> None:
        """Let new batches start again."""
        for post in self._posts.values():
            post.session.closed = Trouble()

    def snapshot(self, places: Mapping[str, Place] = NOWHERE) -> list[dict[str, Any]]:
        """Return how every device stands, as plain values; messages are empty when all is well.

        ``places`` says by batch where in which dossier paper is put back.
        """
        return [standing(post.session, places.get(post.session.batch)) for post in self._posts.values()]

    def silence(self, device: str) -> float:
        """Return for how many seconds a device that scans has said nothing; 0 when it need not."""
        return self._post(device).silence()

    def _post(self, device: str) -> Post:
        if device not in self._posts:
            raise errors.DEVICE_UNKNOWN.error(device=device, known=", ".join(self._posts))
        return self._posts[device]

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            for post in self._posts.values():
                if post.session.due() is not None and not post.turn.locked():
                    await post.tick()

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
        """Hand a line to the post of the device that its hello names."""
        async with asyncio.timeout(HELLO_SECONDS):
            first = await line.receive()
        if first is None or first[0] != "hello":
            return
        hello = from_plain(Hello, first[1])
        post = self._posts.get(hello.device)
        if post is None or post.line is not None:
            log.warning("scanner process %d refused: device %s is unknown or served", hello.pid, hello.device)
            return
        await post.serve(line, hello)

    def _soon(self, post: Post, event: Callable[[], Action]) -> None:
        """Take an event of the bus when its turn comes; events keep their order."""
        self._spawn(post.told_by_bus(event))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("an event of a device failed", exc_info=problem)
