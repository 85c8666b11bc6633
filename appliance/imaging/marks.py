"""Codes on a page: QR, DataMatrix, PDF417, Code 128, Code 39. What they say is personal data."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import zxingcpp

from appliance.core.model import Box, Mark
from appliance.imaging import kernels

Grey = npt.NDArray[np.uint8]

LONGEST_TEXT = 8192
"""Characters of a mark that are kept; no code we know of says more."""

FINDERS = 8
"""Crossings of finder patterns from which a second look is worth it; running text gives up to five."""


def read(grey: Grey, scale: float = 1.0) -> tuple[Mark, ...]:
    """Read all codes of a grey image, QR at any angle, bars along or across it.

    ``scale`` is captured pixels per pixel of ``grey``; boxes are in pixels of the captured image.
    """
    formats = zxingcpp.BarcodeFormat
    found = zxingcpp.read_barcodes(
        grey,
        formats=zxingcpp.BarcodeFormats((formats.QRCode, formats.DataMatrix, formats.PDF417, formats.Code128,
                                         formats.Code39)),
        try_rotate=False, try_invert=False, try_downscale=False, text_mode=zxingcpp.TextMode.Plain,
    )
    return tuple(_mark(one, scale) for one in found)


def look_again(ink: Grey) -> bool:
    """Say whether an image without a readable code shows signs of one (ink 0, paper 255)."""
    return kernels.finder_count(ink, 2) >= FINDERS


def _mark(found: zxingcpp.Barcode, scale: float) -> Mark:
    at = found.position
    corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    across, down = [corner.x for corner in corners], [corner.y for corner in corners]
    box = Box(min(across) * scale, min(down) * scale, (max(across) + 1) * scale, (max(down) + 1) * scale)
    return Mark(str(found.format.name), _text(found), box)


def _text(found: zxingcpp.Barcode) -> str:
    """Decode the code's bytes as UTF-8; what is none of it becomes U+FFFD."""
    return bytes(found.bytes).decode("utf-8", errors="replace")[:LONGEST_TEXT]
