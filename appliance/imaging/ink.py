"""What is written on a page: connected ink, sorted by size and place into specks, borders, drawing, letters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from appliance.imaging import kernels, pieces, tone
from appliance.imaging.paper import Sheet, hide_around
from appliance.imaging.pieces import Pieces

Grey = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]

# Kinds of connected ink, in the order the kernels compare by.
NONE, SPECK, BORDER, DRAWING, LETTER = range(5)

HARD_SHARE = 0.62
"""Share of the paper's tone below which ink is hard: printing and pens, not shine-through."""

LETTER_MM = 6.0
LEAST_LETTER_MM = 1.1
"""Height of the smallest print; dots of a large leader are smaller, and many enough to be taken for the usual."""

DOT_MM = 0.7
SPECK_MM2 = 0.3
"""A dot of a leader, of an i or of dust is a speck; accents are letters, but too small to prove writing."""
ACCENT_SIZE, ACCENT_AREA, ACCENT_REACH = 0.65, 0.3, 0.4
"""Of a letter's usual size: how large an accent, a dot or a comma may be, its area of the size squared, and
how far from its letter it may stand."""

LEAST_MARK = 3
"""Pixels; below it a mark is noise."""

HOLE_MM = (3.5, 10.0)
HOLE_FROM_EDGE_MM = 22.0
DISC_FILL, RIM_SHARE, MOST_HOLES = 0.68, 0.9, 12
"""A disc fills pi/4 of its box. More candidates than the most are writing."""


@dataclass(frozen=True, slots=True)
class Ink:
    """The ink of one image, in pixels of that image.

    Attributes:
        image: all ink 0, paper 255 (height, width), for marks and the empty band.
        letters: only what has the size of a letter.
        boxes: (n, 4) x0, y0, x1, y1 of what must not be cut off a page, a row of pixels each.
        hard_share: hard ink of the content, as a share of the image's area.
        letter_count: how many letters there are.
        accents: how many small marks have their letter above, to the right, below, to the left of them.
        paper: the tone of the paper around each cell (``tone.paper_grid``).
    """

    image: Grey
    letters: Grey
    boxes: Ints
    hard_share: float
    letter_count: int
    accents: tuple[int, int, int, int]
    dpi: float
    paper: Grey


def find(grey: Grey, dpi: float, sheet: Sheet | None = None) -> Ink:
    """Find and sort the ink of a grey image (height, width) at ``dpi``; around ``sheet`` there is none."""
    paper = tone.paper_grid(grey)
    image = tone.binarise(grey, dpi, tone.paper_tone(paper))
    if sheet is not None:
        hide_around(image, sheet)
    found = pieces.find(image)
    stats = found.boxes
    kinds = _kinds(stats, image.shape, dpi)
    kinds[_holes(found, dpi)] = BORDER
    written = (kinds >= DRAWING) & (stats[:, 4] > SPECK_MM2 * (dpi / 25.4) ** 2)
    hard = found.hard(grey, paper, HARD_SHARE)
    return Ink(
        image=image,
        letters=found.drawn(kinds, LETTER),
        boxes=found.spans(_spared(stats, written, kinds == BORDER, dpi)),
        hard_share=float(hard[written].sum()) / image.size,
        letter_count=int(((kinds == LETTER) & written).sum()),
        accents=_accents(found, kinds, written, dpi),
        dpi=dpi,
        paper=paper,
    )


def _kinds(stats: Ints, shape: tuple[int, ...], dpi: float) -> Grey:
    """Sort components by their boxes: (n,) uint8; component 0 is the paper."""
    mm = dpi / 25.4
    x0, y0, wide, high = (stats[:, i] for i in range(4))
    x1, y1 = x0 + wide, y0 + high
    larger = np.maximum(wide, high)
    kinds = np.full(len(stats), DRAWING, np.uint8)
    kinds[larger <= LETTER_MM * mm] = LETTER
    kinds[larger <= DOT_MM * mm] = SPECK
    kinds[(x0 == 0) | (y0 == 0) | (x1 == shape[1]) | (y1 == shape[0])] = BORDER
    kinds[0] = NONE
    return kinds


def _holes(found: Pieces, dpi: float) -> list[int]:
    """Find punch holes: discs of a dark lid, or the crescent of shadow in them over a light one."""
    mm = dpi / 25.4
    x0, y0, wide, high = (found.boxes[:, i] for i in range(4))
    larger, smaller = np.maximum(wide, high), np.minimum(wide, high)
    edge = np.minimum(np.minimum(x0, y0), np.minimum(found.shape[1] - x0 - wide, found.shape[0] - y0 - high))
    sized = (smaller >= HOLE_MM[0] * mm) & (larger <= HOLE_MM[1] * mm) & (smaller >= 0.7 * larger)
    likely = np.flatnonzero(sized & (edge <= HOLE_FROM_EDGE_MM * mm))
    if not likely.size or len(likely) > MOST_HOLES:
        return []
    labels = found.labels()
    return [int(one) for one in likely if is_round(labels, found.boxes[one], int(one))]


def is_round(labels: Ints, stat: npt.NDArray[np.int32], label: int) -> bool:
    """Say whether a component is a filled disc, or lies all along the rim of one."""
    x0, y0, wide, high, area = (int(value) for value in stat)
    if area >= DISC_FILL * wide * high:
        return True
    y, x = np.nonzero(labels[y0:y0 + high, x0:x0 + wide] == label)
    radius = max(wide, high) / 2
    away = np.hypot(x + 0.5 - wide / 2, y + 0.5 - high / 2)
    return bool(np.mean((away > 0.62 * radius) & (away < 1.1 * radius)) >= RIM_SHARE)


def _accents(
    found: Pieces, kinds: Grey, written: npt.NDArray[np.bool_], dpi: float,
) -> tuple[int, int, int, int]:
    """Count on which side of accents, dots and commas their letters are (up, right, down, left)."""
    stats = found.boxes
    size = np.maximum(stats[:, 2], stats[:, 3])
    letters = (kinds == LETTER) & written
    proper = size[letters & (size >= LEAST_LETTER_MM * dpi / 25.4)]
    if not proper.size:
        return 0, 0, 0, 0
    usual = float(np.median(proper))
    small = (stats[:, 4] >= LEAST_MARK) & (stats[:, 4] <= ACCENT_AREA * usual * usual)
    marks = (kinds != NONE) & (kinds != BORDER) & small & (size <= ACCENT_SIZE * usual)
    sorted_ = np.where(marks, 2, np.where(letters & (size > ACCENT_SIZE * usual), 1, 0)).astype(np.uint8)
    boxes = np.hstack((stats[marks, 0:2], stats[marks, 0:2] + stats[marks, 2:4])).astype(np.int64)
    sides = np.empty(4, np.int64)
    kernels.accent_sides(found.valued(sorted_), boxes, max(2, round(ACCENT_REACH * usual)), sides)
    up, right, down, left = (int(count) for count in sides)
    return up, right, down, left


def _spared(stats: Ints, written: npt.NDArray[np.bool_], border: npt.NDArray[np.bool_], dpi: float) -> Grey:
    """Take what is written, and writing that runs off the edge; lid borders are longer than any letter."""
    small = np.maximum(stats[:, 2], stats[:, 3]) <= LETTER_MM * dpi / 25.4
    return np.asarray(written | (border & small), np.uint8)
