"""Which pixels of a page are ink, for its access copies: print sharp, and pencil and faint stamps not lost."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from appliance.imaging import tone

Grey = npt.NDArray[np.uint8]
Colour = npt.NDArray[np.uint8]
Bits = npt.NDArray[np.uint8]

FAINTEST, GRAIN = 0.14, 4.5
"""How much darker than its paper ink is at least: a share of the paper's tone, and of the paper's own grain."""

TINGE = 8.0
"""Levels of colour beyond the page's own that mean nothing: noise of colour."""

REACH_MM = 0.6
"""An edge lies half way between the paper and the darkest place this near."""

BRIGHT = 0.92
"""Share of the paper's tone above which a pixel is paper for certain: its grain is measured there."""


def plane_of(rgb: Colour) -> Grey:
    """Return how light each pixel is to one who looks for ink: pale red and pale blue are dark in it.

    The darkest channel, less by how much more colour a pixel has than the page has usually.
    """
    red, green, blue = cv2.split(rgb)
    least, most = cv2.min(cv2.min(red, green), blue), cv2.max(cv2.max(red, green), blue)
    colour = np.asarray(cv2.subtract(most, least), np.uint8)
    usual = np.array([float(np.median(colour[::9, ::9])) + TINGE, 0, 0, 0])
    return cast(Grey, cv2.subtract(least, cv2.subtract(colour, usual)))


def ink_of(grey: Grey, dpi: float, darkest: float = 1.0) -> Bits:
    """Tell ink (1) from paper (0): (height, width) uint8 like ``grey``; 25 ms CPU for A4 at 300 dpi.

    Light is divided by the paper's own, so coloured and unevenly lit paper is white. A pixel is ink where it is
    darker than half way to the darkest one nearby: black print and a pencil line each get their own threshold.
    With ``darkest``, a share of the paper's tone, only that is ink whose darkest place nearby is at least so dark.
    """
    paper = tone.paper_grid(grey)
    white = max(1.0, tone.paper_tone(paper))
    level = cast(Grey, cv2.GaussianBlur(tone.flattened(grey, paper), (3, 3), 0))
    side = 2 * max(1, round(REACH_MM * dpi / 25.4 / 2)) + 1
    # half of the darkest plus half of white, in one table: erosion and table are faster than arithmetic on pixels
    halves = np.minimum((np.arange(256) + white) / 2, _faintest(level, white)).astype(np.uint8)
    halves[min(255, int(darkest * white)) + 1:] = 0
    limits = cv2.LUT(cv2.erode(level, np.ones((side, side), np.uint8)), halves)
    black = np.asarray(cv2.compare(level, limits, cv2.CMP_LT), np.uint8) & np.uint8(1)
    return _without_specks(black)


def _faintest(level: Grey, white: float) -> float:
    """Return the tone above which nothing is ink on a page with such grain."""
    sample = level[::5, ::5]
    grain = sample[sample > BRIGHT * white]
    spread = float(grain.std()) if grain.size else 0.0
    return white - max(FAINTEST * white, GRAIN * spread)


def _without_specks(black: Bits) -> Bits:
    """Take single pixels away that touch no other: grain, never a dot of a letter."""
    around = cv2.boxFilter(black, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(black & (around > 1), np.uint8)
