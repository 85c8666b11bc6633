"""Double frames: rectangles of two nested lines, 1 mm apart, in the sizes of state-secret stamps.

First look: in strips along each of the two directions, at every slope, for two double lines above each other.
What is found is drawn level and looked at side by side, in parts, so that uneven ink, a warped print or writing
over it spoil a part only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from appliance.imaging import border, corners, kernels
from appliance.imaging.redink import Ink

Grey = npt.NDArray[np.uint8]
Reals = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

SCALE = 5.0
"""Pixels per mm of the first look; its strips are 1 mm wide."""

STRIP = 5
STEEPEST, SLOPE_STEP = 14.0, 2.0
"""Degrees either way of level or upright that are looked at."""

HALF = (48.0, 9.0)
"""mm of the level drawing to either side of the place found."""

CLEAR = 0.3
"""Of the ink about it: what a place must show in the first look to get a second one. Of 240 worn stamps the least
clear had 0.53; of what seals and other stamps show one place in fifty has as much as this."""

SURE = 0.5
"""Of the same: what is so clear is looked at again at slopes beside the one guessed, when it shows no frame."""

INKED, MARGIN = 20, 20
"""Amount (of 255) that is ink, and pixels of the first look around a place that count as about it."""

LIKELY = 0.3
"""Score from which the corners are looked at as well, and whether the lines are fringes of black print."""

MOST = 6
"""Places of a region and direction that get a second look, clearest first."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What was found.

    Attributes:
        score: how sure, 0..1: how clear the sides are, times how well size, writing, corners and colour fit.
        width_mm, height_mm: of the outer frame.
        x, y: the middle, pixels of the image.
        angle: degrees clockwise of the long side, -14..14 or 76..104.
    """

    score: float
    width_mm: float
    height_mm: float
    x: float
    y: float
    angle: float


def find(ink: Ink, dpi: float, enough: float) -> Frame | None:
    """Find the surest double frame in a region of red ink; a frame with a score of ``enough`` ends the search."""
    best: Frame | None = None
    scale = SCALE * 25.4 / dpi
    small = np.asarray(cv2.resize(ink.amount, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    for upright in (False, True):
        places = _places(np.ascontiguousarray(small.T) if upright else small, scale)
        plane = _turned(ink) if upright and places else ink
        for place in places:
            frame = _looked_into(plane, place, dpi, enough)
            if frame is not None and (best is None or frame.score > best.score):
                best = _turned_back(frame) if upright else frame
            if best is not None and best.score >= enough:
                return best
    return best


@dataclass(frozen=True, slots=True)
class _Place:
    """A guess: middle of a box in pixels of the region, its slope in degrees clockwise, and whether it is clear."""

    x: float
    y: float
    angle: float
    sure: bool


def _turned(ink: Ink) -> Ink:
    """Swap rows and columns: upright sides become level."""
    return Ink(np.ascontiguousarray(ink.amount.T), np.ascontiguousarray(ink.known.T), ink.y, ink.x)


def _turned_back(frame: Frame) -> Frame:
    return Frame(frame.score, frame.width_mm, frame.height_mm, frame.y, frame.x, 90.0 - frame.angle)


def _places(small: Grey, scale: float) -> list[_Place]:
    """Take the first look: where two double lines run above each other, clearest first.

    ``small`` has ``SCALE`` pixels per mm, ``scale`` of them per pixel of the region.
    """
    means = np.empty((small.shape[1] // STRIP, small.shape[0]), np.float32)
    if means.shape[0] < kernels.WINDOW:
        return []
    kernels.strip_means(small, STRIP, means)
    best = np.zeros((means.shape[0] - kernels.WINDOW + 1, means.shape[1]), np.float32)
    slopes = np.zeros_like(best)
    for angle in np.arange(-STEEPEST, STEEPEST + SLOPE_STEP / 2, SLOPE_STEP):
        kernels.paired_lines(means, math.tan(math.radians(angle)) * STRIP, best, slopes)
    places = []
    for strip, row, clear in _peaks(best):
        share = clear / _ink_about(small, strip, row)
        if share >= CLEAR:
            places.append(_place((strip, row), float(slopes[strip, row]), scale, share >= SURE))
    return places


def _peaks(best: Reals) -> list[tuple[int, int, float]]:
    """Return the highest places that are no neighbours of each other: strip, row, height."""
    peaks: list[tuple[int, int, float]] = []
    for _ in range(MOST):
        strip, row = (int(at) for at in np.unravel_index(int(best.argmax()), best.shape))
        clear = float(best[strip, row])
        if clear <= 0:
            break
        peaks.append((strip, row, clear))
        best[max(0, strip - 12):strip + 13, max(0, row - 15):row + 16] = 0
    return peaks


def _ink_about(small: Grey, strip: int, row: int) -> float:
    """Return the usual amount of ink, where there is any, about a window and the row of its upper line."""
    about = small[max(0, row - MARGIN):row + round(8 * SCALE) + MARGIN,
                  max(0, strip * STRIP - MARGIN):(strip + kernels.WINDOW) * STRIP + MARGIN]
    inked = about[about > INKED]
    return float(np.median(inked)) if inked.size else float(INKED)


def _place(at: tuple[int, int], slope: float, scale: float, sure: bool) -> _Place:
    """Turn a window and the row of its upper line into the middle of a box 8 mm high."""
    strip, row = at
    angle = math.atan(slope / STRIP)
    half = 4.0 * SCALE
    x = (strip + kernels.WINDOW / 2) * STRIP - math.sin(angle) * half
    return _Place(x / scale, (row + math.cos(angle) * half) / scale, math.degrees(angle), sure)


def _looked_into(ink: Ink, place: _Place, dpi: float, enough: float) -> Frame | None:
    """Look at a place; where it was clear and yet shows no frame, at slopes beside the one that was guessed."""
    best = _second_look(ink, place, dpi)
    for beside in (SLOPE_STEP, -SLOPE_STEP) if place.sure else ():
        if best is not None and best.score >= enough:
            break
        frame = _second_look(ink, replace(place, angle=place.angle + 0.75 * beside), dpi)
        if frame is not None and (best is None or frame.score > best.score):
            best = frame
    return best


def _second_look(ink: Ink, place: _Place, dpi: float) -> Frame | None:
    """Draw the place level, find the four sides, and judge them."""
    matrix, size = _level(place, dpi)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    drawing = border.Drawing(np.asarray(cv2.warpAffine(ink.amount, matrix, size, flags=flags), np.uint8),
                             np.asarray(cv2.warpAffine(ink.known, matrix, size, flags=flags), np.uint8))
    found = drawing.sides()
    if found is None:
        return None
    left, top, right, bottom = found
    x, y = matrix @ np.array(((left + right) / 2, (top + bottom) / 2, 1.0))
    wide, high = drawing.size_mm(found)
    score = drawing.clearness(found) * drawing.fit(found)
    if score >= LIKELY:
        score *= corners.nested(drawing.amount, drawing.known, found) * drawing.by_itself(found)
    return Frame(score, wide, high, float(x) + ink.x, float(y) + ink.y,
                 place.angle)


def _level(place: _Place, dpi: float) -> tuple[Floats, tuple[int, int]]:
    """Return the matrix from pixels of the level drawing to those of the region, and the drawing's size."""
    step = dpi / 25.4 / border.SCALE
    wide, high = (round(2 * half * border.SCALE) for half in HALF)
    cos, sin = math.cos(math.radians(place.angle)) * step, math.sin(math.radians(place.angle)) * step
    return np.array(((cos, -sin, place.x - cos * wide / 2 + sin * high / 2),
                     (sin, cos, place.y - sin * wide / 2 - cos * high / 2))), (wide, high)
