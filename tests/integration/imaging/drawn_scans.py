"""Scans used by several imaging tests, drawn once, and what the ledger would know of them."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import specimen_sheets as sheets
from specimen_sheets import Pixels

from appliance.core.model import ImageFormat, ImageRules, Master

RULES = ImageRules(min_dpi=200, colour_required=True)
LIMIT = 200_000_000
DPI = 200


@cache
def sheet(name: str) -> Pixels:
    """Return a drawn sheet at 200 dpi, BGR."""
    drawn = {
        "letter": lambda: sheets.letter(DPI).pixels(),
        "short": lambda: sheets.letter(DPI, lines=5, seed=2).pixels(),
        "form": lambda: sheets.form(DPI).pixels(),
        "table": lambda: sheets.table(DPI).pixels(),
        "back": lambda: sheets.blank_back(DPI, bleed=0.2),
    }
    return drawn[name]()


@cache
def scan(name: str, skew: float = 0.0) -> Pixels:
    """Return a scan of a drawn sheet that lies ``skew`` degrees clockwise."""
    return sheets.scan(sheet(name), skew)


def jpeg(pixels: Pixels, quality: int = 85) -> bytes:
    """Encode BGR or grey as JPEG."""
    return bytes(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def master(pixels: Pixels, dpi: int = DPI, orientation: int = 1) -> Master:
    """Return the master that the ledger would hold for these pixels as JPEG."""
    colours = 3 if pixels.ndim == 3 else 1
    high, wide = pixels.shape[:2]
    return Master("ab/x.jpg", "0" * 64, 1, ImageFormat.JPEG, wide, high, colours, dpi, orientation)


def quarter_turned(pixels: Pixels, turns: int) -> Pixels:
    """Turn by quarter turns anticlockwise, so that ``turns`` clockwise bring it back."""
    return np.ascontiguousarray(np.rot90(pixels, turns))
