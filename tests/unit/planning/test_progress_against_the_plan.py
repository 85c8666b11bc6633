"""How far an office is, at what rate, and when it will be done: worked out by hand, and at the edges."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.plan import Plan
from appliance.planning import period, progress, watch
from appliance.planning.lines import Duration, nearest_rank
from appliance.planning.period import Period
from appliance.planning.progress import Done, Week
from appliance.planning.sampling import rule
from appliance.planning.sizes import sizes
from appliance.planning.survey import Found
from appliance.spool.plans import Phase

MONDAY = date(2026, 11, 23)
WEEK = Week()


def done(sheets: dict[str, int], register: str = "") -> Done:
    """Return what came to the archive by day, one dossier of ten sheets at a time."""
    found = Done()
    for day, count in sheets.items():
        for _ in range(count // 10):
            found.add(register, 10, day, high_use=False)
    return found


def test_the_rate_is_that_of_working_days_and_today_is_not_over() -> None:
    sheets = {"2026-11-18": 300, "2026-11-19": 300, "2026-11-20": 300, "2026-11-23": 9000}
    assert progress.rate(sheets, MONDAY, WEEK) == 300  # Wednesday to Friday, without the weekend


def test_what_came_on_a_saturday_counts_though_it_is_no_working_day() -> None:
    sheets = {"2026-11-18": 300, "2026-11-19": 300, "2026-11-20": 300, "2026-11-21": 90}
    assert progress.rate(sheets, MONDAY, WEEK) == 330


def test_two_days_say_nothing_of_the_rate() -> None:
    assert progress.rate({"2026-11-19": 300, "2026-11-20": 300}, MONDAY, WEEK) is None
    assert progress.rate({}, MONDAY, WEEK) is None


def test_work_that_stands_still_has_a_rate_of_nothing_and_no_end() -> None:
    speed = progress.rate({"2026-01-05": 300}, MONDAY, WEEK)
    assert speed == 0
    plan = [Phase("1", 90, 900, 0, "2026-12-31")]
    (one,) = progress.standings(plan, done({"2026-01-05": 300}), speed, MONDAY, WEEK)
    assert one.completion is None


def test_days_of_work_are_counted_over_weekends() -> None:
    friday = date(2026, 11, 20)
    assert WEEK.after(friday, 1) == MONDAY
    assert WEEK.after(friday, 5) == friday + timedelta(days=7)
    assert WEEK.after(friday, 0) == friday
    assert Week(days=6).after(friday, 1) == date(2026, 11, 21)


def test_phases_are_done_one_after_the_other_and_the_rest_counts_for_the_last() -> None:
    plan = [Phase("1", 10, 100, 0, "2026-06-30"), Phase("2", 100, 1000, 0, "2027-06-30")]
    first, second = progress.standings(plan, done({"2026-11-20": 300}), 100, MONDAY, WEEK)
    assert (first.dossiers, first.sheets, first.overdue, first.completion) == (10, 100, 0, None)
    assert (second.dossiers, second.sheets) == (20, 200)
    assert second.completion == WEEK.after(MONDAY, 8)


def test_a_phase_that_names_its_register_has_what_that_register_lists_and_nothing_else() -> None:
    plan = [Phase("1", 10, 100, 0, "2026-06-30", ("ml-2001",)), Phase("2", 100, 1000, 0, "2027-06-30")]
    found = done({"2026-11-20": 50}, "ml-2001")
    for _ in range(30):
        found.add("ml-2002", 10, "2026-11-20", high_use=True)
    first, second = progress.standings(plan, found, 100, MONDAY, WEEK)
    assert (first.dossiers, first.overdue) == (5, 5)
    assert first.completion == WEEK.after(MONDAY, 1)  # half a day more
    assert second.dossiers == 30
    assert second.completion == WEEK.after(MONDAY, 8)  # 50 of the first and 700 of its own


def test_nothing_is_overdue_on_the_last_day_itself() -> None:
    plan = [Phase("1", 10, 100, 0, str(MONDAY))]
    (today,) = progress.standings(plan, Done(), None, MONDAY, WEEK)
    (tomorrow,) = progress.standings(plan, Done(), None, MONDAY + timedelta(days=1), WEEK)
    assert (today.overdue, tomorrow.overdue) == (0, 10)


def test_metrics_show_a_deadline_as_the_end_of_its_day_in_vietnam_and_no_series_for_what_is_not_known() -> None:
    found = Found(plan=(Phase("1", 10, 100, 4, "2026-12-31"),), high_use_listed=9)
    reading = watch.reading_of(found, Plan(), MONDAY)
    assert reading.phases[0].deadline == 1798736400.0  # 2026-12-31T17:00:00Z
    assert (reading.rate, reading.phases[0].completion) == (None, None)
    assert reading.high_use == {"planned": 4, "digitised": 0}
    assert watch.reading_of(Found(high_use_listed=9), Plan(), MONDAY).high_use["planned"] == 9


@pytest.mark.parametrize(("wide", "high", "size", "a4"), [
    (210, 297, "a4", 1), (297, 210, "a4", 1), (230.9, 326, "a4", 1), (232, 297, "a3", 2), (148, 210, "a5", 1),
    (60, 90, "a6", 1), (297, 420, "a3", 2), (420, 594, "a2", 4), (594, 841, "a1", 8), (841, 1189, "a0", 16),
    (210, 700, "a1", 8), (1500, 1500, "larger", 16)])
def test_a_page_is_of_the_size_it_fits_into_and_up_to_a_tenth_over(wide: float, high: float, size: str,
                                                                     a4: int) -> None:
    assert sizes().of(wide, high) == size
    assert sizes().a4({size: 3}) == 3 * a4


@pytest.mark.parametrize(("documents", "sample"), [
    (1, 1), (2, 2), (8, 2), (9, 3), (280, 32), (281, 50), (3200, 125), (500_001, 1250)])
def test_samples_are_those_of_the_standard_and_never_more_than_there_is(documents: int, sample: int) -> None:
    assert rule().size(documents) == (sample, 0)


def test_nine_of_ten_is_the_ninth_of_ten() -> None:
    assert nearest_rank([float(at) for at in range(1, 11)], 0.9) == 9
    assert nearest_rank([7.0], 0.9) == 7


def test_a_month_has_the_days_that_have_begun() -> None:
    november = period.month("2026-11", MONDAY)
    assert (november.days(MONDAY)[-1], len(november.days(MONDAY))) == (MONDAY, 23)
    assert len(november.days(date(2027, 1, 1))) == 30
    assert len(period.month("2024-02", MONDAY).days(MONDAY)) == 29
    assert period.month("2025-12", MONDAY).until == date(2026, 1, 1)
    assert period.day("yesterday", MONDAY).name == "2026-11-22"


@pytest.mark.parametrize("text", ["2026-11-24", "22/11/2026", "", "2026-02-30"])
def test_a_day_that_is_none_or_not_yet_is_refused_by_name(text: str) -> None:
    with pytest.raises(ApplianceError) as refused:
        period.day(text, MONDAY)
    assert refused.value.kind is errors.PERIOD_WRONG


@pytest.mark.parametrize("text", ["2026-12", "2026-13", "11/2026", "2026-1", "0000-01"])
def test_a_month_that_is_none_or_not_yet_is_refused_by_name(text: str) -> None:
    with pytest.raises(ApplianceError) as refused:
        period.month(text, MONDAY)
    assert refused.value.kind is errors.PERIOD_WRONG


def test_dossiers_that_are_left_when_the_sheets_of_the_plan_are_used_up_still_have_an_end() -> None:
    plan = [Phase("1", 10, 50, 0, "2026-12-31")]
    (one,) = progress.standings(plan, done({"2026-11-20": 60}), 5, MONDAY, WEEK)
    assert (one.dossiers, one.sheets) == (6, 60)
    assert one.completion == WEEK.after(MONDAY, 4), "four dossiers of five sheets"


@pytest.mark.parametrize(("read", "text"), [(period.day, "9999-12-31"), (period.month, "9999-12")])
def test_the_last_day_of_the_calendar_has_not_begun(read: Callable[[str, date], Period], text: str) -> None:
    with pytest.raises(ApplianceError) as refused:
        read(text, MONDAY)
    assert refused.value.kind is errors.PERIOD_WRONG


def test_february_of_a_leap_year_has_a_last_day_and_so_has_december() -> None:
    later = date(2029, 1, 15)
    assert period.month("2028-02", later).days(later)[-1] == date(2028, 2, 29)
    assert period.month("2028-12", later).until == date(2029, 1, 1)


def test_a_time_is_a_time_to_any_spreadsheet_and_seconds_to_programs() -> None:
    found = [Duration(seconds) for seconds in (0, 2250, 173_200)]
    assert [str(one) for one in found] == ["0:00:00", "0:37:30", "48:06:40"]
    assert json.dumps(found) == "[0, 2250, 173200]"
