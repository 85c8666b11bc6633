"""The part of an image that is surely paper: within its edges where they are seen, within the frame where not."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from appliance.imaging.paper import Sheet

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

CORNERS = ("top left", "top right", "bottom right", "bottom left")

INWARDS = np.array([(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)])
"""Which way (x, y) leads inwards at the top left corner and on clockwise."""


EVERY, QUARTILE, FEWEST = 16, 75, 64
"""Rows and columns of which one is looked at for the paper's tone; what share in % of its light is its tone; and
with how few samples within the edges the whole frame is looked at instead."""

SAMPLE, DARKEST = 24, 60.0
"""Rows and columns of which one is looked at for the paper's colour, and the least that counts as its light."""

BRIGHT, BRIGHTEST = 0.5, 98
"""Share of the brightest tones (that percentile) below which a sample is lid, print or shadow, not paper."""


def tone(image: Grey, sheet: Sheet | None = None, every: int = EVERY) -> Floats:
    """Return the paper's tone by channel, (1,) of a grey, (3,) of a colour image: never that of a dark lid.

    Of what lies within the paper's edges (of the frame, where none are seen), dark parts left out, the upper
    quartile. 0.1 ms CPU.
    """
    sample = image[::every, ::every]
    sample = sample.reshape(*sample.shape[:2], -1)
    flat = sample.reshape(-1, sample.shape[2])
    if sheet is not None and any(sheet.seen):
        paper = np.zeros(sample.shape[:2], np.uint8)
        cv2.fillConvexPoly(paper, np.rint(np.array(sheet.corners) / every).astype(np.int32), 1)
        within = flat[paper.ravel() > 0]
        flat = within if len(within) >= FEWEST else flat
    lightest = flat.max(axis=1) if flat.shape[1] > 1 else flat[:, 0]
    paper_only = flat[lightest >= BRIGHT * float(_share(lightest, BRIGHTEST))]
    return np.asarray(_share(paper_only, QUARTILE), np.float64)


def colour(rgb: Grey, sheet: Sheet | None = None, every: int = SAMPLE) -> Floats:
    """Return the sheet's red, green and blue, 60..255, whatever the lid around it; by it colours are judged."""
    return np.asarray(tone(rgb, sheet, every).clip(DARKEST, 255.0), np.float64)


def _share(samples: Grey, percent: int) -> Grey:
    """Return the percentile of (n, ...) samples, each a sample's own value: faster than numpy's."""
    at = (len(samples) - 1) * percent // 100
    return np.asarray(np.partition(samples, at, axis=0)[at], np.uint8)


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
