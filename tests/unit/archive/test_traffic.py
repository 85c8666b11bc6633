"""What deliveries share: lanes, random times, the archive's wish, and the one that fails while others arrive."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from appliance.archive.traffic import BULK, OUTAGE_SECONDS, POISON_OTHERS, POISON_TRIES, URGENT, Traffic, Trip
from appliance.core import errors
from appliance.core.clock import VIETNAM
from appliance.core.delivery import Road
from appliance.core.errors import ApplianceError

AWAY = errors.ARCHIVE_UNREACHABLE.error(reason="ClientConnectorError", away=True)
BROKEN = errors.ARCHIVE_UNREACHABLE.error(reason="HTTP 500")


@dataclass
class Day:
    """A clock that goes when it is told to; 12:00 at first."""

    seconds: float = 0.0
    chances: list[float] = field(default_factory=list)

    def now(self) -> float:
        return 50_000.0 + self.seconds

    def chance(self) -> float:
        return self.chances.pop(0) if self.chances else 0.5

    def moment(self) -> datetime:
        return datetime(2026, 11, 22, 12, tzinfo=VIETNAM) + timedelta(seconds=self.seconds)


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Day:
    found = Day()
    monkeypatch.setattr("appliance.core.clock.now", found.moment)
    return found


def traffic(day: Day, **road: object) -> Traffic:
    return Traffic(Road(**{"jitter_seconds": 0.0, **road}), day.now, day.chance)  # type: ignore[arg-type]


async def test_bulk_comes_a_random_time_after_the_start_and_what_somebody_waits_for_at_once(day: Day) -> None:
    waits = {Traffic(Road(jitter_seconds=600.0), day.now, lambda share=share: share).wait(BULK)  # type: ignore[misc]
             for share in (0.0, 0.25, 0.99)}
    assert waits == {0.0, 150.0, 594.0}
    assert traffic(day, jitter_seconds=600.0).wait(URGENT) == 0


async def test_bulk_waits_for_its_hours_and_then_its_random_time(day: Day) -> None:
    road = traffic(day, window=("18:00-06:30",), jitter_seconds=100.0)
    assert (road.wait(URGENT), road.wait(BULK), road.open) == (0, 6 * 3600, False)
    day.seconds += 6 * 3600
    day.chances = [0.7]
    assert (round(road.wait(BULK)), road.open) == (70, True)
    day.seconds += 70
    assert road.wait(BULK) == 0


async def test_after_an_outage_bulk_comes_back_at_a_random_time(day: Day) -> None:
    road = traffic(day, jitter_seconds=100.0)
    day.seconds += 60
    road.failed(BULK, AWAY)
    day.seconds += OUTAGE_SECONDS + 1
    day.chances = [0.4]
    road.heard(URGENT, 0)
    assert (round(road.wait(BULK)), road.wait(URGENT)) == (40, 0)


async def test_a_short_silence_is_no_outage(day: Day) -> None:
    road = traffic(day, jitter_seconds=100.0)
    day.seconds += 60
    road.failed(BULK, AWAY)
    road.heard(BULK, 5)
    assert road.wait(BULK) == 0


async def test_while_the_archive_is_away_one_package_tries_for_all_and_the_counter_more_often(day: Day) -> None:
    road = traffic(day)
    for _ in range(20):
        road.failed(BULK, AWAY)
        road.failed(URGENT, AWAY)
    assert 100 < road.wait(BULK) <= 300
    assert 10 < road.wait(URGENT) <= 30
    road.nudge()
    assert (road.wait(BULK), road.wait(URGENT)) == (0, 0)


async def test_what_the_archive_asks_for_holds_every_package_but_never_for_ever(day: Day) -> None:
    road = traffic(day)
    busy = errors.ARCHIVE_UNREACHABLE.error(reason="HTTP 503", after=120.0)
    assert road.failed(BULK, busy) == 120
    assert (road.wait(BULK), road.wait(URGENT)) == (120, 120)
    assert road.failed(BULK, errors.ARCHIVE_UNREACHABLE.error(reason="HTTP 503", after=1e9)) == 3600


async def test_bulk_lets_an_urgent_one_go_first_between_two_pieces(day: Day) -> None:
    road, order = traffic(day), list[str]()

    async def bulk() -> None:
        async with road.turn(BULK):
            for piece in range(3):
                await road.clear(BULK)
                order.append(f"bulk {piece}")
                await asyncio.sleep(0)
                await asyncio.sleep(0)

    async def urgent() -> None:
        async with road.turn(URGENT):
            for piece in range(2):
                await road.clear(URGENT)
                order.append(f"urgent {piece}")
                await asyncio.sleep(0)
                await asyncio.sleep(0)

    first = asyncio.create_task(bulk())
    while not order:
        await asyncio.sleep(0)
    await asyncio.gather(first, urgent())
    assert order == ["bulk 0", "urgent 0", "urgent 1", "bulk 1", "bulk 2"]


async def test_bulk_on_its_way_takes_no_place_of_the_urgent(day: Day) -> None:
    road = traffic(day, at_once=1)
    async with road.turn(BULK), asyncio.timeout(5), road.turn(URGENT):
        third = asyncio.create_task(road.turn(BULK).__aenter__())
        await asyncio.sleep(0.01)
        assert not third.done(), "and there is one place for bulk"
        third.cancel()
        await asyncio.gather(third, return_exceptions=True)


def fail(trip: Trip, times: int) -> None:
    for _ in range(times):
        trip.failed(BROKEN)


async def test_a_delivery_that_fails_while_others_arrive_is_set_aside(day: Day) -> None:
    road = traffic(day)
    trip = Trip(road, BULK)
    fail(trip, 1)
    road.arrived += POISON_OTHERS
    fail(trip, POISON_TRIES - 2)
    with pytest.raises(ApplianceError) as caught:
        fail(trip, 1)
    assert (caught.value.code, "HTTP 500" in caught.value.vi) == ("A627", True)


async def test_a_delivery_that_fails_when_all_do_is_tried_for_ever(day: Day) -> None:
    road = traffic(day)
    trips = [Trip(road, BULK) for _ in range(5)]
    for _ in range(100):
        for trip in trips:
            fail(trip, 1)
    assert road.failures == {"A602": 500}


async def test_after_an_outage_one_more_failure_sets_nothing_aside(day: Day) -> None:
    road = traffic(day)
    trip = Trip(road, BULK)
    fail(trip, 5 * POISON_TRIES)
    road.arrived += POISON_OTHERS
    fail(trip, POISON_TRIES - 2)
    trip.moved(1)


async def test_a_delivery_that_gets_on_is_never_set_aside(day: Day) -> None:
    road = traffic(day)
    trip = Trip(road, BULK)
    for _ in range(20):
        fail(trip, POISON_TRIES - 1)
        road.arrived += POISON_OTHERS
        trip.moved(1)
