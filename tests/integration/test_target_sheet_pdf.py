"""The target sheet as a PDF: one A4 page in vectors, its own letters in it, the same bytes for the same sheet."""

from __future__ import annotations

import io
from datetime import date

import pikepdf
import pypdfium2
import pytest
import zxingcpp

from appliance.core import errors, target
from appliance.core import target_plan as plan
from appliance.core.errors import ApplianceError
from appliance.target_sheet import pdf

DAY = date(2026, 11, 22)


@pytest.fixture(scope="module", name="sheet")
def _sheet() -> bytes:
    return pdf("BHXH-0417-02", DAY)


def test_it_is_one_a4_page_of_vectors_with_its_letters_embedded(sheet: bytes) -> None:
    with pikepdf.open(io.BytesIO(sheet)) as document:
        assert len(document.pages) == 1
        page = document.pages[0]
        assert [float(value) for value in page.mediabox] == pytest.approx([0, 0, 595.28, 841.89], abs=0.01)
        assert "/XObject" not in page.Resources  # no picture: a printer draws every edge at its own fineness
        font = page.Resources.Font.F.DescendantFonts[0]
        assert len(font.FontDescriptor.FontFile2.read_bytes()) > 10_000


def test_its_words_are_vietnamese_and_can_be_searched(sheet: bytes) -> None:
    document = pypdfium2.PdfDocument(sheet)
    page = document[0]
    words = page.get_textpage()
    text = words.get_text_bounded()
    assert "PHIẾU KIỂM TRA MÁY QUÉT" in text
    assert "Số phiếu BHXH-0417-02" in text and "In ngày 22/11/2026" in text
    assert "Không gấp" in text and "Thay phiếu khi" in text
    for part in (words, page, document):
        part.close()


def test_its_code_names_the_sheet(sheet: bytes) -> None:
    document = pypdfium2.PdfDocument(sheet)
    picture = document[0].render(scale=200 / 72, grayscale=True).to_numpy()
    document.close()
    found = zxingcpp.read_barcodes(picture)
    assert [target.decode(code.text) for code in found] == [("VSTGT1", "BHXH-0417-02")]


def test_the_longest_serial_still_has_large_modules() -> None:
    from segno import make

    code = make(target.encode("ABCDEFGHIJKLMNOP"), error="q", micro=False)
    assert (plan.QR_BOX[2] - plan.QR_BOX[0]) / len(list(code.matrix)) > 0.8  # mm: six pixels at 200 dpi


def test_no_word_runs_into_anything_measured(sheet: bytes) -> None:
    document = pypdfium2.PdfDocument(sheet)
    page = document[0]
    words = page.get_textpage()
    for at in range(words.count_rects()):
        left, bottom, right, top = (value * 25.4 / 72 for value in words.get_rect(at))
        top, bottom = plan.HEIGHT - top, plan.HEIGHT - bottom
        for x, y in plan.WINDOWS:
            apart = (right < x - plan.WINDOW_WIDTH / 2 or left > x + plan.WINDOW_WIDTH / 2
                     or bottom < y - plan.WINDOW_HEIGHT / 2 or top > y + plan.WINDOW_HEIGHT / 2)
            assert apart
        for square in plan.SQUARES:
            assert (right < square.x - 14 or left > square.x + 14 or bottom < square.y - 14 or top > square.y + 14)
    for part in (words, page, document):
        part.close()


def test_the_same_sheet_is_the_same_bytes_and_another_is_not(sheet: bytes) -> None:
    assert pdf("BHXH-0417-02", DAY) == sheet
    assert pdf("BHXH-0417-03", DAY) != sheet


def test_what_is_no_serial_is_refused() -> None:
    with pytest.raises(ApplianceError) as caught:
        pdf("lần 2", DAY)
    assert caught.value.kind is errors.REQUEST_REFUSED
