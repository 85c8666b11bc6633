"""Raw frames: read into reused memory, judged whole by their length, encoded once to JPEG.

A side is whole only when as many bytes came as its layout announced: the end of a side alone proves
nothing (a cancel from another thread can look like one).
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from appliance.core import errors
from appliance.device.sane_binding import Layout
from appliance.device.strips import Buffer, Strips, coded, coder

CHUNK = 1 << 20
KEPT = 3
MOST_BYTES = 600_000_000
FIRST_GUESS = 32 << 20
RGB = 1
SCRATCH = 1 << 16

EMPTY_PAUSE_SECONDS = 0.001
"""After a good read of no bytes, which a backend may give for ever: that is no progress, and no reason to spin."""


class Source(Protocol):
    """What a side is read from; ``Handle`` is one. Methods raise SaneFault."""

    def start(self) -> None:
        """Ask for the next side."""

    def layout(self) -> Layout:
        """Say how it is laid out."""

    def read(self, address: int, most: int) -> int:
        """Read bytes; -1 at the end."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One side as it came: ``received`` bytes of ``buffer``, which goes back to its ring."""

    buffer: Buffer
    layout: Layout
    received: int
    strips: Strips | None = None

    @property
    def lines(self) -> int:
        """Whole lines that came."""
        return self.received // self.layout.bytes_per_line

    @property
    def missing(self) -> str:
        """Say what is missing, or return an empty text."""
        announced, width = self.layout.lines, self.layout.bytes_per_line
        if self.received == 0 or self.received % width or announced not in (-1, self.lines):
            return f"{self.lines} of {announced if announced >= 0 else 'unknown'} lines"
        return ""


class Ring:
    """Three buffers that are used again and again: fresh memory costs 30 to 100 ms a side.

    Whoever keeps more sides than that gets more buffers; nobody waits here and nothing is overwritten.
    """

    def __init__(self) -> None:
        self.coder = coder()
        self._free: list[Buffer] = []
        self._turn = threading.Lock()

    def take(self, size: int) -> Buffer:
        """Return a buffer of at least ``size`` bytes."""
        with self._turn:
            for at, buffer in enumerate(self._free):
                if len(buffer) >= size:
                    return self._free.pop(at)
            if self._free:
                self._free.pop()  # too small for this paper
        return _memory(size)

    def give(self, buffer: Buffer) -> None:
        """Take a buffer back."""
        with self._turn:
            if len(self._free) < KEPT:
                self._free.append(buffer)


def _memory(size: int) -> Buffer:
    """Return fresh memory in large pages where the system has them: a tenth of the work on a side less."""
    memory = mmap.mmap(-1, size)
    with contextlib.suppress(OSError):  # a kernel without large pages
        memory.madvise(mmap.MADV_HUGEPAGE)
    return (ctypes.c_ubyte * size).from_buffer(memory)


def read_frame(source: Source, ring: Ring, moved: Callable[[], None]) -> Frame:
    """Read one side whole; ``moved`` is called whenever bytes have come.

    Raises:
        ApplianceError: DEVICE_REFUSED when it is not 24-bit colour in one frame, DEVICE_FAULT when it is larger
            than any paper.
        SaneFault: the side broke off.
    """
    source.start()
    layout = source.layout()
    _check_form(layout)
    known = layout.bytes_per_line * layout.lines
    buffer = ring.take(known if known > 0 else FIRST_GUESS)
    strips = Strips(buffer, layout, ring.coder) if known > 0 else None  # unknown height: the buffer may move

    def told(received: int) -> None:
        moved()
        if strips is not None:
            strips.came(received)

    try:
        buffer, received = _fill(source, ring, buffer, max(known, 0), told)
    except BaseException:
        if strips is not None:
            strips.give_up()
        ring.give(buffer)
        raise
    return Frame(buffer, layout, received, strips)


def encode(frame: Frame, dpi: int) -> bytes:
    """Return the whole lines of a frame as JPEG, with its resolution in the header; empty without a line.

    When this returns nobody looks at its buffer any more.
    """
    if frame.strips is None:
        return coded(frame.buffer, frame.layout, frame.received, dpi)
    try:
        return frame.strips.jpeg(frame.received, dpi)
    finally:
        frame.strips.give_up()


def _check_form(layout: Layout) -> None:
    """Refuse what is no 24-bit colour side in one piece, before memory is taken."""
    coloured = layout.format == RGB and layout.depth == 8 and layout.last_frame
    if not coloured or layout.pixels_per_line <= 0 or layout.bytes_per_line < layout.pixels_per_line * 3:
        raise errors.DEVICE_REFUSED.error(text=f"RGB24: format {layout.format}, {layout.depth} bit, "
                                               f"{layout.pixels_per_line} px, {layout.bytes_per_line} bytes")
    if layout.bytes_per_line * max(layout.lines, 1) > MOST_BYTES:
        raise errors.DEVICE_FAULT.error(text=f"{layout.pixels_per_line} x {layout.lines} px")


def _fill(source: Source, ring: Ring, buffer: Buffer, announced: int,
          told: Callable[[int], None]) -> tuple[Buffer, int]:
    """Read until the end of the side; a side of unknown height moves to larger memory when it must."""
    received, capacity, address = 0, announced or len(buffer), ctypes.addressof(buffer)
    while True:
        if received < capacity:
            came = source.read(address + received, min(CHUNK, capacity - received))
        elif announced:
            _expect_end(source)
            return buffer, received
        else:
            buffer = _larger(ring, buffer, received)
            capacity, address = len(buffer), ctypes.addressof(buffer)
            continue
        if came < 0:
            return buffer, received
        if not came:
            time.sleep(EMPTY_PAUSE_SECONDS)
            continue
        received += came
        told(received)


def _expect_end(source: Source) -> None:
    """Read past the announced end, where nothing may come."""
    scratch = (ctypes.c_ubyte * SCRATCH)()
    while (came := source.read(ctypes.addressof(scratch), SCRATCH)) >= 0:
        if came:
            raise errors.DEVICE_FAULT.error(text="nhiều dòng hơn đã báo / more lines than announced")
        time.sleep(EMPTY_PAUSE_SECONDS)


def _larger(ring: Ring, buffer: Buffer, used: int) -> Buffer:
    if used * 2 > MOST_BYTES:
        raise errors.DEVICE_FAULT.error(text="mặt giấy không có điểm cuối / a side without an end")
    larger = ring.take(used * 2)
    ctypes.memmove(larger, buffer, used)
    ring.give(buffer)
    return larger
