"""Slanted edges of the target sheet: how sharp the scanner is, and whether its colours lie on each other."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from appliance.core import target_plan as plan
from appliance.imaging.target_colour import levels, luminance
from appliance.imaging.target_frame import Frame
from appliance.imaging.target_sfr import FREQUENCIES, falls_to_tenth, response

Colour = npt.NDArray[np.uint8]
Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

REACH_MM = 4.0
"""How far on both sides of an edge is looked at; bare paper and black reach a little further."""

NEAR = 6
"""Pixels on both sides within which an edge is placed, once it is roughly known: less noise is added up."""

LEAST_SLOPE, MOST_SLOPE = 0.025, 0.30
"""Slope of an edge against the grid: below it no phase is sampled, above it rows do not stand across."""

FEWEST_ROWS, LEAST_CONTRAST, ROUGHEST, MOST_STRAY = 30, 0.12, 0.6, 0.25
"""Rows an edge needs; light between its sides; pixels its line may leave; share of rows that may lie off."""

CLIPPED = 0.02
"""Share of the pixels at an edge that are all black or all white, from which that side's overshoot is cut off."""

UNEVEN = 0.12
"""Of the contrast: an edge whose sides vary more along it is soiled."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One measured edge.

    Attributes:
        square: number of its square in the plan.
        across: True where it stands (detail along the image's rows), False where it lies.
        normal: unit vector across it, (x, y).
        shifts: how far each colour's edge lies along the normal, pixels; red, green, blue; against one zero.
        response: the SFR at ``FREQUENCIES``, of the luminance.
    """

    square: int
    across: bool
    normal: tuple[float, float]
    shifts: Doubles
    response: Doubles


def edges(rgb: Colour, frame: Frame) -> list[Edge]:
    """Measure every slanted edge that is whole and clean.

    Args:
        rgb: (height, width, 3) uint8, full resolution.
        frame: where the sheet lies.
    """
    found = (_edge(rgb, frame, number, side) for number in range(len(plan.SQUARES)) for side in range(4))
    return [edge for edge in found if edge is not None]


def efficiency(measured: Iterable[Edge], across: bool) -> float:
    """Return the sampling efficiency of the worst square: SFR10 in percent of half sampling; nan without edges."""
    return min((100 * falls_to_tenth(curve) / 0.5 for curve in _curves(measured, across)), default=math.nan)


def modulation(measured: Iterable[Edge], across: bool) -> float:
    """Return the highest value of the mean response up to half sampling; nan without edges."""
    curves = _curves(measured, across)
    if not curves:
        return math.nan
    return float(np.mean(curves, axis=0)[(FREQUENCIES > 0) & (FREQUENCIES <= 0.5)].max())


def colours_apart(measured: Iterable[Edge]) -> float:
    """Return the largest distance of two colours, in pixels, of the worst square; nan without edges.

    Opposite sides of a square move alike where a colour is shifted, and against each other where it is only
    darker: the least squares over all its sides leave the shift.
    """
    worst = math.nan
    whole = list(measured)
    for number in range(len(plan.SQUARES)):
        own = [edge for edge in whole if edge.square == number]
        if len({edge.across for edge in own}) < 2:
            continue
        normals = np.asarray([edge.normal for edge in own])
        places = np.linalg.lstsq(normals, np.asarray([edge.shifts for edge in own]), rcond=None)[0]
        far = max(float(np.linalg.norm(places[:, one] - places[:, two])) for one, two in combinations(range(3), 2))
        worst = far if math.isnan(worst) else max(worst, far)
    return worst


def _curves(measured: Iterable[Edge], across: bool) -> list[Doubles]:
    """Return the mean response of each square's edges in one direction."""
    own = [edge for edge in measured if edge.across is across]
    squares = sorted({edge.square for edge in own})
    return [np.mean([edge.response for edge in own if edge.square == number], axis=0) for number in squares]


def _edge(rgb: Colour, frame: Frame, number: int, side: int) -> Edge | None:
    ends = frame.pixels(_side(plan.SQUARES[number], side))
    across = bool(abs(ends[1, 1] - ends[0, 1]) > abs(ends[1, 0] - ends[0, 0]))
    cut = _rows(rgb if across else rgb.transpose(1, 0, 2), ends if across else ends[:, ::-1],
                round(REACH_MM * frame.scale))
    if cut is None:
        return None
    levels_seen, start = cut
    share = _share(levels_seen)
    if share is None:
        return None
    return _measured(_Strip(number, across, levels_seen, share, start))


@dataclass(frozen=True, slots=True)
class _Strip:
    """Rows across an edge.

    Attributes:
        seen: (rows, width, 3) uint8 levels.
        share: (rows, width, 4) of red, green, blue, luminance: 0 black, 1 paper, on whichever side.
        start: (rows,) place of each row's first pixel.
    """

    square: int
    across: bool
    seen: Colour
    share: Floats
    start: Doubles


def _side(square: plan.Square, side: int) -> list[tuple[float, float]]:
    """Return the ends of the measured part of a side, mm."""
    angle = math.radians(square.tilt + 90 * side)
    cos, sin, far, half = math.cos(angle), math.sin(angle), plan.EDGE_SIDE / 2, plan.EDGE_LENGTH / 2
    return [(square.x + far * sin + way * half * cos, square.y - far * cos + way * half * sin) for way in (-1, 1)]


def _rows(rgb: Colour, ends: Doubles, reach: int) -> tuple[Colour, Doubles] | None:
    """Cut rows across an edge: levels (rows, 2 reach + 1, 3), and the place of each row's first pixel."""
    (x0, y0), (x1, y1) = ends if ends[0, 1] < ends[1, 1] else ends[::-1]
    down = np.arange(math.ceil(y0), math.floor(y1) + 1)
    start = np.rint(x0 + (down - y0) * (x1 - x0) / max(1e-9, y1 - y0)).astype(np.int64) - reach
    height, width = rgb.shape[:2]
    if len(down) < FEWEST_ROWS or down[0] < 0 or down[-1] >= height or start.min() < 0 or (
            start.max() + 2 * reach >= width):
        return None
    return rgb[down[:, None], start[:, None] + np.arange(2 * reach + 1)], start.astype(np.float64)


def _share(seen: Colour) -> Floats | None:
    """Bring each colour's light to 0 on the black side and 1 on the paper; None where the sides are soiled."""
    light = levels()[seen]
    planes = np.concatenate((light, luminance(light)[:, :, None]), axis=2)
    quarter = planes.shape[1] // 4
    black, paper = planes[:, :quarter], planes[:, -quarter:]
    if black[:, :, 3].mean() > paper[:, :, 3].mean():
        black, paper = paper, black
    low, high = np.median(black, axis=(0, 1)), np.median(paper, axis=(0, 1))
    contrast = high - low
    if contrast.min() < LEAST_CONTRAST:
        return None
    off = np.concatenate((black[:, :, 3].mean(axis=1) - low[3], paper[:, :, 3].mean(axis=1) - high[3]))
    if float(np.abs(off).mean()) > UNEVEN * contrast[3]:
        return None
    return np.asarray((planes - low) / contrast, np.float32)


def _measured(cut: _Strip) -> Edge | None:
    """Fit the edge's line, and measure what lies along it."""
    rows = np.arange(len(cut.start), dtype=np.float64) - len(cut.start) / 2
    rough, _ = _line(rows, _places(cut, None)[:, 3], math.inf)
    if rough is None:
        return None
    places = _places(cut, np.asarray(np.polyval(rough, rows)))
    line, kept = _line(rows, places[:, 3], ROUGHEST)
    if line is None or not LEAST_SLOPE <= abs(line[-2]) <= MOST_SLOPE:
        return None
    slope = float(line[-2])
    cosine = 1 / math.hypot(1.0, slope)
    far = (cut.start[kept, None] + np.arange(cut.share.shape[1]) - np.polyval(line, rows[kept])[:, None]) * cosine
    measured = response(far, cut.share[kept, :, 3], _side_kept(cut.seen[kept], far))
    shifts = (places[kept, :3] - places[kept, 3:]).mean(axis=0) * cosine
    normal = (cosine, -slope * cosine)
    return Edge(cut.square, cut.across, normal if cut.across else normal[::-1], shifts, measured)


def _places(cut: _Strip, line: Doubles | None) -> Doubles:
    """Return where the edge stands in each row and colour (rows, 4): the area under it, near ``line`` if given."""
    share = cut.share if cut.share[:, -1, 3].mean() > cut.share[:, 0, 3].mean() else 1 - cut.share
    start = cut.start
    if line is not None:
        first = np.clip(np.rint(line - start).astype(np.int64) - NEAR, 0, share.shape[1] - 2 * NEAR - 1)
        share = share[np.arange(len(start))[:, None], first[:, None] + np.arange(2 * NEAR + 1)]
        start = start + first
    return np.asarray(start[:, None] + share.shape[1] - 0.5 - share.sum(axis=1, dtype=np.float64))


def _line(rows: Doubles, places: Doubles, roughest: float) -> tuple[Doubles | None, npt.NDArray[np.bool_]]:
    """Fit an edge that may bend a little (ISO 12233:2017 allows it), rows that lie off left out."""
    kept = np.ones(len(rows), np.bool_)
    line = np.polyfit(rows, places, 2)
    for _ in range(2):
        off = np.abs(places - np.polyval(line, rows))
        kept = off <= 4 * float(np.median(off)) + 0.2
        if kept.mean() < 1 - MOST_STRAY:
            return None, kept
        line = np.polyfit(rows[kept], places[kept], 2)
    left = float(np.sqrt(np.mean((places[kept] - np.polyval(line, rows[kept])) ** 2)))
    return (None if left > roughest else line), kept


def _side_kept(seen: Colour, far: Doubles) -> int:
    """Say which side of an edge to believe: 0 both, -1 black, 1 paper, where the other's overshoot was cut off.

    A scanner that sharpens drives black below 0 and paper over 255, where levels end.
    """
    near = seen[np.abs(far) <= NEAR][:, 1]
    black, paper = float((near <= 1).mean()) > CLIPPED, float((near >= 254).mean()) > CLIPPED
    if black == paper:
        return 0
    return 1 if black else -1
