"""Waits between tries."""

from appliance.archive.retry import Backoff, Patience


def test_waits_double_up_to_the_cap() -> None:
    backoff = Backoff(first=1.0, cap=10.0, floor=0.0)
    assert [backoff.delay(failures, 1.0) for failures in range(1, 7)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_a_week_of_failures_does_not_overflow() -> None:
    assert Backoff(cap=300.0).delay(10**9, 1.0) == 300.0


def test_jitter_is_full_but_never_hammers() -> None:
    backoff = Backoff(first=8.0, cap=300.0, floor=0.5)
    assert backoff.delay(1, 0.0) == 0.5
    assert backoff.delay(1, 0.5) == 4.0
    assert Backoff(first=0.1, floor=0.5).delay(1, 0.0) == 0.1


def test_progress_begins_the_count_anew() -> None:
    patience = Patience(Backoff(first=1.0), chance=lambda: 1.0)
    assert [patience.wait(), patience.wait()] == [1.0, 2.0]
    patience.reset()
    assert patience.wait() == 1.0
