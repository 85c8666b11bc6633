"""The corners of a double frame: a frame within a frame, or two that cross, as those of a stamp struck twice.

Where two equal frames lie a little apart, they look like a double border along all four sides. But at two opposite
corners they cross: there the outer lines end at the inner ones, and the inner ones go on to the outer.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging import kernels
from appliance.imaging.border import FAINTEST, GAPS, STRAY, Sides

Grey = npt.NDArray[np.uint8]
Reals = npt.NDArray[np.float32]

REACH = (12, 30)
"""Pixels from an outer corner along its sides, from and to which its lines are looked for."""

NESTED, CROSSING, LEFT = 0.25, -0.05, 0.5
"""Of 160 worn stamps none had less than 0.37 at its worse two corners, of 33 urgent stamps struck twice that would
have counted none more than 0.07. Below the first a frame is less likely one, at the second and below this share."""


def nested(amount: Grey, known: Grey, sides: Sides) -> float:
    """Return 1 for a frame within a frame, less where two frames cross, ``LEFT`` where they surely do."""
    share = (crossing(amount, known, sides) - CROSSING) / (NESTED - CROSSING)
    return LEFT + (1 - LEFT) * min(1.0, max(0.0, share))


def crossing(amount: Grey, known: Grey, sides: Sides) -> float:
    """Return whether the two frames lie one within the other, 1, or cross, -1; by the worse two opposite corners.

    Args:
        amount: level drawing of red ink (height, width), 6 pixels per mm.
        known: 255 where ink can be told, 0 under other ink.
        sides: outer lines: left, top, right, bottom.
    """
    left, top, right, bottom = sides
    high, wide = amount.shape
    found = []
    for upside in (False, True):
        for mirrored in (False, True):
            way = (slice(None, None, -1 if upside else 1), slice(None, None, -1 if mirrored else 1))
            at = (wide - 1 - right if mirrored else left, high - 1 - bottom if upside else top)
            found.append(_corner(amount[way], known[way], at))
    return min(_mean(found[0], found[3]), _mean(found[1], found[2]))


def _mean(one: float | None, other: float | None) -> float:
    told = [value for value in (one, other) if value is not None]
    return sum(told) / len(told) if told else NESTED


def _corner(amount: Grey, known: Grey, at: tuple[int, int]) -> float | None:
    """Judge the upper left corner at (x, y); None where its lines are not seen."""
    x, y = at
    level = _lines(amount, known, at)
    upright = _lines(amount.T, known.T, (y, x))
    if level is None or upright is None:
        return None
    (top, inner_top), (left, inner_left) = level[0], upright[0]
    columns, rows = slice(left + 2, inner_left - 1), slice(top + 2, inner_top - 1)
    outer = [_along(amount, top, columns) / level[1][0], _along(amount.T, left, rows) / upright[1][0]]
    inner = [_along(amount, inner_top, columns) / level[1][1], _along(amount.T, inner_left, rows) / upright[1][1]]
    return float(np.clip(outer, 0, 1).sum() - np.clip(inner, 0, 1).sum()) / 2


def _lines(amount: Grey, known: Grey, at: tuple[int, int]) -> tuple[tuple[int, int], tuple[float, float]] | None:
    """Find the two level lines beside the corner: rows of the outer and the inner one, and the ink of each."""
    x, y = at
    first, last = max(0, y - STRAY - GAPS[1]), min(amount.shape[0], y + 2 * GAPS[1] + STRAY)
    span = slice(max(0, x + REACH[0]), x + REACH[1])
    part, told = amount[first:last, span].astype(np.float32), known[first:last, span] > 127
    if not part.size:
        return None
    counts = told.sum(1)
    profile = np.where(counts > 3, (part * told).sum(1) / np.maximum(counts, 1), 0).astype(np.float32)
    out = np.empty((2, profile.size), np.float32)
    kernels.double_lines(profile, 1, GAPS, out)
    near = slice(max(0, y - STRAY - first), y + STRAY + 1 - first)
    if not out[0, near].size or out[0, near].max() < FAINTEST:
        return None
    outer = int(out[0, near].argmax()) + near.start
    inner = outer + GAPS[0] + int(profile[outer + GAPS[0]:outer + GAPS[1] + 1].argmax())
    return (outer + first, inner + first), (float(profile[outer]), float(profile[inner]))


def _along(amount: Grey, row: int, columns: slice) -> float:
    """Return the ink along a row, or the next one on either side."""
    part = amount[max(0, row - 1):row + 2, columns]
    return float(part.mean(1).max()) if part.size else 0.0
