"""What an image says of itself, read before anything is decoded or allocated.

JPEG (ITU-T T.81, JFIF 1.02, Exif 2.3), PNG (ISO 15948), TIFF 6.0 and the mark of a PDF.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import tiff

SMALLEST = 100
"""Fewest pixels a side of a page may have."""

_ROOM = 256
"""Bytes at the end of a file that are not all zero when it is written to its end."""

_SOF = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_HUFFMAN = {0xC0: False, 0xC1: False, 0xC2: True}
"""Frames a PDF may hold: baseline, extended, progressive; never lossless, hierarchical or arithmetic."""
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_EOI, _SOS, _APP0, _APP1 = 0xD9, 0xDA, 0xE0, 0xE1


class FileKind(StrEnum):
    """What kind of file the bytes are."""

    JPEG = "jpeg"
    PNG = "png"
    TIFF = "tiff"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Header:
    """What the bytes say of themselves; of a TIFF its first page, of a PDF the kind alone.

    Attributes:
        components: samples of one pixel, transparency included.
        bits: bits of one sample.
        dpi: resolution along x, 0 when not said.
        orientation: 1..8 as Exif counts.
        complete: the end of the image is there.
        cmyk: the four samples are inks.
        coding: JPEG: the frame's marker (0xC0 baseline, 0xC2 progressive); TIFF: tag 259.
        strips: strips or tiles of a TIFF page.
        pages: pages of a TIFF.
    """

    kind: FileKind
    width: int = 0
    height: int = 0
    components: int = 0
    bits: int = 0
    dpi: int = 0
    orientation: int = 1
    complete: bool = True
    cmyk: bool = False
    coding: int = 0
    strips: int = 0
    pages: int = 1

    @property
    def progressive(self) -> bool:
        """Whether a JPEG comes in several passes."""
        return self.kind is FileKind.JPEG and self.coding == 0xC2

    @property
    def lawful_coding(self) -> bool:
        """Whether a JPEG's coding may stand in a PDF (ISO 32000-1, 7.4.8)."""
        return self.kind is FileKind.JPEG and self.coding in _HUFFMAN


def read(data: bytes, max_pixels: int) -> Header:
    """Return the header of an image that may be decoded.

    Raises:
        ApplianceError: IMAGE_EMPTY, IMAGE_UNKNOWN, IMAGE_TRUNCATED (not even the header is whole),
            IMAGE_TOO_LARGE (above ``max_pixels``), IMAGE_TOO_SMALL (a side under ``SMALLEST``).
    """
    header = parse(data)
    if header.kind is not FileKind.PDF:
        admit(header.width, header.height, max_pixels)
    return header


def admit(width: int, height: int, max_pixels: int) -> None:
    """Refuse a size before it is allocated; errors as ``read``."""
    if width * height > max_pixels:
        raise errors.IMAGE_TOO_LARGE.error(width=width, height=height)
    if min(width, height) < SMALLEST:
        raise errors.IMAGE_TOO_SMALL.error(width=width, height=height)


def parse(data: bytes) -> Header:
    """Return what the bytes say of themselves, whatever size that is.

    Raises:
        ApplianceError: IMAGE_EMPTY, IMAGE_UNKNOWN or IMAGE_TRUNCATED.
    """
    if not data:
        raise errors.IMAGE_EMPTY.error(reason="0 bytes")
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(data)
        if data[:4] in (b"II*\0", b"MM\0*"):
            return of_directory(data, tiff.read_directories(data))
    except struct.error:
        raise errors.IMAGE_TRUNCATED.error(reason="header") from None
    if b"%PDF-" in data[:1024]:
        return Header(FileKind.PDF, complete=b"%%EOF" in data[-2048:])
    raise errors.IMAGE_UNKNOWN.error(reason="not JPEG, PNG, TIFF, PDF")


def whole(data: bytes) -> bool:
    """Say whether a file has come to its end: nothing in it points behind it, and no room waits to be filled."""
    if not data or not data[-_ROOM:].strip(b"\0"):
        return False  # a writer that takes the room beforehand leaves zeros
    try:
        header = parse(data)
        if header.kind is not FileKind.TIFF:
            return header.complete
        pages = tiff.read_directories(data)
        return all(of_directory(data, pages, at).complete for at in range(len(pages)))
    except ApplianceError:
        return False


def of_directory(data: bytes, pages: tuple[tiff.Directory, ...], at: int = 0) -> Header:
    """Return the header of page ``at`` of a TIFF."""
    if not pages:
        raise errors.IMAGE_TRUNCATED.error(reason="TIFF without a page")
    page = pages[at]
    spans = page.spans
    return Header(
        FileKind.TIFF, page.one(tiff.WIDTH), page.one(tiff.HEIGHT), page.one(tiff.SAMPLES, 1),
        max(page.tags.get(tiff.BITS, (1,))), page.dpi, _orientation(page.one(tiff.ORIENTATION, 1)),
        complete=bool(spans) and all(offset + count <= len(data) for offset, count in spans),
        cmyk=page.one(tiff.PHOTOMETRIC) == 5, coding=page.one(tiff.COMPRESSION, 1),
        strips=len(spans), pages=len(pages),
    )


def _orientation(value: int) -> int:
    return value if 1 <= value <= 8 else 1


def _png(data: bytes) -> Header:
    width, height, bits, colour = struct.unpack_from(">IIBB", data, 16)
    if data[12:16] != b"IHDR" or colour not in (0, 2, 3, 4, 6):
        raise errors.IMAGE_UNKNOWN.error(reason="PNG header")
    dpi = 0
    at = data.find(b"pHYs", 33, data.find(b"IDAT", 33) + 1)
    if at > 0:
        across, _, metres = struct.unpack_from(">IIB", data, at + 4)
        dpi = round(across * 0.0254) if metres == 1 else 0
    components = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}[colour]
    whole = data.rstrip(b"\0").endswith(b"IEND\xaeB`\x82")
    return Header(FileKind.PNG, width, height, components, bits, dpi, complete=whole)


def _jpeg(data: bytes) -> Header:
    header: Header | None = None
    dpi = exif_dpi = 0
    orientation = 1
    complete = False
    for marker, body in _segments(data):
        if marker == _EOI:
            complete = True
        elif marker in _SOF and header is None:
            header = _frame(marker, body)
        elif marker == _APP0 and body.startswith(b"JFIF\0"):
            dpi = _jfif_dpi(body)
        elif marker == _APP1 and body.startswith(b"Exif\0\0"):
            orientation, exif_dpi = _exif(body[6:])
    if header is None:
        raise errors.IMAGE_TRUNCATED.error(reason="JPEG without a frame")
    return replace(header, dpi=dpi or exif_dpi, orientation=orientation, complete=complete)


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (marker, body) up to the end of the image; stop where the bytes stop."""
    at = 2
    while at + 2 <= len(data):
        found = _MARKER.search(data, at)
        if found is None:
            return
        marker, at = data[found.end() - 1], found.end()
        if marker == _EOI:
            yield marker, b""
            return
        if marker in _BARE:
            continue
        if at + 2 > len(data):
            return
        (length,) = struct.unpack_from(">H", data, at)
        yield marker, data[at + 2 : at + length]
        # Behind SOS comes coded data: the search for the next marker skips it, stuffing and restarts.
        at += max(length, 2)


def _frame(marker: int, body: bytes) -> Header:
    bits, height, width, components = struct.unpack_from(">BHHB", body)
    return Header(
        FileKind.JPEG, width, height, components, bits, coding=marker, cmyk=components == 4
    )


def _jfif_dpi(body: bytes) -> int:
    unit: int
    across: int
    unit, across = struct.unpack_from(">BH", body, 7)
    return round(across * {1: 1.0, 2: 2.54}.get(unit, 0.0))


def _exif(block: bytes) -> tuple[int, int]:
    """Return (orientation, dpi); an unreadable block says nothing, as every viewer has it."""
    try:
        pages = tiff.read_directories(block)
    except ApplianceError:
        return 1, 0
    if not pages:
        return 1, 0
    return _orientation(pages[0].one(tiff.ORIENTATION, 1)), pages[0].dpi
