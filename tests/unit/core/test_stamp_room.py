"""How much room a stamp asks for: what is given is enough, at the size the law wants, for every shipped profile."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core import lettering, rules, stamping
from appliance.core.errors import ApplianceError
from appliance.core.lettering import bottom_of, breakings, top_of, width_of
from appliance.core.model import Box
from appliance.core.rules import RuleProfile
from appliance.core.stamping import POINTS_PER_MM, Layout, StampForm, StampLook
from appliance.signing import stamp
from appliance.signing.stamp import Names

METRICS = lettering.load()
SHORT = "Bảo hiểm xã hội quận Long Biên"
LONG = "Bảo hiểm xã hội thành phố Hồ Chí Minh, cơ sở tiếp nhận và trả kết quả số 2 quận Bình Thạnh"
MOMENT = datetime(2028, 8, 28, 8, 58, 38, tzinfo=UTC)
FIXED = ("archive-tt05-2025", "copy-nd30-2020")


def names(agency: str = SHORT, development: bool = False) -> Names:
    return Names(agency, "Nguyễn Thị Ngọc Ánh", "TRÍCH SAO", development)


def forms(profile: RuleProfile, said: Names) -> tuple[StampForm, ...]:
    table = profile.stamp
    wished = StampForm(table.width_mm, table.height_mm)
    return stamping.forms(stamp.lines(profile, said, None), table.look(), wished)


def box(form: StampForm) -> Box:
    return Box(100.004, 700.007, 100.004 + form.width_mm * POINTS_PER_MM, 700.007 + form.height_mm * POINTS_PER_MM)


def boxes_of(layout: Layout) -> list[Box]:
    """The ink of each line, and the seal's square."""
    size = layout.size / 1000
    lines = [Box(one.x, one.y + bottom_of(one.text, METRICS) * size, one.x + width_of(one.text, METRICS) * size,
                 one.y + top_of(one.text, METRICS) * size) for one in layout.lines]
    return lines + ([layout.seal] if layout.seal else [])


def apart(one: Box, other: Box) -> bool:
    return one.x1 <= other.x0 or other.x1 <= one.x0 or one.y1 <= other.y0 or other.y1 <= one.y0


@pytest.mark.parametrize("development", [False, True])
@pytest.mark.parametrize("agency", [SHORT, LONG])
@pytest.mark.parametrize("name", rules.known())
def test_every_form_holds_the_stamp_of_every_time(name: str, agency: str, development: bool) -> None:
    profile, said = rules.load(name), names(agency, development)
    found = forms(profile, said)
    assert found
    for form in found:
        layout = stamping.lay_out(stamp.lines(profile, said, MOMENT), box(form), profile.stamp.look())
        drawn = boxes_of(layout)
        assert min(min(one.x0, one.y0) for one in drawn) >= 0
        assert max(one.x1 for one in drawn) <= layout.width
        assert max(one.y1 for one in drawn) <= layout.height
        assert all(apart(one, other) for at, one in enumerate(drawn) for other in drawn[:at])
        if name in FIXED:
            assert layout.size == 10.0


@pytest.mark.parametrize("name", FIXED)
def test_the_text_of_a_law_that_states_its_size_is_broken_and_never_smaller(name: str) -> None:
    profile = rules.load(name)
    assert not profile.stamp.shrink
    found = forms(profile, names(LONG))
    narrowest = min(form.width_mm for form in found)
    time_alone = width_of(stamp.WIDEST_TIME, METRICS) / 100 / POINTS_PER_MM
    assert narrowest == pytest.approx(time_alone, abs=1.0)
    with pytest.raises(ApplianceError):
        stamping.lay_out(stamp.lines(profile, names(LONG), MOMENT), Box(0, 0, 100, 400), profile.stamp.look())


@pytest.mark.parametrize("name", ["archive-tt05-2025", "onestop-ttvpcp-2023", "copy-nd30-2020"])
def test_a_short_text_stands_in_the_box_of_its_profile(name: str) -> None:
    profile = rules.load(name)
    wished = StampForm(profile.stamp.width_mm, profile.stamp.height_mm)
    assert forms(profile, names())[0] == wished


def test_two_lines_of_text_stand_in_a_box_as_in_the_file_that_was_measured() -> None:
    """rules.md 1.2: 170 x 30 points, two centred lines, 10 points, 8 points from the edges."""
    table = rules.load("archive-tt05-2025").stamp
    assert table.width_mm * POINTS_PER_MM == pytest.approx(170, abs=1)
    assert table.height_mm * POINTS_PER_MM == pytest.approx(30, abs=1.5)
    assert table.margin_mm * POINTS_PER_MM == pytest.approx(8, abs=1)
    layout = stamping.lay_out((SHORT, stamp.WIDEST_TIME), Box(0, 0, 170, 30), table.look())
    assert (layout.size, len(layout.lines)) == (10.0, 2)


def test_a_seal_is_never_smaller_than_in_truth() -> None:
    profile = rules.load("archive-tt02-2019")
    for form in forms(profile, names(LONG, development=True)):
        assert min(form.width_mm, form.height_mm) >= 36.0
        layout = stamping.lay_out(stamp.lines(profile, names(LONG, True), MOMENT), box(form), profile.stamp.look())
        assert layout.seal is not None
        assert layout.seal.x1 - layout.seal.x0 == pytest.approx(36 * POINTS_PER_MM)


def test_no_form_is_offered_that_an_earlier_one_makes_needless() -> None:
    found = forms(rules.load("demo"), names(LONG))
    for at, form in enumerate(found):
        assert not any(one.width_mm <= form.width_mm and one.height_mm <= form.height_mm for one in found[:at])


def test_lines_are_few_before_they_are_many_and_large_before_they_are_small() -> None:
    texts = (LONG, stamp.WIDEST_TIME)
    counts = [len(lines) for lines in breakings(texts, METRICS)]
    assert counts == sorted(set(counts))
    look = StampLook(shrink=True)
    sizes = [stamping.lay_out(texts, Box(0, 0, width, 30), look).size for width in (600, 300, 170, 120, 80)]
    assert all(one >= other for one, other in pairwise(sizes))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("abcđệẨqg 0", min_size=1, max_size=60), min_size=1, max_size=4))
def test_breaking_loses_no_word_and_joins_no_lines(texts: list[str]) -> None:
    said = [stamp.tidy(text) or "a" for text in texts]
    for lines in breakings(said, METRICS):
        rest = list(lines)
        for text in said:
            line = rest.pop(0)
            while line != text:
                line = f"{line} {rest.pop(0)}"
        assert rest == []


def test_hundreds_of_words_are_broken_at_once() -> None:
    assert len(breakings(("A " * 400 + "A", "B"), METRICS)) <= lettering.MORE_LINES + 1
