"""Directories of TIFF 6.0 files, and the plainest TIFF around one G4 strip. Pixels are not touched.

A G4 master of the appliance always has the form that ``wrap_g4`` gives: little-endian, one page, one
strip, most significant bit first. Numbers of sections are those of TIFF 6.0 (Adobe, 1992).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from appliance.core import errors

SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 254, 256, 257, 258, 259, 262, 266
STRIP_OFFSETS, ORIENTATION, SAMPLES, ROWS_PER_STRIP, STRIP_COUNTS = 273, 274, 277, 278, 279
X_RESOLUTION, Y_RESOLUTION, T6_OPTIONS, RESOLUTION_UNIT, TILE_WIDTH = 282, 283, 293, 296, 322
TILE_OFFSETS, TILE_COUNTS, SAMPLE_FORMAT = 324, 325, 339

G4 = 4
"""Value of tag 259 for ITU-T T.6."""

MOST_PAGES = 10_000
MOST_VALUES = 1 << 20
_SHORT, _LONG, _RATIONAL = 3, 4, 5
_FORMS = {1: ("B", 1), _SHORT: ("H", 2), _LONG: ("I", 4), _RATIONAL: ("II", 8)}
_REVERSED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


@dataclass(frozen=True, slots=True)
class Directory:
    """One page of a TIFF file: tag to values. A rational is two values."""

    tags: dict[int, tuple[int, ...]]

    def one(self, tag: int, default: int = 0) -> int:
        """Return the first value of ``tag``."""
        return self.tags.get(tag, (default,))[0]

    @property
    def dpi(self) -> int:
        """Resolution along x in dots per inch; 0 when the file does not say."""
        above, below = (*self.tags.get(X_RESOLUTION, (0, 0)), 0)[:2]
        unit = self.one(RESOLUTION_UNIT, 2)
        if not below or unit not in (2, 3):
            return 0
        return round(above / below * (2.54 if unit == 3 else 1))

    @property
    def is_preview(self) -> bool:
        """Whether the page says that it is a smaller picture of another one (section 8, NewSubfileType)."""
        return bool(self.one(SUBFILE) & 1)

    @property
    def is_g4(self) -> bool:
        """Whether the page is bilevel G4 in strips, without extensions."""
        return (
            self.one(COMPRESSION, 1) == G4 and self.one(BITS, 1) == 1 and self.one(SAMPLES, 1) == 1
            and self.one(PHOTOMETRIC) in (0, 1) and not self.one(T6_OPTIONS) and TILE_WIDTH not in self.tags
        )

    @property
    def g4_strip(self) -> tuple[int, int] | None:
        """Offset and length when the page is one G4 strip, else None."""
        spans = self.strips
        return spans[0] if self.is_g4 and len(spans) == 1 else None

    @property
    def strips(self) -> list[tuple[int, int]]:
        """Offset and length of each strip."""
        return list(zip(self.tags.get(STRIP_OFFSETS, ()), self.tags.get(STRIP_COUNTS, ()), strict=False))

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Offset and length of each strip, or of each tile."""
        tiles = zip(self.tags.get(TILE_OFFSETS, ()), self.tags.get(TILE_COUNTS, ()), strict=False)
        return list(tiles) if TILE_WIDTH in self.tags else self.strips


@dataclass(frozen=True, slots=True)
class G4Page:
    """What it takes to show one G4 strip."""

    width: int
    height: int
    photometric: int
    orientation: int
    dpi: int


def read_directories(data: bytes) -> tuple[Directory, ...]:
    """Read every page's directory.

    Raises:
        ApplianceError: IMAGE_UNKNOWN when this is no TIFF 6.0, IMAGE_TRUNCATED when it points behind its end.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None:
        raise errors.IMAGE_UNKNOWN.error(reason="TIFF?")
    try:
        return tuple(_walk(data, order))
    except struct.error:
        raise errors.IMAGE_TRUNCATED.error(reason="TIFF directory") from None


def _walk(data: bytes, order: str) -> Iterator[Directory]:
    (at,) = struct.unpack_from(order + "I", data, 4)
    seen: set[int] = set()
    while at:
        if at in seen or len(seen) >= MOST_PAGES:
            raise errors.IMAGE_UNKNOWN.error(reason="TIFF directories run in a ring")
        seen.add(at)
        (count,) = struct.unpack_from(order + "H", data, at)
        entries = (_entry(data, order, at + 2 + 12 * index) for index in range(count))
        yield Directory({tag: values for tag, values in entries if values})
        (at,) = struct.unpack_from(order + "I", data, at + 2 + 12 * count)


def _entry(data: bytes, order: str, at: int) -> tuple[int, tuple[int, ...]]:
    """Read one entry; values that are no unsigned numbers are left out (section 2)."""
    tag, kind, count = struct.unpack_from(order + "HHI", data, at)
    if kind not in _FORMS or count > MOST_VALUES:
        return tag, ()
    letters, size = _FORMS[kind]
    where = at + 8
    if size * count > 4:
        (where,) = struct.unpack_from(order + "I", data, where)
    return tag, struct.unpack_from(order + letters * count, data, where)


def strip_of(data: bytes, page: Directory) -> bytes:
    """Return the first strip of ``page``, most significant bit first; errors as ``strips_of``."""
    return next(strips_of(data, page))


def strips_of(data: bytes, page: Directory) -> Iterator[bytes]:
    """Yield the strips of ``page``, most significant bit first (section 8, FillOrder).

    Raises:
        ApplianceError: IMAGE_TRUNCATED when a strip reaches behind the end of the file, or is empty.
    """
    for offset, length in page.strips:
        if not length or offset + length > len(data):
            raise errors.IMAGE_TRUNCATED.error(reason="TIFF strip")
        strip = data[offset : offset + length]
        yield strip.translate(_REVERSED) if page.one(FILL_ORDER, 1) == 2 else strip


def wrap_g4(strip: bytes, page: G4Page) -> bytes:
    """Return a single-page TIFF around ``strip`` (most significant bit first); the strip is unchanged."""
    entries = [
        (WIDTH, _LONG, page.width), (HEIGHT, _LONG, page.height), (BITS, _SHORT, 1),
        (COMPRESSION, _SHORT, G4), (PHOTOMETRIC, _SHORT, page.photometric), (FILL_ORDER, _SHORT, 1),
        (STRIP_OFFSETS, _LONG, 0), (ORIENTATION, _SHORT, page.orientation), (SAMPLES, _SHORT, 1),
        (ROWS_PER_STRIP, _LONG, page.height), (STRIP_COUNTS, _LONG, len(strip)),
        (X_RESOLUTION, _RATIONAL, 0), (Y_RESOLUTION, _RATIONAL, 8), (RESOLUTION_UNIT, _SHORT, 2),
    ]
    behind = 8 + 2 + 12 * len(entries) + 4
    places = {X_RESOLUTION: behind, Y_RESOLUTION: behind + 8, STRIP_OFFSETS: behind + 16}
    rows = (struct.pack("<HHII", tag, kind, 1, places.get(tag, value)) for tag, kind, value in entries)
    resolution = struct.pack("<II", page.dpi, 1) * 2
    return b"".join(
        (b"II*\0", struct.pack("<IH", 8, len(entries)), *rows, bytes(4), resolution, strip)
    )
