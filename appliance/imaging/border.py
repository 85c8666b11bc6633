"""The four sides of a double frame on a level drawing: where they are, and how sure each is.

Every side is judged in parts, so that uneven ink, a warped print or writing over it spoil a part only.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from appliance.imaging import kernels

Grey = npt.NDArray[np.uint8]
Reals = npt.NDArray[np.float32]

SCALE = 6.0
"""Pixels per mm of the drawing."""

FAINTEST = 7.0
"""Ink (of 255) from which a line is one."""

GAPS = (4, 10)
HEIGHTS = (39, 54)
"""Pixels between the two lines (0.7 to 1.6 mm), and from the upper to the lower outer line (6.5 to 9 mm)."""

HEIGHT_MM = 8.0
WIDTHS_MM = (20.0, 30.0, 40.0)
WIDTH_SLACK_MM = 1.6
INNER = (6, 12)
"""Pixels from an outer line to between the lines, and to inside both."""

KERNEL = 15
"""mm about the middle of the drawing that surely lie within the frame."""

MIDDLE = 6.0
"""mm about the middle in which neither upright side lies: where writing hides a part of a frame of 20 mm, the guess
is up to 7 mm off."""

PART_MM = 6.5
STRAY = 3
"""Pixels that a part of a side may lie off the rest."""

RED, HALF_KNOWN, BESIDE = 15, 128, 5
"""Amount that is ink; where ``known`` counts; and the square of pixels within which red is beside print."""

FRINGES = (0.8, 0.95)
"""Share of red that lies beside print: of 80 stamps over writing none had more than 0.71, of fringes taken for a
frame all had 0.97 or more."""

LINE_MM = 0.3
"""Sides are measured from middle to middle of their lines: so much less than from edge to edge."""


Sides = tuple[int, int, int, int]
"""Outer lines: left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A level drawing of red ink, ``SCALE`` pixels per mm, the place guessed in its middle.

    ``amount`` 0..255 and ``known`` as in ``redink.Ink``, both (height, width) uint8.
    """

    amount: Grey
    known: Grey

    def sides(self) -> Sides | None:
        """Find the outer lines of the clearest double frame of a known size."""
        high, wide = self.amount.shape
        reach = round(KERNEL / 2 * SCALE)
        first, last = wide // 2 - reach, wide // 2 + reach
        rows = self.across((first, 0, last, high))
        middle = (high // 2 - INNER[1], high // 2 + INNER[1])
        top, bottom = kernels.opposite(_doubles(rows, 1)[0], _doubles(rows, -1)[0], HEIGHTS, middle)
        if top < 0:
            return None
        columns = self.along((0, top + INNER[0], wide, bottom - INNER[0] + 1))
        begin, end = _doubles(columns, 1)[0], _doubles(columns, -1)[0]
        reach = round(MIDDLE / 2 * SCALE)
        found = [self._pair(begin, end, width, (wide // 2 - reach, wide // 2 + reach)) for width in WIDTHS_MM]
        left, right = max(found, key=lambda pair: _strength(begin, end, pair))
        return (left, top, right, bottom) if left >= 0 else None

    @staticmethod
    def _pair(begin: Reals, end: Reals, width: float, within: tuple[int, int]) -> tuple[int, int]:
        slack = round(WIDTH_SLACK_MM * SCALE)
        wide = (round(width * SCALE) - slack, round(width * SCALE) + slack)
        return kernels.opposite(begin, end, wide, within)

    def across(self, box: Sides) -> Reals:
        """Return the profile of the rows of a box."""
        out = np.empty(box[3] - box[1], np.float32)
        kernels.row_profile(self.amount, self.known, box, out)
        return out

    def along(self, box: Sides) -> Reals:
        """Return the profile of the columns of a box."""
        out = np.empty(box[2] - box[0], np.float32)
        kernels.column_profile(self.amount, self.known, box, out)
        return out

    def size_mm(self, sides: Sides) -> tuple[float, float]:
        """Return width and height of the frame, from edge to edge of its lines."""
        return (sides[2] - sides[0]) / SCALE + LINE_MM, (sides[3] - sides[1]) / SCALE + LINE_MM

    def clearness(self, sides: Sides) -> float:
        """Judge the four sides, each a share of its ink: half their mean, half the weakest, 0..1."""
        left, top, right, bottom = sides
        level, upright = self._parts(sides)
        judged = [_judged(level, top, 1), _judged(level, bottom, -1), _judged(upright, left, 1),
                  _judged(upright, right, -1)]
        lines = [line for side in judged for _, line in side]
        ink = float(np.percentile(lines, 70)) if lines else 0.0
        if ink < FAINTEST:
            return 0.0
        means = [float(np.mean([min(1.0, clear / ink) for clear, _ in side])) if side else 0.0 for side in judged]
        return 0.5 * sum(means) / 4 + 0.5 * min(means)

    def _parts(self, sides: Sides) -> tuple[list[Reals], list[Reals]]:
        """Return the profiles across the parts of upper and lower side, and across left and right side."""
        left, top, right, bottom = sides
        high, wide = self.amount.shape
        count = max(2, round((right - left) / SCALE / PART_MM))
        cuts = [round(cut) for cut in np.linspace(left + INNER[0], right - INNER[0], count + 1)]
        level = [self.across((x0, 0, x1, high)) for x0, x1 in itertools.pairwise(cuts)]
        return level, [self.along((0, top + INNER[0], wide, bottom - INNER[0] + 1))]

    def fit(self, sides: Sides) -> float:
        """Return 1 for size and writing of a stamp, less for what is off: 0.6 at the limits, or 0.4 when empty."""
        wide, high = self.size_mm(sides)
        off = max(min(abs(wide - width) for width in WIDTHS_MM) - 1.0, abs(high - HEIGHT_MM) - 0.5, 0.0)
        return max(0.6, 1.0 - off) * min(1.0, 0.4 + 3.0 * self.filled(sides))

    def by_itself(self, sides: Sides) -> float:
        """Return 1 for lines in red ink, less where nearly all red lies beside print, 0.5 where all does.

        Where a scanner's colours lie apart, black print has red fringes, and its lines of writing look double.
        """
        left, top, right, bottom = sides
        band = (slice(max(0, top - 2), bottom + 3), slice(max(0, left - 2), right + 3))
        print_ = cv2.dilate((self.known[band] < HALF_KNOWN).astype(np.uint8), np.ones((BESIDE, BESIDE), np.uint8))
        red = (self.amount[band] > RED) & (self.known[band] >= HALF_KNOWN)
        red[INNER[1]:-INNER[1], INNER[1]:-INNER[1]] = False
        share = float((red & (print_ > 0)).sum()) / max(1.0, float(red.sum()))
        return float(np.interp(share, FRINGES, (1.0, 0.5)))

    def filled(self, sides: Sides) -> float:
        """Return the share of the area within the inner lines that is inked."""
        left, top, right, bottom = sides
        inside = self.amount[top + INNER[1]:bottom - INNER[1] + 1, left + INNER[1]:right - INNER[1] + 1]
        return float((inside > FAINTEST).mean()) if inside.size else 0.0


def _doubles(profile: Reals, inward: int) -> Reals:
    out = np.empty((2, profile.size), np.float32)
    kernels.double_lines(profile, inward, GAPS, out)
    return out


def _strength(begin: Reals, end: Reals, pair: tuple[int, int]) -> float:
    return float(min(begin[pair[0]], end[pair[1]])) if pair[0] >= 0 else -1.0


def _judged(profiles: list[Reals], at: int, inward: int) -> list[tuple[float, float]]:
    """Return clearness and ink of each part of a side; parts that lie under other ink are left out."""
    found = []
    for profile in profiles:
        near = slice(max(0, at - STRAY), at + STRAY + 1)
        if np.isnan(profile[near]).all():
            continue
        clear, line = _doubles(profile, inward)[:, near]
        best = int(clear.argmax())
        found.append((float(clear[best]), float(line[best])))
    return found
