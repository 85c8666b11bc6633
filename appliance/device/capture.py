"""From a side as the device sent it to a master that is durable. Runs in the scanner process.

While side N+1 comes in, another thread judges side N or finishes its encode (raw frames: strips.py), hashes and
writes it. At most
``WINDOW`` sides are on their way without the ledger's acknowledgement, so memory holds two images and no more,
however long the stack is and however slow the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import ImageFormat, Master
from appliance.device.image_header import FileKind, Header
from appliance.device.masters import Masters
from appliance.device.protocol import WINDOW, Ack, Scan, SideDone
from appliance.device.scanner import RawSide, Scanner, ScanSettings
from appliance.device.verdict import verdict

_SUFFIX = {FileKind.JPEG: ".jpg", FileKind.TIFF: ".tif"}
_FORMATS = {FileKind.JPEG: ImageFormat.JPEG, FileKind.TIFF: ImageFormat.G4}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A side that came in, the clock when it was asked for, and how long this host had let the device wait."""

    raw: RawSide
    since: float
    idle: float


_Coming = asyncio.Queue[asyncio.Future[SideDone] | None]
"""Sides on their way to the disk, in the order of the feed; None at the end."""


async def _forget(coming: _Coming) -> None:
    """Wait for what is still being written after a feed was given up; nobody is told of it."""
    while not coming.empty():
        if (keeping := coming.get_nowait()) is not None:
            await asyncio.gather(keeping, return_exceptions=True)


class Capture:
    """One scan order on its way: ``sides`` gives durable sides; ``acknowledge`` and ``stop`` come from outside.

    ``idle`` of a side is the time from the side before it being read to this one being asked for: the window was
    full, because disk or ledger were slow, or this process had no time. What the device itself takes is not in it.
    A device with a buffer of its own feeds on meanwhile, so that its feeder stood still for no longer than that.
    """

    def __init__(self, scanner: Scanner, order: Scan, clock: Callable[[], float] = time.monotonic) -> None:
        self._scanner = scanner
        self._clock = clock
        self._order = order
        self._masters = Masters(Path(order.masters))
        self._room = asyncio.Semaphore(WINDOW)
        self._waiting: set[tuple[int, str]] = set()
        self._curious: dict[tuple[int, str], Callable[[], None]] = {}
        self._feeding: asyncio.Task[None] | None = None
        self._stopping = False
        self.batch = order.batch
        self.sheets = 0

    def acknowledge(self, ack: Ack) -> None:
        """Take note that the ledger holds a side; a second acknowledgement of it changes nothing."""
        key = (ack.sheet, ack.side.value)
        if ack.batch == self._order.batch and key in self._waiting:
            self._waiting.discard(key)
            if (recorded := self._curious.pop(key, None)) is not None:
                recorded()
            self._room.release()

    def stop(self) -> None:
        """Ask no more sides of the device; what has come in is still made durable."""
        if not self._stopping and self._feeding is not None:
            self._feeding.cancel()
        self._stopping = True

    async def sides(self) -> AsyncGenerator[SideDone, None]:
        """Scan, and yield every side once it is durable, in the order of the feed.

        Closing the iterator, or ``stop``, cancels the scan on the device. To be called once.

        Raises:
            ApplianceError: what the scanner raises; DISK_FAILED when a master cannot be written;
                CAPTURE_STOPPED after ``stop``.
        """
        coming: _Coming = asyncio.Queue()
        with ThreadPoolExecutor(WINDOW, thread_name_prefix="master") as others:
            self._feeding = feeding = asyncio.create_task(self._feed(coming, others))
            # not in the task itself: one that is cancelled before its first step never comes to its last
            feeding.add_done_callback(lambda _: coming.put_nowait(None))
            try:
                while (keeping := await coming.get()) is not None:
                    done = await keeping
                    self._waiting.add((done.sheet, done.side.value))
                    yield done
                await self._end_of(feeding)
            finally:
                if not self._stopping:
                    feeding.cancel()
                with contextlib.suppress(asyncio.CancelledError, ApplianceError):
                    await feeding
                await _forget(coming)

    async def _end_of(self, feeding: asyncio.Task[None]) -> None:
        """Raise what ended the feed; a stop that came before its first step is a stop like any other."""
        try:
            await feeding
        except asyncio.CancelledError:
            if self._stopping and feeding.cancelled():
                raise errors.CAPTURE_STOPPED.error() from None
            raise

    async def _feed(self, coming: _Coming, others: ThreadPoolExecutor) -> None:
        """Ask side after side of the scanner, each only when the window has room; others keep them meanwhile."""
        order, loop = self._order, asyncio.get_running_loop()
        settings = ScanSettings(order.dpi, order.duplex, order.first_sheet, order.batch)
        scan = cast("AsyncGenerator[RawSide, None]", self._scanner.scan(settings))
        try:
            if self._stopping:
                raise errors.CAPTURE_STOPPED.error()
            async with contextlib.aclosing(scan):
                through: float | None = None  # when the side before was read
                while True:
                    await self._room.acquire()
                    since = self._clock()
                    raw = await anext(scan, None)
                    if raw is None:
                        return
                    asked = _Asked(raw, since, 0.0 if through is None else since - through)
                    through = self._clock()
                    self.sheets = max(self.sheets, raw.sheet)
                    if raw.recorded is not None:
                        self._curious[order.first_sheet + raw.sheet - 1, raw.side.value] = raw.recorded
                    coming.put_nowait(loop.run_in_executor(others, self._keep, asked))
        except asyncio.CancelledError:
            if self._stopping:
                raise errors.CAPTURE_STOPPED.error() from None
            raise

    def _keep(self, asked: _Asked) -> SideDone:
        """Encode or judge, hash and write one side; runs in another thread."""
        raw, order = asked.raw.developed(), self._order
        sheet = order.first_sheet + raw.sheet - 1
        header, code, reason = verdict(raw, order.max_pixels, fresh=asked.raw.develop is not None)
        try:
            path, digest = self._masters.keep(raw, ".bin" if code or header is None else _SUFFIX[header.kind])
        except OSError as problem:
            raise errors.DISK_FAILED.error(reason=problem.strerror or str(problem), sheet=sheet) from problem
        master = _master(raw, header, good=not code, path=path, digest=digest)
        return SideDone(order.batch, sheet, raw.side, order.attempt, master, code, reason,
                        round(self._clock() - asked.since, 4), round(asked.idle, 4))


def _master(raw: RawSide, header: Header | None, *, good: bool, path: str, digest: str) -> Master:
    head = header or Header(FileKind.JPEG)
    form = _FORMATS[head.kind] if good else ImageFormat.UNKNOWN
    return Master(
        path, digest, len(raw.data), form, head.width, head.height, head.components,
        raw.dpi or head.dpi, raw.orientation or head.orientation,
    )
