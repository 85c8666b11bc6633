"""Light and dark: the paper's tone, ink apart from paper, and the picture that OCR reads."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from appliance.core.model import Geometry
from appliance.imaging import kernels

Grey = npt.NDArray[np.uint8]

SAUVOLA_K, SAUVOLA_SPREAD = 0.34, 128.0
MOST_RADIUS = 90
"""Pixels; a window of it is the largest whose squares fit 31 bits."""

LEAST_SPREAD = 1e-3
"""Grey levels; less than any image of more than one tone has in its widest window."""

FLOOR = 0.3
"""Share of the paper's tone below which a pixel is ink whatever surrounds it."""

DARKER, LEAST_PRINT, PRINT_PERCENTILE, WELL_PRINTED = 0.88, 0.0004, 10, 0.55
"""Of the paper's tone: what may be print; of the page, how much of it there must be; which of it is; and a contrast
from which Sauvola's threshold is used as its authors have it."""

UNEVEN, LID = 0.9, 0.6
"""Of the paper's tone: with paper darker than the first, light is levelled; under the second there is no paper."""


def paper_grid(grey: Grey) -> Grey:
    """Estimate the paper's tone around each cell of ``kernels.CELL`` pixels: writing closed over, then smoothed.

    Returns:
        (ceil(height / CELL), ceil(width / CELL)) uint8.
    """
    closed = cv2.morphologyEx(_cell_means(grey), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    return cast(Grey, cv2.boxFilter(closed, -1, (5, 5)))


def _cell_means(grey: Grey) -> Grey:
    """Average each cell; those cut by the lower and right edge as if the image's last pixels went on."""
    cell = kernels.CELL
    high, wide = -(-grey.shape[0] // cell), -(-grey.shape[1] // cell)
    small = np.empty((high, wide), np.uint8)
    for rows in (slice(0, grey.shape[0] // cell), slice(grey.shape[0] // cell, high)):
        for columns in (slice(0, grey.shape[1] // cell), slice(grey.shape[1] // cell, wide)):
            part = grey[rows.start * cell:rows.stop * cell, columns.start * cell:columns.stop * cell]
            size = ((columns.stop - columns.start) * cell, (rows.stop - rows.start) * cell)
            if not part.size:
                continue
            below, beside = size[1] - part.shape[0], size[0] - part.shape[1]
            if below or beside:
                part = cast(Grey, cv2.copyMakeBorder(part, 0, below, 0, beside, cv2.BORDER_REPLICATE))
            to = (size[0] // cell, size[1] // cell)
            small[rows, columns] = cv2.resize(part, to, interpolation=cv2.INTER_AREA)  # cells fit: 5 times faster
    return small


def paper_tone(paper: Grey) -> float:
    """Return the tone of the sheet itself: the upper quartile, as a dark lid may show around it."""
    return float(np.percentile(paper, 75))


def binarise(grey: Grey, dpi: float, tone: float, contrast: float = 1.0) -> Grey:
    """Tell ink (0) from paper (255) by Sauvola's threshold in a window of 5 mm.

    Shine-through of less than about a quarter of the paper's tone stays paper. ``contrast`` (``print_contrast``)
    lets faint print be ink too: their 128 is half of the tones that there could be.
    """
    return sauvola(grey, _radius(dpi), SAUVOLA_K, FLOOR * tone, SAUVOLA_SPREAD * contrast)


def print_contrast(grey: Grey, tone: float) -> float:
    """Return how much darker than paper of ``tone`` print is, a share of it, 0.1..1; 1 where it is well printed."""
    sample = grey[::4, ::4]
    dark = sample[sample < DARKER * tone]
    if dark.size < LEAST_PRINT * sample.size:
        return 1.0
    contrast = 1.0 - float(np.percentile(dark, PRINT_PERCENTILE)) / max(1.0, tone)
    return 1.0 if contrast >= WELL_PRINTED else max(0.1, contrast)


def sauvola(grey: Grey, radius: int, k: float, floor: float = -1.0, spread: float = SAUVOLA_SPREAD) -> Grey:
    """Binarise by mean * (1 + k * (deviation / spread - 1)), Sauvola and Pietikainen (2000): ink 0, paper 255.

    The window has ``2 * radius + 1`` pixels (1..90). Tones up to ``floor`` are ink too; -1 is their formula alone.
    """
    out = np.empty_like(grey)
    kernels.threshold(grey, out, radius, (k, 0.0, spread, floor))
    return out


def wolf(grey: Grey, radius: int, k: float, floor: float = -1.0) -> Grey:
    """Binarise by mean - k * (1 - deviation / largest) * (mean - darkest), Wolf and Jolion (2003).

    An image of one tone has no deviation, and is paper.
    """
    variances = np.empty(grey.shape[1])
    kernels.most_spread(grey, radius, variances)
    largest = float(variances.max(initial=0.0)) ** 0.5
    if largest < LEAST_SPREAD:
        return np.where(grey > floor, np.uint8(255), np.uint8(0))
    out = np.empty_like(grey)
    kernels.threshold(grey, out, radius, (k, float(grey.min()), largest, floor))
    return out


def _radius(dpi: float) -> int:
    return min(MOST_RADIUS, max(4, round(dpi / 10)))


def is_uneven(paper: Grey) -> bool:
    """Say whether light falls so unevenly that it should be divided out; a dark lid is no paper."""
    tone = paper_tone(paper)
    sheet = paper[paper > LID * tone]
    return bool(sheet.size) and float(np.percentile(sheet, 2)) < UNEVEN * tone


def flattened(grey: Grey, paper: Grey) -> Grey:
    """Divide by the paper's light: paper has one tone all over, a dark lid (under LID of it) stays dark."""
    tone = paper_tone(paper)
    light = np.clip(paper, LID * tone, 255).astype(np.uint8)
    size = (paper.shape[1] * kernels.CELL, paper.shape[0] * kernels.CELL)
    whole = cv2.resize(light, size, interpolation=cv2.INTER_LINEAR)[:grey.shape[0], :grey.shape[1]]
    return cast(Grey, cv2.divide(grey, whole, scale=tone))


def rendition(grey: Grey, geometry: Geometry, dpi: float, out_dpi: float, levelled: bool | None = None) -> Grey:
    """Draw the upright, levelled page as OCR reads it; ``levelled``: its light is flattened, None where uneven.

    ``grey`` is the captured image or a reduction of it; ``dpi`` is that of the captured image. Turning,
    mirroring and scaling are one resampling. A page pixel is a rendition pixel * dpi / out_dpi.

    Returns:
        (round(page_height * out_dpi / dpi), round(page_width * out_dpi / dpi)) uint8; what lies
        outside the image has the paper's tone.
    """
    paper = paper_grid(grey)
    tone = paper_tone(paper)
    scale = out_dpi / dpi
    size = (max(1, round(geometry.page_width * scale)), max(1, round(geometry.page_height * scale)))
    level = flattened(grey, paper) if (is_uneven(paper) if levelled is None else levelled) else grey
    matrix = raster_matrix(grey.shape, geometry, scale)
    return cast(Grey, cv2.warpAffine(level, matrix, size, flags=cv2.INTER_LINEAR,
                                     borderMode=cv2.BORDER_CONSTANT, borderValue=tone))


def raster_matrix(shape: tuple[int, ...], geometry: Geometry, scale: float) -> npt.NDArray[np.float64]:
    """Return the 2 x 3 matrix from pixel indices of a reduced image to those of a scaled page.

    OpenCV counts from pixel centres, ``Geometry`` from the corner of the image: hence the halves.
    """
    a, b, c, d, e, f = geometry.matrix()
    wide, high = geometry.width / shape[1], geometry.height / shape[0]
    return np.array([
        [scale * a * wide, scale * c * high, scale * (a * wide / 2 + c * high / 2 + e) - 0.5],
        [scale * b * wide, scale * d * high, scale * (b * wide / 2 + d * high / 2 + f) - 0.5],
    ])
