"""From the levels of a scan to light and to CIE L*a*b*, and how far two colours lie apart."""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

LUMINANCE = (0.2126, 0.7152, 0.0722)
"""Shares of red, green and blue in the luminance of sRGB (IEC 61966-2-1)."""

TO_XYZ = ((0.4360747, 0.3850649, 0.1430804), (0.2225045, 0.7168786, 0.0606169), (0.0139322, 0.0971045, 0.7141733))
"""From linear sRGB to XYZ under D50, as ICC profiles do (Bradford adaptation, ICC.1 annex E)."""

WHITE = (0.9642, 1.0, 0.8249)
"""D50, 2 degrees."""

EPSILON, KAPPA = 216 / 24389, 24389 / 27
"""Where the cube root of L* passes into a straight line (CIE 15)."""

POWER = 25.0**7


class Lab(NamedTuple):
    """A colour: CIE L*, a*, b* under D50."""

    lightness: float
    a: float
    b: float


@cache
def levels() -> Floats:
    """Return the light of each of the 256 levels, 0..1 (256,) float32: the curve of sRGB backwards."""
    level = np.arange(256) / 255.0
    light = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    return np.asarray(light, np.float32)


def luminance(light: Floats) -> Floats:
    """Return the luminance, 0..1, of linear red, green and blue (..., 3)."""
    return np.asarray(light @ np.asarray(LUMINANCE, np.float32), np.float32)


def lightness(luminances: Floats) -> Floats:
    """Return L*, 0..100, of luminances 0..1."""
    root = np.cbrt(luminances) * 116 - 16
    return np.asarray(np.where(luminances > EPSILON, root, luminances * KAPPA), np.float32)


def lab(red: float, green: float, blue: float) -> Lab:
    """Return the colour of linear sRGB values, 0..1."""
    x, y, z = (_root(sum(part * value for part, value in zip(row, (red, green, blue), strict=True)) / white)
               for row, white in zip(TO_XYZ, WHITE, strict=True))
    return Lab(116 * y - 16, 500 * (x - y), 200 * (y - z))


def _root(share: float) -> float:
    return share ** (1 / 3) if share > EPSILON else (KAPPA * share + 16) / 116


def apart(one: Lab, other: Lab) -> float:
    """Return the colour difference CIEDE2000 with all weights 1.

    Formula: Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula: implementation notes", Color Research and
    Application 30 (2005); its 34 test pairs are tested.
    """
    mean_chroma = (math.hypot(one.a, one.b) + math.hypot(other.a, other.b)) / 2
    stretch = 1.5 - 0.5 * math.sqrt(mean_chroma**7 / (mean_chroma**7 + POWER))
    chroma_one, chroma_two = math.hypot(one.a * stretch, one.b), math.hypot(other.a * stretch, other.b)
    hue_one, hue_two = _hue(one.a * stretch, one.b), _hue(other.a * stretch, other.b)
    grey = chroma_one * chroma_two == 0
    turn = 0.0 if grey else (hue_two - hue_one + 180) % 360 - 180
    if not grey and turn == -180:  # the formula takes a half turn forwards where the second hue is the greater
        turn = 180.0 if hue_two > hue_one else -180.0
    hue = hue_one + hue_two if grey else _middle(hue_one, hue_two)
    light, chroma = (one.lightness + other.lightness) / 2, (chroma_one + chroma_two) / 2
    by_light = (other.lightness - one.lightness) / (
        1 + 0.015 * (light - 50) ** 2 / math.sqrt(20 + (light - 50) ** 2))
    by_chroma = (chroma_two - chroma_one) / (1 + 0.045 * chroma)
    by_hue = 2 * math.sqrt(chroma_one * chroma_two) * _sin(turn / 2) / (1 + 0.015 * chroma * _hue_weight(hue))
    rotation = -2 * math.sqrt(chroma**7 / (chroma**7 + POWER)) * _sin(60 * math.exp(-(((hue - 275) / 25) ** 2)))
    return math.sqrt(by_light**2 + by_chroma**2 + by_hue**2 + rotation * by_chroma * by_hue)


def _hue_weight(hue: float) -> float:
    return (1 - 0.17 * _cos(hue - 30) + 0.24 * _cos(2 * hue) + 0.32 * _cos(3 * hue + 6)
            - 0.20 * _cos(4 * hue - 63))


def _hue(a: float, b: float) -> float:
    return math.degrees(math.atan2(b, a)) % 360 if a or b else 0.0


def _middle(one: float, other: float) -> float:
    if abs(one - other) <= 180:
        return (one + other) / 2
    return (one + other + (360 if one + other < 360 else -360)) / 2


def _sin(degrees: float) -> float:
    return math.sin(math.radians(degrees))


def _cos(degrees: float) -> float:
    return math.cos(math.radians(degrees))
