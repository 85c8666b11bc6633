"""Codes are read at any angle and size asked for, and hostile ones come back as harmless text."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import segno
import specimen_sheets as sheets
import zxingcpp
from drawn_scans import RULES, jpeg, master, scan
from specimen_sheets import Pixels

from appliance.core.model import Mark
from appliance.imaging import code_places, inside, marks, recipe
from bench.corpus import Code, Sample, Sheet, Spec, Stamp, page

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
    found = marks.read(page, 200).marks
    assert [(mark.kind, mark.text) for mark in found] == [(name, "HS-2021-0042")]


@pytest.mark.parametrize("payload", [b"../../etc/passwd", b"\x00\x1b[2J\x07", b"\xff\xfe\x80\x81", b"x" * 1200])
def test_a_hostile_payload_is_only_text(payload: bytes) -> None:
    (found,) = read(on_sheet(qr(payload, "l"), 90, 200), 200)
    assert isinstance(found.text, str)
    assert len(found.text) <= marks.LONGEST_TEXT
    found.text.encode("utf-8")


def test_running_text_has_no_code_and_asks_for_no_second_look() -> None:
    found = marks.read(sheets.grey(scan("letter", 0.5)), 200)
    assert (found.marks, found.unread) == ((), ())


KINDS = ["QRCode", "DataMatrix", "PDF417", "Code128", "Code39"]


def printed(kind: str, angle: float, mm: float) -> Sample:
    return page(Spec("note", dpi=200, laid=(Code(kind, "HS-2021-00042", (105, 140), mm, angle),)))


def found_in(sample: Sample) -> tuple[Mark, ...]:
    return marks.read(sheets.grey(np.ascontiguousarray(sample.image[..., ::-1])), sample.truth.dpi).marks


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("angle", [0.0, 31.0, 90.0, 137.0, 180.0, 262.0])
def test_every_kind_is_read_at_any_angle(kind: str, angle: float) -> None:
    (found,) = found_in(printed(kind, angle, {"QRCode": 15, "DataMatrix": 14}.get(kind, 70)))
    assert (found.kind, found.text) == (kind, "HS-2021-00042")


@pytest.mark.parametrize("kind", KINDS)
def test_box_and_angle_are_those_of_the_code_though_it_was_turned_to_be_read(kind: str) -> None:
    sample = printed(kind, 24.0, {"QRCode": 15, "DataMatrix": 14}.get(kind, 70))
    (found,) = found_in(sample)
    truth = sample.truth.codes[0].box
    assert abs(found.box.x0 + found.box.x1 - truth.x0 - truth.x1) < 30
    assert abs(found.box.y0 + found.box.y1 - truth.y0 - truth.y1) < 30
    assert found.angle % 180 == pytest.approx(24.0, abs=2.5)


@pytest.mark.parametrize("kind", ["DataMatrix", "Code128", "Code39"])
@pytest.mark.parametrize("angle", [3.0, 40.0, -24.0])
def test_how_codes_of_bars_and_squares_lie_is_told_to_a_degree(kind: str, angle: float) -> None:
    (found,) = found_in(printed(kind, angle, 14 if kind == "DataMatrix" else 70))
    assert found.angle == pytest.approx(angle, abs=1.0)


@pytest.mark.parametrize("angle", [0.0, 45.0, 118.0])
def test_a_datamatrix_of_eight_millimetres_that_stands_alone_is_read(angle: float) -> None:
    sample = page(Spec("letter", dpi=300, laid=(Code("DataMatrix", "A-00042", (185, 280), 8.0, angle),)))
    half = cv2.resize(sample.image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    found = marks.read(sheets.grey(np.ascontiguousarray(half[..., ::-1])), 150, 2.0).marks
    assert [mark.text for mark in found] == ["A-00042"]


def test_heavy_headings_and_seals_are_hardly_ever_a_place_of_a_code() -> None:
    drawn = [sheets.grey(scan(name, 0.5)) for name in ("letter", "form", "table")]
    assert sum(len(code_places.find(grey, 200, float(inside.tone(grey)[0]))) for grey in drawn) <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_white_codes_on_black_are_read(kind: str) -> None:
    sample = printed(kind, 0.0, {"QRCode": 15, "DataMatrix": 14}.get(kind, 70))
    box = sample.truth.codes[0].box
    part = sample.image[round(box.y0) - 20:round(box.y1) + 20, round(box.x0) - 20:round(box.x1) + 20]
    part[:] = 255 - part
    assert [mark.text for mark in found_in(sample)] == ["HS-2021-00042"]


def test_a_red_seal_over_its_corner_and_faint_print_leave_a_small_code_readable() -> None:
    laid = (Code("QRCode", "HS-2021-00042", (40, 40), 15.0, 12.0), Stamp("", "seal", (60, 60), ink=0.7))
    sample = page(Spec("letter", dpi=200, laid=laid, sheet=Sheet(ink=0.4)))
    assert "HS-2021-00042" in [mark.text for mark in found_in(sample)]


def test_a_damaged_code_asks_for_a_second_look_and_gets_it() -> None:
    drawn = on_sheet(qr(PAYLOAD), 20, 300)
    found = marks.read(sheets.grey(drawn), 300)
    (code,) = found.marks
    box = code.box
    drawn[round(box.y0):round(box.y1), round(box.x0):round(box.x0) + 40] = 255  # one side of finders gone
    whole = sheets.grey(drawn)
    half = cv2.resize(whole, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    looked = marks.read(np.asarray(half, np.uint8), 150, 2.0)
    assert not looked.marks
    (place,) = looked.unread
    assert place.x0 < box.x0 < box.x1 < place.x1
    assert marks.read_again(whole, looked.unread) == ()


def test_a_page_with_nothing_but_a_code_is_not_blank() -> None:
    sheet = sheets.Sheet(200)
    sheet.paste(qr("D"), 100, 100, 12)
    drawn = sheets.scan(sheet.pixels())
    assert not recipe.analyse(jpeg(drawn), master(drawn), RULES, 10**8).blank
