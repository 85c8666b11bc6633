"""Which checks a page should fail, from what was done to it. Between the two limits both answers are right.

Units of ``Truth.values``: contrast, grey levels between paper and print; exposure, level of the paper; clipping,
levels of the paper's own range that are lost; streaks, grey levels of the deepest; sharpness, sigma in pixels at
300 dpi; misregistration, pixels between red and blue; cut_off, mm of ink beyond the frame; folded_corner, mm of the
longer leg; dpi_measured, header's dpi over the true one; double_feed, mm between the edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.corpus.capture import tone_table
from bench.corpus.spec import Hand, Spec
from bench.corpus.truth import INK_PER_MM

Pixels = NDArray[np.uint8]
PRINT = 30.0
"""Grey level of fresh print."""

HARDLY_THERE = 0.25
"""Strength of print under which a page may be called blank."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Up to ``good`` a check must hold, from ``bad`` on it must fail; ``falling`` when small values are bad."""

    good: float
    bad: float
    falling: bool = False

    def says(self, value: float) -> str:
        """Return good, bad or doubtful."""
        sign = -1 if self.falling else 1
        if sign * value >= sign * self.bad:
            return "bad"
        return "good" if sign * value <= sign * self.good else "doubtful"


LIMITS = {
    "contrast": Limits(110, 55, falling=True),
    "exposure": Limits(175, 120, falling=True),
    "clipping": Limits(0, 60),
    "streaks": Limits(6, 20),
    "sharpness": Limits(1.6, 4.0),
    "misregistration": Limits(0.6, 1.6),
    "cut_off": Limits(0.5, 2.5),
    "folded_corner": Limits(6, 15),
    "double_feed": Limits(1, 8),
    "staple": Limits(0, 1),
    "dpi_measured": Limits(0.03, 0.2),
}


def judge(spec: Spec, values: dict[str, float], blank: bool) -> tuple[frozenset[str], frozenset[str]]:
    """Return the checks that should fail, and those on which both answers are right."""
    said: dict[str, str] = {}
    for name, value in values.items():
        measure = abs(np.log2(value)) if name == "dpi_measured" else value
        answer = LIMITS[name].says(float(measure))
        if answer != "good":
            said[name] = answer
    for check in ("contrast", "sharpness", "misregistration") if blank else ():
        said.pop(check, None)
    said |= _consequences(spec, said)
    return (frozenset(check for check, answer in said.items() if answer == "bad"),
            frozenset(check for check, answer in said.items() if answer == "doubtful"))


def _consequences(spec: Spec, said: dict[str, str]) -> dict[str, str]:
    """Return what a defect may do to other checks besides its own."""
    unclear: set[str] = set()
    if said.get("exposure") in ("bad", "doubtful") or said.get("clipping") in ("bad", "doubtful"):
        unclear |= {"contrast", "exposure", "clipping", "sharpness"}
    if spec.sheet.ink < 0.75 or spec.sheet.thermal:
        unclear |= {"contrast", "sharpness"}
    if said.get("double_feed"):
        unclear |= {"cut_off", "dpi_measured", "sharpness"}
    if spec.sheet.corner is not None:
        unclear |= {"cut_off"}
    if said.get("sharpness") or spec.sensor.motion:
        unclear |= {"contrast", "misregistration", "sharpness"}
    if said.get("misregistration"):
        unclear |= {"sharpness"}
    if said.get("cut_off"):
        unclear |= {"dpi_measured"}
    if spec.sheet.ink < HARDLY_THERE or _hardly_written(spec):
        unclear |= {"blank"}
    return {check: "doubtful" for check in unclear if said.get(check) != "bad"}


def _hardly_written(spec: Spec) -> bool:
    """Say whether a side holds nothing but its number or a tick: blank for some, written on for others."""
    if spec.kind == "number":
        return True
    ticked = all(isinstance(one, Hand) and one.kind in ("pencil", "red") for one in spec.laid)
    return spec.kind.startswith("blank") and bool(spec.laid) and ticked


def measure(spec: Spec, lost_mm: float) -> dict[str, float]:
    """Return what the defects of a page measure. ``lost_mm`` is how far ink lies beyond the frame."""
    sensor, sheet = spec.sensor, spec.sheet
    paper = float(np.mean(sheet.tone))
    values = {
        "contrast": _contrast(spec, paper),
        "exposure": _toned(spec, paper),
        "clipping": max(sensor.black, paper * sensor.gain - sensor.white - 8),
        "sharpness": sensor.blur,
        "misregistration": 2 * float(np.hypot(*sensor.apart)),
        "cut_off": lost_mm,
    }
    if sensor.streaks:
        values["streaks"] = max(abs(one.depth) * (0.5 if one.colour >= 0 else 1.0) for one in sensor.streaks)
    if sheet.staple:
        values["staple"] = 1.0
    if sheet.corner is not None:
        values["folded_corner"] = max(sheet.corner.legs)
    if spec.lie.under is not None:
        values["double_feed"] = spec.lie.under.offset[1]
    if sensor.header_dpi:
        values["dpi_measured"] = sensor.header_dpi / spec.dpi
    return values


def lost_ink(ink: Pixels, matrix: NDArray[np.float64], size: tuple[int, int], dpi: int) -> float:
    """Return how far (mm) ink of the sheet lies beyond the frame; ``matrix`` is from pixels of the sheet."""
    points = cv2.findNonZero(ink)
    if points is None:
        return 0.0
    where = (points.reshape(-1, 2) + 0.5) * (dpi / 25.4 / INK_PER_MM)
    laid = where @ matrix[:, :2].T + matrix[:, 2]
    beyond = np.maximum(-laid.min(0), laid.max(0) - np.array(size))
    return max(0.0, float(beyond.max()) * 25.4 / dpi)


def _toned(spec: Spec, level: float) -> float:
    """Return what the electronics make of a level."""
    table = tone_table(spec.sensor)
    return level if table is None else float(table[round(min(255.0, level))])


def _contrast(spec: Spec, paper: float) -> float:
    """Return the grey levels between paper and its print."""
    ink = spec.sheet.ink * (0.6 if spec.sheet.thermal else 1.0)
    dark = paper * (1 - ink * (1 - PRINT / 255))
    return _toned(spec, paper) - _toned(spec, dark)
