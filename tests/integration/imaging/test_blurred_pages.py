"""Verdicts: what is held, what passes, and what lenient rules turn into a warning."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import cv2
import numpy as np
import pytest
import specimen_sheets as sheets
from drawn_scans import RULES, master, scan
from specimen_sheets import Pixels

from appliance.core import errors
from appliance.core.model import ImageFormat, Verdict
from appliance.imaging import edges, quality
from appliance.imaging.measures import Measures
from appliance.imaging.tones import Tones


def blurred(pixels: Pixels, sigma: float) -> Pixels:
    return sheets.grey(np.ascontiguousarray(cv2.GaussianBlur(pixels, (0, 0), sigma), dtype=np.uint8))


def sharpness(grey: Pixels, dpi: float = 200) -> float:
    return edges.find(edges.reduced(grey, dpi)).sharpness


def measured(**changed: Any) -> Measures:
    """Return what a page in good order measures."""
    return dataclasses.replace(Measures(2000.0, False, 0.6, 180.0, Tones(240.0, 0.0, 0.0)), **changed)


def by_check(verdicts: tuple[Verdict, ...]) -> dict[str, Verdict]:
    return {verdict.check: verdict for verdict in verdicts}


@pytest.mark.parametrize("name", ["letter", "form", "table"])
def test_a_sharp_page_passes_and_a_badly_blurred_one_fails(name: str) -> None:
    drawn = scan(name, 0.5)
    assert sharpness(blurred(drawn, 0.6)) > RULES.limits.sharpness + 0.05
    assert sharpness(blurred(drawn, 4 * 200 / 300)) < RULES.limits.sharpness - 0.03


def test_half_size_of_three_hundred_dpi_is_judged_alike() -> None:
    drawn = sheets.scan(sheets.letter(300).pixels(), 0.5)
    for sigma, good in ((0.01, True), (1.5, True), (4.0, False)):
        half = cv2.resize(blurred(drawn, sigma), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        assert (sharpness(np.ascontiguousarray(half, dtype=np.uint8), 150) >= RULES.limits.sharpness) is good


def test_sharpness_does_not_depend_on_contrast_or_paper() -> None:
    grey = blurred(scan("letter"), 0.6)
    pale = (grey.astype(float) * 0.5 + 100).astype(np.uint8)
    assert sharpness(pale) == pytest.approx(sharpness(grey), abs=0.05)


def test_an_empty_sheet_has_no_sharpness() -> None:
    assert math.isinf(sharpness(np.full((500, 400), 240, np.uint8)))


def test_a_lawful_page_has_no_fault() -> None:
    judged = quality.verdicts(master(scan("letter")), RULES, measured())
    assert all(verdict.ok and not verdict.code for verdict in judged)


def test_each_broken_demand_has_its_code() -> None:
    poor = dataclasses.replace(master(scan("letter")), dpi=150, components=1)
    judged = by_check(quality.verdicts(poor, RULES, measured(sharpness=0.2)))
    codes = {check: verdict.code for check, verdict in judged.items() if not verdict.ok}
    assert codes == {"dpi": errors.DPI_TOO_LOW.code, "colour": errors.NOT_COLOUR.code,
                     "sharpness": errors.NOT_SHARP.code}


def test_lenient_rules_keep_the_code_as_a_warning() -> None:
    poor = dataclasses.replace(master(scan("letter")), dpi=150, components=1)
    judged = by_check(quality.verdicts(poor, dataclasses.replace(RULES, lenient=True), measured(sharpness=0.2)))
    assert all(verdict.ok for verdict in judged.values())
    assert judged["dpi"].code == errors.DPI_TOO_LOW.code


def test_a_bitonal_strip_is_not_colour_even_if_its_header_says_three() -> None:
    strip = dataclasses.replace(master(scan("letter")), format=ImageFormat.G4)
    assert not by_check(quality.verdicts(strip, RULES, measured()))["colour"].ok


def test_colour_is_not_asked_where_the_law_does_not() -> None:
    grey = dataclasses.replace(master(scan("letter")), components=1)
    rules = dataclasses.replace(RULES, colour_required=False)
    assert by_check(quality.verdicts(grey, rules, measured()))["colour"].ok


def test_an_unstated_resolution_is_taken_from_the_length_of_a4() -> None:
    unknown = dataclasses.replace(master(scan("letter")), dpi=0)
    assert unknown.resolution == 200
