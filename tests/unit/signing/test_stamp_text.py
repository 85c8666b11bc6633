"""What the stamp reads, by rule profile."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from appliance.core import lettering, rules
from appliance.core.errors import ApplianceError
from appliance.core.rules import RuleProfile
from appliance.signing import stamp
from appliance.signing.stamp import Names

AGENCY = "Bảo hiểm xã hội quận Long Biên"
PERSON = "Nguyễn Thị Ngọc Ánh"
FORM = "TRÍCH SAO"
MOMENT = datetime(2026, 11, 21, 2, 5, 7, 999_999, tzinfo=UTC)
TIME = "2026-11-21T09:05:07+07:00"
ALL = Names(AGENCY, PERSON, FORM)
ARCHIVE, ONESTOP = "archive-tt05-2025", "onestop-ttvpcp-2023"

SAID = {
    ARCHIVE: (AGENCY, TIME),
    "archive-tt02-2019": (AGENCY, TIME),
    "copy-nd30-2020": (FORM, AGENCY, TIME),
    ONESTOP: (PERSON, TIME),
    "demo": (AGENCY, TIME),
}


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Tokyo"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_every_shipped_profile_is_in_the_table_above() -> None:
    assert set(SAID) == set(rules.known())


@pytest.mark.parametrize("name", sorted(SAID))
@pytest.mark.usefixtures("zone")
def test_the_stamp_says_what_its_law_wants_whatever_zone_the_host_is_in(name: str) -> None:
    assert stamp.lines(rules.load(name), ALL, MOMENT) == SAID[name]


@pytest.mark.parametrize("name", sorted(SAID))
def test_a_development_key_shows_on_every_stamp(name: str) -> None:
    said = stamp.lines(rules.load(name), replace(ALL, development=True), MOMENT)
    assert said == (*SAID[name], "KHÓA THỬ NGHIỆM")
    assert stamp.says_development(said)
    assert not stamp.says_development(said[:-1])


def marked(name: str) -> RuleProfile:
    profile = rules.load(name)
    return replace(profile, stamp=replace(profile.stamp, conversion_mark=True))


@pytest.mark.parametrize("name", sorted(SAID))
def test_the_mark_of_conversion_stands_below_where_the_profile_wants_it(name: str) -> None:
    """Law 20/2023, article 12: the mark, the time, the full name of who converted."""
    said = stamp.lines(marked(name), ALL, MOMENT)
    assert said == (*SAID[name], "Bản số hóa từ văn bản giấy")
    assert stamp.lines(marked(name), replace(ALL, development=True), MOMENT)[-1] == "KHÓA THỬ NGHIỆM"


def test_a_decomposed_name_is_printed_composed() -> None:
    names = Names("", unicodedata.normalize("NFD", PERSON))
    assert stamp.lines(rules.load(ONESTOP), names, MOMENT)[0] == PERSON


def test_blanks_and_line_breaks_in_a_name_become_one_blank() -> None:
    assert stamp.lines(rules.load(ONESTOP), Names("", "  Trần\n  Văn\tA "), MOMENT)[0] == "Trần Văn A"


def test_a_name_with_braces_is_printed_as_it_is() -> None:
    assert stamp.lines(rules.load(ARCHIVE), Names("Phòng {time} {x}"), MOMENT)[0] == "Phòng {time} {x}"


@pytest.mark.parametrize(("name", "names", "place"), [
    (ONESTOP, Names(AGENCY, ""), "person"), (ONESTOP, Names(AGENCY, " \n"), "person"),
    (ARCHIVE, Names("", PERSON), "agency"), ("copy-nd30-2020", Names(AGENCY, PERSON), "form"),
])
def test_a_stamp_that_lacks_what_it_must_say_is_refused(name: str, names: Names, place: str) -> None:
    with pytest.raises(ApplianceError) as caught:
        stamp.lines(rules.load(name), names, MOMENT)
    assert caught.value.code == "K552"
    assert caught.value.details == {"place": place}


def test_no_time_takes_more_room_than_the_one_that_room_is_kept_for() -> None:
    metrics = lettering.load()
    kept = stamp.lines(rules.load(ARCHIVE), ALL, None)[-1]
    assert len(kept) == len(TIME)
    for digit in "0123456789":
        said = "".join(digit if letter.isdigit() else letter for letter in TIME)
        assert lettering.width_of(said, metrics) <= lettering.width_of(kept, metrics)
        assert lettering.top_of(said, metrics) <= lettering.top_of(kept, metrics)
        assert lettering.bottom_of(said, metrics) >= lettering.bottom_of(kept, metrics)
