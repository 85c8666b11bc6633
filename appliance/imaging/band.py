"""Where a stamp may stand: the largest free rectangles in the top band of the upright page."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from appliance.core.model import Box, EmptyBand, Geometry
from appliance.imaging import kernels
from appliance.imaging.tone import raster_matrix

Grey = npt.NDArray[np.uint8]

BAND_MM = 20.0
LEAST_MM = (30.0, 6.0)
GRID = 2
"""Cells a millimetre."""

TOUCHED = 40
"""Of 255: ink in a cell from which it is taken (about one and a half of nine pixels)."""


def find(image: Grey, geometry: Geometry, dpi: float) -> EmptyBand:
    """Find the free rectangles of at least 30 x 6 mm in the top 20 mm, left half and right half.

    ``image`` (ink 0, paper 255) is the captured image or a reduction of it; ``dpi`` is that of the
    captured image.
    """
    taken = _taken(image, geometry, dpi)
    middle = taken.shape[1] // 2
    return EmptyBand(_free(taken[:, :middle], 0), _free(taken[:, middle:], middle))


def _taken(image: Grey, geometry: Geometry, dpi: float) -> Grey:
    """Draw the top band of the page in cells of half a millimetre; one cell around ink is taken too."""
    reduced_dpi = dpi * image.shape[1] / geometry.width
    pool = max(1, round(reduced_dpi / 25.4 / GRID))
    size = (-(-image.shape[1] // pool), -(-image.shape[0] // pool))
    ink = cv2.resize(cv2.bitwise_not(image), size, interpolation=cv2.INTER_AREA)
    ink = cv2.dilate(cv2.threshold(ink, TOUCHED, 1, cv2.THRESH_BINARY)[1], np.ones((3, 3), np.uint8))
    scale = GRID * 25.4 / dpi
    high = min(BAND_MM * GRID, geometry.page_height * scale)
    cells = (max(2, int(geometry.page_width * scale)), max(1, int(high)))
    drawn = cv2.warpAffine(ink, raster_matrix(ink.shape, geometry, scale), cells, flags=cv2.INTER_NEAREST)
    return np.asarray(drawn, dtype=np.uint8)


def _free(taken: Grey, offset: int) -> Box | None:
    best = np.empty(4, np.int64)
    kernels.largest_free(np.ascontiguousarray(taken), round(LEAST_MM[1] * GRID), round(LEAST_MM[0] * GRID), best)
    if not best[2]:
        return None
    x0, y0, x1, y1 = (float(value) for value in best)
    return Box((x0 + offset) / GRID, y0 / GRID, (x1 + offset) / GRID, y1 / GRID)
