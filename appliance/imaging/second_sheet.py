"""A second sheet in one picture: the shadow of a paper's edge that runs across the whole page.

What rules and folds draw is thin or faint, print leaves margins: a dark line from side to side that is broader
than a millimetre is the edge of a sheet that lies on another one.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from appliance.imaging import inside, kernels
from appliance.imaging.paper import Sheet
from appliance.imaging.paper_size import size_name

Grey = npt.NDArray[np.uint8]
Reals = npt.NDArray[np.float32]

DPI = 75.0
LEAST_MM = 100.0
"""Height of paper below which nothing is said: the rules of a card run from side to side."""

STRIP_MM, FEWEST_STRIPS = 4.5, 16
INSET_MM = 5.0
"""Width at the paper's sides that is not looked at: two sheets seldom lie exactly on each other."""

END_MM = 2.0
"""The paper's own edges, and what is beside them."""

REACH_MM, WIDE_MM = 3.0, 2.2
"""How far above and below a shadow the paper is without it; how broad it is at most."""

RULE_MM = 0.9
"""Thinner dark lines are rules and creases, and do not count."""

FAINTEST = 5.0
"""Grey levels times mm of a strip from which there may be a shadow in it."""

MOST_ANGLE = 2.5
"""Degrees; of a sheet that lies more askew the margins are not seen from side to side."""

MOST_SLOPE, SLOPES = 0.06, 13
"""Rise per length of the line, either way, and how many slopes are tried."""

MISSING, MARGIN = 2, 2
"""Strips that may be without the shadow, and how many at either side may not: print ends there."""

MOST_ROWS = 20
"""Lines of each slope that are looked at closely, those in most strips first."""

PAPERS_MM = {210.0: (148.5, 297.0), 148.5: (105.0, 210.0)}
"""Where the upper of two sheets so wide may end, from the top, or the lower begin, from the bottom."""

NARROWER_MM, WIDER_MM = 3.0, 9.0
"""How far the width may be off such a paper's: the lid may be seen, or the two lie side by side a little."""

WHOLE = ("A3", "A4", "A5", "A6", "B4", "B5", "F4", "card 5x8", "card 4x6", "card 3x5", "receipt")
"""Papers that are one sheet. Letter and legal are not: offices have none, and two sheets make such sizes."""

LONGER_MM, NEAR_MM = 6.0, 8.0
"""How much longer than that the paper must be; how far from there, in its middle, the slanting line may be."""

KNOWN_SHARE, KNOWN_LEAST, KNOWN_WEIGHT = 0.85, 15.0, 2.5
"""Share of strips in which a line at such a place is seen, how dark it is at least (grey levels times mm), and how
much more such a line means."""

EVEN = 0.3
"""The least dark strip over the usual one: a shadow is even, print is not."""


def shadow(grey: Grey, sheet: Sheet) -> tuple[float, float]:
    """Return how dark the darkest line across the page is (grey levels times mm), and its mm from the top.

    0 where there is none. 1 ms CPU for A4 at 150 dpi.
    """
    x0, y0, x1, y1 = inside.box(sheet, grey.shape, INSET_MM)
    scale = max(1, round(sheet.dpi / DPI))
    wide, rows = max(1, round(STRIP_MM * sheet.dpi / 25.4)), (y1 - y0) // scale
    strips = (x1 - x0) // wide
    small = (y1 - y0) * 25.4 / sheet.dpi < LEAST_MM
    if strips < FEWEST_STRIPS or small or abs(sheet.angle or 0.0) > MOST_ANGLE:
        return 0.0, 0.0
    x0 += (x1 - x0 - strips * wide) // 2
    part = grey[y0:y0 + rows * scale, x0:x0 + wide * strips]  # whole multiples: three times as fast
    tones = cv2.resize(part, (strips, rows), interpolation=cv2.INTER_AREA)
    dips = _dips(np.ascontiguousarray(tones.T, np.float32), sheet.dpi / scale)
    skip = round(END_MM * sheet.dpi / scale / 25.4)
    dips[:, :skip], dips[:, -skip:] = 0.0, 0.0
    value, row = max(_clearest(dips, wide / scale), _at_known(dips, wide / scale, _known(sheet, y0, scale)))
    return value, (y0 + row * scale) * 25.4 / sheet.dpi if value else 0.0


def _known(sheet: Sheet, y0: int, scale: int) -> list[tuple[int, int]]:
    """Return the rows (first, last) between which a usual sheet would end within paper that is longer."""
    mm = sheet.dpi / 25.4
    if size_name(*sheet.size_mm) in WHOLE:
        return []
    wide, top = sheet.size_mm[0], (sheet.corners[0][1] + sheet.corners[1][1]) / 2
    high = sheet.size_mm[1] * mm
    lengths = [length for width, all_ in PAPERS_MM.items() if -NARROWER_MM <= wide - width <= WIDER_MM
               for length in all_]
    ends = [length * mm for length in lengths if high >= (length + LONGER_MM) * mm]
    middles = [top + end for end in ends] + [top + high - end for end in ends]
    return [(round((middle - NEAR_MM * mm - y0) / scale), round((middle + NEAR_MM * mm - y0) / scale))
            for middle in middles]


def _at_known(dips: Reals, pixels: float, places: list[tuple[int, int]]) -> tuple[float, int]:
    """Return the mass, weighted, of the darkest line over most strips in one of some places, and its row.

    Lines of print leave margins; this one crosses them.
    """
    best, where = 0.0, 0
    for slope in np.linspace(-MOST_SLOPE, MOST_SLOPE, SLOPES) * pixels if places else ():
        moves = [round((strip - (len(dips) - 1) / 2) * slope) for strip in range(len(dips))]
        level = np.array([np.roll(line, -move) for line, move in zip(dips, moves, strict=True)])
        there = level >= FAINTEST
        through = there[:MARGIN].all(axis=0) & there[-MARGIN:].all(axis=0) & (there.mean(axis=0) >= KNOWN_SHARE)
        mass = np.where(through, np.median(level, axis=0), 0.0)
        for first, last in places:
            near = mass[max(0, first):max(0, last)]
            if near.size and near.max() >= KNOWN_LEAST and KNOWN_WEIGHT * near.max() > best:
                best, where = float(KNOWN_WEIGHT * near.max()), max(0, first) + int(near.argmax())
    return best, where


def _dips(tones: Reals, dpi: float) -> Reals:
    """Return, by strip and row, the dark mass of a line there: grey levels times mm; (strips, rows)."""
    rule = max(2, round(RULE_MM * dpi / 25.4))
    tones = cast(Reals, cv2.morphologyEx(tones, cv2.MORPH_CLOSE, np.ones((1, rule), np.uint8)))
    reach, wide = max(2, round(REACH_MM * dpi / 25.4)), max(3, round(WIDE_MM * dpi / 25.4) | 1)
    upper, lower = np.roll(tones, reach, axis=1), np.roll(tones, -reach, axis=1)
    mean = cv2.blur(tones, (wide, 1), borderType=cv2.BORDER_REPLICATE)
    around = (np.maximum(upper, lower) + np.minimum(upper, lower)) / 2
    dips = np.maximum(around - mean, 0.0) * (wide * 25.4 / dpi)
    return np.asarray(dips, np.float32)


def _clearest(dips: Reals, pixels: float) -> tuple[float, int]:
    """Return the mass of the clearest line over nearly all strips, and its row in the middle."""
    there, strips = (dips >= FAINTEST).astype(np.uint8), len(dips)
    counts = np.empty(dips.shape[1], np.int64)
    best, where = 0.0, 0
    if not (there[:MARGIN].any(axis=1).all() and there[-MARGIN:].any(axis=1).all()):
        return best, where
    for slope in np.linspace(-MOST_SLOPE, MOST_SLOPE, SLOPES) * pixels:
        moves = [round((strip - (strips - 1) / 2) * slope) for strip in range(strips)]
        kernels.count_across(there, np.array(moves, np.int64), counts)
        for row in np.argsort(-counts, kind="stable")[:MOST_ROWS]:
            if counts[row] < strips - MISSING:
                break
            along = np.array([dips[strip, (row + move) % dips.shape[1]] for strip, move in enumerate(moves)])
            mass = _even(along)
            if mass > best:
                best, where = mass, int(row)
    return best, where


def _even(along: Reals) -> float:
    """Return the mass of a line that is even from side to side, 0 of any other."""
    ends = min(along[:MARGIN].min(), along[-MARGIN:].min())
    usual = float(np.median(along))
    least = float(np.partition(along, MISSING)[MISSING])
    return usual if min(ends, least) >= max(FAINTEST, EVEN * usual) else 0.0
