"""How lines of writing run on an image: their direction, their skew, and which end is up."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from appliance.imaging import kernels
from appliance.imaging.ink import Ink

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

STRIP_MM = 1.35
COARSE_RANGE, COARSE_STEP = 12.0, 0.25
FINE_RANGE, FINE_STEP = 0.4, 0.1

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


@dataclass(frozen=True, slots=True)
class Lie:
    """How a page lies on its image.

    Attributes:
        turn: quarter turns clockwise that bring it upright, 0..3.
        skew: degrees clockwise that then level its lines; 0 when no lines were found.
        sideways_sure, upright_sure: whether the evidence for line direction, and for up or down, is clear.
    """

    turn: int
    skew: float
    sideways_sure: bool
    upright_sure: bool


def find(ink: Ink, prior: int = 0) -> Lie:
    """Find how a page lies; where the ink does not tell, ``prior`` (quarter turns) stands."""
    rows, columns = _direction(ink.letters, ink.dpi), _direction(_turned(ink.letters, 1), ink.dpi)
    lines = max(rows.clearness, columns.clearness)
    if ink.letter_count < FEWEST_LETTERS or lines < CLEAR_LINES:
        return Lie(prior, _skew_of_few(ink, prior, columns if prior % 2 else rows), False, False)
    odd = columns.clearness > rows.clearness and columns.weight > rows.weight
    ratio = columns.weight * columns.clearness / (rows.weight * rows.clearness)
    sideways_sure = not 1 / CLEAR_SIDEWAYS < ratio < CLEAR_SIDEWAYS
    if not sideways_sure:
        odd = bool(prior % 2)
    return _find_up(ink, prior, int(odd), columns if odd else rows, sideways_sure)


@dataclass(frozen=True, slots=True)
class _Direction:
    """The coarse angle of lines in one direction, how it stands out of other angles, and its score."""

    angle: float
    clearness: float
    weight: float


def _find_up(ink: Ink, prior: int, odd: int, direction: _Direction, sideways_sure: bool) -> Lie:
    """Find skew and up or down, the image first turned by ``odd`` quarter turns."""
    slope = _fine_slope(_turned(ink.content, odd), ink.dpi, direction.angle)
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
    return Lie(turn, -slope, sideways_sure, (seconded or alone) and sideways_sure)


def _accented(ink: Ink, odd: int) -> float:
    """Return how many standard errors more letters lie below their accents than above them."""
    up, right, down, left = ink.accents
    below, above = (right, left) if odd else (down, up)
    return (below - above) / math.sqrt(below + above + 1)


def _skew_of_few(ink: Ink, prior: int, direction: _Direction) -> float:
    """Level a page of little writing by its rules or few words, if they are clear."""
    if direction.clearness < CLEAR_LINES or not ink.letter_count:
        return 0.0
    return -_fine_slope(_turned(ink.content, prior % 2), ink.dpi, direction.angle)


def _turned(image: Grey, turns: int) -> Grey:
    return np.ascontiguousarray(np.rot90(image, -turns)) if turns else image


def _strips(image: Grey, dpi: float) -> tuple[npt.NDArray[np.int32], int]:
    width = max(4, round(STRIP_MM * dpi / 25.4))
    sums = np.empty((max(1, image.shape[1] // width), image.shape[0]), np.int32)
    kernels.strip_sums(image, min(width, image.shape[1]), sums)
    return sums, width


def _direction(letters: Grey, dpi: float) -> _Direction:
    """Sweep wide and coarse: strips four times as wide, rows in pairs."""
    sums, width = _strips(letters, dpi)
    count, rows = max(1, sums.shape[0] // 4), sums.shape[1] // 2
    if sums.shape[0] < 4 or rows < 8:
        return _Direction(0.0, 0.0, 1.0)
    pooled = sums[:count * 4, :rows * 2].reshape(count, 4, rows, 2).sum(axis=(1, 3), dtype=np.int32)
    angles = np.arange(-COARSE_RANGE, COARSE_RANGE + COARSE_STEP / 2, COARSE_STEP)
    scores = _scores(np.ascontiguousarray(pooled), angles, width * 2.0)
    best = int(scores.argmax())
    peak, usual = float(scores[best]), max(1.0, float(np.median(scores)))
    return _Direction(float(angles[best]), peak / usual, peak + 1.0)


def _fine_slope(content: Grey, dpi: float, about: float) -> float:
    """Return the angle of lines near ``about``: degrees, positive where they fall to the right."""
    sums, width = _strips(content, dpi)
    angles = about + np.arange(-FINE_RANGE, FINE_RANGE + FINE_STEP / 2, FINE_STEP)
    scores = _scores(sums, angles, float(width))
    best = int(np.clip(scores.argmax(), 1, len(angles) - 2))
    before, here, after = scores[best - 1:best + 2]
    bend = before - 2 * here + after
    return float(angles[best] + (0.5 * (before - after) / bend * FINE_STEP if bend < 0 else 0.0))


def _scores(sums: npt.NDArray[np.int32], angles: Floats, pixels_per_strip: float) -> Floats:
    scores = np.empty(angles.size)
    slopes = np.tan(np.radians(angles)) * pixels_per_strip
    kernels.shear_scores(sums, slopes, 1, np.empty(sums.shape[1]), scores)
    return scores


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
