"""Light and dark: the paper's tone, ink apart from paper, and the picture that OCR reads."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from appliance.core.model import Geometry
from appliance.imaging import kernels

Grey = npt.NDArray[np.uint8]

SAUVOLA_K = 0.34
FLOOR = 0.3
"""Share of the paper's tone below which a pixel is ink whatever surrounds it."""

UNEVEN = 0.9
"""Below this ratio of darkest to lightest paper, light is levelled before OCR."""


def paper_grid(grey: Grey) -> Grey:
    """Estimate the paper's tone around each cell of ``kernels.CELL`` pixels: writing closed over, then smoothed.

    Returns:
        (ceil(height / CELL), ceil(width / CELL)) uint8.
    """
    high, wide = -(-grey.shape[0] // kernels.CELL), -(-grey.shape[1] // kernels.CELL)
    small = cv2.resize(grey, (wide, high), interpolation=cv2.INTER_AREA)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    return cast(Grey, cv2.boxFilter(closed, -1, (5, 5)))


def paper_tone(paper: Grey) -> float:
    """Return the tone of the sheet itself: the upper quartile, as a dark lid may show around it."""
    return float(np.percentile(paper, 75))


def binarise(grey: Grey, dpi: float, tone: float) -> Grey:
    """Tell ink (0) from paper (255) by Sauvola's threshold in a window of 5 mm.

    Shine-through of less than about a quarter of the paper's tone stays paper.
    """
    out = np.empty_like(grey)
    kernels.sauvola(grey, out, min(127, max(4, round(dpi / 10))), SAUVOLA_K, FLOOR * tone)
    return out


def rendition(grey: Grey, geometry: Geometry, dpi: float, out_dpi: float) -> Grey:
    """Draw the upright, levelled page as OCR reads it.

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
    level = _levelled(grey, paper, tone)
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


def _levelled(grey: Grey, paper: Grey, tone: float) -> Grey:
    """Divide by the paper where light falls unevenly; a dark lid (under 0.6 of the tone) is no paper."""
    sheet = paper[paper > 0.6 * tone]
    if not sheet.size or np.percentile(sheet, 2) >= UNEVEN * tone:
        return grey
    light = np.clip(paper, 0.6 * tone, 255).astype(np.uint8)
    whole = cv2.resize(light, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    return cast(Grey, cv2.divide(grey, whole, scale=tone))
