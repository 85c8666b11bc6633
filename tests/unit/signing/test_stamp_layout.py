"""Where the stamp's letters stand: inside the box, as large as the law asks when they can be."""

from __future__ import annotations

import re
import string
from itertools import pairwise

import pytest

from appliance.core.errors import ApplianceError
from appliance.core.model import Box
from appliance.signing import stamp

LETTERS = string.ascii_letters + string.digits + " +-:"
METRICS = stamp.Metrics(
    advance=dict.fromkeys(LETTERS, 500), top=dict.fromkeys(LETTERS, 700), bottom=dict.fromkeys(LETTERS, -200)
)
LAWFUL = Box(400.0, 800.0, 570.0787, 831.1811)
TIME = "2026-11-21T09:05:07+07:00"


def ink(layout: stamp.Layout) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right, top of each line in points."""
    boxes = []
    for line in layout.lines:
        width = stamp.width_of(line.text, METRICS) * layout.size / 1000
        boxes.append((line.x, line.y - 0.2 * layout.size, line.x + width, line.y + 0.7 * layout.size))
    return boxes


def test_two_short_lines_stand_at_the_lawful_size_in_the_middle() -> None:
    layout = stamp.lay_out(("Office", TIME), LAWFUL, 10.0, METRICS)
    assert layout.size == 10.0
    assert [line.text for line in layout.lines] == ["Office", TIME]
    for left, _, right, _ in ink(layout):
        assert left + right == pytest.approx(layout.width, abs=0.02)


def test_three_lines_keep_the_lawful_size_by_standing_closer() -> None:
    assert stamp.lay_out(("Office", TIME, "TRIAL"), LAWFUL, 10.0, METRICS).size == 10.0


@pytest.mark.parametrize("name", ["Office", "A" * 30, "Office of " * 6 + "x", "A " * 30])
@pytest.mark.parametrize("height", [20.0, 31.18, 60.0])
def test_all_ink_lies_inside_the_box_and_lines_do_not_touch(name: str, height: float) -> None:
    layout = stamp.lay_out((name.strip(), TIME), Box(0, 0, 170, height), 10.0, METRICS)
    boxes = ink(layout)
    assert all(left >= 0 and low >= 0 and right <= 170 and high <= height for left, low, right, high in boxes)
    assert all(above[1] >= below[3] for above, below in pairwise(boxes))


def test_a_long_name_is_broken_at_a_blank_before_it_is_shrunk() -> None:
    name = "Social insurance office of the northern district"
    layout = stamp.lay_out((name, TIME), LAWFUL, 10.0, METRICS)
    assert " ".join(line.text for line in layout.lines[:-1]) == name
    assert layout.size > 10.0 * 170 / (len(name) * 5)


@pytest.mark.parametrize("name", ["A" * 80, "A " * 400])
def test_a_name_that_does_not_fit_at_half_the_size_is_refused(name: str) -> None:
    with pytest.raises(ApplianceError) as caught:
        stamp.lay_out((name.strip(), TIME), LAWFUL, 10.0, METRICS)
    assert caught.value.code == "K507"


def test_the_text_never_shrinks_below_half() -> None:
    widest = "A" * int(168 / 2.5)
    assert stamp.lay_out((widest, TIME), LAWFUL, 10.0, METRICS).size == 5.0


def test_a_letter_the_font_lacks_is_refused_and_named_by_number_only() -> None:
    with pytest.raises(ApplianceError) as caught:
        stamp.lay_out(("Office 漢", TIME), LAWFUL, 10.0, METRICS)
    assert caught.value.code == "K504"
    assert caught.value.details == {"text": "U+6F22"}


@pytest.mark.parametrize(("value", "text"), [
    (1.42109e-14, "0"), (-0.0000001, "0"), (10.0, "10"), (100.0, "100"), (9.75, "9.75"), (-216.0, "-216"),
    (0.5, "0.5"), (123456.789, "123456.79"),
])
def test_numbers_are_written_as_pdf_has_them(value: float, text: str) -> None:
    assert stamp.number(value) == text


def test_the_operators_hold_black_text_and_no_exponent() -> None:
    layout = stamp.lay_out(("Office", TIME), LAWFUL, 10.0, METRICS)
    glyphs = {letter: at for at, letter in enumerate(LETTERS, 1)}
    drawn = stamp.operators(layout, glyphs, "Stamp").decode("ascii")
    assert drawn.startswith("q 0 g BT /Stamp 10 Tf\n")
    assert drawn.endswith("ET Q")
    outside = re.sub(r"<[0-9A-F]*>", "", drawn)
    assert not re.search(r"\d[eE]", outside)
    codes = re.findall(r"<([0-9A-F]*)>", drawn)
    assert [len(code) for code in codes] == [4 * len("Office"), 4 * len(TIME)]
