"""Panels with a time axis as SVG: lines, states, heat."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bench.board_units import HANOI, said

COLOURS = ("#73BF69", "#F2CC0C", "#8AB8FF", "#FF780A", "#F2495C", "#5794F2", "#B877D9", "#705DA0", "#37872D",
           "#FADE2A")
NAMED = {"green": "#56A64B", "yellow": "#E0B400", "orange": "#FF780A", "red": "#E02F44", "blue": "#3274D9"}
LEFT, BOTTOM, TOP = 64, 22, 6

Series = Sequence[tuple[str, Sequence[tuple[float, float]]]]
"""Legend, and moments with their values."""


@dataclass(frozen=True)
class Frame:
    """Where a chart is drawn, in pixels, and from when to when."""

    width: int
    height: int
    start: float
    end: float

    def x(self, when: float) -> float:
        """Return where a moment is."""
        return LEFT + (when - self.start) / (self.end - self.start) * (self.width - LEFT - 6)

    def axis(self) -> str:
        """Return five moments below the chart."""
        at = [self.start + (self.end - self.start) * part / 5 for part in range(5)]
        words = ((self.x(one), datetime.fromtimestamp(one, UTC).astimezone(HANOI).strftime("%H:%M")) for one in at)
        return "".join(f'<text x="{x:.0f}" y="{self.height - 6}" text-anchor="middle">{word}</text>' for x,
                       word in words)


def lines(series: Series, frame: Frame, defaults: Mapping[str, Any]) -> str:
    """Return lines with a scale, and dashes at the thresholds that are in sight."""
    values = [value for _, points in series for _, value in points if math.isfinite(value)]
    low, high = min([0.0, *values]), max([0.0, *values]) or 1.0
    high += (high - low) * 0.06

    def y(value: float) -> float:
        return frame.height - BOTTOM - (value - low) / (high - low) * (frame.height - BOTTOM - TOP)

    parts = [frame.axis()]
    for part in range(5):
        value = low + (high - low) * part / 4
        parts.append(f'<line x1="{LEFT}" x2="{frame.width}" y1="{y(value):.1f}" y2="{y(value):.1f}" class="grid"/>'
                     f'<text x="{LEFT - 5}" y="{y(value) + 4:.1f}" '
                     f'text-anchor="end">{said(value, defaults["unit"])}</text>')
    dashed = defaults["custom"]["thresholdsStyle"]["mode"] != "off"
    parts += [_dashes(y(step["value"]), NAMED[step["color"]], frame) for step in defaults["thresholds"]["steps"][1:]
              if dashed and low <= step["value"] <= high]
    parts += [_line([(frame.x(when), y(value)) for when, value in points if math.isfinite(value)], index)
              for index, (_, points) in enumerate(series)]
    return _svg(frame, parts)


def _dashes(y: float, colour: str, frame: Frame) -> str:
    return (f'<line x1="{LEFT}" x2="{frame.width}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" '
            'stroke-dasharray="6 4" stroke-width="1.5"/>')


def _line(points: Sequence[tuple[float, float]], index: int) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{COLOURS[index % len(COLOURS)]}"/>'


def states(series: Series, frame: Frame, defaults: Mapping[str, Any]) -> str:
    """Return a band for each series, coloured and named by its values."""
    words = defaults["mappings"][0]["options"]
    tall = (frame.height - BOTTOM) / max(1, len(series))
    parts = [frame.axis()]
    for row, (name, points) in enumerate(series):
        parts.append(f'<text x="2" y="{row * tall + tall / 2 + 4:.0f}">{html.escape(name)}</text>')
        for begin, end, value in _runs(points):
            known = words.get(str(int(value)), {"text": said(value, "short"), "color": "blue"})
            x, wide = frame.x(begin), frame.x(end) - frame.x(begin)
            parts.append(f'<rect x="{x:.1f}" y="{row * tall + 2:.1f}" width="{wide:.1f}" height="{tall - 4:.1f}" '
                         f'fill="{NAMED[known["color"]]}"/>')
            if wide > 90:
                parts.append(f'<text x="{x + 6:.1f}" y="{row * tall + tall / 2 + 4:.0f}" '
                             f'class="on">{known["text"]}</text>')
    return _svg(frame, parts)


def _runs(points: Sequence[tuple[float, float]]) -> list[tuple[float, float, float]]:
    """Return from when to when a series had which value."""
    found: list[tuple[float, float, float]] = []
    for when, value in points:
        if found and found[-1][2] == value:
            found[-1] = (found[-1][0], when, value)
        else:
            if found:
                found[-1] = (found[-1][0], when, found[-1][2])
            found.append((when, when, value))
    return found


def heat(series: Series, frame: Frame, unit: str) -> str:
    """Return cells: the darker, the more; rows are buckets, told apart from those below them."""
    rows = sorted(series, key=lambda one: float(one[0]))
    tall, parts = (frame.height - BOTTOM) / max(1, len(rows)), [frame.axis()]
    own = [[max(0.0, value - (rows[index - 1][1][at][1] if index else 0.0)) for at, (_, value) in enumerate(points)]
           for index, (_, points) in enumerate(rows)]
    most = max([value for row in own for value in row if math.isfinite(value)] or [1.0]) or 1.0
    for index, (name, points) in enumerate(rows):
        top = frame.height - BOTTOM - (index + 1) * tall
        said_bound = "∞" if name == "+Inf" else said(float(name), unit)
        parts.append(f'<text x="{LEFT - 5}" y="{top + tall / 2 + 4:.0f}" text-anchor="end">{said_bound}</text>')
        wide = (frame.width - LEFT) / max(1, len(points))
        parts += [f'<rect x="{frame.x(when):.1f}" y="{top + 0.5:.1f}" width="{wide:.1f}" height="{tall - 1:.1f}" '
                  f'fill="#FF780A" fill-opacity="{own[index][at] / most:.2f}"/>'
                  for at, (when, _) in enumerate(points)]
    return _svg(frame, parts)


def _svg(frame: Frame, parts: Sequence[str]) -> str:
    return f'<svg width="{frame.width}" height="{frame.height}">{"".join(parts)}</svg>'
