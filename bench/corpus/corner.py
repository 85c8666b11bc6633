"""A folded corner: the sheet is missing there, the flap lies on the page or under it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.corpus.spec import Corner, Point, Tint

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]


def fold_corner(page: Pixels, corner: Corner, dpi: int, lid: Tint) -> None:
    """Fold a corner of a page (RGB, in place).

    Where the sheet is missing the backing is seen; the flap is the missing triangle mirrored at the
    fold line, with a soft shadow along its edges.
    """
    unit = dpi / 25.4
    high, wide = page.shape[:2]
    tip, *fold = (np.array(point) * unit for point in fold_points(corner, (wide / unit, high / unit)))
    tone = page[_inside(fold[0], high, wide)].astype(float)
    cv2.fillConvexPoly(page, np.round([tip, *fold]).astype(np.int32), [part * 0.9 for part in lid], cv2.LINE_AA)
    ends = [_whole(end) for end in fold]
    cv2.line(page, ends[0], ends[1], tuple(tone * 0.72), max(1, round(0.3 * unit)), cv2.LINE_AA)
    if not corner.over:
        return
    flap = np.array([_mirrored(tip, fold[0], fold[1]), *fold])
    _shadow(page, flap, unit)
    cv2.fillConvexPoly(page, np.round(flap).astype(np.int32), tuple(_paper(page) * 0.965), cv2.LINE_AA)
    cv2.line(page, ends[0], ends[1], tuple(_paper(page) * 0.86), max(1, round(0.4 * unit)), cv2.LINE_AA)


def fold_points(corner: Corner, size: Point) -> tuple[Point, Point, Point]:
    """Return the corner of a sheet of a size, and the two ends of its fold line, in the size's unit."""
    wide, high = size
    x, y = (0.0 if corner.which in (0, 3) else wide), (0.0 if corner.which in (0, 1) else high)
    across = corner.legs[0] if x == 0 else wide - corner.legs[0]
    down = corner.legs[1] if y == 0 else high - corner.legs[1]
    return (x, y), (across, y), (x, down)


def _shadow(page: Pixels, flap: Floats, unit: float) -> None:
    """Darken the page softly round a flap."""
    reach = 2.5 * unit
    x0, y0 = np.maximum(0, flap.min(0) - reach).astype(int)
    x1, y1 = (flap.max(0) + reach).astype(int)
    part = page[y0:y1, x0:x1]
    veil = np.zeros(part.shape[:2], np.uint8)
    shape = np.round(flap - (x0, y0)).astype(np.int32)
    cv2.fillConvexPoly(veil, shape, 90)
    cv2.polylines(veil, [shape], True, 120, max(1, round(0.5 * unit)))
    kept = 255 - cv2.GaussianBlur(veil, (0, 0), 0.5 * unit)
    cv2.multiply(part, cv2.merge([kept, kept, kept]), dst=part, scale=1 / 255)


def _mirrored(point: Floats, one: Floats, other: Floats) -> Floats:
    """Return a point mirrored at a line."""
    along = (other - one) / np.hypot(*(other - one))
    foot = one + along * float((point - one) @ along)
    return np.asarray(2 * foot - point)


def _paper(page: Pixels) -> Floats:
    """Return the colour of the paper: the brightest tenth of a few thousand pixels."""
    few = page[::67, ::53].reshape(-1, 3)
    return np.asarray(np.percentile(few, 90, axis=0))


def _inside(point: Floats, high: int, wide: int) -> tuple[int, int]:
    return int(min(max(point[1], 0), high - 1)), int(min(max(point[0], 0), wide - 1))


def _whole(point: Floats) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
