"""Dotted leaders and ruled lines of forms, which lead OCR astray: taken off the picture that OCR reads.

Only that picture: masters and PDF pages keep every dot.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging import kernels, pieces, tone

Grey = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]

DOT_MM, GAP_MM = 0.75, 1.6
FEWEST_DOTS = 4
"""In a row; fewer may be an ellipsis."""

RULE_MM, THICK_MM, RISE = 10.0, 1.0, 0.006
"""A rule is longer than any letter, and no thicker than a pen stroke plus the skew that was left."""


def take_off(page: Grey, dpi: float) -> Grey:
    """Paint leaders and rules that touch no writing in the paper's tone.

    ``page`` is upright and level, (height, width) uint8; it is returned itself where there is nothing to take.
    """
    paper = tone.paper_tone(tone.paper_grid(page))
    found = pieces.find(tone.binarise(page, dpi, paper, tone.print_contrast(page, paper)))
    labels, stats = found.labels(), found.boxes
    gone = _rules(stats, dpi) | _leaders(labels, stats, dpi)
    gone[0] = False
    if not gone.any():
        return page
    cleared = page.copy()
    kernels.paint_over(labels, gone.astype(np.uint8), round(paper), cleared)
    return cleared


def _rules(stats: Ints, dpi: float) -> npt.NDArray[np.bool_]:
    mm = dpi / 25.4
    thin = stats[:, 3] <= THICK_MM * mm + RISE * stats[:, 2]
    return (stats[:, 2] >= RULE_MM * mm) & thin


def _leaders(labels: Ints, stats: Ints, dpi: float) -> npt.NDArray[np.bool_]:
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
