"""Leaders and rules go from the picture that OCR reads; words, ellipses and accents stay."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import specimen_sheets as sheets
from drawn_scans import DPI, jpeg, master, scan

from appliance.imaging import geometry, kernels, leaders, rendition
from appliance.imaging.rendition import Rendition

Labels = npt.NDArray[np.int32]


def chains(labels: Labels, count: int) -> list[int]:
    boxes = []
    for label in range(1, count + 1):
        y, x = np.nonzero(labels == label)
        boxes.append((x.min(), y.min(), x.max() + 1, y.max() + 1, label))
    chain = np.empty(count + 1, np.int64)
    dots = np.array([0] + [1] * count, np.uint8)
    kernels.dot_chains(labels, dots, np.array(sorted(boxes), np.int64), 5, chain)
    return [int(length) for length in chain[1:]]


def dots_at(*places: tuple[int, int]) -> Labels:
    labels = np.zeros((20, 80), np.int32)
    for label, (x, y) in enumerate(places, start=1):
        labels[y:y + 2, x:x + 2] = label
    return labels


def test_a_row_of_dots_is_one_chain_and_each_dot_knows_its_length() -> None:
    assert chains(dots_at((40, 5), (34, 5), (28, 6), (22, 5)), 4) == [4, 4, 4, 4]


def test_a_gap_ends_a_chain() -> None:
    assert chains(dots_at((10, 5), (16, 5), (40, 5), (46, 5), (52, 5)), 5) == [2, 2, 3, 3, 3]


def test_dots_of_other_rows_are_no_part_of_a_chain() -> None:
    assert chains(dots_at((10, 5), (16, 9), (22, 5)), 3) == [1, 1, 1]


def test_leaders_and_rules_are_taken_off_and_the_words_stay() -> None:
    sheet = sheets.Sheet(DPI)
    sheet.text(20, 40, "Họ và tên:", 13)
    sheet.rule(20, 100, 180, 100)
    bare = sheets.grey(sheet.pixels())
    sheet.text(60, 40, "." * 60, 13)
    before = sheets.grey(sheet.pixels())
    after = leaders.take_off(before, DPI)
    words, leader, rule = (slice(300, 380), slice(150, 440)), (slice(300, 380), slice(470, 1300)), slice(770, 800)
    assert np.array_equal(after[words], bare[words])
    assert after[leader].min() > 200
    assert after[rule].min() > 200
    assert before[rule].min() < 100


def test_leaders_and_rules_of_faint_print_are_taken_off_too() -> None:
    sheet = sheets.Sheet(DPI)
    sheet.text(20, 40, "Họ và tên:", 13)
    sheet.rule(20, 100, 180, 100)
    bare = sheets.grey(sheet.pixels())
    sheet.text(60, 40, "." * 60, 13)
    faint = np.asarray(205 - (255 - sheets.grey(sheet.pixels()).astype(np.float32)) * 0.25, np.uint8)
    after = leaders.take_off(faint, DPI)
    words, leader, rule = (slice(300, 380), slice(150, 440)), (slice(300, 380), slice(470, 1300)), slice(770, 800)
    assert np.array_equal(after[words] < 180, bare[words] < 155)
    for place in (leader, rule):
        assert (faint[place] < 185).sum() > 800 and (after[place] < 185).sum() < 30


def test_an_ellipsis_and_the_accents_of_a_letter_stay() -> None:
    page = sheets.grey(scan("letter"))
    cleared = leaders.take_off(page, DPI)
    assert (cleared != page).mean() < 0.001
    sheet = sheets.Sheet(DPI)
    sheet.text(60, 40, "và các giấy tờ khác...", 13)
    drawn = sheets.grey(sheet.pixels())
    assert np.array_equal(leaders.take_off(drawn, DPI), drawn)


def test_an_empty_page_is_left_alone() -> None:
    page = np.full((400, 300), 244, np.uint8)
    assert leaders.take_off(page, DPI) is page


def test_the_frame_of_a_table_is_left_to_the_layout_analysis() -> None:
    page = sheets.grey(scan("table"))
    assert (leaders.take_off(page, DPI) != page).mean() < 0.001


def test_paint_covers_the_soft_rim_but_not_its_neighbours() -> None:
    labels = np.zeros((9, 9), np.int32)
    labels[4, 2:4] = 1
    labels[4, 5] = 2
    grey = np.full((9, 9), 100, np.uint8)
    kernels.paint_over(labels, np.array([0, 1, 0], np.uint8), 240, grey)
    assert grey[3:6, 1:5].min() == 240
    assert grey[4, 5] == 100
    assert (grey == 240).sum() == 12


def test_the_rendition_for_ocr_has_no_leaders() -> None:
    drawn = scan("form", 0.0)
    known = master(drawn)
    laid = geometry.lay(known.width, known.height, 0, 0.0)
    page = rendition.draw(jpeg(drawn), Rendition(known.format, laid, DPI, DPI))
    dark_before, dark_after = int((sheets.grey(drawn) < 120).sum()), int((page < 120).sum())
    assert dark_after < 0.95 * dark_before
