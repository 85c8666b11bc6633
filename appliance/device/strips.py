"""One JPEG made strip by strip while the side still comes in: most of the encode is done when the last line is.

A strip is coded on its own while its lines are still in the processor's cache. Every strip begins at whole
blocks and with fresh predictions, so what they hold put one behind the other, a restart marker between
them, is the baseline JPEG that one call would have made, with restart intervals (ITU-T T.81, B.2.1 and E.1.4);
damage to the file later spoils one strip and not the page. Scanner process only.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from appliance.device.sane_binding import Layout

QUALITY = 90
SAMPLING = "420"
BLOCK = 16
"""Lines and columns of a block with chroma at half resolution."""

LINES = 128
"""Lines of a strip, a multiple of ``BLOCK``: 1 MB of an A4 side at 300 dpi."""

BEHIND = 4
"""Strips of a side that wait for the coders at most; who reads codes the next one, which its cache still holds."""

_SOF0, _SOS, _DRI, _RST0, _EOI = b"\xff\xc0", b"\xff\xda", b"\xff\xdd", 0xD0, b"\xff\xd9"

Buffer = Any
"""A ctypes array of bytes: its address goes to libsane, numpy looks at it without a copy."""


def coder() -> Executor:
    """Return the threads that code strips; they start with the first one and end with whoever holds this."""
    return ThreadPoolExecutor(2, thread_name_prefix="strip")


@dataclass(frozen=True, slots=True)
class Strips:
    """The strips of one side whose bytes come into ``buffer``; not used when the buffer may move."""

    buffer: Buffer
    layout: Layout
    coder: Executor
    _coded: list[Future[bytes]] = field(default_factory=list)

    def came(self, received: int) -> None:
        """Have every strip coded of which all lines are there."""
        while received >= (len(self._coded) + 1) * LINES * self.layout.bytes_per_line:
            self._code(LINES)

    def jpeg(self, received: int, dpi: int) -> bytes:
        """Return the JPEG of the whole lines among ``received`` bytes; empty without a line. To be called once."""
        lines = received // self.layout.bytes_per_line
        self.came(received)
        if rest := lines - len(self._coded) * LINES:
            self._code(rest)
        return joined([one.result() for one in self._coded], lines, dpi) if lines else b""

    def give_up(self) -> None:
        """Let go of the buffer: when this returns no strip of it is being coded."""
        for one in self._coded:
            one.cancel()
        for one in self._coded:
            if not one.cancelled():
                one.exception()

    def _code(self, lines: int) -> None:
        first = len(self._coded) * LINES * self.layout.bytes_per_line
        if sum(not one.done() for one in self._coded) < BEHIND:
            self._coded.append(self.coder.submit(code, self.buffer, first, lines, self.layout))
            return
        here = Future[bytes]()
        here.set_result(code(self.buffer, first, lines, self.layout))
        self._coded.append(here)


def coded(buffer: Buffer, layout: Layout, received: int, dpi: int) -> bytes:
    """Return the JPEG of a side that is there whole: the very bytes that ``Strips`` make of it."""
    lines = received // layout.bytes_per_line
    strips = [code(buffer, first * layout.bytes_per_line, min(LINES, lines - first), layout)
              for first in range(0, lines, LINES)]
    return joined(strips, lines, dpi) if lines else b""


def code(buffer: Buffer, first: int, lines: int, layout: Layout) -> bytes:
    """Return the JPEG of ``lines`` lines from byte ``first`` on.

    quality 90, chroma at half resolution: what scanners' own encoders do.
    """
    import numpy as np  # native image code belongs to the scanner process, not to who imports this module
    import simplejpeg

    used = np.frombuffer(buffer, np.uint8, lines * layout.bytes_per_line, first)
    rows = used.reshape(lines, layout.bytes_per_line)[:, : layout.pixels_per_line * 3]
    pixels = np.ascontiguousarray(rows).reshape(lines, layout.pixels_per_line, 3)
    jpeg: bytes = simplejpeg.encode_jpeg(pixels, quality=QUALITY, colorspace="RGB", colorsubsampling=SAMPLING)
    return jpeg


def joined(strips: list[bytes], lines: int, dpi: int) -> bytes:
    """Return the strips as one JPEG of ``lines`` lines, with its resolution in the header."""
    head, width = _head(strips[0], lines, dpi)
    if len(strips) > 1:
        interval = LINES // BLOCK * -(-width // BLOCK)
        head += _DRI + (4).to_bytes(2, "big") + interval.to_bytes(2, "big")
    return b"".join((head, *_scans(strips), _EOI))


def _scans(strips: list[bytes]) -> Iterator[bytes | memoryview]:
    """Yield the scan header, then what each strip has coded with a restart marker between two."""
    for at, strip in enumerate(strips):
        scan = _segment(strip, _SOS)
        inside = scan + 2 + int.from_bytes(strip[scan + 2 : scan + 4], "big")
        if at:
            yield bytes((0xFF, _RST0 + (at - 1) % 8))
        yield memoryview(strip)[inside if at else scan : -2]


def _head(strip: bytes, lines: int, dpi: int) -> tuple[bytes, int]:
    """Return all that stands before the scan header, with height and resolution put right; and the width."""
    head = bytearray(strip[: _segment(strip, _SOS)])
    if head[6:11] != b"JFIF\0":
        raise ValueError("no JFIF header")
    head[13:18] = b"\x01" + dpi.to_bytes(2, "big") * 2  # units: dots an inch
    frame = _segment(strip, _SOF0)
    head[frame + 5 : frame + 7] = lines.to_bytes(2, "big")
    return bytes(head), int.from_bytes(head[frame + 7 : frame + 9], "big")


def _segment(jpeg: bytes, marker: bytes) -> int:
    """Return where a marker segment of the header begins."""
    at = 2
    while jpeg[at : at + 2] != marker:
        if jpeg[at] != 0xFF or jpeg[at : at + 2] == _SOS:
            raise ValueError("no baseline JPEG")
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return at
