"""Leaders, ruled lines and combs of forms, which lead OCR astray: taken off the picture that OCR reads.

Only that picture: masters and PDF pages keep every dot. Frames of tables stay, they hold rows together.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from appliance.imaging import kernels, pieces, ruling, tone

Grey = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

DOT_MM, GAP_MM = 0.75, 1.6
FEWEST_DOTS = 4
"""In a row; fewer may be an ellipsis."""

DASH_MM, WIDE_GAP_MM = 3.6, 2.8
FEWEST_DASHES = 6
"""Dots far apart, dashes and underscores: as many, alike, at one height, at even distances. Print is never so."""

EVEN, EVEN_SHARE, ENOUGH = 0.2, 0.8, 12
"""How far a distance may be from the middle one, as its part, and how many of them must be as near. Of so many in a
row, as ellipses are, the distances need not be even."""

RULE_MM, THICK_MM, RISE = 10.0, 1.0, 0.006
"""A rule is longer than any letter, and no thicker than a pen stroke plus the skew that was left."""


PART_MM, FINE_MM = 5.5, 0.4
"""What is left of a fine rule that is broken: longer than a dash."""


def take_off(page: Grey, dpi: float) -> Grey:
    """Paint leaders, rules and combs in the paper's tone; strokes of writing that touch them stay.

    ``page`` is upright and level, (height, width) uint8; it is returned itself where there is nothing to take.
    """
    paper = tone.paper_tone(tone.paper_grid(page))
    found = pieces.find(tone.binarise(page, dpi, paper, tone.print_contrast(page, paper)))
    labels, stats = found.labels(), found.boxes
    gone = _rules(stats, dpi) | _leaders(labels, stats, dpi) | _rows(stats, dpi)
    gone[0] = False
    ruled = [number for number in ruling.candidates(stats, dpi) if not gone[number]]
    if not gone.any() and not ruled:
        return page
    cleared = page.copy()
    kernels.paint_over(labels, gone.astype(np.uint8), round(paper), cleared)
    for number in ruled:
        _unrule(cleared, labels, (int(number), stats[number]), (dpi, round(paper)))
    return cleared


def _unrule(page: Grey, labels: Ints, piece: tuple[int, Ints], how: tuple[float, int]) -> None:
    """Paint the rules and bars of one piece of ink, with the soft pixel around them; ``how`` is dpi and tone."""
    (number, box), (dpi, paper) = piece, how
    x0, y0 = max(0, box[0] - 1), max(0, box[1] - 1)
    part = np.s_[y0:box[1] + box[3] + 1, x0:box[0] + box[2] + 1]
    ink = labels[part]
    gone = ruling.lines(np.where(ink == number, np.uint8(255), np.uint8(0)), dpi)
    if gone.any():
        rim = cv2.dilate(gone.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        page[part][gone | (rim & (ink == 0))] = paper


def _rules(stats: Ints, dpi: float) -> Bools:
    mm = dpi / 25.4
    wide, high = stats[:, 2], stats[:, 3]
    whole = (wide >= RULE_MM * mm) & (high <= THICK_MM * mm + RISE * wide)
    return whole | ((wide >= PART_MM * mm) & (high <= FINE_MM * mm + RISE * wide))


def _leaders(labels: Ints, stats: Ints, dpi: float) -> Bools:
    mm = dpi / 25.4
    dots = np.maximum(stats[:, 2], stats[:, 3]) <= DOT_MM * mm
    dots[0] = False
    chain = np.zeros(len(stats), np.int64)
    places = np.flatnonzero(dots)
    if len(places) >= FEWEST_DOTS:
        places = places[np.argsort(stats[places, 0], kind="stable")]
        corner, size = stats[places, 0:2], stats[places, 2:4]
        boxes = np.hstack((corner, corner + size, places[:, None])).astype(np.int64)
        kernels.dot_chains(labels, dots.astype(np.uint8), boxes, round(GAP_MM * mm), chain)
    return chain >= FEWEST_DOTS


def _rows(stats: Ints, dpi: float) -> Bools:
    """Say which pieces are small and stand in an even row with others of their kind."""
    mm = dpi / 25.4
    gone = np.zeros(len(stats), np.bool_)
    small = (stats[:, 3] <= DOT_MM * mm) & (stats[:, 2] <= DASH_MM * mm)
    small[0] = False
    places = np.flatnonzero(small)
    middles = stats[places, 1] + stats[places, 3] / 2
    order = np.argsort(middles, kind="stable")
    places, middles = places[order], middles[order]
    for row in np.split(places, np.flatnonzero(np.diff(middles) > 1.0) + 1):
        if len(row) >= FEWEST_DASHES:
            _mark_even(row[np.argsort(stats[row, 0], kind="stable")], stats, mm, gone)
    return gone


def _mark_even(row: npt.NDArray[np.intp], stats: Ints, mm: float, gone: Bools) -> None:
    """Mark what of a row, from left to right, stands in long runs of pieces alike at even distances."""
    left, wide = stats[row, 0], stats[row, 2]
    apart = (left[1:] - left[:-1] - wide[:-1] > WIDE_GAP_MM * mm) | (np.abs(np.diff(wide)) > max(2.0, 0.25 * mm))
    for run in np.split(row, np.flatnonzero(apart) + 1):
        if len(run) < FEWEST_DASHES:
            continue
        steps = np.diff(stats[run, 0])
        middle = float(np.median(steps))
        if len(run) >= ENOUGH or (np.abs(steps - middle) <= max(1.5, EVEN * middle)).mean() >= EVEN_SHARE:
            gone[run] = True
