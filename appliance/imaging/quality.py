"""Whether an image is good enough: what was measured against what the rule profile asks."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from appliance.core import errors
from appliance.core.model import ImageFormat, ImageRules, Master, Verdict
from appliance.imaging import kernels

Grey = npt.NDArray[np.uint8]

A4_LONG_INCHES = 297 / 25.4
EVERY_ROW = 2
LEAST_CONTRAST = 24
"""Grey levels; below it an edge is noise."""

FEWEST_EDGES = 200
"""Places; with fewer, sharpness is not judged."""


def effective_dpi(master: Master) -> int:
    """Return the resolution; where nobody states one, the long side is taken for A4's 297 mm."""
    return master.dpi or max(1, round(max(master.width, master.height) / A4_LONG_INCHES))


def sharpness(grey: Grey) -> float:
    """Measure how steep the strong edges are: steepest step over contrast in seven pixels, 0..1.

    Free of scale in tone: contrast and paper colour cancel out. At the 130 to 280 dpi of analysis
    sharp print gives 0.55 to 0.75, a Gaussian blur of 4 pixels at 300 dpi 0.25 to 0.32. Infinite when
    there are too few edges to tell.
    """
    table = np.empty((256, 2), np.int64)
    kernels.edge_steps(grey, EVERY_ROW, LEAST_CONTRAST, table)
    places = table[:, 0]
    if places.sum() < FEWEST_EDGES:
        return math.inf
    strong = int(np.searchsorted(np.cumsum(places), 0.95 * places.sum())) // 2
    contrast = float((places[strong:] * np.arange(strong, 256)).sum())
    return float(table[strong:, 1].sum()) / contrast


def verdicts(master: Master, rules: ImageRules, hard_share: float, sharp: float) -> tuple[Verdict, ...]:
    """Judge one page. ``hard_share`` is the ink of ``ink.Ink``, ``sharp`` what ``sharpness`` gave.

    Checks are blank, dpi, colour, size (megapixels, for the record), and sharpness unless the page is
    blank or has too few edges. With lenient rules a broken demand keeps its code and is ok.
    """
    judged = [
        _blank(hard_share, rules),
        _at_least("dpi", float(effective_dpi(master)), float(rules.min_dpi), errors.DPI_TOO_LOW.code),
        _at_least("colour", float(_colours(master)), 3.0, errors.NOT_COLOUR.code,
                  exempt=not rules.colour_required),
        Verdict("size", master.width * master.height / 1e6, 0.0, True),
    ]
    if math.isfinite(sharp) and not is_blank(hard_share, rules):
        judged.append(_at_least("sharpness", sharp, rules.sharpness_limit, errors.NOT_SHARP.code))
    return tuple(replace(one, ok=True) if rules.lenient else one for one in judged)


def is_blank(hard_share: float, rules: ImageRules) -> bool:
    """Say whether a page with this share of hard ink has nothing written on it."""
    return hard_share < rules.blank_limit


def _blank(hard_share: float, rules: ImageRules) -> Verdict:
    """A blank page is a finding, not a fault."""
    return Verdict("blank", round(hard_share, 6), rules.blank_limit, True)


def _colours(master: Master) -> int:
    return 1 if master.format is ImageFormat.G4 else master.components


def _at_least(check: str, value: float, limit: float, code: str, exempt: bool = False) -> Verdict:
    ok = exempt or value >= limit
    return Verdict(check, round(value, 3), limit, ok, "" if ok else code)
