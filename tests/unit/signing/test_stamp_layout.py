"""Where the stamp's letters stand: inside the box, as large as the law asks; and how they are written in a PDF."""

from __future__ import annotations

import re
import string
from itertools import pairwise

import pytest

from appliance.core.errors import ApplianceError
from appliance.core.lettering import Metrics, width_of
from appliance.core.model import Box
from appliance.core.stamping import Layout, StampLook, lay_out
from appliance.signing import stamp

LETTERS = string.ascii_letters + string.digits + " +-:"
METRICS = Metrics(
    advance=dict.fromkeys(LETTERS, 500), top=dict.fromkeys(LETTERS, 700), bottom=dict.fromkeys(LETTERS, -200)
)
LAWFUL = Box(400.0, 800.0, 570.0787, 831.1811)
TIME = "2026-11-21T09:05:07+07:00"
FIXED, FREE = StampLook(), StampLook(shrink=True)


def ink(layout: Layout) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right, top of each line in points."""
    boxes = []
    for line in layout.lines:
        width = width_of(line.text, METRICS) * layout.size / 1000
        boxes.append((line.x, line.y - 0.2 * layout.size, line.x + width, line.y + 0.7 * layout.size))
    return boxes


def test_two_short_lines_stand_at_the_lawful_size_in_the_middle() -> None:
    layout = lay_out(("Office", TIME), LAWFUL, FREE, METRICS)
    assert layout.size == 10.0
    assert [line.text for line in layout.lines] == ["Office", TIME]
    boxes = ink(layout)
    for left, _, right, _ in boxes:
        assert left + right == pytest.approx(layout.width, abs=0.02)
    assert boxes[0][3] + boxes[-1][1] == pytest.approx(layout.height, abs=0.05)


def test_three_lines_keep_the_lawful_size_by_standing_closer() -> None:
    assert lay_out(("Office", TIME, "TRIAL"), LAWFUL, FREE, METRICS).size == 10.0


@pytest.mark.parametrize("name", ["Office", "A" * 30, "Office of " * 6 + "x", "A " * 30])
@pytest.mark.parametrize("height", [20.0, 31.18, 60.0])
def test_all_ink_lies_inside_the_box_and_lines_do_not_touch(name: str, height: float) -> None:
    layout = lay_out((name.strip(), TIME), Box(0, 0, 170, height), FREE, METRICS)
    boxes = ink(layout)
    assert all(left >= 0 and low >= 0 and right <= 170 and high <= height for left, low, right, high in boxes)
    assert all(above[1] >= below[3] for above, below in pairwise(boxes))


def test_a_long_name_is_broken_at_a_blank_before_it_is_shrunk() -> None:
    name = "Social insurance office of the northern district"
    layout = lay_out((name, TIME), LAWFUL, FREE, METRICS)
    assert " ".join(line.text for line in layout.lines[:-1]) == name
    assert layout.size > 10.0 * 170 / (len(name) * 5)


@pytest.mark.parametrize("name", ["A" * 80, "A " * 400])
def test_a_name_that_does_not_fit_at_half_the_size_is_refused(name: str) -> None:
    with pytest.raises(ApplianceError) as caught:
        lay_out((name.strip(), TIME), LAWFUL, FREE, METRICS)
    assert caught.value.code == "K507"


def test_a_text_of_fixed_size_is_refused_where_a_smaller_one_would_fit() -> None:
    name = "A" * 40
    assert lay_out((name, TIME), LAWFUL, FREE, METRICS).size < 10.0
    with pytest.raises(ApplianceError) as caught:
        lay_out((name, TIME), LAWFUL, FIXED, METRICS)
    assert caught.value.code == "K507"


def test_the_text_never_shrinks_below_half() -> None:
    widest = "A" * int(168 / 2.5)
    assert lay_out((widest, TIME), LAWFUL, FREE, METRICS).size == 5.0


def test_a_letter_the_font_lacks_is_refused_and_named_by_number_only() -> None:
    with pytest.raises(ApplianceError) as caught:
        lay_out(("Office 漢", TIME), LAWFUL, FREE, METRICS)
    assert caught.value.code == "K504"
    assert caught.value.details == {"text": "U+6F22"}


@pytest.mark.parametrize(("value", "text"), [
    (1.42109e-14, "0"), (-0.0000001, "0"), (10.0, "10"), (100.0, "100"), (9.75, "9.75"), (-216.0, "-216"),
    (0.5, "0.5"), (123456.789, "123456.79"),
])
def test_numbers_are_written_as_pdf_has_them(value: float, text: str) -> None:
    assert stamp.number(value) == text


@pytest.mark.parametrize(("colour", "operator"), [
    ("#000000", "0 0 0 rg"), ("#ffffff", "1 1 1 rg"), ("#cc0000", "0.8 0 0 rg")])
def test_a_colour_is_red_green_and_blue_of_the_files_own_colour_space(colour: str, operator: str) -> None:
    assert stamp.ink(colour) == operator


def test_the_operators_hold_black_text_and_no_exponent() -> None:
    layout = lay_out(("Office", TIME), LAWFUL, FIXED, METRICS)
    glyphs = {letter: at for at, letter in enumerate(LETTERS, 1)}
    drawn = stamp.text_operators(layout, glyphs, "Stamp", "#000000")
    assert drawn.startswith("q 0 0 0 rg BT /Stamp 10 Tf\n")
    assert drawn.endswith("ET Q")
    outside = re.sub(r"<[0-9A-F]*>", "", drawn)
    assert not re.search(r"\d[eE]", outside)
    codes = re.findall(r"<([0-9A-F]*)>", drawn)
    assert [len(code) for code in codes] == [4 * len("Office"), 4 * len(TIME)]


@pytest.mark.parametrize(("size", "matrix"), [
    ((850, 850), "100 0 0 100 10 20"), ((850, 680), "100 0 0 80 10 30"), ((680, 850), "80 0 0 100 20 20")])
def test_a_seal_keeps_its_shape_in_the_middle_of_its_square(size: tuple[int, int], matrix: str) -> None:
    drawn = stamp.seal_operators(Box(10, 20, 110, 120), size, "Seal", "#cc0000")
    assert drawn == f"q 0.8 0 0 rg {matrix} cm /Seal Do Q"
