"""How much a day looks at, and when its hour has come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.core import clock
from appliance.core.errors import ApplianceError
from appliance.receiver.fixity import sunset
from appliance.receiver.fixity.duties import Duty, is_gone
from appliance.receiver.fixity.keeping import is_time
from appliance.receiver.fixity.slices import Share
from appliance.receiver.tables import moment

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=clock.VIETNAM)


def done(hour: int, day: int = 22) -> str:
    return moment(datetime(2026, 11, day, hour, 0, tzinfo=clock.VIETNAM))


def test_a_share_is_due_once_a_day_from_its_hour_on() -> None:
    assert is_time(done(23, 21), NOW, 1)
    assert not is_time(done(2), NOW, 1)
    assert not is_time(done(2), NOW + timedelta(hours=15), 1)
    assert is_time(done(2), NOW + timedelta(hours=17), 1)


def test_a_host_that_slept_at_the_hour_does_its_share_when_it_wakes() -> None:
    assert is_time(done(2, 19), NOW, 1)


def test_before_its_hour_yesterdays_share_counts() -> None:
    assert not is_time(done(11, 21), NOW, 10)
    assert is_time(done(9, 21), NOW, 10)


def test_days_without_a_run_are_made_up_for() -> None:
    assert Share((), 1000.0, 1.0, NOW).part == pytest.approx(0.001)
    assert Share((), 1000.0, 0.2, NOW).part == pytest.approx(0.001)
    assert Share((), 1000.0, 30.0, NOW).part == pytest.approx(0.03)
    assert Share((), 10.0, 30.0, NOW).part == 1.0


def test_what_would_be_late_tomorrow_is_overdue_today() -> None:
    assert Share((), 30.0, 1.0, NOW).overdue == moment(NOW - timedelta(days=29))


def test_a_holder_of_another_host_may_still_run() -> None:
    assert not is_gone("elsewhere 0000 pid:[1] 1 1 abcd")
    assert not is_gone("")
    assert not is_gone("a name of another form")


def test_a_holder_of_this_host_is_gone_when_its_process_is(tmp_path: Path) -> None:
    from appliance.receiver.index import open_sqlite
    index = open_sqlite(tmp_path / "index.sqlite")
    mine = Duty(index, "fixity").holder
    index.close()
    assert not is_gone(mine)
    host, boot, space, _, started, number = mine.split(" ")
    assert is_gone(f"{host} {boot} {space} {2**22 + 1} {started} {number}")
    assert is_gone(f"{host} another-boot {space} 1 {started} {number}")


def test_the_shipped_table_of_algorithms_knows_what_it_uses() -> None:
    table = sunset.load()
    assert table.of_hash(table.use) > datetime(2030, 1, 1, tzinfo=UTC)
    assert table.of_hash("sha1") == sunset.LONG_AGO


@pytest.mark.parametrize("text", ["", 'version = "1"\nuse = "md5"\n[hash]\n[rsa]\n[ec]\n', "not toml ="])
def test_a_table_of_algorithms_that_cannot_be_used_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "algorithms.toml"
    path.write_text(text)
    with pytest.raises(ApplianceError, match="A665"):
        sunset.load(path)
