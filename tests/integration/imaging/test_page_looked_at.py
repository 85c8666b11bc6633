"""The recipe as a whole: one answer that can cross a process border, the same every time."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import specimen_sheets as sheets
from drawn_scans import DPI, LIMIT, RULES, jpeg, master, scan
from PIL import Image

from appliance.core.model import ImageFormat, Master, PageAnalysis
from appliance.core.plain import from_plain, to_plain
from appliance.imaging import kernels, recipe, rendition, tone
from appliance.imaging.rendition import Rendition
from appliance.imaging.warm import warm


def test_an_analysis_survives_the_way_between_processes() -> None:
    drawn = scan("letter", 1.2)
    analysis = recipe.analyse(jpeg(drawn), master(drawn), RULES, LIMIT)
    assert from_plain(PageAnalysis, to_plain(analysis)) == analysis


def test_looking_twice_gives_the_same_answer() -> None:
    drawn = scan("form", -0.9)
    once, twice = (recipe.analyse(jpeg(drawn), master(drawn), RULES, LIMIT) for _ in range(2))
    assert dataclasses.replace(once, seconds={}) == dataclasses.replace(twice, seconds={})


def test_every_step_says_what_it_cost() -> None:
    drawn = scan("short")
    seconds = recipe.analyse(jpeg(drawn), master(drawn), RULES, LIMIT).seconds
    assert list(seconds) == ["decode", "paper", "secret", "ink", "marks", "lines", "quality", "band", "treatment"]
    assert all(cost >= 0 for cost in seconds.values())


def test_a_bitonal_strip_is_looked_at_like_any_page() -> None:
    grey = sheets.grey(scan("letter", 2.2))
    stream = io.BytesIO()
    Image.fromarray(grey).convert("1", dither=Image.Dither.NONE).save(stream, "TIFF", compression="group4")
    known = Master("x", "0" * 64, 1, ImageFormat.G4, grey.shape[1], grey.shape[0], 1, DPI)
    analysis = recipe.analyse(stream.getvalue(), known, dataclasses.replace(RULES, lenient=True), LIMIT)
    assert abs(analysis.geometry.skew + 2.2) < 0.1
    assert analysis.orientation_sure
    assert {verdict.code for verdict in analysis.verdicts if verdict.code} == {"I307"}


def test_a_tiny_and_a_black_image_break_nothing() -> None:
    for drawn in (np.full((64, 64, 3), 240, np.uint8), np.zeros((900, 700, 3), np.uint8),
                  np.full((64, 4000, 3), 250, np.uint8)):
        assert recipe.analyse(jpeg(drawn), master(drawn), RULES, LIMIT).geometry.turn == 0


def test_noise_instead_of_a_page_breaks_nothing() -> None:
    drawn = np.random.default_rng(3).integers(0, 255, (800, 600, 3)).astype(np.uint8)
    analysis = recipe.analyse(jpeg(drawn), master(drawn), RULES, LIMIT)
    assert not analysis.orientation_sure


def test_uneven_light_is_levelled_before_reading() -> None:
    grey = sheets.grey(scan("letter")).astype(np.float32)
    shaded = (grey * np.linspace(0.62, 1.0, grey.shape[1])[None, :]).astype(np.uint8)
    known = master(shaded)
    analysis = recipe.analyse(jpeg(shaded), known, RULES, LIMIT)
    page = rendition.draw(jpeg(shaded), Rendition(known.format, analysis.geometry, DPI, DPI))
    paper = tone.paper_grid(page)[20:-20, 10:-10]
    assert int(paper.max()) - int(paper.min()) < 40


def test_warming_again_costs_nothing_and_harms_nothing() -> None:
    assert warm() < 1.0
    assert all(len(compiled.signatures) == 1 for compiled, _ in kernels.LOADED)
