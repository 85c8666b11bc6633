"""The picture of figures says what was measured, and never more."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from bench.plot import ASKED, last_figures, picture

SPACE = "{http://www.w3.org/2000/svg}"


def bars(svg: str) -> list[str]:
    """Return the colours of the bars, from top to bottom."""
    shapes = ET.fromstring(svg).findall(f"{SPACE}rect")
    return [shape.attrib["fill"] for shape in shapes][1:]


def test_the_last_line_of_figures_counts_and_words_around_it_do_not() -> None:
    printed = 'table\n{"blank_f1": 0.5}\n{"blank_f1": 0.75, "qr_read_rate": null, "who": "x"}\n{broken\nend\n'
    assert last_figures(printed) == {"blank_f1": 0.75, "qr_read_rate": None}
    assert last_figures("no figures") == {}


def test_a_figure_that_was_not_measured_has_no_bar() -> None:
    svg = picture({"secret_stamp_recall": None}, "x")
    assert bars(svg) == []
    assert "not measured" in svg


def test_a_figure_that_falls_short_has_another_colour_and_its_bar_goes_the_other_way() -> None:
    good, short = bars(picture({"vs_unpaper": 80}, "x")), bars(picture({"vs_unpaper": 20}, "x"))
    assert len(good) == len(short) == 1
    assert good != short


def test_less_is_better_where_it_is_and_shares_near_one_are_compared_by_what_is_missing() -> None:
    assert ASKED["skew_max_deg"].margin(0.05) == 2
    assert ASKED["vs_unpaper"].margin(25) == 0.5
    assert round(ASKED["blank_f1"].margin(0.995), 6) == 2
    assert ASKED["secret_false_stop_rate"].margin(0.0) > 1


def test_a_title_with_a_bracket_stays_a_picture() -> None:
    assert ET.fromstring(picture({"blank_f1": 0.999}, "a < b & c")).tag == f"{SPACE}svg"
