"""What the stamp reads, by rule profile."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest

from appliance.core.errors import ApplianceError
from appliance.core.rules import RuleProfile, StampTable
from appliance.signing import stamp

AGENCY = "Bảo hiểm xã hội quận Long Biên"
PERSON = "Nguyễn Thị Ngọc Ánh"
MOMENT = datetime(2026, 11, 21, 2, 5, 7, 999_999, tzinfo=UTC)


def profile(role: str) -> RuleProfile:
    return RuleProfile(name="p", version="1", law="l", stamp=StampTable(role=role))


def test_the_archive_stamp_has_the_agency_and_the_time() -> None:
    said = stamp.lines(profile("agency"), AGENCY, PERSON, MOMENT, development=False)
    assert said == (AGENCY, "2026-11-21T09:05:07+07:00")


def test_the_one_stop_stamp_has_the_person_and_the_time() -> None:
    said = stamp.lines(profile("person"), AGENCY, PERSON, MOMENT, development=False)
    assert said == (PERSON, "2026-11-21T09:05:07+07:00")


def test_the_mark_of_conversion_stands_below_where_the_profile_wants_it() -> None:
    """Law 20/2023, article 12: the mark, the time, the full name of who converted."""
    seen = RuleProfile(name="p", version="1", law="l", stamp=StampTable(conversion_mark=True))
    said = stamp.lines(seen, AGENCY, PERSON, MOMENT, development=False)
    assert said == (AGENCY, "2026-11-21T09:05:07+07:00", "Bản số hóa từ văn bản giấy")
    assert stamp.lines(seen, AGENCY, PERSON, MOMENT, development=True)[-1] == "KHÓA THỬ NGHIỆM"


@pytest.mark.parametrize("role", ["agency", "person"])
def test_a_development_key_shows_on_every_stamp(role: str) -> None:
    said = stamp.lines(profile(role), AGENCY, PERSON, MOMENT, development=True)
    assert said[-1] == "KHÓA THỬ NGHIỆM"
    assert stamp.says_development(said)
    assert not stamp.says_development(said[:-1])


def test_a_decomposed_name_is_printed_composed() -> None:
    said = stamp.lines(profile("person"), "", unicodedata.normalize("NFD", PERSON), MOMENT, development=False)
    assert said[0] == PERSON


def test_blanks_and_line_breaks_in_a_name_become_one_blank() -> None:
    assert stamp.lines(profile("person"), "", "  Trần\n  Văn\tA ", MOMENT, development=False)[0] == "Trần Văn A"


@pytest.mark.parametrize("name", ["", "  \n"])
def test_a_stamp_without_a_name_is_refused(name: str) -> None:
    with pytest.raises(ApplianceError) as caught:
        stamp.lines(profile("person"), AGENCY, name, MOMENT, development=False)
    assert caught.value.code == "K503"
