"""Red ink on a page: where there is any, and how much on each pixel. Most pages have none and cost one look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from appliance.imaging import kernels

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

SAMPLE, SHEET_QUARTILE, DARKEST = 24, 75, 60.0


@dataclass(frozen=True, slots=True)
class Ink:
    """Red ink of one region: ``amount`` (height, width) uint8, ``known`` 255 where it could be told, else 0.

    ``x``, ``y``: the region's corner in the image, pixels.
    """

    amount: Grey
    known: Grey
    x: int
    y: int


def find(rgb: Colour, dpi: float) -> list[Ink]:
    """Find the regions with red ink, at least 16 mm long, of an image (height, width, 3) at 130 to 300 ``dpi``.

    The paper's own colour counts as white: the upper quartile of each channel.
    """
    paper = paper_colour(rgb)
    return [_measured(rgb, box, paper) for box in _regions(rgb, dpi, paper)]


def paper_colour(rgb: Colour) -> Floats:
    """Return the sheet's red, green and blue, 60..255."""
    sample = rgb[::SAMPLE, ::SAMPLE].reshape(-1, 3)
    return cast(Floats, np.percentile(sample, SHEET_QUARTILE, axis=0).clip(DARKEST, 255.0))


def _regions(rgb: Colour, dpi: float, paper: Floats) -> list[tuple[int, int, int, int]]:
    """Gather cells with red in them: boxes x0, y0, x1, y1 in pixels, a cell wider than the ink on each side."""
    step = max(2, round(dpi / 50))
    cell = max(1, round(CELL_MM * dpi / 25.4 / step)) * step
    area = _counted(rgb, (step, cell), paper) * (step * 25.4 / dpi) ** 2
    found = cv2.connectedComponentsWithStats((area >= CELL_INK_MM2).astype(np.uint8), connectivity=8)
    sums = np.bincount(found[1].ravel(), area.ravel(), found[0])
    large = (np.maximum(found[2][:, 2], found[2][:, 3]) >= REGION_CELLS) & (sums >= REGION_INK_MM2)
    boxes = [found[2][label, :4].tolist() for label in range(1, found[0]) if large[label]]
    return [(max(0, (x - 2) * cell), max(0, (y - 2) * cell), min(rgb.shape[1], (x + wide + 2) * cell),
             min(rgb.shape[0], (y + high + 2) * cell)) for x, y, wide, high in boxes]


def _counted(rgb: Colour, sampling: tuple[int, int], paper: Floats) -> Ints:
    """Count red samples per cell: first few of them everywhere, then all about the cells that had any."""
    cell = sampling[1]
    counts = np.empty((-(-rgb.shape[0] // cell), -(-rgb.shape[1] // cell)), np.int32)
    tint = (paper[0] - max(paper[1:])) / paper[0]
    light = np.rint(np.array((*(65536 / paper), 256 * tint))).astype(np.int32)
    kernels.red_cells(rgb, (COARSER * sampling[0], cell), light, np.ones(counts.shape, np.uint8), counts)
    wanted = cv2.dilate((counts > 0).astype(np.uint8), np.ones((AROUND, AROUND), np.uint8))
    kernels.red_cells(rgb, sampling, light, np.asarray(wanted, np.uint8), counts)
    return counts


def _measured(rgb: Colour, box: tuple[int, int, int, int], paper: Floats) -> Ink:
    x0, y0, x1, y1 = box
    amount = np.empty((y1 - y0, x1 - x0), np.uint8)
    known = np.empty_like(amount)
    kernels.red_ink(rgb[y0:y1, x0:x1], paper, amount, known)
    return Ink(amount, known, x0, y0)
