"""The resolution as the paper's own size tells it, against the one that the header states.

A header is wrong by a factor (200 for 300 dpi, say): then the paper has a size that there is not, or its print is
far too small or too large, and with another usual resolution it is A4, A5 or A3.
"""

from __future__ import annotations

import cv2
import numpy as np

from appliance.imaging.ink import Ink
from appliance.imaging.paper import Sheet
from appliance.imaging.paper_size import size_name

USUAL = (75, 100, 150, 200, 240, 300, 400, 600)
USUAL_NEAR = 0.025
"""Resolutions that scanners have, and how near one must be."""

SIZES_MM = ((210.0, 297.0), (148.0, 210.0), (297.0, 420.0))
"""Sizes that are tried, the likeliest first: A4, A5, A3."""

NEAR = 0.012
"""Share by which a side may differ from its size."""

ODD_PRINT = {"A6": (1.4, 9.0), "A3": (0.0, 3.4)}
"""Half of A4, and twice A5: least and most height of usual print in mm; else the header is wrong by two."""

PRINT_MM = (1.1, 3.6)
"""Height of usual print: small letters of 7 to capitals of 16 points."""

FEWEST_LETTERS = 150
"""With fewer, nothing is said of their height."""


def measured(sheet: Sheet, ink: Ink, header: float) -> float | None:
    """Return the true resolution, None when the paper's size does not tell.

    ``sheet`` and ``ink`` are of one image, its dpi according to the ``header``. 0.1 ms CPU, 3 for odd sizes.
    """
    size = _size_mm(sheet, ink)
    if size is None:
        return None
    name = size_name(*size)
    if name and name not in ODD_PRINT:
        return header
    print_mm = _print_mm(ink)
    least, most = ODD_PRINT.get(name, (0.0, 0.0))
    if name and (print_mm is None or least <= print_mm <= most):
        return header
    for short, long in SIZES_MM:
        factor = min(size) / short
        true = _usual(header * factor)
        fits = true and abs(max(size) / long / factor - 1) <= NEAR
        if fits and (print_mm is None or PRINT_MM[0] <= print_mm / factor <= PRINT_MM[1]):
            return float(true)
    return None


def _size_mm(sheet: Sheet, ink: Ink) -> tuple[float, float] | None:
    """Return the size of the paper: between its edges, or the frame's where no edge is seen at all."""
    if all(sheet.seen):
        return sheet.size_mm
    unit = 25.4 / sheet.dpi
    return None if any(sheet.seen) else (ink.image.shape[1] * unit, ink.image.shape[0] * unit)


def _print_mm(ink: Ink) -> float | None:
    """Return the usual height of letters in the page's middle, None with few."""
    if ink.letter_count < FEWEST_LETTERS:
        return None
    rows = ink.letters.shape[0]
    middle = cv2.bitwise_not(np.ascontiguousarray(ink.letters[rows // 4:rows - rows // 4]))
    heights = cv2.connectedComponentsWithStats(middle, connectivity=8)[2][1:, 3]
    return float(np.median(heights)) * 25.4 / ink.dpi if len(heights) else None


def _usual(dpi: float) -> int:
    """Return the resolution of a scanner that is meant, 0 for none."""
    return next((usual for usual in USUAL if abs(dpi / usual - 1) <= USUAL_NEAR), 0)
