"""Bilevel pictures coded without loss: one strip of G4 (ITU-T T.6), or one generic region of JBIG2 (T.88). Pure.

Symbol coding, which takes one letter for another that looks like it, does not exist here.
"""

from __future__ import annotations

import io
import struct
import warnings
from typing import cast

import numpy as np
import numpy.typing as npt
from PIL import Image

from appliance.core import errors
from appliance.core.model import ImageFormat
from appliance.imaging import decode, kernels

Bits = npt.NDArray[np.uint8]

ROOM, STEP = 8, 8
"""Columns of 0 that the kernel needs to the right of a picture, and what a row is a multiple of."""

PAGE_INFORMATION, LOSSLESS_GENERIC = 48, 39
"""Types of segments (T.88, 7.3): nothing else is ever written, so a reader can see that no symbol was coded."""

_ONE_STRIP = 1 << 30
_OFFSETS, _COUNTS, _ROWS_A_STRIP = 273, 279, 278


def g4(black: Bits) -> bytes:
    """Code a picture (height, width) of 0 and 1, 1 for black, as one strip of G4 without end of line marks.

    A reader takes it with K -1 and BlackIs1 false (ISO 32000-1, 7.4.6).
    """
    stream = io.BytesIO()
    # Pillow codes ones, its white, as T.6 codes black
    picture = Image.fromarray(np.where(black, np.uint8(255), np.uint8(0))).convert("1", dither=Image.Dither.NONE)
    picture.save(stream, "TIFF", compression="group4", strip_size=_ONE_STRIP,
                 tiffinfo={_ROWS_A_STRIP: picture.height})
    with Image.open(io.BytesIO(stream.getvalue()), formats=("TIFF",)) as written:
        tags = dict(written.tag_v2)  # type: ignore[attr-defined]  # it is a TiffImageFile
    (offset,), (count,) = cast("tuple[int]", tags[_OFFSETS]), cast("tuple[int]", tags[_COUNTS])
    return stream.getvalue()[offset:offset + count]


def jbig2(black: Bits, dpi: float) -> bytes:
    """Code a picture (height, width) of 0 and 1, 1 for black, as the JBIG2 that a PDF embeds, without file header.

    8 to 15 ms CPU for A4 of print at 300 dpi, and three tenths smaller than G4.
    """
    high, wide = black.shape
    data = _coded(black)
    per_metre = round(dpi / 0.0254)
    page = struct.pack(">IIIIBH", wide, high, per_metre, per_metre, 1, 0)
    region = struct.pack(">IIIIB", wide, high, 0, 0, 0)
    region += bytes([0x08]) + struct.pack("8b", 3, -1, -3, -1, 2, -2, -2, -2)  # template 0, typical prediction
    return _segment(0, PAGE_INFORMATION, page) + _segment(1, LOSSLESS_GENERIC, region + data)


def master_bits(data: bytes, max_pixels: int) -> Bits:
    """Decode a G4 master to (height, width) of 0 and 1, 1 for black.

    Raises:
        ApplianceError: as ``decode.grey``.
    """
    return np.asarray(decode.grey(data, ImageFormat.G4, 1, max_pixels) < 128, np.uint8)


def strip_bits(strip: bytes, size: tuple[int, int], *, black_is_one: bool) -> Bits:
    """Decode a G4 strip of ``size`` (width, height) as a PDF embeds it to 0 and 1, 1 for black.

    Raises:
        ApplianceError: IMAGE_UNDECODABLE.
    """
    wide, high = size
    tags = ((256, 4, wide), (257, 4, high), (258, 3, 1), (259, 3, 4), (262, 3, 1 if black_is_one else 0),
            (_OFFSETS, 4, 8 + 2 + 8 * 12 + 4), (_ROWS_A_STRIP, 4, high), (_COUNTS, 4, len(strip)))
    head = b"II*\x00" + struct.pack("<IH", 8, len(tags))
    body = b"".join(struct.pack("<HHI", tag, kind, 1) + (struct.pack("<HH", value, 0) if kind == 3 else
                                                         struct.pack("<I", value)) for tag, kind, value in tags)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(head + body + bytes(4) + strip), formats=("TIFF",)) as picture:
                white = np.asarray(picture.convert("L"), np.uint8)
    except (OSError, ValueError, SyntaxError, UserWarning) as problem:
        raise errors.IMAGE_UNDECODABLE.error(reason=str(problem).splitlines()[0][:120]) from None
    return np.asarray(white < 128, np.uint8)


def _coded(black: Bits) -> bytes:
    """Run the kernel; two bits a pixel are enough but for noise made to be hard."""
    high, wide = black.shape
    rows = np.zeros((high + 2, -(-(wide + ROOM) // STEP) * STEP), np.uint8)
    rows[2:, :wide] = black
    room = wide * high // 4 + 1024
    while True:
        out = np.empty(room, np.uint8)
        size = kernels.generic_region(rows, wide, out)
        if size >= 0:
            return out[:size].tobytes()
        room *= 4


def _segment(number: int, kind: int, data: bytes) -> bytes:
    """Return a segment of page 1 that refers to no other (7.2)."""
    return struct.pack(">IBBBI", number, kind, 0, 1, len(data)) + data
