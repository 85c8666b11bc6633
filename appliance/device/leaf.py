"""One page image out of a file, and the one encode of what is no master yet.

Scanner process only. A file that cannot be used gives one leaf with its bytes and the reason, so that
it becomes a held page: nothing is dropped silently. What a header refuses is never decoded.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PIL import Image, ImageOps

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import bilevel
from appliance.device.image_header import Header
from appliance.device.verdict import form_of, reason_of

QUALITY = 92
COMMON_DPI = (75, 100, 150, 200, 240, 300, 400, 600)
A4_WIDTH_INCHES = 8.27
LONGEST_INCHES = 34.0
"""A0 is 33.1 inches wide: a page said to be larger has a resolution nobody measured."""

LEAST_DPI = 50
_PLAIN = {"L": "L", "RGB": "RGB", "YCbCr": "RGB"}


@dataclass(frozen=True, slots=True)
class Source:
    """How the device made an image, whatever becomes of it here.

    Attributes:
        depth: bits of a pixel: 1 bitonal, 8 grey, 24 colour; 0 unknown.
        dpi: resolution of its pixels on the paper, 0 unknown.
        packed: JBIG2 or MRC when the page was taken apart to make the file small; empty when not.
    """

    depth: int = 0
    dpi: int = 0
    packed: str = ""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page image out of a file; fields as in ``RawSide``."""

    data: bytes
    dpi: int = 0
    code: str = ""
    reason: str = ""
    original: bytes = b""
    orientation: int = 0
    source: Source = Source()


class Volume(Protocol):
    """An open file: its number of leaves, and each of them on demand."""

    @property
    def count(self) -> int:
        """How many leaves there are, at least one."""

    def leaf(self, at: int) -> Leaf:
        """Return leaf ``at``, 0 up to ``count`` - 1; an unusable one carries its error code."""

    def close(self) -> None:
        """Let the file go, also in the middle of ``leaf`` in another thread; may be called twice."""


def refused(data: bytes, problem: ApplianceError, source: Source = Source()) -> Leaf:
    """Return the leaf of something that cannot be used."""
    return Leaf(data, code=problem.code, reason=reason_of(problem), source=source)


@dataclass(frozen=True, slots=True)
class Single:
    """A file of one leaf; ``count`` is more than 1 where the leaves before it are fed already."""

    only: Leaf
    count: int = 1

    def leaf(self, at: int) -> Leaf:
        """Return the leaf; see ``Volume``."""
        assert at == self.count - 1
        return self.only

    def close(self) -> None:
        """There is nothing to let go; see ``Volume``."""


def sensible_dpi(header: Header) -> int:
    """Return the resolution that the header says, or an estimate when it says none or nonsense."""
    said = header.dpi
    if said >= LEAST_DPI and max(header.width, header.height) / said <= LONGEST_INCHES:
        return said
    return estimated_dpi(header.width, header.height)


def estimated_dpi(width: int, height: int) -> int:
    """Return the common resolution nearest to what makes the image as wide as A4."""
    exact = min(width, height) / A4_WIDTH_INCHES
    return min(COMMON_DPI, key=lambda dpi: abs(dpi - exact))


def encoded(picture: Image.Image, dpi: int) -> bytes:
    """Return the one encode of a picture: G4 when it is bilevel, else JPEG 4:4:4 grey or RGB.

    Raises:
        ApplianceError: IMAGE_UNKNOWN for samples that would lose more than the encode takes.
    """
    if picture.mode == "1":
        return bilevel.encode(picture, dpi)
    stream = io.BytesIO()
    _flat(picture).save(stream, "JPEG", quality=QUALITY, subsampling=0, dpi=(dpi, dpi))
    return stream.getvalue()


def refuse_depth(header: Header) -> None:
    """Refuse samples that would lose more than the encode takes: over 8 bits, or inks."""
    if header.bits > 8 or header.cmyk:
        raise errors.IMAGE_UNKNOWN.error(reason=form_of(header))


def coded(data: bytes, at: int, dpi: int) -> bytes:
    """Decode picture ``at`` of a file whose header was admitted, upright, and encode it once.

    Errors as ``decoding``.
    """

    def work() -> bytes:
        Image.MAX_IMAGE_PIXELS = None  # the header was admitted against our own limit
        with Image.open(io.BytesIO(data)) as picture:
            picture.seek(at)
            picture.load()
            return encoded(ImageOps.exif_transpose(picture), dpi)

    return decoding(work)


def decoding(work: Callable[[], bytes]) -> bytes:
    """Run a decoder.

    Raises:
        ApplianceError: IMAGE_UNDECODABLE, whatever the decoder raised.
    """
    try:
        return work()
    except ApplianceError:
        raise
    except Exception as problem:  # boundary: decoders of foreign bytes raise SyntaxError, struct.error, anything
        raise errors.IMAGE_UNDECODABLE.error(reason=str(problem)[:80] or type(problem).__name__) from problem


def _flat(picture: Image.Image) -> Image.Image:
    """Return the picture as grey or RGB on white paper."""
    if picture.mode in _PLAIN:
        return picture.convert(_PLAIN[picture.mode])
    if picture.mode not in ("P", "PA", "LA", "La", "RGBA", "RGBa", "RGBX"):
        raise errors.IMAGE_UNKNOWN.error(reason=f"{picture.format or 'TIFF'} {picture.mode}")
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture.convert("RGBA"))
    return paper.convert("L" if picture.mode in ("LA", "La") else "RGB")
