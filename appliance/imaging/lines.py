"""How lines of writing run on an image: their direction, their skew, and which end is up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from appliance.imaging import kernels, skew
from appliance.imaging.ink import Ink

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

STRIP_MM = 1.35
SWEEP_DPI = 75.0

FEWEST_LETTERS = 40
"""Below this many letters no direction is called sure."""

CLEAR_LINES = 3.0
"""Peak over median of the coarse scores from which lines are said to be there at all."""

CLEAR_SIDEWAYS = 2.0
"""How much clearer columns must be than rows before a page is called sideways."""

PART_MM, PARTS_DOWN = 22.0, 3
CLEAR_UP = 2.5
"""Mean over standard error of the upright evidence of the page's parts."""

SOME_ACCENTS, CLEAR_ACCENTS = 2.0, 4.0
"""Standard errors by which more letters lie below their accents than above: as a second voice, and alone.
Vietnamese has far more marks above its letters than dots below; i, j and the comma serve other languages."""


CLEAR_AXIS, ALONE_AXIS = 3.0, 6.0
"""Standard errors by which more accents stand over or under their letters than beside them: as a second voice
for rows or columns, and alone: figures of one width stand in columns clearer than any line of text."""


@dataclass(frozen=True, slots=True)
class Lie:
    """How a page lies on its image.

    Attributes:
        turn: quarter turns clockwise that bring it upright, 0..3.
        skew: degrees clockwise that then level its lines; 0 when no lines were found.
        level_sure: whether lines were found.
        sideways_sure, upright_sure: whether the evidence for line direction, and for up or down, is clear.
    """

    turn: int
    skew: float
    level_sure: bool
    sideways_sure: bool
    upright_sure: bool


def find(ink: Ink, grey: Grey, prior: int = 0) -> Lie:
    """Find how a page lies; where the ink does not tell, ``prior`` (quarter turns) stands.

    ``grey`` is the image that ``ink`` was found on.
    """
    small, dpi = _reduced(ink.letters, ink.dpi)
    rows, columns = (skew.sweep(skew.of_ink(_turned(small, turn), dpi)) for turn in (0, 1))
    if ink.letter_count < FEWEST_LETTERS or max(rows.clearness, columns.clearness) < CLEAR_LINES:
        return Lie(prior, *(_skew_of_few(grey, ink.dpi, prior) if ink.letter_count else (0.0, False)), False, False)
    odd, sideways_sure = _direction(rows, columns, ink)
    if not sideways_sure:
        odd = bool(prior % 2)
    clearer = odd if sideways_sure else columns.clearness > rows.clearness
    strips = skew.of_grey(_turned(grey, int(clearer)), ink.dpi)
    slope = skew.fine(strips, columns if clearer else rows).angle
    return _find_up(ink, prior, int(odd), slope, sideways_sure)


def _direction(rows: skew.Slope, columns: skew.Slope, ink: Ink) -> tuple[bool, bool]:
    """Say whether lines run down the image, and whether that is sure.

    Cells of a table stand in columns as straight as its rows. Accents stand above and below their letters: where
    they say so clearly they decide, else they must agree with the direction that is clearer.
    """
    up, right, down, left = ink.accents
    upright = (up + down - right - left) / math.sqrt(up + down + right + left + 1)
    if abs(upright) >= ALONE_AXIS:
        return upright < 0, True
    odd = columns.clearness > rows.clearness
    ratio = (columns.weight + 1) * columns.clearness / ((rows.weight + 1) * max(rows.clearness, 1e-9))
    if not 1 / CLEAR_SIDEWAYS < ratio < CLEAR_SIDEWAYS:
        return odd and columns.weight > rows.weight, True
    return odd, upright * (-1 if odd else 1) >= CLEAR_AXIS


def _reduced(letters: Grey, dpi: float) -> tuple[Grey, float]:
    """Reduce an image of letters to what the wide sweep looks at."""
    factor = max(1, round(dpi / SWEEP_DPI))
    size = (max(1, letters.shape[1] // factor), max(1, letters.shape[0] // factor))
    return cast(Grey, cv2.resize(letters, size, interpolation=cv2.INTER_AREA)), dpi / factor


def _find_up(ink: Ink, prior: int, odd: int, slope: float, sideways_sure: bool) -> Lie:
    """Find up or down, the image first turned by ``odd`` quarter turns."""
    profile = _upright(_turned(ink.letters, odd), ink.dpi, slope)
    accents = _accented(ink, odd)
    seconded = abs(accents) >= SOME_ACCENTS and profile * math.copysign(1, accents) >= CLEAR_UP
    alone = abs(accents) >= CLEAR_ACCENTS and profile * math.copysign(1, accents) > -CLEAR_UP
    if not sideways_sure:
        turn = prior
    elif seconded or alone:
        turn = odd + (2 if accents < 0 else 0)
    elif prior % 2 == odd:
        turn = prior
    else:
        turn = odd + (2 if odd and accents < 0 else 0)
    return Lie(turn, -slope, True, sideways_sure, (seconded or alone) and sideways_sure)


def _accented(ink: Ink, odd: int) -> float:
    """Return how many standard errors more letters lie below their accents than above them."""
    up, right, down, left = ink.accents
    below, above = (right, left) if odd else (down, up)
    return (below - above) / math.sqrt(below + above + 1)


def _skew_of_few(grey: Grey, dpi: float, prior: int) -> tuple[float, bool]:
    """Level a page of little writing by its rules or few words, if they are clear."""
    strips = skew.of_grey(_turned(grey, prior % 2), dpi)
    found = skew.sweep(strips)
    clear = found.clearness >= CLEAR_LINES
    return (-skew.fine(strips, found).angle if clear else 0.0), clear


def _turned(image: Grey, turns: int) -> Grey:
    return np.ascontiguousarray(np.rot90(image, -turns)) if turns else image


def _strips(image: Grey, dpi: float) -> tuple[npt.NDArray[np.int32], int]:
    width = max(4, round(STRIP_MM * dpi / 25.4))
    sums = np.empty((max(1, image.shape[1] // width), image.shape[0]), np.int32)
    kernels.strip_sums(image, min(width, image.shape[1]), sums)
    return sums, width


def _upright(letters: Grey, dpi: float, slope: float) -> float:
    """Return how many standard errors the profile's evidence of standing upright is above 0."""
    sums, width = _strips(letters, dpi)
    across = max(1, round(letters.shape[1] / (PART_MM * dpi / 25.4)))
    evidence = np.empty((across, PARTS_DOWN, 2))
    kernels.upright_evidence(sums, math.tan(math.radians(slope)) * width, across, PARTS_DOWN, evidence)
    parts = evidence.reshape(-1, 2)
    total = parts.sum(axis=1)
    if not total.any():
        return 0.0
    weights = np.cbrt(total)
    values = (parts[:, 0] - parts[:, 1]) / np.maximum(total, 1.0)
    mean = float((weights * values).sum() / weights.sum())
    spread = math.sqrt(float((weights * (values - mean) ** 2).sum() / weights.sum()))
    count = float(weights.sum() ** 2 / (weights ** 2).sum())
    return mean / max(spread, 1e-6) * math.sqrt(count)
