"""When the synthetic page is due, what it is called, and what its reading is judged by."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from appliance.core import clock
from appliance.core.config import Office, parse
from appliance.core.errors import ApplianceError
from appliance.core.heartbeat import STAGES, Heartbeat, is_test
from appliance.heartbeat import words
from appliance.heartbeat.heart import due, moment
from appliance.heartbeat.stages import Stages
from appliance.spool.heartbeats import History

DAILY = Heartbeat(enabled=True)
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=clock.VIETNAM)


def test_every_office_has_its_own_moment_within_the_minutes_and_keeps_it() -> None:
    moments = {code: moment(DAILY, f"{code:04d}", NOON) for code in range(700)}
    first = NOON.replace(hour=6, minute=30)
    assert all(first <= one <= first + timedelta(minutes=20) for one in moments.values())
    spread = {one.replace(second=0) for one in moments.values()}
    assert len(spread) >= 20, "they do not arrive together"
    assert moment(DAILY, "0007", NOON + timedelta(days=1)) - moments[7] == timedelta(days=1)


def test_the_day_is_that_of_the_office_wherever_the_clock_of_the_host_stands() -> None:
    late = datetime(2026, 11, 21, 23, 45, tzinfo=UTC)  # 06:45 of the next day in Vietnam
    assert moment(Heartbeat(jitter_minutes=0), "0107", late).isoformat() == "2026-11-22T06:30:00+07:00"


@pytest.mark.parametrize(("hour", "last_hour", "wanted"), [
    (6, None, False), (7, None, True), (23, None, True), (7, 5, True), (7, 7, False), (7, -3, True)])
def test_it_is_due_once_a_day_from_its_moment_on_also_when_the_host_starts_late(
        hour: int, last_hour: int | None, wanted: bool) -> None:
    day = NOON.replace(hour=0)
    last = 0.0 if last_hour is None else (day + timedelta(hours=last_hour)).timestamp()
    assert due(DAILY, "0107", day + timedelta(hours=hour), History(started=last)) is wanted


@pytest.mark.parametrize("office", [f"{number:04d}" for number in range(12)])
def test_a_moment_that_falls_after_midnight_comes_on_every_day_too(office: str) -> None:
    late = Heartbeat(enabled=True, at="20:00", jitter_minutes=720)
    looks = [NOON + timedelta(minutes=10 * step) for step in range(6 * 24)]
    assert any(due(late, office, now, History(started=NOON.timestamp())) for now in looks)


def test_a_clock_that_was_a_year_ahead_and_is_set_back_stops_no_heartbeat() -> None:
    ahead = History(started=(NOON + timedelta(days=365)).timestamp())
    assert due(DAILY, "0107", NOON, ahead)
    assert not due(Heartbeat(), "0107", NOON, ahead)


def test_it_is_never_due_where_nobody_has_switched_it_on() -> None:
    assert not due(Heartbeat(), "0107", NOON, History(failures=3))


@pytest.mark.parametrize(("failures", "minutes", "wanted"), [
    (0, 700, False), (1, 59, False), (1, 60, True), (2, 119, False), (2, 120, True), (4, 479, False),
    (4, 480, True), (60, 479, False), (60, 480, True)])
def test_one_that_did_not_arrive_is_followed_by_another_each_later_than_the_one_before(
        failures: int, minutes: int, wanted: bool) -> None:
    at = NOON.replace(hour=8)
    known = History(started=at.timestamp(), failures=failures)
    now = at + timedelta(minutes=minutes)
    assert due(DAILY, "0107", now, known) is wanted
    assert not due(replace(DAILY, again_minutes=0), "0107", now, known)


def test_a_heartbeat_of_a_job_that_is_not_there_is_refused_with_the_jobs_that_are() -> None:
    with pytest.raises(ApplianceError) as refused:
        parse({"heartbeat": {"job": "archvie"}, "job": [{"name": "archive"}]})
    assert refused.value.details == {"key": "heartbeat.job", "value": "archvie", "allowed": "archive, default"}
    assert parse({"heartbeat": {"job": "archive"}, "job": [{"name": "archive"}]}).heartbeat.job == "archive"


def test_its_code_fits_every_form_of_package_and_is_of_the_series() -> None:
    code = words.file_code("0107", "2026-11-22T06:31:07+07:00")
    assert code == "0107.HEARTBEAT.2611220631" and len(code) <= 30 and len(code.partition(".")[2]) <= 20
    assert re.fullmatch(r"[A-Z0-9][A-Z0-9.\-]{0,99}", code)


@pytest.mark.parametrize(("status", "code", "wanted"), [
    ("TEST", "0107.HEARTBEAT.2611220631", True), ("TEST", "K01.0107.HEARTBEAT.2611220631", True),
    ("TEST", "H49.64.33.2001.160", False), ("NEW", "0107.HEARTBEAT.2611220631", False),
    ("TEST", "H49.NOHEARTBEAT.1", False)])
def test_only_status_and_code_together_make_a_test_package(status: str, code: str, wanted: bool) -> None:
    assert is_test(status, code) is wanted


def test_one_group_of_the_number_may_be_misread_and_no_more() -> None:
    number = words.grouped(758678257581)
    assert number == "758 678 257 581"
    assert words.is_read(number, "Số kiểm tra: 758 678 257 581.")
    assert words.is_read(number, "798678257 581") and not words.is_read(number, "798 678 252 581")
    assert not words.is_read(number, "")


def test_the_page_says_that_it_is_no_record_in_both_languages_and_names_nobody() -> None:
    text = " ".join(words.lines(Office(name="BHXH huyện Cầu Kè", operator="Nguyễn Văn A"), "HEARTBEAT.1"))
    assert "không có giá trị pháp lý" in text and "It is no record." in text and "Nguyễn" not in text


def test_stages_add_up_to_the_whole_without_the_time_that_people_needed_the_scanner() -> None:
    at = [100.0]
    stages = Stages(now=lambda: at[0])
    at[0] += 600.0  # paper was being fed: it had not set out yet
    stages.begin()
    for stage, after in zip(STAGES, (1.0, 2.0, 0.5, 4.0, 8.0, 0.25, 3.0), strict=True):
        at[0] += after
        if stage == "read":
            at[0] += 60.0
            stages.paused += 60.0
        assert stages.next == stage
        stages.passed(stage)
    assert sum(stages.seconds.values()) == pytest.approx(18.75) == pytest.approx(stages.total)
    stages.passed("assemble")
    assert stages.seconds["assemble"] == 4.0, "what is done again took both times"
