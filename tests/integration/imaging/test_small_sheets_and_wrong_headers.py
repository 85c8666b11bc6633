"""Small sheets under a dark lid, and headers that say nothing or lie: what was once missed for them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from drawn_scans import RULES
from specimen_sheets import Pixels

from appliance.core import errors
from appliance.core.model import ImageFormat, Master, PageAnalysis, Plane
from appliance.device.leaf import estimated_dpi
from appliance.imaging import inside, paper, recipe, rendition
from appliance.imaging.rendition import Rendition
from appliance.imaging.scales import scales
from bench.corpus import Code, Spec, Stamp, page

STAMP = Stamp("MẬT", at=(40, 40), ink=0.9, patchy=0.1)
LIMIT, DARK = RULES.limits.secret, 110
A4_AT_200 = (2339, 1654)


@cache
def sheet(kind: str, *laid: Stamp | Code, dpi: int = 200) -> Pixels:
    """Return a captured sheet, BGR, cut to its paper."""
    data = np.frombuffer(page(Spec(kind, dpi=dpi, laid=laid)).jpeg(), np.uint8)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def on_lid(drawn: Pixels, lid: int, frame: tuple[int, int] = A4_AT_200) -> Pixels:
    """Lay a sheet into a frame under a lid of a grey."""
    under = np.full((*frame, 3), lid, np.uint8)
    part = drawn[:frame[0] - 150, :frame[1] - 200]
    under[120:120 + part.shape[0], 160:160 + part.shape[1]] = part
    return under


def looked_at(drawn: Pixels, dpi: int, orientation: int = 1) -> PageAnalysis:
    data = bytes(cv2.imencode(".jpg", drawn, [cv2.IMWRITE_JPEG_QUALITY, 85])[1])
    high, wide = drawn.shape[:2]
    known = Master("a.jpg", "0" * 64, len(data), ImageFormat.JPEG, wide, high, 3, dpi, orientation)
    return recipe.analyse(data, known, RULES, 10**8)


def secret(analysis: PageAnalysis) -> float:
    return next(one.value for one in analysis.verdicts if one.check == "secret")


@pytest.mark.parametrize(("kind", "lid"), [
    ("card", 0), ("card", 60), ("card", 128), ("card", 235), ("receipt", 12),
])
def test_a_stamp_on_a_small_sheet_is_seen_whatever_the_lid(kind: str, lid: int) -> None:
    alone = secret(looked_at(sheet(kind, STAMP), 200))
    assert alone >= LIMIT
    assert secret(looked_at(on_lid(sheet(kind, STAMP), lid), 200)) >= max(LIMIT, alone - 0.12)


def test_a_stamp_on_a_small_brown_sheet_under_a_white_lid_is_seen() -> None:
    brown = (sheet("card", STAMP) * np.array((0.41, 0.57, 0.73))).astype(np.uint8)
    assert secret(looked_at(on_lid(brown, 240), 200)) >= LIMIT


def test_a_stamp_on_a_mirrored_image_of_a_small_sheet_is_seen() -> None:
    drawn = np.ascontiguousarray(on_lid(sheet("card", STAMP), 12)[:, ::-1])
    assert secret(looked_at(drawn, 200, orientation=2)) >= LIMIT


@pytest.mark.parametrize(("kind", "dpi"), [
    ("a5_letter", 300), ("a3_form", 200), ("card", 300), ("receipt", 200), ("voucher", 200), ("receipt_long", 200),
])
def test_a_stamp_is_seen_on_a_file_that_states_no_resolution(kind: str, dpi: int) -> None:
    drawn = sheet(kind, STAMP, dpi=dpi)
    analysis = looked_at(drawn, estimated_dpi(drawn.shape[1], drawn.shape[0]))
    assert errors.SECRET_SUSPECTED.code in {verdict.code for verdict in analysis.verdicts}


@pytest.mark.parametrize("header", [72, 150, 240, 300, 600])
def test_a_stamp_is_seen_whatever_resolution_the_header_states(header: int) -> None:
    assert secret(looked_at(sheet("letter", STAMP), header)) >= LIMIT


def test_a_receipt_longer_than_any_sheet_is_looked_at_as_its_header_says() -> None:
    long = np.full((5200, 640, 3), 245, np.uint8)
    long[:1200] = sheet("letter", STAMP)[200:1400, 150:790]
    assert secret(looked_at(long, 200)) >= LIMIT


@pytest.mark.parametrize(("stamp", "header"), [
    (Stamp("HỎA TỐC", "urgent", at=(60, 60)), 240), (Stamp("", "seal", at=(70, 70)), 240),
    (Stamp("", "arrival", at=(60, 60)), 200), (Stamp("", "arrival", at=(60, 60)), 300),
])
def test_another_stamp_is_no_secret_one_in_any_resolution(stamp: Stamp, header: int) -> None:
    assert secret(looked_at(sheet("letter", replace(stamp, ink=0.9, patchy=0.2)), header)) < LIMIT


@pytest.mark.parametrize("kind", ["Code128", "Code39", "PDF417", "DataMatrix"])
@pytest.mark.parametrize("lid", [12, 128])
def test_a_code_on_a_small_sheet_is_read_whatever_the_lid(kind: str, lid: int) -> None:
    code = Code(kind, "BHXH0123456", (60, 35), 18 if kind == "DataMatrix" else 50)
    marks = looked_at(on_lid(sheet("blank_card", code), lid), 200).marks
    assert [mark.text for mark in marks] == ["BHXH0123456"]


def test_a_patch_code_on_a_small_sheet_under_a_dark_lid_is_read() -> None:
    drawn = on_lid(sheet("blank_a5", Code("Patch", "2", (74, 30), 90)), 10, (3307, 2339))
    drawn = np.ascontiguousarray(drawn[120:])  # its leading edge is that of the frame
    assert [mark.kind for mark in looked_at(drawn, 200).marks] == ["Patch2"]


def ink_for_ocr(drawn: Pixels) -> tuple[Plane, int]:
    """Return of which light the picture for OCR is made, and how many of its pixels are dark."""
    data = bytes(cv2.imencode(".jpg", drawn, [cv2.IMWRITE_JPEG_QUALITY, 85])[1])
    seen = looked_at(drawn, 200)
    assert seen.treatment is not None
    read = rendition.draw(data, Rendition(ImageFormat.JPEG, seen.geometry, 200, 200, seen.treatment))
    return seen.treatment.plane, int(np.count_nonzero(read < DARK))


@pytest.mark.parametrize("lid", [12, 60, 128])
def test_ocr_sees_the_print_of_a_card_and_not_its_pen_whatever_the_lid(lid: int) -> None:
    plane, ink = ink_for_ocr(sheet("card"))
    assert plane is Plane.PRINT
    below, seen = ink_for_ocr(on_lid(sheet("card"), lid))
    assert below is plane
    assert seen == pytest.approx(ink, rel=0.1)


def test_the_tone_of_paper_is_not_that_of_the_lid_or_of_print() -> None:
    grey = on_lid(sheet("card"), 12)[..., 1]
    found = paper.find(np.ascontiguousarray(grey), 200)
    for where in (found, None):
        assert float(inside.tone(grey, where)[0]) > 200
    assert float(inside.tone(np.zeros((40, 40), np.uint8))[0]) == 0


def test_a_known_size_is_believed_unless_another_factor_makes_one_of_it_as_well() -> None:
    assert scales((1754, 1240, 3), 150, 300) == pytest.approx([1.0, 2.0])  # A4, or A6 at 600
    assert 0.5 in scales((1754, 1240, 3), 300, 600)  # A6, or A4 at 300
    assert len(scales((1500, 1100, 3), 150, 300)) > 3


@pytest.mark.parametrize("shape", [(64, 64), (64, 60000), (9000, 70)])
def test_odd_shapes_have_a_resolution_too(shape: tuple[int, int]) -> None:
    assert scales(shape, 150, 300)[0] == 1.0
