"""Paper that went in askew is levelled to a tenth of a degree, and only when it needs it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import specimen_sheets as sheets
from drawn_scans import DPI, RULES, jpeg, master, scan, sheet
from specimen_sheets import Pixels

from appliance.imaging import decode, geometry, ink, lines, recipe, rendition, tone
from appliance.imaging.rendition import Rendition

ANGLES = (-4.9, -2.3, -0.7, 0.0, 0.16, 1.45, 3.8)


@pytest.mark.parametrize("name", ["letter", "short", "form", "table"])
def test_skew_of_text_forms_and_tables_is_found_within_a_tenth_of_a_degree(name: str) -> None:
    for angle in ANGLES:
        grey = sheets.grey(scan(name, angle))
        assert lines.find(ink.find(grey, DPI), grey).skew == pytest.approx(-angle, abs=0.1)


def halved(grey: Pixels) -> Pixels:
    small: Pixels = np.ascontiguousarray(cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
                                         dtype=np.uint8)
    return small


def test_half_resolution_is_as_exact() -> None:
    half = halved(sheets.grey(sheets.scan(sheets.letter(300).pixels(), 2.21)))
    assert lines.find(ink.find(half, 150), half).skew == pytest.approx(-2.21, abs=0.05)


def test_a_lid_border_does_not_pull_the_skew_towards_itself() -> None:
    drawn = scan("letter", 2.4).copy()
    drawn[:16] = 18
    drawn[:, -30:] = 18
    grey = sheets.grey(drawn)
    assert lines.find(ink.find(grey, DPI), grey).skew == pytest.approx(-2.4, abs=0.1)


def test_a_page_under_three_tenths_of_a_degree_is_left_as_it_lies() -> None:
    drawn = scan("letter", 0.16)
    analysis = recipe.analyse(jpeg(drawn), master(drawn), RULES, 10**8)
    assert analysis.geometry.skew == 0.0
    assert (analysis.geometry.page_width, analysis.geometry.page_height) == (drawn.shape[1], drawn.shape[0])


def test_a_blank_page_is_not_turned() -> None:
    drawn = scan("back", 2.0)
    assert recipe.analyse(jpeg(drawn), master(drawn), RULES, 10**8).geometry.skew == 0.0


@pytest.mark.parametrize("angle", [-3.1, 1.7])
def test_the_geometry_found_gives_a_level_page(angle: float) -> None:
    drawn = scan("letter", angle)
    data, known = jpeg(drawn), master(drawn)
    laid = recipe.analyse(data, known, RULES, 10**8).geometry
    level = rendition.draw(data, Rendition(known.format, laid, DPI, DPI))
    assert abs(lines.find(ink.find(level, DPI), level).skew) < 0.1


def test_the_rendition_lies_where_the_geometry_says() -> None:
    """A cross drawn at a known point must appear at that point's place on the page, to a pixel."""
    drawn = np.full((900, 700), 240, np.uint8)
    drawn[300:303, 420:440] = 20
    drawn[290:313, 429:431] = 20
    laid = geometry.lay(700, 900, 1, 1.5)
    a, b, c, d, e, f = laid.matrix()
    x, y = 430.0, 301.5
    page = tone.rendition(drawn, laid, 200, 150)
    dark = np.argwhere(page < 120)
    assert dark.mean(axis=0) == pytest.approx([(b * x + d * y + f) * 0.75, (a * x + c * y + e) * 0.75], abs=1.0)


def test_a_reduced_decode_gives_the_same_page_as_the_full_one() -> None:
    drawn = sheets.grey(sheet("letter"))
    laid = geometry.lay(drawn.shape[1], drawn.shape[0], 0, -1.0)
    full = tone.rendition(drawn, laid, 200, 100).astype(int)
    reduced = tone.rendition(halved(drawn), laid, 200, 100).astype(int)
    inner = slice(10, -10)
    assert np.abs(full - reduced)[inner, inner].mean() < 6


def test_reduction_never_goes_below_what_is_asked() -> None:
    assert [decode.factor_for(dpi, 130) for dpi in (75, 150, 200, 300, 400, 600, 1200)] == [1, 1, 1, 2, 2, 4, 8]


def test_skew_beyond_what_a_feeder_does_is_not_believed() -> None:
    assert geometry.lay(100, 200, 0, 16.5).skew == 0.0
