"""Codes as they stand on papers: QR, DataMatrix, PDF417, Code 128 and 39, and patch codes.

Patch codes after Kodak's A-61599: four bars, two wide (0.20 inch) and two narrow (0.08 inch), spaces of 0.08 inch,
0.80 inch over all; the bars lie along the leading edge.
"""

from __future__ import annotations

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from bench.corpus.spec import Code

Mask = NDArray[np.uint8]

PATCHES = {"1": "WWNN", "2": "WNNW", "3": "WNWN", "4": "NWWN", "6": "NNWW", "T": "NWNW"}
WIDE, NARROW = 5, 2
"""In units of 0.04 inch."""

UNIT_MM = 0.04 * 25.4
FLAT = {"Code128": 12.0, "Code39": 12.0}
"""mm; how high bars are."""


def draw_code(code: Code, dpi: int) -> Mask:
    """Return the coverage of a code (uint8, 255 ink), turned as it stands; its middle is the code's."""
    modules = _patch(code.text) if code.kind == "Patch" else _modules(code)
    wide, high = size_mm(code, modules)
    grain = 4
    drawn = cv2.resize(modules, (round(wide * dpi * grain / 25.4), round(high * dpi * grain / 25.4)),
                       interpolation=cv2.INTER_NEAREST)
    return _turned(np.asarray(drawn, np.uint8), code.angle, 1 / grain)


def size_mm(code: Code, modules: Mask) -> tuple[float, float]:
    """Return width and height of an upright code."""
    if code.kind == "Patch":
        return code.size, modules.shape[0] * UNIT_MM
    return code.size, FLAT.get(code.kind, code.size * modules.shape[0] / modules.shape[1])


def module_px(code: Code, dpi: int) -> float:
    """Return how many pixels the narrowest element is wide."""
    if code.kind == "Patch":
        return NARROW * UNIT_MM * dpi / 25.4
    return code.size / 25.4 * dpi / float(_modules(code).shape[1])


def _modules(code: Code) -> Mask:
    """Return the code's pattern, one pixel a module."""
    made = zxingcpp.create_barcode(code.text, getattr(zxingcpp.BarcodeFormat, code.kind))
    image = np.array(zxingcpp.write_barcode_to_image(made, scale=1, add_quiet_zones=False))
    return np.ascontiguousarray(255 - image)


def _patch(text: str) -> Mask:
    """Return the rows of a patch code, first bar uppermost."""
    rows: list[int] = []
    for bar in PATCHES[text]:
        rows += [0] * (NARROW if rows else 0) + [255] * (WIDE if bar == "W" else NARROW)
    return np.array(rows, np.uint8)[:, None]


def _turned(mask: Mask, angle: float, scale: float) -> Mask:
    """Turn a mask clockwise about its middle and reduce it; nothing is cut off."""
    high, wide = mask.shape
    matrix = np.array(cv2.getRotationMatrix2D((wide / 2, high / 2), -angle, 1.0), np.float64)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    step = round(1 / scale)
    size = ((int(wide * cos + high * sin) // step + 2) * step, (int(wide * sin + high * cos) // step + 2) * step)
    matrix[:, 2] += (size[0] / 2 - wide / 2, size[1] / 2 - high / 2)
    turned = cv2.warpAffine(mask, matrix, size, flags=cv2.INTER_LINEAR)
    small = cv2.resize(turned, (size[0] // step, size[1] // step), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)
