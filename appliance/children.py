"""Child processes of the daemon: started, started again whenever they end, stopped in order.

A child gets a session of its own, so that a Ctrl-C in a terminal reaches the daemon alone. It ends when
its socket closes; ``follow_parent`` lets it also end when the daemon is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Sequence
from dataclasses import dataclass

log = logging.getLogger(__name__)

PARENT = "APPLIANCE_PARENT"
"""Environment variable that names the daemon's pid to its children."""

NOT_FOR_CHILDREN = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")
"""What the service manager tells the daemon only."""

PR_SET_PDEATHSIG = 1

OnExit = Callable[[str, int, int], None]
"""Called with name, pid and return code (negative: the signal) of a child that has ended."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before a child is started again, in seconds; doubles up to ``most``.

    A child that ran for ``calm`` seconds begins again at ``first``.
    """

    first: float = 0.5
    most: float = 30.0
    calm: float = 60.0

    def after(self, wait: float, ran: float) -> float:
        """Return the wait that follows ``wait`` (0: none yet) when the child ran for ``ran`` seconds."""
        return self.first if wait == 0 or ran >= self.calm else min(wait * 2, self.most)


@dataclass(frozen=True, slots=True)
class Rung:
    """A signal, and how many seconds a child may take to end after it."""

    signal: signal.Signals
    seconds: float


Ladder = tuple[Rung, ...]
"""How a child is asked to end, more and more urgently; a child that is still there afterwards is killed."""

PLAIN: Ladder = (Rung(signal.SIGTERM, 10.0),)

DRIVER: Ladder = (Rung(signal.SIGINT, 10.0), Rung(signal.SIGTERM, 5.0))
"""For a process that speaks to a scanner: on SIGINT it cancels what the device does, which may take 5 seconds."""

LAST_CHANCE = 6.0
"""So many times longer wait what locks up when it is killed."""


def patient(ladder: Ladder) -> Ladder:
    """Return a ladder whose last step before the kill is long: for a device that locks up when its process dies."""
    return (*ladder[:-1], Rung(ladder[-1].signal, ladder[-1].seconds * LAST_CHANCE))


@dataclass(frozen=True, slots=True)
class ChildStatus:
    """How one child stands. ``pid`` is 0 while it does not run; ``last`` is its last return code."""

    name: str
    pid: int
    starts: int
    last: int | None

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self.pid != 0


class Children:
    """The children by name. Use it inside one event loop, in the main thread (see ``follow_parent``)."""

    def __init__(self, on_exit: OnExit | None = None, backoff: Backoff = Backoff()) -> None:
        self._on_exit = on_exit
        self._backoff = backoff
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._running: dict[str, Process] = {}
        self._starts: dict[str, int] = {}
        self._last: dict[str, int] = {}
        self._stopping: set[str] = set()
        self._ladders: dict[str, Ladder] = {}

    def start(self, name: str, argv: Sequence[str], ladder: Ladder = PLAIN) -> None:
        """Start a child and keep it running until it is stopped, then by ``ladder``.

        Raises:
            ValueError: a child of that name is kept already.
        """
        if name in self._keepers:
            raise ValueError(f"child {name} is started already")
        self._starts[name] = 0
        self._ladders[name] = ladder
        self._keepers[name] = asyncio.create_task(self._keep(name, tuple(argv)), name=f"child {name}")

    async def stop(self, name: str, ladder: Ladder | None = None) -> None:
        """Put a child down by ``ladder`` (default: its own), and keep it no more; may be called twice."""
        keeper = self._keepers.get(name)
        if keeper is None:
            return
        self._stopping.add(name)
        process = self._running.get(name)
        if process is None:
            keeper.cancel()
        else:
            await put_down(process, ladder or self._ladders[name])
        await asyncio.gather(keeper, return_exceptions=True)
        self._keepers.pop(name, None)
        self._stopping.discard(name)

    async def stop_all(self, ladder: Ladder | None = None) -> None:
        """Stop every child as ``stop`` does, all at the same time."""
        await asyncio.gather(*(self.stop(name, ladder) for name in list(self._keepers)))

    async def ease(self, name: str) -> bool:
        """Put a child down by its ladder; it is started again. Say whether it ended without being killed."""
        process = self._running.get(name)
        return process is None or await put_down(process, self._ladders[name])

    def end(self, pid: int) -> bool:
        """Kill a child and what it has started, if ``pid`` is a child of ours; it is started again."""
        for process in self._running.values():
            if process.pid == pid and process.returncode is None:
                _kill_group(pid)
                return True
        return False

    def snapshot(self) -> list[ChildStatus]:
        """Return how the children stand, in the order they were started."""
        return [ChildStatus(name, self._running[name].pid if name in self._running else 0,
                            self._starts[name], self._last.get(name)) for name in self._keepers]

    async def _keep(self, name: str, argv: tuple[str, ...]) -> None:
        wait = 0.0
        while name not in self._stopping:
            began = time.monotonic()
            await self._run_once(name, argv)
            if name in self._stopping:
                return
            wait = self._backoff.after(wait, time.monotonic() - began)
            log.warning("child %s ended; it is started again in %.1f s", name, wait)
            await asyncio.sleep(wait)

    async def _run_once(self, name: str, argv: tuple[str, ...]) -> None:
        """Start a child and wait for its end; a program that cannot be started counts as one that ended."""
        self._starts[name] += 1
        try:
            process = await asyncio.create_subprocess_exec(*argv, stdin=DEVNULL, start_new_session=True,
                                                           env=environment())
        except OSError as problem:
            log.error("child %s cannot be started: %s", name, problem)
            return
        self._running[name] = process
        try:
            self._last[name] = await process.wait()
        finally:
            del self._running[name]
        if self._on_exit is not None:
            self._on_exit(name, process.pid, self._last[name])


async def put_down(process: Process, ladder: Ladder) -> bool:
    """Ask a process to end, rung by rung, then kill it and what it has started; say whether it ended by itself."""
    for rung in ladder:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(rung.signal)
        try:
            async with asyncio.timeout(rung.seconds):
                await process.wait()
                return True
        except TimeoutError:
            log.warning("process %d does not end %g s after %s", process.pid, rung.seconds, rung.signal.name)
    _kill_group(process.pid)
    await process.wait()
    return False


def follow_parent(end_by: signal.Signals = signal.SIGKILL) -> None:
    """Let this process end when the daemon that started it dies; call it first thing in a child.

    Does nothing in a process that no daemon started. On Linux the kernel sends ``end_by`` when the
    *thread* that started the child ends: the daemon starts children from its main thread only.
    """
    if PARENT not in os.environ:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(end_by), 0, 0, 0)
    if parent_gone():  # it died before the kernel was asked
        raise SystemExit(1)


def parent_gone() -> bool:
    """Say whether the daemon that started this process is no more; false when none did."""
    parent = os.environ.get(PARENT, "")
    return bool(parent) and str(os.getppid()) != parent


def environment() -> dict[str, str]:
    """Return the environment of a process that this one starts and that ends with it."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_FOR_CHILDREN}
    return kept | {PARENT: str(os.getpid())}


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
