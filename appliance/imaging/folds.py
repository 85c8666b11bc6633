"""Folded corners: a straight line cuts off a corner of the sheet; beyond it there is lid, or the flap's shadow."""

from __future__ import annotations

import math
from functools import cache
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from appliance.imaging import inside
from appliance.imaging.paper import Sheet

Grey = npt.NDArray[np.uint8]
Reals = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SCALE = 2.0
"""Pixels per mm of the drawings of the corners."""

LEGS_MM = np.arange(6.0, 56.0, 1.4)
"""How far along one edge a fold may begin; along the other it ends between ``RATIOS`` of that."""

RATIOS = (0.65, 0.75, 0.85, 1.0, 1.18, 1.35, 1.55)
POINTS = 24
BESIDE_MM = 1.0
"""How far to either side of a line tones are compared."""

FAINTER = 0.12
"""Share of a line's points that may be fainter than the fold is said to be."""

STEP = 6.0
"""Grey levels of a line from which it is a fold: light paper on a white lid. Other corners reached 3."""

NOISE_MM = 0.5
"""Width over which noise is averaged out before the corner is drawn."""


def find(grey: Grey, sheet: Sheet) -> tuple[float, str]:
    """Find the largest folded corner of a grey image: (longer leg in mm, corner as captured), or (0, "").

    1 ms CPU.
    """
    best = (0.0, "")
    for corner in range(4):
        leg = _fold(_drawn(grey, sheet, corner))
        best = max(best, (leg, inside.CORNERS[corner] if leg else ""))
    return best


def _drawn(grey: Grey, sheet: Sheet, corner: int) -> Reals:
    """Draw a corner of the sheet level: its point at the upper left, the edge that goes on clockwise on top."""
    points = inside.corners(sheet)
    here, after, before = points[corner], points[(corner + 1) % 4], points[corner - 1]
    along = (after - here) / max(1.0, float(np.hypot(*(after - here))))
    down = (before - here) / max(1.0, float(np.hypot(*(before - here))))
    step = sheet.dpi / 25.4 / SCALE
    matrix = np.array([[along[0] * step, down[0] * step, here[0]], [along[1] * step, down[1] * step, here[1]]])
    side = int((LEGS_MM[-1] * max(RATIOS) + 2 * BESIDE_MM) * SCALE)
    smooth = max(1, round(NOISE_MM * sheet.dpi / 25.4)), max(1, round(NOISE_MM * sheet.dpi / 25.4))
    x, y, around = _around(points[corner], grey, (side + 2) * step * math.sqrt(2))
    matrix[:, 2] -= (x, y)
    part = cv2.warpAffine(cv2.blur(around, smooth), matrix, (side, side), borderMode=cv2.BORDER_REPLICATE,
                          flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return cast(Reals, cv2.blur(part, (2, 2)).astype(np.float32))


def _around(point: Floats, grey: Grey, reach: float) -> tuple[int, int, Grey]:
    """Return the part of an image within ``reach`` of a point, and where it begins (x, y)."""
    high, wide = grey.shape
    x0, y0 = (int(np.clip(at - reach, 0, size - 1)) for at, size in zip(point, (wide, high), strict=True))
    x1, y1 = (int(np.clip(at + reach, low, size - 1)) + 1
              for at, low, size in zip(point, (x0, y0), (wide, high), strict=True))
    return x0, y0, grey[y0:y1, x0:x1]


def _fold(part: Reals) -> float:
    """Return the longer leg of the clearest fold in a drawn corner, mm; 0 for none."""
    legs, index = _lines()
    tones = part.ravel()[index]
    within, on, beyond = tones[0], tones[1], tones[2]
    rank = int(FAINTER * POINTS)
    ways = (within - beyond, beyond - within, np.minimum(within, beyond) - on)
    clear = np.max([np.partition(way, rank, axis=1)[:, rank] for way in ways], axis=0)
    best = int(clear.argmax())
    return float(legs[best].max()) if clear[best] >= STEP else 0.0


@cache
def _lines() -> tuple[Reals, Ints]:
    """Return all lines: their legs (n, 2) in mm; which pixels lie within, on and beyond them (3, n, points)."""
    legs = np.array([(leg, leg * ratio) for leg in LEGS_MM for ratio in RATIOS], np.float32)
    side = int((LEGS_MM[-1] * max(RATIOS) + 2 * BESIDE_MM) * SCALE)
    share = np.linspace(0.06, 0.94, POINTS)[None, :]
    x, y = legs[:, :1] * share, legs[:, 1:] * (1 - share)
    length = np.hypot(legs[:, :1], legs[:, 1:])
    across, down = legs[:, 1:] / length, legs[:, :1] / length
    places = []
    for off in (BESIDE_MM, 0.0, -BESIDE_MM):
        column = np.clip(np.rint((x + off * across) * SCALE), 0, side - 1).astype(np.int64)
        row = np.clip(np.rint((y + off * down) * SCALE), 0, side - 1).astype(np.int64)
        places.append(row * side + column)
    return legs, np.array(places)
