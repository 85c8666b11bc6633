"""Sheets fed the wrong way round are found by their own lines and accents, or said to be unsure."""

from __future__ import annotations

import numpy as np
import pytest
import specimen_sheets as sheets
from drawn_scans import DPI, RULES, jpeg, master, quarter_turned, scan

from appliance.core.model import Geometry
from appliance.imaging import geometry, ink, lines, recipe, rendition
from appliance.imaging.rendition import Rendition
from bench.corpus import Code, Lie, Spec, page, samples


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("name", ["letter", "short", "table"])
def test_a_page_of_vietnamese_is_brought_upright(name: str, turns: int) -> None:
    for angle in (0.0, -2.6):
        grey = sheets.grey(quarter_turned(scan(name, angle), turns))
        lie = lines.find(ink.find(grey, DPI), grey)
        assert (lie.turn, lie.upright_sure) == (turns, True)
        assert lie.skew == pytest.approx(-angle, abs=0.1)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_form_of_few_words_is_right_or_unsure(turns: int) -> None:
    for angle in (0.4, 2.8):
        grey = sheets.grey(quarter_turned(scan("form", angle), turns))
        lie = lines.find(ink.find(grey, DPI), grey)
        assert lie.turn == turns or not lie.upright_sure


def test_a_page_of_capitals_and_numbers_is_not_called_sure_the_wrong_way() -> None:
    sheet = sheets.Sheet(DPI)
    for line in range(25):
        sheet.text(20, 30 + line * 9, "MUC LUC 2021 HO SO 1998 TAI LIEU 40 BAN", 12)
    grey = sheets.grey(quarter_turned(sheets.scan(sheet.pixels()), 2))
    lie = lines.find(ink.find(grey, DPI), grey)
    assert lie.turn == 2 or not lie.upright_sure


def test_three_words_are_never_sure() -> None:
    sheet = sheets.Sheet(DPI)
    sheet.text(80, 140, "Đã kiểm tra", 16)
    drawn = sheets.scan(sheet.pixels())
    analysis = recipe.analyse(jpeg(drawn), master(drawn), RULES, 10**8)
    assert not analysis.blank
    assert not analysis.orientation_sure
    assert analysis.geometry.turn == 0


def test_the_exif_orientation_stands_where_the_ink_does_not_tell() -> None:
    sheet = sheets.Sheet(DPI)
    sheet.text(80, 140, "Đã kiểm tra", 16)
    drawn = sheets.scan(sheet.pixels())
    analysis = recipe.analyse(jpeg(drawn), master(drawn, orientation=6), RULES, 10**8)
    assert analysis.geometry.turn == 1
    assert (analysis.geometry.page_width, analysis.geometry.page_height) == (drawn.shape[0], drawn.shape[1])


@pytest.mark.parametrize(("orientation", "undo"), [
    (2, lambda page: page[:, ::-1]), (3, lambda page: np.rot90(page, 2)), (4, lambda page: page[::-1]),
    (5, lambda page: np.rot90(page[:, ::-1], -3)), (6, lambda page: np.rot90(page, -1)),
    (7, lambda page: np.rot90(page[:, ::-1], -1)), (8, lambda page: np.rot90(page, -3)),
])
def test_every_exif_orientation_is_undone_by_the_geometry(orientation: int, undo: object) -> None:
    """The EXIF table of ``undo`` is that of the standard, told with whole arrays."""
    assert callable(undo)
    drawn = np.zeros((40, 60), np.uint8)
    drawn[5, 7] = drawn[30, 50] = 1
    turn, mirror = geometry.exif_lie(orientation)
    laid = geometry.lay(60, 40, turn, 0.0, mirror)
    a, b, c, d, e, f = laid.matrix()
    upright = undo(drawn)
    assert (laid.page_height, laid.page_width) == upright.shape
    for y, x in np.argwhere(drawn):
        across, down = a * (x + 0.5) + c * (y + 0.5) + e, b * (x + 0.5) + d * (y + 0.5) + f
        assert upright[int(down), int(across)] == 1


def test_a_mirrored_image_is_read_in_the_right_sense() -> None:
    drawn = np.ascontiguousarray(scan("letter", 1.2)[:, ::-1])
    analysis = recipe.analyse(jpeg(drawn), master(drawn, orientation=2), RULES, 10**8)
    assert analysis.geometry.mirror
    assert analysis.geometry.skew == pytest.approx(-1.2, abs=0.1)
    page = rendition.draw(jpeg(drawn), Rendition(master(drawn).format, analysis.geometry, DPI, DPI))
    assert lines.find(ink.find(page, DPI), page).upright_sure


def test_turning_a_laid_page_turns_points_about_its_middle() -> None:
    laid = Geometry(300, 400, 1, 2.5, 420.0, 310.0, 6.0, -4.0)
    once = geometry.turned(laid, 1)
    assert (once.turn, once.skew, once.page_width, once.page_height) == (2, 2.5, 310.0, 420.0)
    for x, y in ((0.0, 0.0), (300.0, 17.0)):
        before, after = _on_page(laid, x, y), _on_page(once, x, y)
        assert after == pytest.approx((310.0 - before[1], before[0]))


def test_four_turns_are_none() -> None:
    laid = Geometry(300, 400, 3, 2.5, 420.0, 310.0, 6.0, -4.0)
    assert geometry.turned(laid, 4) == laid
    assert geometry.turned(geometry.turned(laid, 3), 1) == laid


def _on_page(laid: Geometry, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = laid.matrix()
    return a * x + c * y + e, b * x + d * y + f


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_a_separator_of_few_words_is_turned_by_its_code(turn: int) -> None:
    """A separator gets no OCR and no question to Tesseract: its code alone tells how it was fed."""
    sample = page(Spec("blank", 0, 150, 3, (Code("QRCode", "BHXH1|D|H49.64.33.2001.160", (105.0, 100.0), 40.0),),
                       lie=Lie(skew=1.0, turn=turn)))
    data = sample.jpeg()
    analysis = recipe.analyse(data, sample.master(data), RULES, 10**8)
    assert analysis.geometry.turn == turn
    assert abs((analysis.marks[0].angle - 1.0 + 90 * turn + 180) % 360 - 180) < 2.0


def test_pages_of_every_kind_are_upright_or_said_to_be_unsure() -> None:
    for one in samples("turned", 9, seed=3, dpi=150):
        grey = sheets.grey(np.ascontiguousarray(one.image[:, :, ::-1]))
        lie = lines.find(ink.find(grey, 150), grey)
        assert lie.turn == one.truth.turn or not lie.upright_sure
