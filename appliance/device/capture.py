"""From a side as the device sent it to a master that is durable. Runs in the scanner process.

While side N+1 comes in, another thread encodes (raw frames) or judges side N, hashes and writes it. At most
``WINDOW`` sides are on their way without the ledger's acknowledgement, so memory holds two images and no more,
however long the stack is and however slow the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import threading
import time
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from appliance.core import errors, files
from appliance.core.errors import ApplianceError
from appliance.core.model import ImageFormat, Master
from appliance.device import image_header, tiff
from appliance.device.image_header import FileKind, Header
from appliance.device.protocol import WINDOW, Ack, Scan, SideDone
from appliance.device.scanner import RawSide, Scanner, ScanSettings

Judgement = tuple[Header | None, str, str]
"""Header (None when there is none), error code (empty: good), reason."""

_SUFFIX = {FileKind.JPEG: ".jpg", FileKind.TIFF: ".tif"}
_FORMATS = {FileKind.JPEG: ImageFormat.JPEG, FileKind.TIFF: ImageFormat.G4}


def judge(data: bytes, max_pixels: int, *, decode: bool = True) -> Judgement:
    """Say whether these bytes are a whole master: an 8-bit grey or RGB JPEG, or one G4 strip in a TIFF.

    The header decides first, before anything is allocated. Then a strict decode at an eighth of the
    size reads every coded bit: every cut is found, and all damage that the code can show at all. What
    happens to give valid code of the same number of blocks again (half of single changed bytes, one in
    ten of lost 512) cannot be told from a picture; only a hash from the device could show it.
    """
    header: Header | None = None
    try:
        header = image_header.parse(data)
        if header.kind is not FileKind.PDF:
            image_header.admit(header.width, header.height, max_pixels)
        _refuse_form(header)
        if decode:
            _decode(header, data)
    except ApplianceError as problem:
        return header, problem.code, reason_of(problem)
    return header, "", ""


def reason_of(problem: ApplianceError) -> str:
    """Return the short reason within an image error."""
    details = problem.details
    if "width" in details:
        return f"{details['width']} x {details['height']}"
    return str(details.get("reason", ""))


def _refuse_form(header: Header) -> None:
    if header.kind is FileKind.JPEG:
        if header.bits != 8 or header.components not in (1, 3):
            raise errors.IMAGE_UNKNOWN.error(reason=form_of(header))
        if not header.lawful_coding:
            raise errors.IMAGE_UNKNOWN.error(reason=f"JPEG SOF {header.coding & 15}")
    elif header.kind is not FileKind.TIFF or header.coding != tiff.G4:
        raise errors.IMAGE_UNKNOWN.error(reason=header.kind.value.upper())
    elif header.strips != 1 or header.pages != 1:
        raise errors.IMAGE_UNKNOWN.error(reason=f"TIFF, {header.pages} pages, {header.strips} strips")
    if not header.complete:
        raise errors.IMAGE_TRUNCATED.error(reason="no end")


def form_of(header: Header) -> str:
    """Return in a few words what a header says of the samples."""
    colours = "CMYK" if header.cmyk else f"{header.components} components"
    return f"{header.kind.value.upper()}, {header.bits} bit, {colours}"


def _decode(header: Header, data: bytes) -> None:
    if header.kind is FileKind.JPEG:
        _decode_jpeg(data)
    else:
        _decode_g4(data)


def _decode_jpeg(data: bytes) -> None:
    """Read all of a JPEG strictly; grey at 1/8 scale still reads every coefficient of every colour."""
    import simplejpeg  # native image code belongs to the scanner process, not to who imports this module

    try:
        simplejpeg.decode_jpeg(data, colorspace="GRAY", fastdct=True, fastupsample=True,
                               min_height=1, min_width=1, strict=True)
    except ValueError as problem:
        raise _named(str(problem)) from None


def _named(complaint: str) -> ApplianceError:
    if "premature end" in complaint.lower():
        return errors.IMAGE_TRUNCATED.error(reason=complaint)
    return errors.IMAGE_UNDECODABLE.error(reason=complaint)


def _decode_g4(data: bytes) -> None:
    from appliance.device import bilevel  # Pillow belongs to the scanner process

    bilevel.check(data)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A side that came in, and the clock when it was asked for."""

    raw: RawSide
    since: float


_Coming = asyncio.Queue[asyncio.Future[SideDone] | None]
"""Sides on their way to the disk, in the order of the feed; None at the end."""


async def _forget(coming: _Coming) -> None:
    """Wait for what is still being written after a feed was given up; nobody is told of it."""
    while not coming.empty():
        if (keeping := coming.get_nowait()) is not None:
            await asyncio.gather(keeping, return_exceptions=True)


class Capture:
    """One scan order on its way: ``sides`` gives durable sides; ``acknowledge`` and ``stop`` come from outside."""

    def __init__(self, scanner: Scanner, order: Scan) -> None:
        self._scanner = scanner
        self._order = order
        self._masters = Masters(Path(order.masters))
        self._room = asyncio.Semaphore(WINDOW)
        self._waiting: set[tuple[int, str]] = set()
        self._feeding: asyncio.Task[None] | None = None
        self._stopping = False
        self.batch = order.batch
        self.sheets = 0

    def acknowledge(self, ack: Ack) -> None:
        """Take note that the ledger holds a side; a second acknowledgement of it changes nothing."""
        key = (ack.sheet, ack.side.value)
        if ack.batch == self._order.batch and key in self._waiting:
            self._waiting.discard(key)
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
        settings = ScanSettings(order.dpi, order.duplex, order.first_sheet)
        scan = cast("AsyncGenerator[RawSide, None]", self._scanner.scan(settings))
        try:
            if self._stopping:
                raise errors.CAPTURE_STOPPED.error()
            async with contextlib.aclosing(scan):
                while True:
                    await self._room.acquire()
                    since = time.monotonic()
                    raw = await anext(scan, None)
                    if raw is None:
                        return
                    self.sheets = max(self.sheets, raw.sheet)
                    coming.put_nowait(loop.run_in_executor(others, self._keep, _Asked(raw, since)))
        except asyncio.CancelledError:
            if self._stopping:
                raise errors.CAPTURE_STOPPED.error() from None
            raise

    def _keep(self, asked: _Asked) -> SideDone:
        """Encode or judge, hash and write one side; runs in another thread."""
        raw, order = asked.raw.developed(), self._order
        sheet = order.first_sheet + raw.sheet - 1
        header, code, reason = _verdict(raw, order.max_pixels, fresh=asked.raw.develop is not None)
        try:
            path, digest = self._masters.keep(raw, ".bin" if code or header is None else _SUFFIX[header.kind])
        except OSError as problem:
            raise errors.DISK_FAILED.error(reason=problem.strerror or str(problem), sheet=sheet) from problem
        master = _master(raw, header, good=not code, path=path, digest=digest)
        return SideDone(order.batch, sheet, raw.side, order.attempt, master, code, reason,
                        round(time.monotonic() - asked.since, 4))


class Masters:
    """The folder of masters, as the scanner process writes it: ``ab/<sha256>.<kind>``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._original: tuple[bytes, Path] | None = None
        self._one = threading.Lock()

    def keep(self, raw: RawSide, suffix: str) -> tuple[str, str]:
        """Make a side durable; return (path relative to the folder, SHA-256).

        Raises:
            OSError: the disk is full, read-only or broken.
        """
        digest = hashlib.sha256(raw.data).hexdigest()
        path = self._folder / digest[:2] / f"{digest}{suffix}"
        files.make_folder(path.parent)
        if _size(path) == len(raw.data):
            files.sync_folder(path.parent)  # a crash may have come between its rename and this
        else:
            files.write_durably(path, raw.data)
        if raw.original:
            with self._one:  # the next page of the same file may be in the other thread
                self._keep_original(raw.original, path.with_suffix(".orig"))
        return f"{digest[:2]}/{path.name}", digest

    def _keep_original(self, original: bytes, path: Path) -> None:
        """Keep the imported file beside its master; pages of one file share its bytes on disk."""
        if _size(path) == len(original):
            return
        if self._original is not None and self._original[0] is original:
            with contextlib.suppress(OSError):  # no links here, or the first is gone: a copy does as well
                os.link(self._original[1], path)
                files.sync_folder(path.parent)
                return
        files.write_durably(path, original)
        self._original = (original, path)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1


def _verdict(raw: RawSide, max_pixels: int, *, fresh: bool) -> Judgement:
    """Judge a side; what the driver knows to be bad, or was encoded here a moment ago, needs no decoding."""
    if not raw.code:
        return judge(raw.data, max_pixels, decode=not fresh)
    try:
        return image_header.parse(raw.data), raw.code, raw.reason
    except ApplianceError:
        return None, raw.code, raw.reason


def _master(raw: RawSide, header: Header | None, *, good: bool, path: str, digest: str) -> Master:
    head = header or Header(FileKind.JPEG)
    form = _FORMATS[head.kind] if good else ImageFormat.UNKNOWN
    return Master(
        path, digest, len(raw.data), form, head.width, head.height, head.components,
        raw.dpi or head.dpi, raw.orientation or head.orientation,
    )
