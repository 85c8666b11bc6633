"""Combs and rules that touch writing: every pixel of theirs that is no part of it.

A rule is a long level run of ink that is thin along most of its way; where a stroke of writing crosses or touches
it, the stroke stays whole. Bars are upright, thin, and end at a rule, as those between the digits of a comb. Frames
of tables are higher than what is looked at here: they tell the engine what belongs to one row.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

LEVEL_MM, BAR_MM = 10.0, 4.5
"""Shortest rule, and shortest bar: longer than strokes of print to 16 points."""

HIGHEST_MM = 11.0
"""Of a piece of ink that is looked at: a comb, or a line of writing on a rule."""

THIN_MM = 0.85
"""Thickest rule, with the blur of the picture."""

THIN_SHARE = 0.7
"""Of a rule's pixels that must be thin: the others are under writing."""

TOUCH_MM = 0.4
"""As near a bar must come to a rule."""


def candidates(boxes: npt.NDArray[np.int32], dpi: float) -> npt.NDArray[np.intp]:
    """Return the numbers of the pieces that may hold a rule or a comb; ``boxes`` as in ``pieces.Pieces``."""
    unit = dpi / 25.4
    long = (boxes[:, 2] >= LEVEL_MM * unit) & (boxes[:, 3] <= HIGHEST_MM * unit)
    long[0] = False
    return np.flatnonzero(long)


def lines(piece: Grey, dpi: float) -> Bools:
    """Return which pixels of one piece of ink (height, width, uint8, 255 ink) are rules and bars."""
    unit = dpi / 25.4
    level, across = _thin_runs(piece, LEVEL_MM * unit, unit)
    if not level.any():
        return level
    reach = 2 * max(1, round(TOUCH_MM * unit)) + 1
    near = cv2.dilate(level.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    upright, down = _thin_runs(np.ascontiguousarray(piece.T), BAR_MM * unit, unit, near.T)
    return level | upright.T | (across & down.T)  # where they meet, neither is thin


def _thin_runs(ink: Grey, least: float, unit: float, near: Bools | None = None) -> tuple[Bools, Bools]:
    """Return level runs of ink that are long enough, mostly thin, and ``near`` something: thin pixels, and all."""
    runs = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, max(3, round(least))), np.uint8))
    if not runs.any():
        return np.zeros(ink.shape, np.bool_), np.zeros(ink.shape, np.bool_)
    thick = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((max(2, round(THIN_MM * unit)), 1), np.uint8))
    thin = (runs > 0) & (thick == 0)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(runs, connectivity=8, ltype=cv2.CV_32S)
    good = np.bincount(labels[thin], minlength=count) >= THIN_SHARE * stats[:, cv2.CC_STAT_AREA]
    if near is not None:
        good &= np.bincount(labels[near], minlength=count) > 0
    good[0] = False
    kept = cast(Bools, good[labels])
    return kept & thin, kept
