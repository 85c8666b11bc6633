"""The part of an image that is surely paper: within its edges where they are seen, within the frame where not."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from appliance.imaging.paper import Sheet

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

INWARDS = np.array([(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)])
"""Which way (x, y) leads inwards at the top left corner and on clockwise."""


def corners(sheet: Sheet, inset_mm: float = 0.0) -> Floats:
    """Return the paper's corners moved inwards on both axes: (4, 2) x, y in pixels of the sheet's image."""
    return np.asarray(np.array(sheet.corners) + INWARDS * (inset_mm * sheet.dpi / 25.4))


def mask(sheet: Sheet, shape: tuple[int, ...], inset_mm: float = 0.0) -> Grey:
    """Return (height, width) uint8: 255 where there is paper ``inset_mm`` within its edges, 0 elsewhere."""
    out = np.zeros(shape[:2], np.uint8)
    cv2.fillConvexPoly(out, np.rint(corners(sheet, inset_mm)).astype(np.int32), 255)
    return out


def box(sheet: Sheet, shape: tuple[int, ...], inset_mm: float = 0.0) -> tuple[int, int, int, int]:
    """Return the upright box (x0, y0, x1, y1) within all corners and the image; the image where it is too small."""
    at = corners(sheet, inset_mm)
    high, wide = shape[:2]
    x0, y0 = max(0, int(max(at[0, 0], at[3, 0]))), max(0, int(max(at[0, 1], at[1, 1])))
    x1, y1 = min(wide, int(min(at[1, 0], at[2, 0]))), min(high, int(min(at[2, 1], at[3, 1])))
    return (x0, y0, x1, y1) if x1 - x0 >= wide // 8 and y1 - y0 >= high // 8 else (0, 0, wide, high)
