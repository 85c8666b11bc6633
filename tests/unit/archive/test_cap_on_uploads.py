"""The token bucket that all uploads of an office share."""

from __future__ import annotations

import pytest

from appliance.archive.bandwidth import BURST_SECONDS, Bandwidth

RATE = 100_000.0


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_without_a_cap_nothing_waits() -> None:
    free = Bandwidth(0)
    assert [free.reserve(10**9) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert free.piece(4 << 20) == 4 << 20


def test_over_any_stretch_no_more_goes_than_the_cap_and_one_burst() -> None:
    clock = Clock()
    bucket, start, sent = Bandwidth(RATE, clock), clock.now, 0.0
    for _ in range(200):
        clock.now += bucket.reserve(bucket.chunk)
        assert sent <= (clock.now - start + BURST_SECONDS) * RATE
        sent += bucket.chunk
    assert sent >= (clock.now - start) * RATE, "and the cap is used"


def test_two_uploads_share_one_cap() -> None:
    clock = Clock()
    bucket = Bandwidth(RATE, clock)
    waits = [bucket.reserve(50_000) for _ in range(6)]
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(5 * 0.5 - BURST_SECONDS)


def test_what_was_not_used_is_not_saved_up() -> None:
    clock = Clock()
    bucket = Bandwidth(RATE, clock)
    clock.now += 3600
    assert bucket.reserve(int(RATE * BURST_SECONDS)) == 0
    assert bucket.reserve(1000) == pytest.approx(0, abs=1e-6)
    assert bucket.reserve(1000) > 0


@pytest.mark.parametrize("per_second", [1024.0, 16_384.0, 1e6, 1e9])
def test_a_piece_is_through_before_an_archive_thinks_that_the_sender_is_gone(per_second: float) -> None:
    bucket = Bandwidth(per_second)
    assert bucket.piece(4 << 20) <= max(64 << 10, per_second * 16)
    assert bucket.chunk / per_second <= 1.0, "something goes every second"
