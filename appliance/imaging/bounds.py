"""How far content reaches: rows of ink that must not be cut off, and marks too faint to be told as ink.

Writing is told from paper with care not to take shine-through for it (``tone.binarise``); a pencilled sheet number
does not pass that. Where a mark would be cut off or stamped over, the finer question is asked here.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from appliance.imaging import pieces

Grey = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]

DPI = 75.0
"""Resolution at which faint marks are looked for."""

STROKE_MM = 3.0
"""What is darker than its surroundings and wider than this is no mark."""

SPECK_MM, LONGEST_MM = 1.2, 25.0
"""Larger side of what is a mark, not dust or the shadow of an edge."""

PENCIL = 9
"""Grey levels below the paper from which a light pencil counts; noise and grain of paper stay under 6."""


def darker(grey: Grey, dpi: float) -> Grey:
    """Return by how many grey levels places are darker than the paper around them, at about DPI: uint8.

    2 ms CPU for A4 at 150 dpi.
    """
    factor = max(1, round(dpi / DPI))
    size = (max(1, grey.shape[1] // factor), max(1, grey.shape[0] // factor))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    reach = max(3, round(STROKE_MM * dpi / factor / 25.4) | 1)
    paper = cv2.blur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8)), (5, 5))
    below = cv2.subtract(paper, small)
    return cast(Grey, cv2.subtract(below, np.full_like(below, np.median(below[::3, ::3]))))  # closing lifts noise


def faint_spans(grey: Grey, dpi: float) -> npt.NDArray[np.float64]:
    """Return the rows of faint marks that must not be cut off, as boxes (n, 4) in pixels of ``grey``."""
    drawn = cv2.threshold(darker(grey, dpi), PENCIL, 255, cv2.THRESH_BINARY_INV)[1]
    found = pieces.find(np.asarray(drawn, np.uint8))
    stats = found.boxes
    high, wide = drawn.shape
    mm = dpi * high / grey.shape[0] / 25.4
    larger = np.maximum(stats[:, 2], stats[:, 3])
    inside = (stats[:, 0] > 0) & (stats[:, 1] > 0)
    inside &= (stats[:, 0] + stats[:, 2] < wide) & (stats[:, 1] + stats[:, 3] < high)
    kept = np.asarray(inside & (larger >= SPECK_MM * mm) & (larger <= LONGEST_MM * mm), np.uint8)
    kept[0] = 0
    scale = np.array([grey.shape[1] / wide, grey.shape[0] / high] * 2)
    return np.asarray(found.spans(kept) * scale, np.float64)
