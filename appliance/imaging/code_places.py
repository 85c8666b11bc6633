"""Where on a page a code may be: places as dark as light and full of edges; small ones that stand alone.

The page is parted into small cells. Four times four of them show a code of usual size. Two times two show a small
or a flat one (a DataMatrix of 8 rows is 3 mm high), but heavy print as well: of those only what has paper all
around counts. Cost for A4: 1.8 ms.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from appliance.core.model import Box
from appliance.imaging import kernels

Grey = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int32]
Part = tuple[int, int, int, int]
"""Of a grid of squares: first column and row, columns and rows."""

FEWEST_CELLS = 4

CELL_MM, REACH_MM = 1.5, 0.33
MARGIN_MM, SMALL_MARGIN_MM = 6.0, 3.0

DARK_SHARE, EDGE_SHARE = 0.78, 0.1
"""Of the paper's tone: what is dark, and what difference is an edge."""

LEAST_DARK, MOST_DARK, LEAST_EDGES = 0.38, 0.88, 0.28
"""Of what is looked at in a part of a code: dark pixels, and edges. Text has 0.2 dark ones, rarely over 0.4."""

FEWEST, LARGE = 4, 6
"""Busy parts (they overlap) from which a place is looked into, and looked at in full. Codes of 15 mm have 7; one
ordinary page in ten has 4 together, in headings or where a signature crosses a seal, one in thirty has 6."""

SPREAD = 5
"""Parts about a busy one that belong to its place: a code's solid bars and its quiet zone are not busy."""

MOST_PLACES = 8
"""Places that are looked into, largest first; as many small ones."""

SMALL_FEWEST, SMALL_LONGEST_MM = 8, 26.0
QUIET_DARK = 0.03
"""A small place: busy parts, its longer side, and what may be dark in the 3 mm around it. Of 36 ordinary pages one
had such a place."""


@dataclass(frozen=True, slots=True)
class Place:
    """A box in pixels of the image, and whether it is so large that a code surely may be in it."""

    box: Box
    large: bool


def find(grey: Grey, dpi: float, paper: float) -> list[Place]:
    """Find places where a code may be on a grey image (height, width), largest first, then small ones.

    ``paper``: the paper's tone, see ``inside.tone``.
    """
    mm = dpi / 25.4
    cell = max(2, round(CELL_MM * mm))
    counts = _counted(grey, (cell, max(1, round(REACH_MM * mm))), paper)
    if min(counts.shape[1:]) < FEWEST_CELLS:
        return []
    each = len(range(0, cell, kernels.EVERY)) ** 2
    small = _fours(counts, 1)
    together = _together(_busy(_fours(small, 2), 16 * each))
    found = [Place(_box(at, 2 * cell, MARGIN_MM * mm, grey), large) for at, large in together]
    longest = round(SMALL_LONGEST_MM * mm / cell)
    alone = [_box(at, cell, SMALL_MARGIN_MM * mm, grey)
             for at in _alone(_busy(small, 4 * each), counts[0], longest, QUIET_DARK * each)]
    return found + [Place(box, large=False) for box in alone if not any(overlap(box, one.box) for one in found)]


def overlap(one: Box, other: Box) -> bool:
    """Say whether two boxes have an area in common."""
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1


def _counted(grey: Grey, sampling: tuple[int, int], paper: float) -> Counts:
    """Count dark pixels and edges in every cell, of ``cell`` x ``cell`` pixels of which some are looked at.

    ``sampling``: the cell's side, and how far apart pixels are compared for an edge.
    """
    cell, reach = sampling
    counts = np.empty((2, grey.shape[0] // cell, grey.shape[1] // cell), np.int32)
    kernels.busy_cells(grey, cell, reach, (round(DARK_SHARE * paper), round(EDGE_SHARE * paper)), counts)
    return counts


def _fours(counts: Counts, step: int) -> Counts:
    """Add up four neighbours, ``step`` cells apart, at every ``step``-th cell."""
    one, other = slice(0, -step, step), slice(step, None, step)
    return np.asarray(counts[:, one, one] + counts[:, other, one] + counts[:, one, other] + counts[:, other, other])


def _busy(sums: Counts, looked_at: int) -> Grey:
    """Say of squares, of whose pixels so many were looked at, whether they look like part of a code: 1 or 0."""
    dark, edges = sums
    return np.asarray((dark >= LEAST_DARK * looked_at) & (dark <= MOST_DARK * looked_at)
                      & (edges >= LEAST_EDGES * looked_at), np.uint8)


def _together(busy: Grey) -> list[tuple[Part, bool]]:
    """Gather busy squares that lie near each other, and say which gatherings are large."""
    joined = cv2.dilate(busy, np.ones((SPREAD, SPREAD), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    sizes = np.bincount(labels.ravel(), busy.ravel(), count)
    order = [label for label in np.argsort(-sizes).tolist() if label and sizes[label] >= FEWEST][:MOST_PLACES]
    return [(tuple(stats[label, :4].tolist()), bool(sizes[label] >= LARGE)) for label in order]


def _alone(busy: Grey, dark: Counts, longest: int, quiet: float) -> list[Part]:
    """Gather busy squares that touch; keep gatherings at most so long (cells) with paper all around them.

    ``quiet``: dark pixels per cell that paper may have.
    """
    stats = cv2.connectedComponentsWithStats(busy, connectivity=8)[2]
    order = [label for label in np.argsort(-stats[:, cv2.CC_STAT_AREA]).tolist()
             if label and stats[label, cv2.CC_STAT_AREA] >= SMALL_FEWEST and max(stats[label, 2:4]) <= longest]
    parts: list[Part] = [tuple(stats[label, :4].tolist()) for label in order]
    return [part for part in parts if _darkness_about(part, dark) <= quiet][:MOST_PLACES]


def _darkness_about(part: Part, dark: Counts) -> float:
    """Return the mean of the two cells around a part, a cell off it."""
    x, y, wide, high = part
    near, far = (dark[max(0, y - off):y + high + 1 + off, max(0, x - off):x + wide + 1 + off] for off in (1, 3))
    return float(far.sum() - near.sum()) / max(1, far.size - near.size)


def _box(part: Part, step: int, margin: float, grey: Grey) -> Box:
    """Return the pixels of a part of squares, every ``step`` pixels and two steps wide, with a margin."""
    x, y, wide, high = part
    return Box(max(0.0, x * step - margin), max(0.0, y * step - margin),
               min(float(grey.shape[1]), (x + wide + 1) * step + margin),
               min(float(grey.shape[0]), (y + high + 1) * step + margin))
