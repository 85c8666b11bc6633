"""The office's red seal as a stencil: one bit a pixel, painted in one colour. Pure: bytes in, bytes out.

A PNG with an alpha channel would bring an SMask of 70 kB into every document, one without would hide the page
behind its white. A stencil of 600 dpi is a few kB, and the page shows through it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from appliance.core import errors
from appliance.imaging import bilevel

Grey = npt.NDArray[np.uint8]

MOST_PIXELS = 16_000_000
"""Of a seal's image: twenty times what one of 36 mm has at 600 dpi."""

LEAST_DPI, DPI = 200, 600
"""Least resolution of the seal itself, and that of its stencil."""

REDDER, DARK = 48, 128
"""Levels of 255: by so much red lies above green and blue in red ink; below this a pixel is dark."""

INKED = 128
"""Of 255, how full of red a pixel of the stencil is to be painted."""

FOREIGN = 0.03
"""Share of dark ink of other colours, of all ink, from which the image is no red seal."""

LEAST_INK, MOST_INK = 0.02, 0.7
"""Share of the square about the seal that is ink: less is a stray line, more a red area."""

ROUND = 0.9
"""Least ratio of the shorter to the longer side of a seal."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A stencil: width and height in pixels, and its bits as one strip of G4."""

    width: int
    height: int
    data: bytes


def cut(data: bytes, diameter_mm: float, max_pixels: int = MOST_PIXELS) -> Strip:
    """Return the stencil of a seal: as large as its ink, whatever margin the image has.

    Args:
        data: a PNG, red on white or on nothing.
        diameter_mm: how large the seal is in truth.
        max_pixels: a larger image is refused before it is decoded.

    Raises:
        ApplianceError: SEAL_UNFIT with what is wrong.
    """
    red = _trimmed(_red_of(_colours(data, max_pixels)))
    high, wide = red.shape
    if min(wide, high) < ROUND * max(wide, high):
        raise _unfit(f"không tròn: {wide} x {high} điểm ảnh / not round")
    if max(wide, high) < LEAST_DPI * diameter_mm / 25.4:
        raise _unfit(f"quá nhỏ: {max(wide, high)} điểm ảnh cho {diameter_mm:g} mm / too small")
    black = _scaled(red, diameter_mm) >= INKED
    if not LEAST_INK <= float(black.mean()) <= MOST_INK:
        raise _unfit(f"mực đỏ chiếm {black.mean():.0%} / share of red ink")
    return Strip(black.shape[1], black.shape[0], bilevel.g4(black.astype(np.uint8)))


def _unfit(reason: str) -> errors.ApplianceError:
    return errors.SEAL_UNFIT.error(reason=reason)


def _colours(data: bytes, max_pixels: int) -> Grey:
    """Decode to RGB (height, width, 3), what is transparent as white; the header is looked at first."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            if picture.width * picture.height > max_pixels:
                raise _unfit("quá nhiều điểm ảnh / too many pixels")
            own = picture.convert("RGBA")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # a warning where they are errors
        raise _unfit("quá nhiều điểm ảnh / too many pixels") from None
    except (OSError, ValueError, SyntaxError):
        raise _unfit("không phải ảnh PNG lành lặn / not a whole PNG") from None
    white = Image.new("RGBA", own.size, "white")
    return np.asarray(Image.alpha_composite(white, own).convert("RGB"), np.uint8)


def _red_of(rgb: Grey) -> Grey:
    """Return how much red ink each pixel has, 0..255.

    Raises:
        ApplianceError: SEAL_UNFIT: there is none, or dark ink of other colours too.
    """
    red, other = rgb[..., 0].astype(np.int32), rgb[..., 1:].max(axis=2).astype(np.int32)
    inked = red - other >= REDDER
    foreign = (rgb.max(axis=2) < DARK) & ~inked
    if not inked.any():
        raise _unfit("không có mực đỏ / no red ink")
    if foreign.sum() > FOREIGN * (inked.sum() + foreign.sum()):
        raise _unfit("có mực màu khác / ink of other colours")
    full = max(int(np.percentile((red - other)[inked], 90)), REDDER)
    return np.asarray(np.clip((red - other) * 255 // full, 0, 255), np.uint8)


def _trimmed(red: Grey) -> Grey:
    """Return the part with ink; specks smaller than a thousandth of the largest piece are no part of it."""
    count, _, stats, _ = cv2.connectedComponentsWithStats((red >= INKED).astype(np.uint8), connectivity=8)
    areas = stats[1:count, cv2.CC_STAT_AREA]
    if not areas.size:
        raise _unfit("không có mực đỏ / no red ink")
    boxes = stats[1:count][areas * 1000 >= areas.max()]
    left, top = boxes[:, cv2.CC_STAT_LEFT].min(), boxes[:, cv2.CC_STAT_TOP].min()
    right = (boxes[:, cv2.CC_STAT_LEFT] + boxes[:, cv2.CC_STAT_WIDTH]).max()
    low = (boxes[:, cv2.CC_STAT_TOP] + boxes[:, cv2.CC_STAT_HEIGHT]).max()
    return np.ascontiguousarray(red[top:low, left:right])


def _scaled(red: Grey, diameter_mm: float) -> Grey:
    """Return the seal at the stencil's resolution."""
    scale = DPI * diameter_mm / 25.4 / max(red.shape)
    size = (max(1, round(red.shape[1] * scale)), max(1, round(red.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(red, size, interpolation=way), np.uint8)
