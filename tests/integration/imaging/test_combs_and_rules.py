"""Rules under words and combs of digits go; the words, tall letters and the frames of tables stay."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import specimen_sheets as sheets
from drawn_scans import DPI

from appliance.imaging import leaders, ruling

Grey = npt.NDArray[np.uint8]
MM = DPI / 25.4


def drawn(*, words: bool = True) -> sheets.Sheet:
    sheet = sheets.Sheet(DPI)
    if words:
        sheet.text(30, 60, "Nguyễn Thị Phượng, quỹ hưu trí", 13)
    return sheet


def dark(grey: Grey) -> int:
    return int((grey < 140).sum())


@pytest.mark.parametrize("low", [0.6, 1.2, 2.0])
def test_a_rule_that_touches_the_words_above_it_goes_and_the_words_stay(low: float) -> None:
    bare, ruled = sheets.grey(drawn().pixels()), drawn()
    ruled.rule(28, 60 + low, 150, 60 + low)
    before = sheets.grey(ruled.pixels())
    after = leaders.take_off(before, DPI)
    assert dark(before) > dark(bare) + 1000
    assert abs(dark(after) - dark(bare)) < 0.05 * dark(bare)


@pytest.mark.parametrize(("size", "digits"), [(4.8, "0123456789"), (6.2, "079081234567"), (7.5, "01")])
def test_a_comb_goes_and_its_digits_stay(size: float, digits: str) -> None:
    bare, boxed = sheets.Sheet(DPI), sheets.Sheet(DPI)
    for sheet in (bare, boxed):
        for at, digit in enumerate(digits):
            sheet.text(30 + (at + 0.35) * size, 50 + size / 2 - 2.6, digit, 12)
    end = 30 + size * len(digits)
    for y in (50, 50 + size):
        boxed.rule(30, y, end, y)
    for at in range(len(digits) + 1):
        boxed.rule(30 + at * size, 50, 30 + at * size, 50 + size)
    plain, framed = sheets.grey(bare.pixels()), sheets.grey(boxed.pixels())
    after = leaders.take_off(framed, DPI)
    assert dark(framed) > 1.3 * dark(plain)
    assert abs(dark(after) - dark(plain)) < 0.06 * dark(plain) + 10


@pytest.mark.parametrize("leader", ["- " * 30, ". " * 40, "_ " * 25, "… " * 20, "· " * 30])
def test_dashes_and_dots_far_apart_go_and_the_words_stay(leader: str) -> None:
    bare, led = drawn(), drawn()
    led.text(30, 90, leader, 13)
    after = leaders.take_off(sheets.grey(led.pixels()), DPI)
    assert dark(after) <= dark(sheets.grey(bare.pixels())) * 1.01


@pytest.mark.parametrize("words", [
    "HIỂM ĐỀ NGHỊ HƯỞNG CHẾ ĐỘ", "illi lịch lịch sử, thị xã", "1.992.570 - 2.342.175 - 735.675",
    "- Như trên; - Lưu: VT, TCHC.", "từ 01/1995 - 12/1998 – 06/2001", "A - B - C - D", "...",
])
def test_words_marks_and_hyphens_are_left_alone(words: str) -> None:
    for points in (11, 13, 16):
        sheet = sheets.Sheet(DPI)
        sheet.text(30, 60, words, points)
        page = sheets.grey(sheet.pixels())
        assert np.array_equal(leaders.take_off(page, DPI), page), (words, points)


def test_tall_letters_are_no_bars() -> None:
    sheet = sheets.Sheet(DPI)
    sheet.text(30, 80, "HỒ SƠ LIÊN NGÀNH Il|", 30)
    page = sheets.grey(sheet.pixels())
    assert np.array_equal(leaders.take_off(page, DPI), page)


def test_a_piece_without_a_rule_has_no_pixel_to_lose() -> None:
    blob = np.zeros((60, 300), np.uint8)
    cv2.rectangle(blob, (10, 10), (280, 50), 255, -1)
    assert not ruling.lines(blob, DPI).any()
