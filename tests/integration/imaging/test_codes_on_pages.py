"""Codes are read at any angle and size asked for, and hostile ones come back as harmless text."""

from __future__ import annotations

import numpy as np
import pytest
import segno
import specimen_sheets as sheets
import zxingcpp
from drawn_scans import RULES, jpeg, master, scan
from specimen_sheets import Pixels

from appliance.core.model import Mark
from appliance.imaging import marks, recipe

PAYLOAD = "HS1|D|H02.01.2021.000123|0|Quyết định|40|0f3a9c1b"


def qr(content: str | bytes, error: str = "m") -> Pixels:
    code = segno.make_qr(content, error=error)
    return np.array([[0 if dark else 255 for dark in row] for row in code.matrix_iter(border=4)], np.uint8)


def on_sheet(code: Pixels, mm: float, dpi: int, angle: float = 0.0) -> Pixels:
    sheet = sheets.Sheet(dpi)
    sheet.text(30, 40, "PHIẾU PHÂN TÁCH HỒ SƠ", 20)
    sheet.paste(code, 90, 120, mm)
    return sheets.scan(sheet.pixels(), angle)


def read(pixels: Pixels, dpi: int) -> tuple[Mark, ...]:
    return recipe.analyse(jpeg(pixels, 80), master(pixels, dpi), RULES, 10**8).marks


@pytest.mark.parametrize("angle", [0.0, 7.0, 33.0, 45.0, 90.0, 171.0])
def test_a_qr_of_fifteen_millimetres_at_two_hundred_dpi_is_read_at_any_angle(angle: float) -> None:
    (found,) = read(on_sheet(qr(PAYLOAD), 15, 200, angle), 200)
    assert (found.kind, found.text) == ("QRCode", PAYLOAD)


@pytest.mark.parametrize("mm", [15, 40])
def test_small_and_large_codes_are_read_at_three_hundred_dpi(mm: float) -> None:
    (found,) = read(on_sheet(qr(PAYLOAD), mm, 300, 1.3), 300)
    assert found.text == PAYLOAD


def test_a_code_too_fine_for_the_reduced_image_is_read_in_full() -> None:
    (found,) = read(on_sheet(qr(PAYLOAD * 2), 16, 300), 300)
    assert found.text == PAYLOAD * 2


def test_the_box_is_in_pixels_of_the_captured_image() -> None:
    (found,) = read(on_sheet(qr(PAYLOAD), 40, 300), 300)
    mm = [value * 25.4 / 300 for value in (found.box.x0, found.box.y0, found.box.x1, found.box.y1)]
    quiet = 40 * 4 / qr(PAYLOAD).shape[0]
    assert mm == pytest.approx([90 + quiet, 120 + quiet, 130 - quiet, 160 - quiet], abs=1.0)


@pytest.mark.parametrize(("kind", "name"), [
    (zxingcpp.BarcodeFormat.Code128, "Code128"), (zxingcpp.BarcodeFormat.Code39, "Code39"),
    (zxingcpp.BarcodeFormat.PDF417, "PDF417"), (zxingcpp.BarcodeFormat.DataMatrix, "DataMatrix"),
])
def test_other_codes_are_read(kind: zxingcpp.BarcodeFormat, name: str) -> None:
    code = np.array(zxingcpp.create_barcode("HS-2021-0042", kind).to_image(scale=4), np.uint8)
    page = np.full((1600, 1600), 240, np.uint8)
    page[400:400 + code.shape[0], 300:300 + code.shape[1]] = np.where(code > 0, 240, 20)
    found = marks.read(page)
    assert [(mark.kind, mark.text) for mark in found] == [(name, "HS-2021-0042")]


@pytest.mark.parametrize("payload", [b"../../etc/passwd", b"\x00\x1b[2J\x07", b"\xff\xfe\x80\x81", b"x" * 1200])
def test_a_hostile_payload_is_only_text(payload: bytes) -> None:
    (found,) = read(on_sheet(qr(payload, "l"), 90, 200), 200)
    assert isinstance(found.text, str)
    assert len(found.text) <= marks.LONGEST_TEXT
    found.text.encode("utf-8")


def test_running_text_has_no_code_and_asks_for_no_second_look() -> None:
    assert read(scan("letter", 0.5), 200) == ()
    drawn = sheets.grey(scan("letter"))
    assert not marks.look_again(np.where(drawn < 128, 0, 255).astype(np.uint8))


def test_a_page_with_nothing_but_a_code_is_not_blank() -> None:
    sheet = sheets.Sheet(200)
    sheet.paste(qr("D"), 100, 100, 12)
    drawn = sheets.scan(sheet.pixels())
    assert not recipe.analyse(jpeg(drawn), master(drawn), RULES, 10**8).blank
