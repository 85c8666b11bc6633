"""The invisible text: codes are letters, words stand on their baselines, numbers never get an exponent."""

from __future__ import annotations

import re

import pytest

from appliance.core.model import Box, PageText, TextLine, Word
from appliance.documents.pdfa import number, text_string
from appliance.documents.textlayer import UnseenFont, font_program, readable, text_operators, to_unicode


def text(*words: Word, slope: float = 0.0) -> PageText:
    return PageText("none", "vie", 1.0, (TextLine(Box(100, 50, 500, 90), 80.0, slope, words),))


def operators(layer: PageText) -> list[str]:
    return text_operators(layer, UnseenFont(1), 842.0, 0.24).split("\n")


def test_a_word_stands_on_its_baseline_and_fills_its_box() -> None:
    begin, word, end = operators(text(Word("Đỗ", Box(100, 50, 160, 90), 1)))
    assert (begin, end) == ("BT 3 Tr /F 7.68 Tf", "ET")
    found = re.fullmatch(r"(.*) Tm ([0-9.]+) Tz <(.*)> Tj", word)
    assert found is not None
    matrix, stretch, codes = found.groups()
    assert matrix == "1 0 0 1 24 822.8"
    assert codes == "01101ED70020"
    assert float(stretch) / 100 * 2 * 0.5 * 7.68 == pytest.approx(60 * 0.24, abs=1e-3)


def test_the_words_of_a_nearly_level_line_share_one_height() -> None:
    rows = operators(text(Word("a", Box(100, 50, 120, 90), 1), Word("b", Box(450, 50, 470, 90), 1), slope=0.004))
    heights = {row.split()[5] for row in rows[1:-1]}
    assert heights == {number(842 - (80 + 0.004 * 400 / 2) * 0.24)}


def test_the_words_of_a_sloping_line_climb_with_it() -> None:
    rows = operators(text(Word("a", Box(100, 50, 120, 90), 1), Word("b", Box(450, 50, 470, 90), 1), slope=0.1))
    first, last = (float(row.split()[5]) for row in rows[1:-1])
    assert first - last == pytest.approx(0.1 * 350 * 0.24, abs=1e-3)


def test_what_is_no_letter_becomes_the_sign_for_one_that_is_not_known() -> None:
    assert readable("a\U0001f600\ufeff\x01\ud800\x85\uffff") == "a\U0001f600" + "\ufffd" * 5


def test_a_word_is_composed() -> None:
    assert readable("Nguye\u0302\u0303n") == "Nguy\u1ec5n"


def test_a_letter_outside_the_basic_plane_gets_a_code_that_no_letter_has() -> None:
    font = UnseenFont(1)
    assert font.encode("a\U00020bb7b\U0001f600\U00020bb7") == "0061D8000062D801D800"
    assert b"<D800> <D842DFB7>\n<D801> <D83DDE00>\n" in to_unicode(font.used)


def test_a_map_of_many_letters_comes_in_blocks_of_at_most_a_hundred() -> None:
    table = to_unicode({code: chr(code) for code in range(0x20, 0x20 + 250)}).decode()
    sizes = [int(size) for size in re.findall(r"(\d+) beginbfchar", table)]
    assert sizes == [100, 100, 50]
    assert "<0020> <0020>\n" in table


def test_the_font_is_the_same_in_every_run() -> None:
    first = font_program()
    font_program.cache_clear()
    assert font_program() == first
    assert len(first) < 1500


@pytest.mark.parametrize(("value", "written"), [(1.42109e-14, "0"), (-1e-9, "0"), (0.5, "0.5"), (100.0, "100"),
                                                (1e7, "10000000"), (-3.00004, "-3"), (2.00006, "2.0001")])
def test_a_number_is_never_written_with_an_exponent(value: float, written: str) -> None:
    assert number(value) == written


def test_a_text_string_is_escaped_or_in_utf16() -> None:
    assert text_string(r"a(b)\c") == r"(a\(b\)\\c)"
    assert text_string("Đỗ") == "<FEFF01101ED7>"
    assert text_string("a\nb") == "<FEFF0061000A0062>"
