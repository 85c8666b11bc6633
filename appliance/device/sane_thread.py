"""One thread for one driver: every call is made there, in order, while a watchdog looks whether bytes still come.

What does not answer is cancelled, from a second thread. A driver that does not come back even then is lost to this
process: ``HungDriver`` ends it, and ``end_if_hung`` sees to it that nothing waits at its exit.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from appliance.core import errors
from appliance.core.errors import ApplianceError, Exit

log = logging.getLogger(__name__)
T = TypeVar("T")
CANCEL_SECONDS = 5.0
"""How long a driver may take to come back after it was cancelled."""

_hung = threading.Event()
"""Set once a driver of this process has not come back."""

_Job = tuple[Callable[[], Any], asyncio.Future[Any]]


class HungDriver(Exception):  # noqa: N818 what it is, not what it does
    """The driver never comes back: only another process can speak to the device."""


def end_if_hung() -> None:
    """End this process at once if a driver of it hangs: a backend's own work at exit might wait for ever."""
    if _hung.is_set():
        log.error("the driver hangs: this process ends without it")
        logging.shutdown()
        os._exit(Exit.FAILED)


class DriverThread:
    """A thread that makes one call after the other."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, call: Callable[[], T]) -> asyncio.Future[T]:
        """Have ``call`` made; its result or error comes through the future. To be called in the event loop."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put((call, future))
        return future

    def stop(self) -> None:
        """Let the thread end after what it is doing; may be called twice."""
        self._jobs.put(None)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            call, future = job
            try:
                outcome, problem = call(), None
            except BaseException as raised:  # noqa: BLE001 boundary: whatever a call raises belongs to its caller
                outcome, problem = None, raised
            del call
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                future.get_loop().call_soon_threadsafe(_settle, future, outcome, problem)
            del future, outcome, problem


def _settle(future: asyncio.Future[Any], outcome: Any, problem: BaseException | None) -> None:
    if future.done():
        return
    if problem is None:
        future.set_result(outcome)
    else:
        future.set_exception(problem)


@dataclass(slots=True)
class Pulse:
    """When bytes last came. Written by the driver's thread, read by who waits for it.

    Attributes:
        first: seconds that the first bytes may take.
        between: seconds that may pass without bytes after them.
    """

    first: float
    between: float
    at: float = 0.0
    limit: float = 0.0

    def begin(self, first: float = 0.0) -> None:
        """Start to wait for first bytes, or for an answer within ``first`` seconds."""
        self.at, self.limit = time.monotonic(), first or self.first

    def moved(self) -> None:
        """Take note that bytes came."""
        self.at, self.limit = time.monotonic(), self.between

    def left(self) -> float:
        """Return how many seconds of patience are left."""
        return self.at + self.limit - time.monotonic()


class Watch:
    """Makes the calls of a driver and cancels what sends nothing any more.

    Attributes:
        cancel: ends what the driver is doing, from another thread; None while nothing is open.
        hung: the driver did not come back even then: nothing can be asked of it in this process any more.
    """

    def __init__(self, first: float, between: float) -> None:
        self.pulse = Pulse(first, between)
        self.cancel: Callable[[], None] | None = None
        self.hung = False
        self._thread = DriverThread("driver")
        self._canceller = DriverThread("cancel")
        self._turn = asyncio.Lock()

    async def call(self, call: Callable[[], T], patience: float = 0.0) -> T:
        """Make a call in the driver's thread; ``patience`` 0 waits as long as bytes come.

        A caller that is cancelled cancels what the driver is doing.

        Raises:
            ApplianceError: what the call raises, or DEVICE_STALLED.
        """
        async with self._turn:
            if self.hung:
                raise self._stalled()
            self.pulse.begin(patience)
            future = self._thread.submit(call)
            try:
                while not future.done() and self.pulse.left() > 0:
                    await asyncio.wait({future}, timeout=self.pulse.left())
            except asyncio.CancelledError:
                await self._interrupt(future)
                raise
            if future.done():
                return future.result()
            problem = self._stalled()
            await self._interrupt(future)
            raise problem

    def stop(self) -> None:
        """Let the threads end; may be called twice."""
        self._thread.stop()
        self._canceller.stop()

    async def _interrupt(self, future: asyncio.Future[T]) -> None:
        """Cancel what the driver is doing; whatever it answers then counts for nothing.

        The cancel itself is waited for too: one that came late would end the next scan, or meet a closed device.
        """
        waiting: set[asyncio.Future[Any]] = {future}
        if self.cancel is not None and not future.done():
            waiting.add(self._canceller.submit(self.cancel))
        _, going = await asyncio.wait(waiting, timeout=CANCEL_SECONDS)
        if going:
            log.error("the driver does not come back %g s after a cancel", CANCEL_SECONDS)
            self.hung = True
            _hung.set()
        elif not future.cancelled():
            future.exception()  # looked at, so that nobody warns of it

    def _stalled(self) -> ApplianceError:
        return errors.DEVICE_STALLED.error(seconds=self.pulse.limit)
