"""What is free for a stamp in the top band of the upright page: cell by cell, and the largest free rectangles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from appliance.core import cells
from appliance.core.model import Box, EmptyBand, Geometry, Mark
from appliance.imaging import bounds, kernels, tone
from appliance.imaging.tone import raster_matrix

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

BAND_MM = 20.0
LEAST_MM = (30.0, 6.0)
GRID = cells.PER_MM

TOUCHED = 40
"""Of 255: ink in a cell from which it is taken (about one and a half of nine pixels)."""

FAINT = 20
"""Grey levels below the paper from which a mark is taken anywhere; shine-through of an ordinary page is less."""

PENCIL_MM = 45.0
"""The sheet number is pencilled within this of the top right corner: there the lightest mark is taken."""

DARK, SOLID = 0.7, 0.87
"""Of the page's tone, and of the paper's around a cell: darker cells are taken whatever is in them. A stroke is
seen by its edges, a block of colour, a photograph or the lid beside the paper is not."""

COLOURED = (25, 45)
"""How much redder or greener, and how much yellower or bluer, than the paper a cell is from which it is taken: pale
colours are light to the eye. Old paper and its stains are yellower by less than that."""

TINGED = (9, 14)
"""The same of a stroke, against the paper beside it: a stamp that has hardly any ink left. Grain stays under 5."""

STROKE = 7
"""Squares: what is as wide all ways is no stroke, but a block."""

QUIET_MM, QUIET_SHARE = 2.0, 0.16
"""Kept free around a code: four modules of the smallest QR code are that share of its side."""

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
        rgb: the same in colour, where it is.
        paper: the tone of its paper around each cell (``tone.paper_grid``); found where it is not given.
    """

    ink: Grey
    grey: Grey
    geometry: Geometry
    dpi: float
    codes: Sequence[Mark] = ()
    rgb: Grey | None = None
    paper: Grey | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """The part of an image that the band comes from, in squares of ``pool`` pixels, about a cell.

    Whole squares are averaged four times as fast as others.
    """

    x: int
    y: int
    across: int
    down: int
    pool: int

    def cut(self, image: Grey) -> Grey:
        return image[self.y:self.y + self.down * self.pool, self.x:self.x + self.across * self.pool]

    def small(self, image: Grey) -> Grey:
        """Reduce the part to a pixel a square."""
        size = (self.across, self.down)
        return np.asarray(cv2.resize(self.cut(image), size, interpolation=cv2.INTER_AREA), np.uint8)


def find(view: View) -> EmptyBand:
    """Find what is free in the top 20 mm, and in each half its largest rectangle of at least 30 x 6 mm.

    1.7 ms CPU for A4 at 150 dpi, half of it for colours and blocks.
    """
    taken = _taken(view)
    high, wide = taken.shape
    middle = wide // 2
    packed = cells.pack(wide, high, np.packbits(taken, axis=1).tobytes())
    return EmptyBand(_free(taken[:, :middle], 0), _free(taken[:, middle:], middle), packed)


def _taken(view: View) -> Grey:
    """Draw the top band of the page in cells of half a millimetre; one cell around a mark is taken too."""
    scale = GRID * 25.4 / view.dpi
    high = min(BAND_MM * GRID, view.geometry.page_height * scale)
    taken = np.zeros((max(1, int(high)), max(2, int(view.geometry.page_width * scale))), np.uint8)
    place = _region(view, taken.shape)
    if place is not None:
        dpi = view.dpi * view.ink.shape[1] / view.geometry.width
        _add_ink(taken, _drawn(view, _inked(view, place), place, taken.shape))
        _add_faint(taken, _drawn(view, bounds.darker(place.cut(view.grey), dpi), place, taken.shape))
        _add_solid(taken, _drawn(view, _solid(view, place), place, taken.shape))
    _add_codes(taken, view, scale)
    return taken


def _add_ink(taken: Grey, ink: Grey) -> None:
    taken[ink > TOUCHED] = 1


def _add_faint(taken: Grey, darker: Grey) -> None:
    """Take faint marks, fainter ones where the sheet number is pencilled; not the shadow of the paper's edge."""
    right = max(0, taken.shape[1] - round(PENCIL_MM * GRID))
    faint = darker >= FAINT
    faint[:, right:] |= darker[:, right:] >= bounds.PENCIL
    _add_inside(taken, faint)


def _add_solid(taken: Grey, solid: Grey) -> None:
    _add_inside(taken, solid > 0)


def _add_inside(taken: Grey, marks: npt.NDArray[np.bool_]) -> None:
    marks[:RIM_CELLS], marks[:, :RIM_CELLS], marks[:, -RIM_CELLS:] = False, False, False
    taken[marks] = 1


def _add_codes(taken: Grey, view: View, scale: float) -> None:
    a, b, c, d, e, f = view.geometry.matrix()
    for code in view.codes:
        side = min(code.box.x1 - code.box.x0, code.box.y1 - code.box.y0)
        quiet = max(QUIET_MM * view.dpi / 25.4, QUIET_SHARE * side)
        x = np.array([code.box.x0 - quiet, code.box.x1 + quiet] * 2)
        y = np.array([code.box.y0 - quiet, code.box.y1 + quiet]).repeat(2)
        across, down = (a * x + c * y + e) * scale, (b * x + d * y + f) * scale
        (x0, y0), (x1, y1) = ((max(0, int(axis)) for axis in at) for at in (
            (across.min(), down.min()), (across.max() + 1, down.max() + 1)))
        taken[y0:y1, x0:x1] = 1


def _region(view: View, size: tuple[int, ...]) -> _Place | None:
    """Return which part of the image the band comes from, and a little around it; None where it has none."""
    inverse = cv2.invertAffineTransform(_matrix(view))
    right, bottom = size[1] + AROUND_MM * GRID, size[0] + AROUND_MM * GRID
    corners = np.array([[x, y, 1.0] for x in (-AROUND_MM * GRID, right) for y in (-AROUND_MM * GRID, bottom)])
    across, down = inverse @ corners.T
    high, wide = view.ink.shape
    x0, y0 = (max(0, int(axis.min())) for axis in (across, down))
    x1, y1 = (min(size, int(axis.max()) + 1) for size, axis in ((wide, across), (high, down)))
    pool = max(1, round(view.dpi * wide / view.geometry.width / 25.4 / GRID))
    squares = (x1 - x0) // pool, (y1 - y0) // pool
    return _Place(x0, y0, *squares, pool) if min(squares) > 0 else None


def _matrix(view: View) -> Floats:
    """Return the matrix from pixels of the image to cells; a mirrored image is mirrored back by it."""
    return raster_matrix(view.ink.shape, view.geometry, GRID * 25.4 / view.dpi)


def _inked(view: View, place: _Place) -> Grey:
    """Return how much ink is in squares of about a cell, 0..255."""
    return np.asarray(cv2.bitwise_not(place.small(view.ink)), np.uint8)


def _solid(view: View, place: _Place) -> Grey:
    """Return which squares are dark or coloured all over, 0 or 1."""
    paper = tone.paper_grid(view.grey) if view.paper is None else view.paper
    near = np.asarray(cv2.convertScaleAbs(_around(place, paper), alpha=SOLID), np.uint8)
    solid = place.small(view.grey) < np.maximum(near, np.uint8(DARK * tone.paper_tone(paper)))
    if view.rgb is not None:
        solid |= _coloured(place.small(view.rgb))
    return solid.view(np.uint8)


def _around(place: _Place, paper: Grey) -> Grey:
    """Return the paper's tone around each square."""
    step, cell = place.pool / kernels.CELL, kernels.CELL
    matrix = np.array([[step, 0, (place.x + place.pool / 2) / cell - 0.5],
                       [0, step, (place.y + place.pool / 2) / cell - 0.5]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(paper, matrix, (place.across, place.down), flags=how,
                                     borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _coloured(rgb: Grey) -> npt.NDArray[np.bool_]:
    """Return which pixels, one a square, have another colour than most, or than what is beside their stroke."""
    red, green, blue = (channel.astype(np.int16) for channel in cv2.split(rgb))
    found, around = np.zeros(rgb.shape[:2], np.bool_), np.ones((STROKE, STROKE), np.uint8)
    for apart, most, tinge in zip((red - green, green - blue), COLOURED, TINGED, strict=True):
        found |= np.abs(apart - np.int16(np.median(apart[::4, ::4]))) > most
        for way in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
            found |= cv2.morphologyEx(apart, way, around) > tinge
    return found


def _drawn(view: View, part: Grey, place: _Place, shape: tuple[int, ...]) -> Grey:
    """Draw a reduced part of the image in cells of the page; marks a cell wider."""
    across, down = place.across * place.pool / part.shape[1], place.down * place.pool / part.shape[0]
    inwards = np.array([[across, 0, place.x + (across - 1) / 2], [0, down, place.y + (down - 1) / 2], [0, 0, 1]])
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
