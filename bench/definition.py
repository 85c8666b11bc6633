"""Sauvola as its formula says it, in double precision and with its root: what the kernel is held against."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from appliance.imaging import tone

Grey = npt.NDArray[np.uint8]


def off_the_definition(grey: Grey, radius: int, k: float) -> int:
    """Count pixels of an image that are not what Sauvola's formula says, in double precision and with its root."""
    sums, squares = (np.pad(table, ((radius, radius), (radius, radius)), mode="edge")
                     for table in cv2.integral2(grey, sdepth=cv2.CV_64F, sqdepth=cv2.CV_64F))
    count = cv2.integral(np.ones_like(grey), sdepth=cv2.CV_64F)
    count = np.pad(count, ((radius, radius), (radius, radius)), mode="edge")
    pixels, total, power = (_windows(np.asarray(table, np.float64), radius) for table in (count, sums, squares))
    mean = total / pixels
    deviation = np.sqrt(np.maximum(power / pixels - mean * mean, 0.0))
    paper = grey > mean * (1 + k * (deviation / 128 - 1))
    return int(((tone.sauvola(grey, radius, k) == 255) != paper).sum())


def _windows(table: npt.NDArray[np.float64], radius: int) -> npt.NDArray[np.float64]:
    """Return the sums of all windows from a padded integral image."""
    wide = 2 * radius + 1
    return table[wide:, wide:] - table[:-wide, wide:] - table[wide:, :-wide] + table[:-wide, :-wide]
