"""The stamp stands where nothing is written, in the top band of the page as it is read."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest
import specimen_sheets as sheets
from drawn_scans import DPI, RULES, jpeg, master, quarter_turned, scan

from appliance.core import cells
from appliance.core.model import Box, EmptyBand, ImageFormat
from appliance.imaging import band, geometry, recipe, rendition, tone
from appliance.imaging.rendition import Rendition
from bench.corpus import Code, Spec, page


def page_with(*ink: tuple[float, float, float, float]) -> EmptyBand:
    """Find the band of an A4 page with ink in these boxes (mm)."""
    image = np.full((1169, 827), 255, np.uint8)
    for box in ink:
        x0, y0, x1, y1 = (round(value / 25.4 * 100) for value in box)
        image[y0:y1, x0:x1] = 0
    grey = np.where(image == 0, 40, 245).astype(np.uint8)
    return band.find(band.View(image, grey, geometry.lay(1654, 2339, 0, 0.0), DPI))


def free_share(found: EmptyBand, box: Box | None = None) -> float:
    """Share of the band, or of a part of it (mm), that is not taken."""
    known = cells.unpack(found.cells)
    assert known is not None
    taken = np.array([[row >> (known.wide - 1 - x) & 1 for x in range(known.wide)] for row in known.rows])
    if box is not None:
        x0, y0, x1, y1 = (round(value * cells.PER_MM) for value in (box.x0, box.y0, box.x1, box.y1))
        taken = taken[y0:y1, x0:x1]
    return float(1 - taken.mean())


def coloured(paper: tuple[int, int, int], block: tuple[int, int, int], box: Box) -> EmptyBand:
    """Find the band of an A4 page of coloured paper with one block of a colour on it (mm), as a camera sees it."""
    rgb = np.full((1169, 827, 3), paper, np.float64)
    x0, y0, x1, y1 = (round(value / 25.4 * 100) for value in (box.x0, box.y0, box.x1, box.y1))
    rgb[y0:y1, x0:x1] = block
    rgb += np.random.default_rng(1).normal(0, 2, rgb.shape)
    seen = rgb.clip(0, 255).astype(np.uint8)
    grey = np.asarray(cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY), np.uint8)
    ink = tone.binarise(grey, 100, tone.paper_tone(tone.paper_grid(grey)))
    return band.find(band.View(ink, grey, geometry.lay(1654, 2339, 0, 0.0), DPI, (), seen))


@pytest.mark.parametrize("block", [(60, 60, 60), (120, 120, 120), (200, 40, 50), (90, 110, 200), (255, 250, 140),
                                   (250, 200, 205)])
@pytest.mark.parametrize("size", [(30, 8), (80, 18)])
def test_a_block_of_any_colour_is_taken_all_over(block: tuple[int, int, int], size: tuple[int, int]) -> None:
    box = Box(115, 1, 115 + size[0], 1 + size[1])
    found = coloured((250, 248, 240), block, box)
    assert free_share(found, box) == 0
    assert free_share(found, Box(3, 0, 100, 20)) == 1


@pytest.mark.parametrize("paper", [(250, 248, 240), (255, 210, 215), (190, 225, 190), (225, 200, 150)])
def test_coloured_paper_and_a_pale_stain_are_free(paper: tuple[int, int, int]) -> None:
    red, green, blue = paper
    stain = coloured(paper, (red - 12, green - 18, blue - 30), Box(60, 0, 170, 40))
    assert free_share(stain, Box(75, 3, 160, 20)) > 0.9


def test_an_empty_page_is_free_on_both_sides() -> None:
    found = page_with()
    assert found.left == Box(0, 0, 105, 20)
    assert found.right == Box(105, 0, 210, 20)


def test_a_full_band_has_no_room() -> None:
    found = page_with((0, 0, 210, 25))
    assert (found.left, found.right) == (None, None)
    assert free_share(found) == 0


def test_writing_pushes_the_free_space_aside() -> None:
    found = page_with((20, 8, 90, 12), (120, 2, 160, 6))
    assert found.left is not None
    assert found.right is not None
    assert found.left.y1 <= 8 or found.left.y0 >= 12
    assert found.right.y0 >= 6


def test_room_too_low_or_too_narrow_is_no_room() -> None:
    rows = [(0.0, y, 105.0, y + 1.0) for y in (0, 5.5, 11, 16.5)]
    assert page_with(*rows).left is None
    columns = [(x, 0.0, x + 1.0, 20.0) for x in (0.0, 25.0, 50.0, 75.0, 100.0)]
    assert page_with(*columns).left is None


def test_ink_below_the_band_does_not_matter() -> None:
    assert page_with((0, 21, 210, 297)) == page_with()


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_the_band_is_that_of_the_upright_level_page(turns: int) -> None:
    drawn = quarter_turned(scan("letter", 1.1), turns)
    analysis = recipe.analyse(jpeg(drawn), master(drawn), RULES, 10**8)
    assert analysis.geometry.turn == turns
    for box in (analysis.band.left, analysis.band.right):
        assert box is not None
        assert box.y1 <= 13.0  # the heading stands at 12 mm and more


def test_no_ink_lies_in_what_is_called_free() -> None:
    drawn = scan("table", -1.6)
    known = master(drawn)
    analysis = recipe.analyse(jpeg(drawn), known, RULES, 10**8)
    page = rendition.draw(jpeg(drawn), Rendition(known.format, analysis.geometry, DPI, 254))
    for box in (analysis.band.left, analysis.band.right):
        assert box is not None
        x0, y0, x1, y1 = (round(value * 10) for value in (box.x0, box.y0, box.x1, box.y1))
        assert page[y0 + 5:y1, x0 + 5:x1 - 5].min() > 150


def test_the_band_is_found_again_after_another_turn() -> None:
    drawn = scan("letter", 1.1)
    known, data = master(drawn), jpeg(drawn)
    analysis = recipe.analyse(data, known, RULES, 10**8)
    same = recipe.band_of(data, ImageFormat.JPEG, geometry.turned(analysis.geometry, 4), DPI)
    assert same == analysis.band
    over = recipe.band_of(data, ImageFormat.JPEG, geometry.turned(analysis.geometry, 2), DPI)
    assert over.left is not None
    assert over.left.y1 > 13


def test_a_mirrored_capture_has_its_band_on_the_right_side() -> None:
    sheet = sheets.Sheet(DPI)
    sheet.bar(110, 1, 200, 19)
    for line in range(20):
        sheet.text(25, 40 + line * 9, sheets.SENTENCES[line % 7], 12)
    drawn = np.ascontiguousarray(sheets.scan(sheet.pixels())[:, ::-1])
    analysis = recipe.analyse(jpeg(drawn), dataclasses.replace(master(drawn), orientation=2), RULES, 10**8)
    assert analysis.band.left is not None
    assert analysis.band.right is None
    again = recipe.band_of(jpeg(drawn), ImageFormat.JPEG, analysis.geometry, DPI)
    assert (again.left, again.right) == (analysis.band.left, analysis.band.right)
    assert free_share(again) == pytest.approx(free_share(analysis.band), abs=0.01)


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_paper_around_a_code_is_kept_free_when_mirrored_and_after_another_turn(mirrored: bool) -> None:
    sample = page(Spec("blank", dpi=DPI, laid=(Code("QRCode", "H01.02.1975", (60, 10), 14),)))
    drawn = np.ascontiguousarray(sample.image[:, ::-1, ::-1] if mirrored else sample.image[..., ::-1])
    known = dataclasses.replace(master(drawn), orientation=2 if mirrored else 1)
    analysis = recipe.analyse(jpeg(drawn), known, RULES, 10**8)
    (code,) = analysis.marks
    again = recipe.band_of(jpeg(drawn), ImageFormat.JPEG, analysis.geometry, DPI, analysis.marks)
    x0, y0, x1, y1 = (value / DPI * 25.4 for value in (code.box.x0, code.box.y0, code.box.x1, code.box.y1))
    quiet = Box(210 - x1 if mirrored else x0, y0, 210 - x0 if mirrored else x1, y1)
    for found in (analysis.band, again):
        assert found.left is not None
        room = found.left
        assert (room.x1 <= quiet.x0 - 1.9 or room.x0 >= quiet.x1 + 1.9
                or room.y1 <= quiet.y0 - 1.9 or room.y0 >= quiet.y1 + 1.9), (room, quiet)
