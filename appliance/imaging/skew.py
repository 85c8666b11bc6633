"""How far a page lies askew, from grey pixels alone: strips of darkness, sheared until lines stand out.

The criterion is Postl's (US patent 4,723,297, expired): at the right slope the row profile has the steepest
steps. Leptonica's skew.c scores it on bitonal pixels; here the page is first summed in strips of 16 pixels,
which leaves a hundredth of the numbers to shear, and the best of the scores is refined by a parabola.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from appliance.imaging import kernels

Grey = npt.NDArray[np.uint8]
Reals = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

ROWS_DPI = 150.0
"""Rows an inch that are looked at; of 300 dpi every second one."""

INK_SHARE = 0.8
"""Share of the paper's tone below which a pixel counts, by how far it is below."""

LID_SHARE = 0.8
"""Share of the page's paper below which a cell is no paper."""

SAMPLE = 8
WRITING_MM = 5.0
"""What is dark and wider than this is no writing."""

COARSE_RANGE, COARSE_STEP = 16.0, 0.25
FINE_RANGE, FINE_STEP, FOLLOW = 0.4, 0.1, 4
HALVED_MM = 85.0
"""Width of writing from which its halves are scored apart."""

POOLED_MM = 5.4, 0.34
"""Width and height of what is taken together in the wide sweep."""

FADE_ROWS = 24
"""At ROWS_DPI 4 mm."""

LEAST_PART = 1e-3
"""Of the profile's power: a score that is usual at least, so that even darkness shows no lines."""

LEAST_STRIPS, LEAST_ROWS = 4, 16


@dataclass(frozen=True, slots=True)
class Strips:
    """Darkness of an image: ``sums`` (strips, rows) float32; a strip is ``pace`` rows and ``wide_mm`` wide."""

    sums: Reals
    pace: float
    wide_mm: float


@dataclass(frozen=True, slots=True)
class Slope:
    """The slope of lines.

    Attributes:
        angle: degrees, positive where lines fall to the right; minus this levels them.
        clearness: the best score over the usual one; about 1 where there are no lines.
        weight: the best score itself, to compare two directions of one image.
    """

    angle: float = 0.0
    clearness: float = 0.0
    weight: float = 0.0


def find(grey: Grey, dpi: float) -> Slope:
    """Find the slope of the lines of a grey image (height, width) within +-16 degrees.

    1.5 ms CPU for A4 at 300 dpi, 0.9 at 150.
    """
    strips = of_grey(grey, dpi)
    return fine(strips, sweep(strips))


def of_grey(grey: Grey, dpi: float) -> Strips:
    """Sum the darkness of a grey image in strips; what lies around the paper does not count."""
    every = max(1, round(dpi / ROWS_DPI))
    sums = np.empty((-(-grey.shape[0] // every), grey.shape[1] // kernels.STRIP), np.uint16)
    kernels.dark_strips(grey, _limits(grey, dpi), every, sums)
    return _strips(sums, every, dpi)


def of_ink(ink: Grey, dpi: float) -> Strips:
    """Count the ink of an image (ink 0, paper 255) in strips."""
    every = max(1, round(dpi / ROWS_DPI))
    sums = np.empty((-(-ink.shape[0] // every), ink.shape[1] // kernels.STRIP), np.uint16)
    limits = np.full((ink.shape[0] // kernels.STRIP + 1, sums.shape[1]), 255, np.uint8)
    kernels.dark_strips(ink, limits, every, sums)
    return _strips(sums, every, dpi)


def _strips(sums: npt.NDArray[np.uint16], every: int, dpi: float) -> Strips:
    """Turn sums (rows, strips) over, and let them fade towards both ends.

    What runs off the image, as a streak does, would else end everywhere at one height: a line without slope.
    """
    strips = np.asarray(sums.T, np.float32, order="C")
    fade = np.linspace(0, 1, FADE_ROWS, endpoint=False, dtype=np.float32)[:strips.shape[1] // 2]
    strips[:, :fade.size] *= fade
    strips[:, strips.shape[1] - fade.size:] *= fade[::-1]
    return Strips(strips, kernels.STRIP / every, kernels.STRIP / dpi * 25.4)


def sweep(strips: Strips) -> Slope:
    """Find the slope of lines to a quarter of a degree."""
    pooled, pace = _pooled(strips)
    if pooled.shape[0] < LEAST_STRIPS or pooled.shape[1] < LEAST_ROWS:
        return Slope()
    angles = np.arange(-COARSE_RANGE, COARSE_RANGE + COARSE_STEP / 2, COARSE_STEP)
    scores = _scores(kernels.coarse_scores, pooled, angles, pace)
    best = int(scores.argmax())
    power = float((pooled.sum(axis=0, dtype=np.float64) ** 2).sum())
    usual = max(1.0, float(np.median(scores)), LEAST_PART * power)
    return Slope(float(angles[best]), float(scores[best]) / usual, float(scores[best]))


def _pooled(strips: Strips) -> tuple[Reals, float]:
    """Take strips and rows together for the wide sweep; return them with their pace."""
    count, rows = strips.sums.shape
    across = max(1, round(POOLED_MM[0] / strips.wide_mm))
    down = max(1, round(POOLED_MM[1] / strips.wide_mm * strips.pace))
    whole = strips.sums[:count // across * across, :rows // down * down]
    lumps = sum((whole[at::across] for at in range(1, across)), whole[::across])
    pooled = sum((lumps[:, at::down] for at in range(1, down)), lumps[:, ::down])
    return np.ascontiguousarray(pooled), strips.pace * across / down


def fine(strips: Strips, about: Slope) -> Slope:
    """Find the slope near ``about`` to a few hundredths of a degree.

    Each half of a wide page is scored by itself: a form's leaders on the right need not stand on the line of
    its labels on the left. Little writing has a broad peak, so the range follows its best score.
    """
    if not about.weight or not strips.sums.any():
        return about
    middle = about.angle
    for _ in range(FOLLOW):
        angles = middle + np.arange(-FINE_RANGE, FINE_RANGE + FINE_STEP / 2, FINE_STEP)
        scores = sum(_scores(kernels.fine_scores, part, angles, strips.pace) for part in _halves(strips))
        best = int(np.argmax(scores))
        if 0 < best < len(angles) - 1:
            return dataclasses.replace(about, angle=_peak(angles, np.asarray(scores), best))
        middle = float(angles[best])
    return dataclasses.replace(about, angle=middle)


def _halves(strips: Strips) -> tuple[Reals, ...]:
    sums = strips.sums
    written = np.flatnonzero(sums.any(axis=1))
    first, last = int(written[0]), int(written[-1]) + 1
    middle = (first + last) // 2
    if (last - first) * strips.wide_mm < HALVED_MM:
        return (sums[first:last],)
    return sums[first:middle], sums[middle:last]


def _peak(angles: Floats, scores: Floats, best: int) -> float:
    """Return where the parabola through a score and its neighbours is highest."""
    before, here, after = scores[best - 1:best + 2]
    bend = before - 2 * here + after
    return float(angles[best] + (0.5 * (before - after) / bend * FINE_STEP if bend < 0 else 0.0))


def _scores(kernel: Any, sums: Reals, angles: Floats, pace: float) -> Floats:
    """Score angles; ``pace`` is rows a strip at 45 degrees."""
    slopes = -np.tan(np.radians(angles)) * pace  # what falls to the right is moved up there
    margin = int(np.abs(slopes).max() * len(sums) / 2) + 2
    scores = np.empty(angles.size)
    kernel(sums, slopes, np.empty(sums.shape[1] + 2 * margin, np.float32), scores)
    return scores


def _limits(grey: Grey, dpi: float) -> Grey:
    """Return below which tone a pixel is dark, per cell of STRIP pixels; 0 beside the paper."""
    small = np.ascontiguousarray(grey[::SAMPLE, ::SAMPLE])
    reach = max(1, round(WRITING_MM * dpi / 25.4 / SAMPLE / 2))
    wide = 2 * reach  # without the border a thin lid would be closed over
    framed = cv2.copyMakeBorder(small, wide, wide, wide, wide, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(framed, cv2.MORPH_CLOSE, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    paper = closed[wide:wide + small.shape[0], wide:wide + small.shape[1]]
    beside = (paper < LID_SHARE * np.percentile(paper[::2, ::2], 75)).astype(np.uint8)
    limits = (paper * INK_SHARE).astype(np.uint8)
    limits[cv2.dilate(beside, np.ones((5, 5), np.uint8)) > 0] = 0
    step = kernels.STRIP // SAMPLE
    return np.ascontiguousarray(cv2.erode(limits, np.ones((step, step), np.uint8), anchor=(0, 0))[::step, ::step])
