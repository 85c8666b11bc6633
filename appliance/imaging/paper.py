"""Where the sheet of paper lies on a captured image: its edges against the lid, how they lie, how large it is.

Along lines from every side of the frame inwards, the first place is taken where it gets lighter by a clear
step: a dark lid gives way to paper there, and so does the shadow that paper throws on a lid as light as itself.
The places of one side are an edge if most of them stand on one line (``straight``) with a lid outside of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from appliance.imaging import straight
from appliance.imaging.paper_size import size_name
from appliance.imaging.straight import EVERY, Line

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Point = tuple[float, float]

DPI = 75.0
"""Resolution at which edges are looked for; lines are exact to a tenth of its pixels."""

DARK_SHARE = 0.85
"""Share of the tone inside an edge below which what lies outside is a lid for sure, not more paper."""

LEAST_DIFFERENCE = 5.0
"""Grey levels by which a light lid must differ from the paper, unless the sheet has a size of its own."""

BESIDE_MM = 1.4, 4.0
"""How far from an edge, to either side, tones are compared."""

LEAST_SHARE, LEAST_MM = 0.6, 20.0
"""How much of an edge's part within the frame must be seen, and how long that must be."""

MORE = 1.25
"""How many times more lines must see it get darker than lighter for that to be the edge."""

LIGHT_MM = 0.25
"""How far inside its edge a sheet on a light lid seems to begin: the narrow shadow outside is blurred into it."""

ASKEW = 0.7
"""Degrees that the edges of one sheet may differ from a rectangle."""

RIM_MM = 0.5
"""Width along the paper's edge that belongs to its shadow, not to what is written."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The paper as it lies on an image.

    Attributes:
        corners: top left, top right, bottom right, bottom left in pixels of the image; where an edge is not
            seen, the frame of the image stands for it.
        seen: which edges are seen: top, right, bottom, left.
        certain: whether the paper is surely where the corners say.
        angle: degrees clockwise that the edges seen lie askew; None where none is.
        dpi: of the image.
    """

    corners: tuple[Point, Point, Point, Point]
    seen: tuple[bool, bool, bool, bool]
    certain: bool
    angle: float | None
    dpi: float

    @property
    def size_mm(self) -> tuple[float, float]:
        """Return width and height as captured: means of opposite edges."""
        return _size_mm(self.corners, self.dpi)

    def edges(self) -> tuple[tuple[Point, Point] | None, ...]:
        """Return the ends of every edge that is seen: top, right, bottom, left, clockwise."""
        ends = pairwise((*self.corners, self.corners[0]))
        return tuple(edge if seen else None for edge, seen in zip(ends, self.seen, strict=True))


@dataclass(frozen=True, slots=True)
class _Side:
    """What is known of one side: its line, and the tones outside and inside of it."""

    line: Line
    outside: float
    inside: float

    @property
    def dark(self) -> bool:
        return self.outside < DARK_SHARE * self.inside


def find(grey: Grey, dpi: float) -> Sheet:
    """Find the paper on a grey image (height, width); 4 ms CPU for A4 at 150 dpi."""
    factor = max(1, round(dpi / DPI))
    high, wide = max(1, grey.shape[0] // factor), max(1, grey.shape[1] // factor)
    small = cv2.resize(grey, (wide, high), interpolation=cv2.INTER_AREA)
    scale = (grey.shape[1] / wide, grey.shape[0] / high)
    sheet = _find(np.asarray(cv2.blur(small, (3, 3)), np.uint8), dpi / factor)
    corners = [(x * scale[0], y * scale[1]) for x, y in sheet.corners]
    return replace(sheet, corners=(corners[0], corners[1], corners[2], corners[3]), dpi=dpi)


def hide_around(image: Grey, sheet: Sheet) -> None:
    """Make what lies around the paper, and the rim of its shadow, white in an image of ink."""
    if not sheet.certain:
        return
    inner = _shrunk(sheet, RIM_MM * sheet.dpi / 25.4)
    mask = np.full(image.shape, 255, np.uint8)
    cv2.fillConvexPoly(mask, np.round(np.asarray(inner) * 16).astype(np.int32), 0, shift=4)
    cv2.bitwise_or(image, mask, dst=image)


def _find(small: Grey, dpi: float) -> Sheet:
    sides = [_side(straight.view(small, at), at, dpi) for at in range(4)]
    lines = [side.line if side else None for side in sides]
    corners = straight.corners(lines, small.shape)
    sides = [side if side and _is_edge(side, at, (corners, small.shape, dpi)) else None
             for at, side in enumerate(sides)]
    sides = _agreeing(sides)
    if None in sides:
        sides = [side if side and side.dark else None for side in sides]
    lines = [side.line if side else None for side in sides]
    corners = straight.corners(lines, small.shape)
    seen = tuple(side is not None for side in sides)
    return Sheet(corners, (seen[0], seen[1], seen[2], seen[3]), _is_certain(sides, corners, small.shape, dpi),
                 _angle([side.line for side in sides if side]), dpi)


def _side(view: Grey, at: int, dpi: float) -> _Side | None:
    """Find one side's line where it gets lighter; where few do, where it changes: a lid lighter than paper."""
    line = straight.fit(straight.places(view), view.shape[0], at)
    if (line is None or line.share < LEAST_SHARE) and _is_rim_lighter(view):
        other = straight.fit(straight.places(view, falling=True), view.shape[0], at)
        if other and (line is None or other.share > MORE * line.share):
            line = other
    if line is None or line.share < straight.LEAST_SHARE:
        return None
    side = _Side(line, *straight.beside(view, line, (BESIDE_MM[0] * dpi / 25.4, BESIDE_MM[1] * dpi / 25.4)))
    if side.dark:
        return side
    return replace(side, line=replace(line, offset=line.offset - LIGHT_MM * dpi / 25.4))


def _is_rim_lighter(view: Grey) -> bool:
    rim, inner = view[:2], view[view.shape[0] // 8:view.shape[0] // 2:4]
    return bool(inner.size and np.median(rim) >= np.median(inner) + LEAST_DIFFERENCE)


def _is_edge(side: _Side, at: int, on: tuple[Sequence[Point], tuple[int, ...], float]) -> bool:
    """Say whether enough of an edge's part within the frame is on its line."""
    corners, shape, dpi = on
    ends = (corners[at], corners[(at + 1) % 4])
    along = 0 if at % 2 == 0 else 1
    low, high = sorted((ends[0][along], ends[1][along]))
    low, high = max(0.0, low), min(float(shape[1 - along]), high)
    low, high = side.line.within(low, high)
    length = high - low
    if not math.isfinite(side.outside) or length * 25.4 / dpi < LEAST_MM:
        return False
    places = side.line.places
    return bool(np.count_nonzero((places >= low) & (places <= high)) * EVERY >= LEAST_SHARE * length)


def _agreeing(sides: Sequence[_Side | None]) -> list[_Side | None]:
    """Leave out edges that are not square to the longest one."""
    seen = [side for side in sides if side]
    if not seen:
        return list(sides)
    longest = max(seen, key=lambda side: side.line.places.size)
    return [side if side and abs(side.line.angle - longest.line.angle) <= ASKEW else None for side in sides]


def _is_certain(
    sides: Sequence[_Side | None], corners: Sequence[Point], frame: tuple[int, ...], dpi: float,
) -> bool:
    """Say whether edges make a sheet: all of them with a lid outside, or such that only they give a known size."""
    if not any(sides):
        return False
    named = _is_named(_size_mm(corners, dpi))
    if None in sides:
        return named and not _is_named((frame[1] * 25.4 / dpi, frame[0] * 25.4 / dpi))
    different = all(side and (side.dark or abs(side.outside - side.inside) >= LEAST_DIFFERENCE) for side in sides)
    return different or named


def _is_named(size_mm: tuple[float, float]) -> bool:
    return size_name(*size_mm) not in ("", "receipt")


def _angle(lines: Sequence[Line]) -> float | None:
    total = sum(line.places.size for line in lines)
    return sum(line.angle * line.places.size for line in lines) / total if total else None


def _size_mm(corners: Sequence[Point], dpi: float) -> tuple[float, float]:
    top, right, bottom, left = (math.dist(one, two) * 25.4 / dpi for one, two in pairwise((*corners, corners[0])))
    return (top + bottom) / 2, (left + right) / 2


def _shrunk(sheet: Sheet, by: float) -> list[Point]:
    """Move the corners inwards where an edge is seen."""
    middle = np.mean(np.asarray(sheet.corners), axis=0)
    top, right, bottom, left = sheet.seen
    inner = []
    for at, (across, down) in enumerate(((left, top), (right, top), (right, bottom), (left, bottom))):
        x, y = sheet.corners[at]
        x += by * across * math.copysign(1, middle[0] - x)
        inner.append((x, y + by * down * math.copysign(1, middle[1] - y)))
    return inner
