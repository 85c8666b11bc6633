"""Where a stamp may stand: the largest free rectangles in the top band of the upright page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from appliance.core.model import Box, EmptyBand, Geometry, Mark
from appliance.imaging import bounds, kernels
from appliance.imaging.tone import raster_matrix

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

BAND_MM = 20.0
LEAST_MM = (30.0, 6.0)
GRID = 2
"""Cells a millimetre."""

TOUCHED = 40
"""Of 255: ink in a cell from which it is taken (about one and a half of nine pixels)."""

FAINT = 20
"""Grey levels below the paper from which a mark is taken anywhere; shine-through of an ordinary page is less."""

PENCIL_MM = 45.0
"""The sheet number is pencilled within this of the top right corner: there the lightest mark is taken."""

QUIET_MM = 2.0
"""Kept free around a code."""

AROUND_MM = 6.0
"""Looked at beyond the band, so that the paper's tone is known at its edges."""

RIM_CELLS = 2
"""At the page's edge, where no stamp goes, the shadow of the paper's edge is no mark."""


@dataclass(frozen=True, slots=True)
class View:
    """A page as it was captured.

    Attributes:
        ink: ink 0, paper 255 (height, width), the captured image or a reduction of it.
        grey: the same in grey.
        geometry: how that image lies on its page.
        dpi: of the captured image.
        codes: read on the page, in pixels of the captured image.
    """

    ink: Grey
    grey: Grey
    geometry: Geometry
    dpi: float
    codes: Sequence[Mark] = ()


def find(view: View) -> EmptyBand:
    """Find the free rectangles of at least 30 x 6 mm in the top 20 mm, left half and right half.

    1.5 ms CPU for A4 at 150 dpi.
    """
    taken = _taken(view)
    middle = taken.shape[1] // 2
    return EmptyBand(_free(taken[:, :middle], 0), _free(taken[:, middle:], middle))


def _taken(view: View) -> Grey:
    """Draw the top band of the page in cells of half a millimetre; one cell around a mark is taken too."""
    scale = GRID * 25.4 / view.dpi
    high = min(BAND_MM * GRID, view.geometry.page_height * scale)
    taken = np.zeros((max(1, int(high)), max(2, int(view.geometry.page_width * scale))), np.uint8)
    x0, y0, x1, y1 = _region(view, taken.shape)
    if x1 > x0 and y1 > y0:
        dpi = view.dpi * view.ink.shape[1] / view.geometry.width
        place = (x0, y0, x1 - x0, y1 - y0)
        _add_ink(taken, _drawn(view, _cells(view.ink[y0:y1, x0:x1], dpi), place, taken.shape))
        _add_faint(taken, _drawn(view, bounds.darker(view.grey[y0:y1, x0:x1], dpi), place, taken.shape))
    _add_codes(taken, view, scale)
    return taken


def _add_ink(taken: Grey, ink: Grey) -> None:
    taken[ink > TOUCHED] = 1


def _add_faint(taken: Grey, darker: Grey) -> None:
    """Take faint marks, fainter ones where the sheet number is pencilled; not the shadow of the paper's edge."""
    right = max(0, taken.shape[1] - round(PENCIL_MM * GRID))
    faint = darker >= FAINT
    faint[:, right:] |= darker[:, right:] >= bounds.PENCIL
    faint[:RIM_CELLS], faint[:, :RIM_CELLS], faint[:, -RIM_CELLS:] = False, False, False
    taken[faint] = 1


def _add_codes(taken: Grey, view: View, scale: float) -> None:
    a, b, c, d, e, f = view.geometry.matrix()
    quiet = QUIET_MM * view.dpi / 25.4
    for code in view.codes:
        x = np.array([code.box.x0 - quiet, code.box.x1 + quiet] * 2)
        y = np.array([code.box.y0 - quiet, code.box.y1 + quiet]).repeat(2)
        across, down = (a * x + c * y + e) * scale, (b * x + d * y + f) * scale
        (x0, y0), (x1, y1) = ((max(0, int(axis)) for axis in at) for at in (
            (across.min(), down.min()), (across.max() + 1, down.max() + 1)))
        taken[y0:y1, x0:x1] = 1


def _region(view: View, cells: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return which part of the image the band comes from, and a little around it: x0, y0, x1, y1."""
    inverse = cv2.invertAffineTransform(_matrix(view))
    right, bottom = cells[1] + AROUND_MM * GRID, cells[0] + AROUND_MM * GRID
    corners = np.array([[x, y, 1.0] for x in (-AROUND_MM * GRID, right) for y in (-AROUND_MM * GRID, bottom)])
    across, down = inverse @ corners.T
    high, wide = view.ink.shape
    return (int(np.clip(across.min(), 0, wide)), int(np.clip(down.min(), 0, high)),
            int(np.clip(across.max() + 1, 0, wide)), int(np.clip(down.max() + 1, 0, high)))


def _matrix(view: View) -> Floats:
    """Return the matrix from pixels of the image to cells; a mirrored image is mirrored back by it."""
    return raster_matrix(view.ink.shape, view.geometry, GRID * 25.4 / view.dpi)


def _cells(ink: Grey, dpi: float) -> Grey:
    """Return how much ink is in squares of about a cell, 0..255."""
    pool = max(1, round(dpi / 25.4 / GRID))
    size = (-(-ink.shape[1] // pool), -(-ink.shape[0] // pool))
    return np.asarray(cv2.resize(cv2.bitwise_not(ink), size, interpolation=cv2.INTER_AREA), np.uint8)


def _drawn(view: View, part: Grey, place: tuple[int, int, int, int], shape: tuple[int, ...]) -> Grey:
    """Draw a reduced part of the image, from ``place`` (x, y, width, height), in cells; marks a cell wider."""
    x, y, wide, high = place
    across, down = wide / part.shape[1], high / part.shape[0]
    inwards = np.array([[across, 0, x + (across - 1) / 2], [0, down, y + (down - 1) / 2], [0, 0, 1]])
    wider = cv2.dilate(part, np.ones((3, 3), np.uint8))
    matrix = _matrix(view) @ inwards
    return np.asarray(cv2.warpAffine(wider, matrix, shape[::-1], flags=cv2.INTER_NEAREST), np.uint8)


def _free(taken: Grey, offset: int) -> Box | None:
    best = np.empty(4, np.int64)
    kernels.largest_free(np.ascontiguousarray(taken), round(LEAST_MM[1] * GRID), round(LEAST_MM[0] * GRID), best)
    if not best[2]:
        return None
    x0, y0, x1, y1 = (float(value) for value in best)
    return Box((x0 + offset) / GRID, y0 / GRID, (x1 + offset) / GRID, y1 / GRID)
