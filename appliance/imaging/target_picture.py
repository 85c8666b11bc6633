"""The whole image of a target sheet in colour, within a bound of memory: it is measured in full, never reduced."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from appliance.core import errors
from appliance.core.model import ImageFormat
from appliance.imaging import decode

Colour = npt.NDArray[np.uint8]

MOST_PIXELS = 80_000_000
"""Of a target's image: the bed of an A3 scanner at 600 dpi has 70 million, A4 35 million. In colour 240 MB."""

ROWS = 256
"""Mirrored at a time."""


def draw(data: bytes, form: ImageFormat, most_pixels: int = MOST_PIXELS) -> Colour:
    """Decode a target's image in full; the header is asked first.

    Returns:
        (height, width, 3) uint8, C-contiguous and writable; grey has three equal colours.

    Raises:
        ApplianceError: TARGET_UNREADABLE for more pixels than ``most_pixels``; else as ``decode.grey``.
    """
    width, height = decode.size_of(data, form)
    refuse_large(width, height, most_pixels)
    if form is ImageFormat.JPEG:
        return decode.colour(data, 1, most_pixels)
    return np.asarray(cv2.cvtColor(decode.grey(data, form, 1, most_pixels), cv2.COLOR_GRAY2RGB), np.uint8)


def refuse_large(width: int, height: int, most_pixels: int = MOST_PIXELS) -> None:
    """Refuse what is far larger than a sheet at any resolution that a target can judge.

    Raises:
        ApplianceError: TARGET_UNREADABLE.
    """
    if width * height > most_pixels:
        raise errors.TARGET_UNREADABLE.error(
            reason=f"ảnh quá lớn, hãy quét ở 600 dpi trở xuống / too large an image, scan at 600 dpi or less: "
                   f"{width} x {height}")


def mirror(rgb: Colour) -> None:
    """Swap left and right in place, a few rows at a time."""
    for row in range(0, rgb.shape[0], ROWS):
        rgb[row:row + ROWS] = rgb[row:row + ROWS, ::-1].copy()
