"""Times as the archive writes them, names in the order of time, facts told to all."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from appliance.core import clock, notify
from appliance.core.events import BatchStarted, Bus, Fact, WorkerLost
from appliance.core.ids import uuid7


def test_a_moment_is_written_in_vietnamese_time_whatever_its_zone() -> None:
    moment = datetime(2026, 11, 21, 18, 30, 5, 987654, UTC)
    assert clock.iso(moment) == "2026-11-22T01:30:05+07:00"
    assert clock.iso(moment, "milliseconds") == "2026-11-22T01:30:05.987+07:00"


def test_what_was_written_is_read_back() -> None:
    moment = clock.now().replace(microsecond=0)
    assert clock.parse(clock.iso(moment)) == moment
    assert moment.utcoffset() == clock.VIETNAM.utcoffset(None)


def test_a_time_without_a_zone_is_utc() -> None:
    assert clock.parse("2026-11-21T00:00:00") == datetime(2026, 11, 21, tzinfo=UTC)


def test_an_identifier_is_a_uuid_of_version_seven_with_its_time_first() -> None:
    made = uuid.UUID(uuid7(now_ms=0x0123456789AB))
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert str(made).startswith("01234567-89ab-7")


def test_identifiers_sort_by_time_and_never_repeat() -> None:
    made = [uuid7(now_ms=at) for at in range(1_000_000, 1_000_500)]
    assert made == sorted(made)
    assert len({uuid7(now_ms=1) for _ in range(1000)}) == 1000


def test_every_listener_hears_every_fact_in_order() -> None:
    bus = Bus()
    heard: list[tuple[int, Fact]] = []
    bus.listen(lambda fact: heard.append((1, fact)))
    bus.listen(lambda fact: heard.append((2, fact)))
    facts: list[Fact] = [BatchStarted("fi1", "b"), WorkerLost("died")]
    for fact in facts:
        bus.tell(fact)
    assert heard == [(1, facts[0]), (2, facts[0]), (1, facts[1]), (2, facts[1])]


def test_a_listener_that_fails_is_reported_and_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    bus = Bus()
    heard: list[Fact] = []

    def broken(_fact: Fact) -> None:
        raise RuntimeError

    bus.listen(broken)
    bus.listen(heard.append)
    bus.tell(WorkerLost("hung"))
    assert heard == [WorkerLost("hung")]
    assert "WorkerLost" in caplog.text


@pytest.mark.parametrize(("environment", "seconds"), [
    ({}, None), ({"WATCHDOG_USEC": ""}, None), ({"WATCHDOG_USEC": "0"}, None), ({"WATCHDOG_USEC": "soon"}, None),
    ({"WATCHDOG_USEC": "60000000"}, 30.0), ({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "7"}, 1.0),
    ({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "8"}, None),
])
def test_the_watchdog_is_fed_twice_as_often_as_it_asks(environment: dict[str, str], seconds: float | None) -> None:
    assert notify.watchdog_seconds(environment, pid=7) == seconds


@pytest.mark.parametrize("address", ["", "relative", "vsock:2:1234"])
def test_without_a_service_manager_nothing_is_told(address: str) -> None:
    assert not notify.notify(notify.READY, {"NOTIFY_SOCKET": address})
    assert not notify.notify(notify.READY, {})
