"""The virtual scanner's image side: a hopper file as a device would send it at the asked settings.

A file that already has the asked resolution goes out byte for byte. So does everything that is broken
or odd: that is how broken images reach the tests.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

ASSUMED_DPI = 300
QUALITY = 88
MOST_PIXELS = 200_000_000
LEAST_SIDE = 64
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class Form:
    """How an image is asked for."""

    dpi: int
    grey: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """What a JPEG says of itself. ``dpi`` is 0 when it says nothing."""

    width: int
    height: int
    bits: int
    components: int
    dpi: int

    @property
    def ordinary(self) -> bool:
        """Whether this is a page that may be decoded and coded anew."""
        sane_size = min(self.width, self.height) >= LEAST_SIDE and self.width * self.height <= MOST_PIXELS
        return sane_size and self.bits == 8 and self.components in (1, 3)


def read_header(data: bytes) -> Header | None:
    """Read size, depth and JFIF density of a JPEG; None when it is none or has no frame."""
    if data[:2] != b"\xff\xd8":
        return None
    at, dpi = 2, 0
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2:at + 4], "big")
        body = data[at + 4:at + 2 + length]
        if marker == 0xE0 and body[:5] == b"JFIF\0" and len(body) >= 12:
            dpi = _density(body)
        if marker in _FRAMES and len(body) >= 6:
            height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
            return Header(width, height, body[0], body[5], dpi)
        at += 2 + max(length, 2)
    return None


def as_asked(data: bytes, form: Form) -> bytes:
    """Return ``data`` at the asked resolution and depth; unchanged where nothing differs or it is broken."""
    header = read_header(data)
    if header is None or not header.ordinary or b"\xff\xd9" not in data[-64:]:
        return data
    scale = form.dpi / (header.dpi or ASSUMED_DPI)
    if scale == 1.0 and not (form.grey and header.components == 3):
        return data
    if header.width * header.height * scale * scale > MOST_PIXELS:
        return data
    return _coded_anew(data, scale, replace(form, grey=form.grey or header.components == 1))


def white_side(beside: bytes | None, form: Form) -> bytes:
    """Return the image of an empty face, of the size of the other face as sent, else A4."""
    header = read_header(beside) if beside else None
    if header is None or not header.ordinary:
        return _white(round(form.dpi * 210 / 25.4), round(form.dpi * 297 / 25.4), form)
    return _white(header.width, header.height, form)


@lru_cache(maxsize=4)
def _white(width: int, height: int, form: Form) -> bytes:
    import numpy as np  # only the virtual scanner's own process

    return _encode(np.full((height, width, 1 if form.grey else 3), 255, np.uint8), form)


def _coded_anew(data: bytes, scale: float, form: Form) -> bytes:
    import cv2  # only the virtual scanner's own process
    import simplejpeg

    try:
        pixels = simplejpeg.decode_jpeg(data, "GRAY" if form.grey else "RGB", strict=True)
    except ValueError:
        return data
    if scale != 1.0:
        height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        pixels = cv2.resize(pixels, (width, height), interpolation=way).reshape(height, width, -1)
    return _encode(pixels, form)


def _encode(pixels: Any, form: Form) -> bytes:
    """Encode u8[h, w, 1 or 3] with the density in its header."""
    import simplejpeg

    space, sampling = ("GRAY", "Gray") if form.grey else ("RGB", "420")
    data = bytes(simplejpeg.encode_jpeg(pixels, quality=QUALITY, colorspace=space, colorsubsampling=sampling))
    at = data.index(b"JFIF\0") + 7
    return data[:at] + b"\x01" + form.dpi.to_bytes(2, "big") * 2 + data[at + 5:]


def _density(body: bytes) -> int:
    """Return the horizontal density of a JFIF header in dots per inch."""
    value = int.from_bytes(body[8:10], "big")
    return {1: value, 2: round(value * 2.54)}.get(body[7], 0)
