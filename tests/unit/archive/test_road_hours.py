"""The hours at which bulk packages may go, by the office's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from appliance.archive import windows
from appliance.core.clock import VIETNAM


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-22T{text}").replace(tzinfo=VIETNAM)


@pytest.mark.parametrize(("spans", "moment", "seconds"), [
    ((), "12:00:00", 0),
    (("18:00-06:30",), "18:00:00", 0),
    (("18:00-06:30",), "23:59:59", 0),
    (("18:00-06:30",), "06:29:59", 0),
    (("18:00-06:30",), "06:30:00", 11.5 * 3600),
    (("18:00-06:30",), "17:59:00", 60),
    (("11:30-13:00", "18:00-06:30"), "13:00:00", 5 * 3600),
    (("11:30-13:00", "18:00-06:30"), "11:29:30", 30),
    (("11:30-13:00", "18:00-06:30"), "12:59:59", 0),
    (("00:00-00:00",), "15:00:00", 0),
])
def test_a_package_waits_for_the_next_opening(spans: tuple[str, ...], moment: str, seconds: float) -> None:
    assert windows.read(spans).wait(at(moment)) == seconds


def test_hours_are_vietnamese_whatever_zone_the_moment_is_told_in() -> None:
    night = windows.read(("18:00-06:30",))
    assert night.wait(datetime(2026, 11, 22, 11, 0, tzinfo=UTC)) == 0
    assert night.wait(datetime(2026, 11, 22, 10, 59, tzinfo=UTC)) == 60


def test_every_minute_of_a_day_either_is_open_or_knows_how_long_it_waits() -> None:
    night = windows.read(("22:15-01:45",))
    for minute in range(24 * 60):
        moment = at("00:00:00") + timedelta(minutes=minute)
        wait = night.wait(moment)
        assert night.wait(moment + timedelta(seconds=wait)) == 0
        assert (wait == 0) == (minute < 105 or minute >= 22 * 60 + 15)
