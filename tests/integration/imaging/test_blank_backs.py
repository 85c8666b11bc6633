"""A back on which nothing is written is blank, whatever shines through; one written word is not."""

from __future__ import annotations

import pytest
import specimen_sheets as sheets
from drawn_scans import DPI, RULES, jpeg, master
from specimen_sheets import Pixels

from appliance.core.model import PageAnalysis
from appliance.imaging import recipe


def look(pixels: Pixels) -> PageAnalysis:
    return recipe.analyse(jpeg(pixels), master(pixels), RULES, 10**8)


@pytest.mark.parametrize("bleed", [0.0, 0.12, 0.25])
@pytest.mark.parametrize("skew", [0.0, 1.8])
def test_shine_through_holes_and_lid_borders_are_not_ink(bleed: float, skew: float) -> None:
    assert look(sheets.scan(sheets.blank_back(DPI, bleed), skew)).blank


def test_dust_is_not_ink() -> None:
    sheet = sheets.Sheet(DPI)
    for speck in range(60):
        sheet.disc(15 + speck * 37 % 180, 10 + speck * 53 % 270, 0.35, 60)
    assert look(sheets.scan(sheet.pixels())).blank


def test_a_dark_backing_around_a_small_receipt_is_not_ink() -> None:
    sheet = sheets.Sheet(DPI)
    sheet.bar(0, 0, 210, 297, 22)
    sheet.bar(40, 60, 150, 200, 244)
    assert look(sheets.scan(sheet.pixels())).blank


@pytest.mark.parametrize("ink", [(30, 30, 30), (150, 60, 30), (40, 40, 170)])
def test_one_written_word_makes_a_page(ink: tuple[int, int, int]) -> None:
    sheet = sheets.Sheet(DPI)
    sheet.text(90, 150, "Đã nhận đủ", 14, ink)
    assert not look(sheets.scan(sheet.pixels(), 0.5)).blank


def test_a_written_back_with_shine_through_is_not_blank() -> None:
    sheet = sheets.blank_back(DPI, 0.2)
    sheet[600:640, 500:900] = sheets.letter(DPI).pixels()[470:510, 250:650]
    assert not look(sheets.scan(sheet)).blank


def test_blank_pages_are_exempt_from_sharpness_and_need_no_orientation() -> None:
    analysis = look(sheets.scan(sheets.blank_back(DPI)))
    assert {verdict.check for verdict in analysis.verdicts}.isdisjoint({"sharpness", "contrast", "misregistration"})
    assert analysis.orientation_sure
