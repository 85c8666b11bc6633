"""One file as page images: what is a master already stays as it is, the rest is encoded once.

Scanner process only. A file that cannot be used gives one leaf with its bytes and the reason, so that
it becomes a held page: nothing is dropped silently. What a header refuses is never decoded.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PIL import Image, ImageOps

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import bilevel, image_header, tiff
from appliance.device.capture import form_of, reason_of
from appliance.device.image_header import FileKind, Header

QUALITY = 92
MOST_BYTES = 1 << 30
"""Longest file that is read, in bytes."""

BEGINNING = 1 << 20
"""How much is kept of a file that is longer."""

COMMON_DPI = (75, 100, 150, 200, 240, 300, 400, 600)
A4_WIDTH_INCHES = 8.27
LONGEST_INCHES = 34.0
"""A0 is 33.1 inches wide: a page said to be larger has a resolution nobody measured."""

LEAST_DPI = 50
_FACSIMILE = (2, 3, tiff.G4)
"""Codings whose damage libtiff tells on standard error only."""

_PLAIN = {"L": "L", "RGB": "RGB", "YCbCr": "RGB"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page image out of a file; fields as in ``RawSide``."""

    data: bytes
    dpi: int = 0
    code: str = ""
    reason: str = ""
    original: bytes = b""
    orientation: int = 0


class Volume(Protocol):
    """An open file: its number of leaves, and each of them on demand."""

    @property
    def count(self) -> int:
        """How many leaves there are, at least one."""

    def leaf(self, at: int) -> Leaf:
        """Return leaf ``at``, 0 up to ``count`` - 1; an unusable one carries its error code."""


def open_volume(path: Path, max_pixels: int) -> Volume:
    """Open a file by what its bytes say, never by its name.

    Raises:
        FileNotFoundError: it was taken away.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            with path.open("rb") as stream:
                return Single(refused(stream.read(BEGINNING), errors.IMAGE_UNKNOWN.error(
                    reason=f"over {MOST_BYTES >> 20} MB")))
        data = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as problem:
        reason = problem.strerror or str(problem)
        return Single(refused(b"", errors.IMAGE_UNKNOWN.error(reason=reason)))
    return volume_of(data, max_pixels)


def volume_of(data: bytes, max_pixels: int) -> Volume:
    """Return the volume that these bytes are."""
    try:
        header = image_header.parse(data)
        if header.kind is FileKind.PDF:
            from appliance.device.pdf_leaf import PdfVolume  # PDFium only where a PDF is

            return PdfVolume(data, max_pixels)
        if header.kind is FileKind.TIFF:
            return TiffVolume(data, max_pixels)
        image_header.admit(header.width, header.height, max_pixels)
        return Single(_jpeg(data, header) if header.kind is FileKind.JPEG else _png(data, header))
    except ApplianceError as problem:
        return Single(refused(data, problem))


def refused(data: bytes, problem: ApplianceError) -> Leaf:
    """Return the leaf of something that cannot be used."""
    return Leaf(data, code=problem.code, reason=reason_of(problem))


@dataclass(frozen=True, slots=True)
class Single:
    """A file of one leaf."""

    only: Leaf
    count: int = 1

    def leaf(self, at: int) -> Leaf:
        """Return the leaf; see ``Volume``."""
        assert at == 0
        return self.only


class TiffVolume:
    """A TIFF; each of its pages is a leaf."""

    def __init__(self, data: bytes, max_pixels: int) -> None:
        self._data = data
        self._max_pixels = max_pixels
        self._pages = tiff.read_directories(data)
        if not self._pages:
            raise errors.IMAGE_TRUNCATED.error(reason="TIFF without a page")
        self.count = len(self._pages)

    def leaf(self, at: int) -> Leaf:
        """Return a page; see ``Volume``."""
        try:
            header = image_header.of_directory(self._data, self._pages, at)
            image_header.admit(header.width, header.height, self._max_pixels)
            return self._page(at, header)
        except ApplianceError as problem:
            return refused(self._data, problem)

    def _page(self, at: int, header: Header) -> Leaf:
        page, dpi = self._pages[at], sensible_dpi(header)
        _refuse_depth(header)
        if not header.complete:
            raise errors.IMAGE_TRUNCATED.error(reason=f"TIFF page {at + 1}")
        if page.is_g4:
            master = _g4(self._data, page, dpi)
            return Leaf(master, dpi, original=b"" if master == self._data else self._data)
        if header.coding in _FACSIMILE:
            bilevel.ask_libtiff(self._data, at)
        return Leaf(_coded(self._data, at, dpi), dpi, original=self._data)


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


def _jpeg(data: bytes, header: Header) -> Leaf:
    """A JPEG is a master as it is; capture.py judges whether it is a whole and lawful one."""
    return Leaf(data, sensible_dpi(header))


def _png(data: bytes, header: Header) -> Leaf:
    _refuse_depth(header)
    if not header.complete:
        raise errors.IMAGE_TRUNCATED.error(reason="PNG without its end")
    dpi = sensible_dpi(header)
    return Leaf(_coded(data, 0, dpi), dpi, original=data)


def _refuse_depth(header: Header) -> None:
    if header.bits > 8 or header.cmyk:
        raise errors.IMAGE_UNKNOWN.error(reason=form_of(header))


def _g4(data: bytes, page: tiff.Directory, dpi: int) -> bytes:
    """Keep the bits of a single strip; several strips become one without loss."""
    size = tiff.G4Page(page.one(tiff.WIDTH), page.one(tiff.HEIGHT), page.one(tiff.PHOTOMETRIC),
                       page.one(tiff.ORIENTATION, 1), dpi)
    if page.g4_strip is not None:
        return tiff.wrap_g4(tiff.strip_of(data, page), size)
    return bilevel.join(data, page, size)


def _coded(data: bytes, at: int, dpi: int) -> bytes:
    """Decode picture ``at`` of a file whose header was admitted, upright, and encode it once."""

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
