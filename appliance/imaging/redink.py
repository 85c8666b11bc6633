"""Red ink on a page: where there is any, and how much on each pixel. Most pages have none and cost one look."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from appliance.imaging import inside, kernels

Colour = npt.NDArray[np.uint8]
Grey = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

CELL_MM = 4.0
CELL_INK_MM2, REGION_INK_MM2, REGION_CELLS = 0.6, 5.0, 3
"""Red a cell must hold to belong to a region, a region to be one, and the cells of its longer side."""

COARSER, AROUND = 2, 5
"""How much coarser the first look for red is, and the side in cells of the square about a hit that is looked at
again: a faded stamp still has dozens of hits."""

OWN_EVERY, RED_PAPER = 8, 0.06
"""Rows and columns of which one is looked at for a region's own colour, and how much redder than
paper that is then."""


@dataclass(frozen=True, slots=True)
class Ink:
    """Red ink of one region: ``amount`` (height, width) uint8, ``known`` 255 where it could be told, else 0.

    ``x``, ``y``: the region's corner in the image, pixels.
    """

    amount: Grey
    known: Grey
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Reds:
    """Where an image shows any red at all: the first look, whatever its resolution.

    Attributes:
        rgb: the image (height, width, 3).
        paper: the paper's red, green and blue, 60..255: they count as white.
        near: 1 for cells of ``cell`` pixels with red in or near them, else 0.
    """

    rgb: Colour
    paper: Floats
    near: Grey
    cell: int


def look(rgb: Colour, dpi: float, paper: Floats) -> Reds:
    """Look for red on an image of about ``dpi``, coarsely; 0.6 ms CPU for A4 at 150 dpi."""
    step, cell = _sampling(dpi)
    counts = np.empty((-(-rgb.shape[0] // cell), -(-rgb.shape[1] // cell)), np.int32)
    kernels.red_cells(rgb, (COARSER * step, cell), _light(paper), np.ones(counts.shape, np.uint8), counts)
    near = cv2.dilate((counts > 0).astype(np.uint8), np.ones((AROUND, AROUND), np.uint8))
    return Reds(rgb, paper, np.asarray(near, np.uint8), cell)


def find(reds: Reds, dpi: float) -> list[Ink]:
    """Find the regions with red ink, at least 16 mm long, of an image of 90 to 700 ``dpi``.

    That may differ from the resolution of the first look. Where most of a region is red, it is looked at once
    more as red or brown paper, on a lid that is lighter.
    """
    found = []
    for box in regions(reds, dpi):
        found.append(_measured(reds.rgb, box, reds.paper))
        own = _own_paper(reds, box)
        if own is not None:
            x0, y0, x1, y1 = box
            part = look(np.ascontiguousarray(reds.rgb[y0:y1, x0:x1]), dpi, own)
            inks = [_measured(part.rgb, inner, own) for inner in regions(part, dpi)]
            found += [replace(ink, x=ink.x + x0, y=ink.y + y0) for ink in inks]
    return found


def _own_paper(reds: Reds, box: tuple[int, int, int, int]) -> Floats | None:
    """Return the usual colour of a region where that is red itself, else None."""
    x0, y0, x1, y1 = box
    usual = np.median(reds.rgb[y0:y1:OWN_EVERY, x0:x1:OWN_EVERY].reshape(-1, 3), axis=0).clip(inside.DARKEST, 255.0)
    shares = usual / reds.paper
    return np.asarray(usual, np.float64) if shares[0] - max(shares[1:]) > RED_PAPER else None


def regions(reds: Reds, dpi: float) -> list[tuple[int, int, int, int]]:
    """Gather cells with red in them: boxes x0, y0, x1, y1 in pixels, a cell wider than the ink on each side."""
    if not reds.near.any():
        return []
    step, cell = _sampling(dpi)
    area = _counted(reds, step, cell) * (step * 25.4 / dpi) ** 2
    found = cv2.connectedComponentsWithStats((area >= CELL_INK_MM2).astype(np.uint8), connectivity=8)
    sums = np.bincount(found[1].ravel(), area.ravel(), found[0])
    large = (np.maximum(found[2][:, 2], found[2][:, 3]) >= REGION_CELLS) & (sums >= REGION_INK_MM2)
    boxes = [found[2][label, :4].tolist() for label in range(1, found[0]) if large[label]]
    high, wide = reds.rgb.shape[:2]
    return [(max(0, (x - 2) * cell), max(0, (y - 2) * cell), min(wide, (x + across + 2) * cell),
             min(high, (y + down + 2) * cell)) for x, y, across, down in boxes]


def _sampling(dpi: float) -> tuple[int, int]:
    """Return how far apart pixels are looked at, and the side of a cell, a multiple of that."""
    step = max(2, round(dpi / 50))
    return step, max(1, round(CELL_MM * dpi / 25.4 / step)) * step


def _light(paper: Floats) -> Ints:
    tint = (paper[0] - max(paper[1:])) / paper[0]
    return np.asarray(np.rint(np.array((*(65536 / paper), 256 * tint))), np.int32)


def _counted(reds: Reds, step: int, cell: int) -> Ints:
    """Count red samples per cell, in all cells whose middle is near any red."""
    high, wide = reds.rgb.shape[:2]
    counts = np.empty((-(-high // cell), -(-wide // cell)), np.int32)
    rows, columns = (np.minimum((np.arange(many) * cell + cell // 2) // reds.cell, most - 1)
                     for many, most in zip(counts.shape, reds.near.shape, strict=True))
    wanted = np.ascontiguousarray(reds.near[np.ix_(rows, columns)])
    kernels.red_cells(reds.rgb, (step, cell), _light(reds.paper), wanted, counts)
    return counts


def _measured(rgb: Colour, box: tuple[int, int, int, int], paper: Floats) -> Ink:
    x0, y0, x1, y1 = box
    amount = np.empty((y1 - y0, x1 - x0), np.uint8)
    known = np.empty_like(amount)
    kernels.red_ink(rgb[y0:y1, x0:x1], paper, amount, known)
    return Ink(amount, known, x0, y0)
