"""The host's clock jumps back: no key is used until it is right again or a person says that it is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from appliance.core import clock
from appliance.core.errors import ApplianceError
from appliance.signing.clockwatch import EVERY, TOLERANCE, ClockWatch

NOON = clock.parse("2026-11-22T12:00:00+07:00")
SECOND = timedelta(seconds=1)


class Host:
    """A host whose clock can be set, and whose uptime cannot."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now, self.up = NOON, 100.0
        self.watch = self.boot()

    def boot(self) -> ClockWatch:
        self.watch = ClockWatch(self.path, lambda: self.up, lambda: self.now)
        return self.watch

    def passes(self, time: timedelta) -> None:
        self.now += time
        self.up += time.total_seconds()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path / "keys" / "latest-use")


def refused(watch: ClockWatch) -> str:
    with pytest.raises(ApplianceError) as caught:
        watch.refuse_back()
    return caught.value.code


def test_before_any_use_every_time_is_right(host: Host) -> None:
    host.watch.refuse_back()


def test_a_clock_that_goes_on_is_right(host: Host) -> None:
    for _ in range(3):
        host.watch.refuse_back()
        host.watch.used()
        host.passes(timedelta(hours=5))


def test_a_clock_that_jumps_back_is_seen_although_it_is_still_after_the_latest_use(host: Host) -> None:
    host.watch.used()
    host.passes(timedelta(hours=5))
    host.now -= timedelta(hours=2)
    assert refused(host.watch) == "K518"


def test_a_clock_put_right_a_little_is_no_jump(host: Host) -> None:
    host.watch.used()
    host.now -= TOLERANCE - SECOND
    host.watch.refuse_back()


def test_a_clock_that_went_back_while_the_host_was_off_is_seen(host: Host) -> None:
    host.watch.used()
    host.now -= timedelta(days=400)
    host.up = 1.0
    assert refused(host.boot()) == "K518"
    host.now = NOON + timedelta(hours=1)
    host.watch.refuse_back()


def test_a_person_may_say_that_the_present_time_is_right_and_that_lasts(host: Host) -> None:
    host.watch.used()
    host.now -= timedelta(days=1)
    host.watch.accept()
    host.watch.refuse_back()
    host.boot().refuse_back()


def test_the_latest_use_is_written_at_most_once_a_minute(host: Host) -> None:
    host.watch.used()
    host.passes(EVERY - SECOND)
    host.watch.used()
    assert host.path.read_text() == clock.iso(NOON)
    host.passes(SECOND)
    host.watch.used()
    assert host.path.read_text() == clock.iso(NOON + EVERY)


def test_a_spoilt_file_stops_nobody(host: Host) -> None:
    host.path.parent.mkdir()
    host.path.write_text("\x00")
    host.boot().refuse_back()
