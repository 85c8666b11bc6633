"""Whether an image is good enough: what was measured against what the rule profile asks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from appliance.core import errors
from appliance.core.errors import Kind
from appliance.core.model import ImageFormat, ImageRules, Master, Verdict
from appliance.imaging.measures import Measures

PLACES = {
    "top": "mép trên / top", "right": "mép phải / right", "bottom": "mép dưới / bottom", "left": "mép trái / left",
    "top left": "góc trên trái / top left", "top right": "góc trên phải / top right",
    "bottom right": "góc dưới phải / bottom right", "bottom left": "góc dưới trái / bottom left",
}
"""Sides and corners as a person at the scanner reads them."""


def verdicts(master: Master, rules: ImageRules, measured: Measures) -> tuple[Verdict, ...]:
    """Judge one page: blank, the demands of the law, then what went wrong at the scanner, the gravest first.

    Of a blank page its print is not judged; what cannot be measured has no verdict. With lenient rules, and for
    checks that only warn, a broken demand keeps its code and is ok.
    """
    blank = is_blank(measured, rules)
    judged = [
        # A blank page is a finding, not a fault.
        Verdict("blank", round(min(measured.written_mm2, 1e6), 2), rules.limits.blank, True),
        _at_least("dpi", float(master.resolution), float(rules.min_dpi), errors.DPI_TOO_LOW),
        _at_least("colour", float(_colours(master)), 3.0 if rules.colour_required else 1.0, errors.NOT_COLOUR),
        Verdict("size", master.width * master.height / 1e6, 0.0, True),
        *_feeding(measured, rules, master.resolution),
        *(() if blank else _content(measured, rules)),
    ]
    if master.format is not ImageFormat.G4:
        judged += _light(measured, rules, blank)
    return tuple(replace(one, ok=True) if rules.lenient or one.check in rules.warn else one for one in judged)


def is_blank(measured: Measures, rules: ImageRules) -> bool:
    """Say whether a page with so much ink has nothing written on it."""
    return measured.written_mm2 < rules.limits.blank and not measured.faint


def _feeding(measured: Measures, rules: ImageRules, header: int) -> Iterator[Verdict]:
    """Judge how the sheet came in."""
    limits = rules.limits
    shadow, at_mm = measured.second_sheet
    yield _below("double_feed", shadow, limits.double_feed, errors.TWO_SHEETS, f"{at_mm:.0f} mm")
    leg, corner = measured.fold
    yield _below("folded_corner", leg, limits.folded_corner, errors.CORNER_FOLDED, PLACES.get(corner, ""))
    if measured.true_dpi is not None:
        off = abs(header / measured.true_dpi - 1)
        yield _below("dpi_measured", off, limits.dpi_measured, errors.DPI_MISSTATED, f"{measured.true_dpi:.0f} dpi")
    sharp = measured.sharpness >= limits.sharpness  # blurred words run together into such forms
    found = float(bool(measured.staple) and sharp)
    yield _below("staple", found, 1.0, errors.STAPLE_LEFT, PLACES.get(measured.staple, ""))


def _content(measured: Measures, rules: ImageRules) -> Iterator[Verdict]:
    """Judge what is printed or written."""
    limits = rules.limits
    places, side = measured.cut_off
    yield _below("cut_off", float(places), limits.cut_off, errors.CONTENT_CUT, PLACES.get(side, ""))
    if math.isfinite(measured.sharpness):
        yield _at_least("sharpness", measured.sharpness, limits.sharpness, errors.NOT_SHARP)
    if math.isfinite(measured.contrast):
        yield _at_least("contrast", measured.contrast, limits.contrast, errors.PAGE_FAINT)
    if math.isfinite(measured.apart):
        yield _below("misregistration", measured.apart, limits.misregistration, errors.COLOURS_APART)


def _light(measured: Measures, rules: ImageRules, blank: bool) -> Iterator[Verdict]:
    """Judge lamp, sensor and glass."""
    limits = rules.limits
    if measured.tones is not None:
        yield _at_least("exposure", measured.tones.paper, limits.exposure, errors.PAGE_DARK)
        lost = measured.tones.white if blank else measured.tones.lost
        yield _below("clipping", lost, limits.clipping, errors.TONES_LOST)
    if measured.streak is not None:
        where = f"{measured.streak.at_mm:.0f} mm" if measured.streak.at_mm else ""
        yield _below("streaks", measured.streak.depth, limits.streaks, errors.GLASS_DIRTY, where)


def _colours(master: Master) -> int:
    return 1 if master.format is ImageFormat.G4 else master.components


def _at_least(check: str, value: float, limit: float, kind: Kind) -> Verdict:
    ok = value >= limit
    return Verdict(check, round(value, 3), limit, ok, "" if ok else kind.code)


def _below(check: str, value: float, limit: float, kind: Kind, where: str = "") -> Verdict:
    ok = value < limit
    return Verdict(check, round(value, 3), limit, ok, "" if ok else kind.code, "" if ok else where)
