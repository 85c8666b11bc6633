"""Bilevel pages: strict check of G4 strips, and coding to one G4 strip without loss. Scanner process only.

libtiff decodes a damaged strip into nonsense and complains on standard error only; so a strip counts as
whole when coding its picture again gives the very same bits, or else when it has its end mark and
libtiff, in a process of its own, has nothing to say.
"""

from __future__ import annotations

import io
import sys
from dataclasses import replace

from PIL import Image

from appliance.core import errors, tools
from appliance.device import tiff
from appliance.device.tiff import Directory, G4Page

LIBTIFF_SECONDS = 60.0
NO_CODE = b"\0\0"
"""No two codes of T.6 make more than 11 zeros in a row; libtiff silently ends the picture there."""

MOST_SHORTER = 0.05
"""Share by which our coding of the picture may be shorter than the strip; more means that lines were lost."""

_ONE_STRIP = 1 << 30
_EOFB = "000000000001" * 2
_INVERTED = bytes(255 - value for value in range(256))
_LISTEN = """
import io, sys
from PIL import Image
Image.MAX_IMAGE_PIXELS = None
picture = Image.open(io.BytesIO(sys.stdin.buffer.read()))
picture.seek(int(sys.argv[1]))
picture.load()
"""


def check(data: bytes) -> None:
    """Refuse a single-strip G4 TIFF whose bits are damaged. Its size was admitted before.

    Raises:
        ApplianceError: IMAGE_UNKNOWN, IMAGE_TRUNCATED or IMAGE_UNDECODABLE.
    """
    page = tiff.read_directories(data)[0]
    if page.g4_strip is None:
        raise errors.IMAGE_UNKNOWN.error(reason="TIFF, not one G4 strip")
    size = G4Page(page.one(tiff.WIDTH), page.one(tiff.HEIGHT), page.one(tiff.PHOTOMETRIC), 1, page.dpi)
    _whole(tiff.strip_of(data, page), size)


def join(data: bytes, page: Directory, size: G4Page) -> bytes:
    """Return a page of several G4 strips as a G4 master of one strip, without loss; errors as ``check``."""
    rows = page.one(tiff.ROWS_PER_STRIP, size.height)
    picture = Image.new("1", (size.width, size.height), 1)
    for at, strip in enumerate(tiff.strips_of(data, page)):
        height = min(rows, size.height - at * rows)
        if height < 1:
            raise errors.IMAGE_UNDECODABLE.error(reason="TIFF, more strips than rows")
        picture.paste(_whole(strip, replace(size, height=height, orientation=1)), (0, at * rows))
    return tiff.wrap_g4(_code(picture, size.photometric), size)


def encode(picture: Image.Image, dpi: int) -> bytes:
    """Return a mode ``1`` picture (non-zero is white) as a G4 master, without loss."""
    width, height = picture.size
    return tiff.wrap_g4(_code(picture, 0), G4Page(width, height, 0, 1, dpi))


def ask_libtiff(data: bytes, at: int = 0) -> None:
    """Decode page ``at`` in a process of its own, whose standard error is libtiff's verdict.

    Raises:
        ApplianceError: IMAGE_UNDECODABLE with what libtiff complained of.
    """
    finished = tools.run([sys.executable, "-W", "ignore", "-c", _LISTEN, str(at)], LIBTIFF_SECONDS, data)
    complaint = finished.complaint.strip()
    if finished.status or complaint:
        raise errors.IMAGE_UNDECODABLE.error(reason=complaint.splitlines()[-1][:80] if complaint else "TIFF")


def _whole(strip: bytes, size: G4Page) -> Image.Image:
    """Return the picture of a strip that is whole; errors as ``check``."""
    alone = tiff.wrap_g4(strip, size)
    try:
        with Image.open(io.BytesIO(alone)) as picture:
            picture.load()
            again = _code(picture, size.photometric).rstrip(b"\0")
    except (OSError, ValueError) as problem:
        raise errors.IMAGE_UNDECODABLE.error(reason=f"G4: {problem}") from None
    bits = strip.rstrip(b"\0")
    without_mark = len(again) - 4 <= len(bits) <= len(again) and again.startswith(bits[:-1])
    if bits == again or without_mark:
        return picture
    if not _has_end(bits):
        raise errors.IMAGE_TRUNCATED.error(reason="G4 without its end")
    if NO_CODE in bits or len(bits) - len(again) > len(bits) * MOST_SHORTER:
        raise errors.IMAGE_UNDECODABLE.error(reason="G4 breaks off within")
    ask_libtiff(alone)
    return picture


def _has_end(bits: bytes) -> bool:
    """Whether EOFB (ITU-T T.6, 2.4.1.1) stands at the end; some writers leave a few bits behind it."""
    tail = bits[-8:]
    return _EOFB in f"{int.from_bytes(tail, 'big'):0{8 * len(tail)}b}"


def _code(picture: Image.Image, photometric: int) -> bytes:
    """Code a mode ``1`` picture as one strip; Pillow codes black as black for photometric 1 only."""
    stream = io.BytesIO()
    if photometric == 0:
        picture = Image.frombytes("1", picture.size, picture.tobytes().translate(_INVERTED))
    picture.save(stream, "TIFF", compression="group4", strip_size=_ONE_STRIP)
    data = stream.getvalue()
    return tiff.strip_of(data, tiff.read_directories(data)[0])
