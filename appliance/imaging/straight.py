"""Straight lines through the places where the sides of a frame show an edge, and where they meet.

Each side is looked at as if it were the top one: depth goes from the side inwards, ``along`` runs with the
image's x (top, bottom) or y (left, right).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Point = tuple[float, float]

EVERY = 3
"""Pixels between the lines along which a side is looked at."""

STEP = 10
"""Grey levels in two pixels that are an edge."""

MOST_ANGLE, ANGLE_STEP, BIN = 16.0, 0.5, 2
VOTERS = 80
NARROWING = 6.0, 2.5, 1.2, 1.2
"""Pixels from the line, in turn, that a place may lie to be fitted."""

FEWEST, LEAST_SHARE = 8, 0.12
"""Places that make a line, and their share of all looked at."""

OPPOSITE = 2
BOTTOM, RIGHT = 2, 1


@dataclass(frozen=True, slots=True)
class Line:
    """A side's line: depth = offset + slope * along, in pixels.

    Attributes:
        places: along the side, where the line was seen.
        angle: degrees clockwise that it lies askew of the image.
        share: of the lines looked along, how many saw it.
        deep: how deep the side was looked at, pixels.
    """

    offset: float
    slope: float
    places: Floats
    angle: float
    share: float
    deep: float

    def within(self, low: float, high: float) -> tuple[float, float]:
        """Narrow a stretch along the side to where the line lies inside the frame."""
        if self.slope:
            ends = sorted(((0.0 - self.offset) / self.slope, (self.deep - self.offset) / self.slope))
            low, high = max(low, ends[0]), min(high, ends[1])
        elif self.offset < 0:
            high = low
        return low, max(low, high)


def view(image: Grey, side: int) -> Grey:
    """Return the image as seen from a side (0 top, 1 right, 2 bottom, 3 left): (depth, every third line)."""
    turned = (image[:, ::EVERY], image[::EVERY, ::-1].T, image[::-1, ::EVERY], image[::EVERY].T)[side]
    return np.ascontiguousarray(turned)


def places(seen: Grey, falling: bool = False) -> Floats:
    """Return the depth of the first edge along each line; NaN where there is none.

    It gets lighter there by STEP within two pixels; if ``falling``, darker will do.
    """
    if seen.shape[0] < 4:
        return np.full(seen.shape[1], np.nan)
    steps = seen[2:].astype(np.int16) - seen[:-2]
    if falling:
        steps = np.abs(steps)
    hit = steps > STEP
    at = hit.argmax(axis=0)
    columns = np.arange(seen.shape[1])
    some = hit[at, columns]
    last = steps.shape[0] - 1
    for _ in range(3):  # on to where it is steepest
        ahead = np.minimum(at + 1, last)
        at = np.where(steps[ahead, columns] > steps[at, columns], ahead, at)
    before, here, after = (steps[np.clip(at + by, 0, last), columns].astype(np.float64) for by in (-1, 0, 1))
    bend = np.minimum(before - 2 * here + after, -1e-9)
    part = np.clip(0.5 * (before - after) / bend, -0.5, 0.5)
    return np.where(some, at + 1.5 + part, np.nan)


def fit(depths: Floats, deep: float, side: int) -> Line | None:
    """Find the line that most places stand on: by votes, as Hough's transform, then least squares."""
    known = np.flatnonzero(np.isfinite(depths))
    if known.size < FEWEST:
        return None
    middle = depths.size * EVERY / 2
    along = known.astype(np.float64) * EVERY + (0.5 - middle)
    depth = depths[known]
    slope, offset = _most_voted(along, depth)
    near = np.ones(known.size, np.bool_)
    for tolerance in NARROWING:
        near = np.abs(depth - offset - slope * along) < tolerance
        if np.count_nonzero(near) < FEWEST:
            return None
        slope, offset = _least_squares(along[near], depth[near])
    angle = math.degrees(math.atan(slope)) * (1 if side < OPPOSITE else -1)
    return Line(offset - slope * middle, slope, np.asarray(along[near] + middle), angle,
                float(np.count_nonzero(near)) / depths.size, deep)


def _least_squares(along: Floats, depth: Floats) -> tuple[float, float]:
    """Return slope and offset; all on one spot have no slope."""
    middle, mean = float(along.mean()), float(depth.mean())
    away = along - middle
    slope = float((away * depth).sum()) / max(float((away * away).sum()), 1e-9)
    return slope, mean - slope * middle


def _most_voted(along: Floats, depth: Floats) -> tuple[float, float]:
    """Return slope and offset with the most places near; one in ``VOTERS`` may vote where there are many."""
    step = max(1, along.size // VOTERS)
    along, depth = along[::step], depth[::step]
    slopes = np.tan(np.radians(np.arange(-MOST_ANGLE, MOST_ANGLE + ANGLE_STEP / 2, ANGLE_STEP)))
    bins = np.round((depth - np.outer(slopes, along)) / BIN).astype(np.int64)
    least = int(bins.min())
    width = int(bins.max()) - least + 2
    flat = (bins - least + np.arange(slopes.size)[:, None] * width).ravel()
    votes = np.bincount(flat, minlength=slopes.size * width).reshape(slopes.size, width)
    votes[:, :-1] += votes[:, 1:].copy()
    row, column = divmod(int(votes.argmax()), width)
    return float(slopes[row]), (column + least + 0.5) * BIN


def beside(seen: Grey, line: Line, reach: tuple[float, float]) -> tuple[float, float]:
    """Return the median tones outside and inside of a line, ``reach`` pixels from it; NaN where nothing is."""
    columns = (line.places / EVERY).astype(np.int64)
    depth = line.offset + line.slope * line.places
    found = []
    for sign in (-1, 1):
        at = np.round(depth + sign * np.linspace(*reach, 6)[:, None]).astype(np.int64)
        inside = (at >= 0) & (at < seen.shape[0])
        values = seen[np.clip(at, 0, seen.shape[0] - 1), columns[None]][inside]
        found.append(float(np.median(values)) if values.size else math.nan)
    return found[0], found[1]


def corners(lines: Sequence[Line | None], shape: tuple[int, ...]) -> tuple[Point, Point, Point, Point]:
    """Return where the lines of neighbouring sides meet, clockwise from the top left; the frame stands in for None.

    Args:
        lines: of the top, right, bottom, left side.
        shape: height and width of the image.
    """
    top, right, bottom, left = (_general(line, side, shape) for side, line in enumerate(lines))
    return _meet(top, left), _meet(top, right), _meet(bottom, right), _meet(bottom, left)


def _general(line: Line | None, side: int, shape: tuple[int, ...]) -> tuple[float, float, float]:
    """Return (a, b, c) with a * x + b * y = c for a line seen from a side."""
    offset, slope = (line.offset, line.slope) if line else (0.0, 0.0)
    if side == BOTTOM:
        offset, slope = shape[0] - offset, -slope
    if side == RIGHT:
        offset, slope = shape[1] - offset, -slope
    return (1.0, -slope, offset) if side % 2 else (-slope, 1.0, offset)


def _meet(one: tuple[float, float, float], other: tuple[float, float, float]) -> Point:
    determinant = one[0] * other[1] - other[0] * one[1]
    return ((one[2] * other[1] - other[2] * one[1]) / determinant,
            (one[0] * other[2] - other[0] * one[2]) / determinant)
