"""The edges of print: how many, how strong, how steep. Sharpness and contrast are read from them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from appliance.imaging import kernels

Grey = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]

DPI, FINE_DPI = 150.0, 165.0
"""Resolution at which edges are measured; images above the second are reduced, so that steepness means the same."""

EVERY_ROW = 2
LEAST_CONTRAST, FAINTEST = 24, 12
"""Grey levels; below the first an edge is mostly noise and shine-through, below the second nothing else."""

STRONGEST, STRONG = 0.95, 0.5
"""Share of edges below the contrast that counts as full, and the share of it from which sharpness is measured."""

USUAL = 0.75
"""Share of edges with less contrast than the page is said to have."""

MIDDLE = (0.5, 0.9)
"""Shares of edges with less contrast between which the usual ones lie."""

FEWEST = 200
"""Places; with fewer, nothing is said."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Edges by contrast: ``table`` (256, 2) counts places and adds up their steepest steps."""

    table: Longs

    @property
    def count(self) -> int:
        """Return how many places were found along the rows that were looked at."""
        return int(self.table[:, 0].sum())

    @property
    def sharpness(self) -> float:
        """Return the steepest step over the contrast in seven pixels, 0..1, of strong edges; infinite with few.

        Free of scale in tone: contrast and paper colour cancel out. At 130 to 165 dpi sharp print gives 0.47 to
        0.70, a Gaussian blur of 4 pixels at 300 dpi 0.25 to 0.32, shine-through less than 0.47.
        """
        return self.steepness if self.count >= FEWEST else math.inf

    @property
    def steepness(self) -> float:
        """Return the same of however few edges; 0 of none."""
        strong = int(self._contrast(STRONGEST) * STRONG)
        contrast = float((self.table[strong:, 0] * np.arange(strong, 256)).sum())
        return float(self.table[strong:, 1].sum()) / contrast if contrast else 0.0

    @property
    def contrast(self) -> float:
        """Return the grey levels between print and paper; infinite with few edges."""
        return self._contrast(USUAL) if self.count >= FEWEST else math.inf

    @property
    def usual_steepness(self) -> float:
        """Return the same of the middle of all edges, which a few strong ones do not move; 0 of none."""
        low, high = (int(self._contrast(share)) for share in MIDDLE)
        places, steps = self.table[low:high + 1, 0], self.table[low:high + 1, 1]
        contrast = float((places * np.arange(low, low + len(places))).sum())
        return float(steps.sum()) / contrast if contrast else 0.0

    def _contrast(self, share: float) -> float:
        return float(np.searchsorted(np.cumsum(self.table[:, 0]), share * self.count))


def find(grey: Grey, floor: int = LEAST_CONTRAST, every: int = EVERY_ROW) -> Edges:
    """Gather the upright edges of a grey image (height, width); 3 ms CPU for A4 at 150 dpi."""
    table = np.empty((256, 2), np.int64)
    kernels.edge_steps(grey, every, floor, table)
    return Edges(table)


def reduced(grey: Grey, dpi: float) -> Grey:
    """Bring a finer image to ``DPI``: (height, width) uint8, C-contiguous."""
    if dpi <= FINE_DPI:
        return np.ascontiguousarray(grey)
    size = (max(8, round(grey.shape[1] * DPI / dpi)), max(8, round(grey.shape[0] * DPI / dpi)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
