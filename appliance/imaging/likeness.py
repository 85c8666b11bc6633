"""Whether two captured sides show the same face of the same paper. Pure: two grey arrays in, a measure out.

A sheet that went through twice lies otherwise, under other light and with other noise, but every stroke is there
again. Two forms of one template, or two letters of one series, share most of their ink and differ in a few
characters. So it is not how much agrees that tells them apart but how much does not, in the worst place: both
images are laid on each other to a fraction of a pixel, and ink that is sure on one and has nothing near it on the
other is counted in a small window that goes over the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Ink = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]

DPI = 150.0
"""Resolution at which sides are compared; a digit of 12 points is 17 pixels high."""

SURE, WEAK = 0.42, 0.16
"""Share of the paper's light that ink takes: what must be found again, and what is enough to be found."""

NEAR = 1
"""Pixels that a stroke may lie beside itself after registration."""

WINDOW = 17
"""Side of the window (pixels) in which strokes without a partner are counted: one character."""

EDGE_MM = 6.0
"""Border that is not compared: backing, torn edges, what another feed cuts off."""

LEAST_INK = 900
"""Pixels of sure ink under which a side says nothing: blank, or a page number alone."""

SOLID = 15
"""Side of a dark square (pixels) that is no writing: backing, a shadow, a hole, a photograph."""

DARK = 70
"""Paper under this tone is no paper."""

ALONE = 12
"""Pixels in a window that are no edge of a stroke laid badly."""

SAME_SHARED, SAME_WORST, SAME_JUDGED = 0.985, 12.0, 0.7
OTHER_SHARED, OTHER_PLACES, OTHER_JUDGED = 0.9, 60, 0.3
"""Measured on pages with known truth by bench/quality_likeness.py; figures in bench/README.md."""

COARSE = 4
ANGLES = tuple(step * 0.5 for step in range(-8, 9))
TILE = 160
REACH = 12


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two sides have in common.

    Attributes:
        shared: share of the sure ink of both that has its partner, 0..1.
        worst: pixels of sure ink without a partner in the worst window (``WINDOW`` squared), at ``DPI``.
        places: how many windows, side by side, have ``ALONE`` of them or more.
        judged: share of the sure ink of each that lies where both may be judged, 0..1; the lesser.
    """

    shared: float
    worst: float
    places: int
    judged: float

    @property
    def same(self) -> bool:
        """Say whether both are the same face of the same sheet."""
        return self.shared >= SAME_SHARED and self.worst <= SAME_WORST and self.judged >= SAME_JUDGED

    @property
    def different(self) -> bool:
        """Say whether they clearly are not; a sheet that a jam has creased is neither."""
        return self.shared < OTHER_SHARED or self.places >= OTHER_PLACES or self.judged < OTHER_JUDGED


@dataclass(frozen=True, slots=True)
class _Face:
    """One side: the share of light that ink takes (0..1), and where it may be judged (1) or not (0)."""

    ink: Ink
    seen: Ink

    def laid(self, matrix: Matrix) -> _Face:
        """Draw it anew; ``matrix`` (2, 3) leads from places of the result to places of this."""
        return _Face(_warp(self.ink, matrix), _warp(self.seen, matrix))


def likeness(one: Grey, other: Grey) -> Likeness | None:
    """Compare two sides of about ``DPI``: (height, width) uint8 each, of any size.

    Shifts, a turn by 180 degrees, skew to 2 degrees on either side, brightness and noise do not matter.

    Returns:
        None when one of them has too little ink to say anything.
    """
    sides = _face(one), _face(other)
    if min(np.count_nonzero((side.ink > SURE) & (side.seen > 0)) for side in sides) < LEAST_INK:
        return None
    first, second = _framed(*sides)
    laid = second.laid(_coarse(first.ink, second.ink))
    for reach in (REACH, REACH // 2):
        laid = laid.laid(_fine(first.ink, laid.ink, reach))
    return _measure(first, laid)


def at_dpi(grey: Grey, dpi: float) -> Grey:
    """Bring an image of ``dpi`` to ``DPI``; one that is within a hundredth stays."""
    scale = DPI / dpi
    if abs(scale - 1.0) < 0.01:
        return grey
    form = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=form), np.uint8)


def _face(grey: Grey) -> _Face:
    """Tell ink from paper; the border and what is dark in one piece are not judged."""
    small = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8))
    paper = cv2.GaussianBlur(cv2.medianBlur(paper, 5), (0, 0), 3)
    wide = cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    taken = 1.0 - grey.astype(np.float32) / np.maximum(wide, 1).astype(np.float32)
    ink = np.clip(taken, 0.0, 1.0).astype(np.float32)
    dark = (ink > WEAK) | (wide < DARK)
    square = np.ones((SOLID, SOLID), np.uint8)
    solid = cv2.dilate(cv2.morphologyEx(dark.astype(np.uint8), cv2.MORPH_OPEN, square), square)
    edge = round(EDGE_MM * DPI / 25.4)
    seen = np.zeros(ink.shape, np.float32)
    seen[edge:-edge, edge:-edge] = solid[edge:-edge, edge:-edge] == 0
    return _Face(ink, seen)


def _framed(one: _Face, other: _Face) -> tuple[_Face, _Face]:
    """Centre both in frames of one size."""
    height, width = (max(one.ink.shape[at], other.ink.shape[at]) for at in (0, 1))
    return (_Face(_centred(one.ink, height, width), _centred(one.seen, height, width)),
            _Face(_centred(other.ink, height, width), _centred(other.seen, height, width)))


def _centred(ink: Ink, height: int, width: int) -> Ink:
    top, left = (height - ink.shape[0]) // 2, (width - ink.shape[1]) // 2
    frame = np.zeros((height, width), np.float32)
    frame[top:top + ink.shape[0], left:left + ink.shape[1]] = ink
    return frame


def _warp(values: Ink, matrix: Matrix) -> Ink:
    size = (values.shape[1], values.shape[0])
    backwards = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(values, matrix, size, flags=backwards), np.float32)


def _turn(shape: tuple[int, ...], degrees: float, shift: tuple[float, float] = (0.0, 0.0)) -> Matrix:
    """Return the matrix that turns about the middle and then shifts the place that is read."""
    matrix = np.array(cv2.getRotationMatrix2D(((shape[1] - 1) / 2, (shape[0] - 1) / 2), degrees, 1.0), np.float64)
    matrix[:, 2] += matrix[:, :2] @ np.array(shift)
    return matrix


def _coarse(one: Ink, other: Ink) -> Matrix:
    """Find turn, skew and shift on images reduced by ``COARSE``: the strongest phase correlation."""
    first, second = (_soft(ink) for ink in (one, other))
    best, found = -1.0, _turn(one.shape, 0.0)
    for half, angle in product((0.0, 180.0), ANGLES):
        turned = _warp(second, _turn(second.shape, half + angle))
        shift, peak = cv2.phaseCorrelate(first, turned)
        if peak > best:
            best, found = peak, _turn(one.shape, half + angle, (shift[0] * COARSE, shift[1] * COARSE))
    return found


def _soft(ink: Ink) -> Ink:
    small = cv2.resize(ink, None, fx=1 / COARSE, fy=1 / COARSE, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), np.float32)


def _fine(one: Ink, laid: Ink, reach: int) -> Matrix:
    """Fit the affine matrix that lays every part on its partner; parts are shifted by ``reach`` pixels at most."""
    places, partners = [], []
    for top, left in product(range(0, one.shape[0] - TILE, TILE), range(0, one.shape[1] - TILE, TILE)):
        tile = one[top:top + TILE, left:left + TILE]
        if np.count_nonzero(tile > SURE) < LEAST_INK // 10:
            continue
        shift = _shift(tile, laid, (top, left), reach)
        if shift is not None:
            middle = (left + TILE / 2, top + TILE / 2)
            places.append(middle)
            partners.append((middle[0] + shift[0], middle[1] + shift[1]))
    whole = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    if len(places) < 3:
        return whole
    matrix, _ = cv2.estimateAffine2D(np.array(places), np.array(partners), ransacReprojThreshold=1.5)
    return whole if matrix is None else np.asarray(matrix, np.float64)


def _shift(tile: Ink, laid: Ink, corner: tuple[int, int], reach: int) -> tuple[float, float] | None:
    """Return where (x, y) a part is found again, to a fraction of a pixel, or None."""
    top, left = corner
    if min(top, left) < reach or top + TILE + reach > laid.shape[0] or left + TILE + reach > laid.shape[1]:
        around = cv2.copyMakeBorder(laid, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=0)
        around = around[top:top + TILE + 2 * reach, left:left + TILE + 2 * reach]
    else:
        around = laid[top - reach:top + TILE + reach, left - reach:left + TILE + reach]
    if not np.any(around > SURE):
        return None
    scores = np.asarray(cv2.matchTemplate(around, tile, cv2.TM_CCOEFF_NORMED), np.float32)
    _, best, _, (x, y) = cv2.minMaxLoc(scores)
    if best < 0.3 or not (0 < x < scores.shape[1] - 1 and 0 < y < scores.shape[0] - 1):
        return None
    return x - reach + _top(scores[y, x - 1:x + 2]), y - reach + _top(scores[y - 1:y + 2, x])


def _top(three: npt.NDArray[np.float32]) -> float:
    """Return where between three neighbours their parabola has its top, from the middle one."""
    before, here, after = (float(value) for value in three)
    bend = before - 2 * here + after
    return 0.0 if bend >= 0 else float(np.clip((before - after) / (2 * bend), -0.5, 0.5))


def _measure(one: _Face, other: _Face) -> Likeness:
    """Count the sure ink of each that has nothing near it on the other, where both may be judged."""
    both = np.minimum(one.seen, other.seen) > 0.99
    near = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * NEAR + 1, 2 * NEAR + 1))
    alone = np.zeros(both.shape, np.float32)
    sure, judged = 0, 1.0
    for here, there in ((one, other), (other, one)):
        strong = (here.ink > SURE) & (here.seen > 0.99)
        every = int(np.count_nonzero(strong))
        strong &= both
        alone += strong & (cv2.dilate(there.ink, near) < WEAK)
        common = int(np.count_nonzero(strong))
        sure, judged = sure + common, min(judged, common / max(every, 1))
    sums = cv2.boxFilter(alone, cv2.CV_32F, (WINDOW, WINDOW), normalize=False, borderType=cv2.BORDER_CONSTANT)
    places = np.count_nonzero(sums[WINDOW // 2::WINDOW, WINDOW // 2::WINDOW] >= ALONE)
    return Likeness(1.0 - float(alone.sum()) / max(sure, 1), float(sums.max()), int(places), judged)
