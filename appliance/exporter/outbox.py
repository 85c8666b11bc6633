"""What Prometheus sees of signed components for the reception software, and of the promise to who waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import Metric

from appliance.exporter.family import gauge, known, one

BUCKETS = (60.0, 120.0, 300.0, 450.0, 600.0, 750.0, 900.0, 1200.0, 1800.0, 3600.0, 14_400.0, 86_400.0)
"""Seconds from Start to confirmation; 900 is the promise of the shipped settings."""


@dataclass(frozen=True, slots=True)
class OutboxReading:
    """What the gauges show of the outbox.

    Attributes:
        states: components by state.
        overdue: one-stop documents past the promise and not confirmed, whatever they wait for.
        oldest: when Start was pressed for the oldest that is not confirmed, Unix time; 0: there is none.
        promise: from Start to confirmation, in seconds.
        away: whether nothing gets through to the reception software just now.
    """

    states: Mapping[str, int] = field(default_factory=dict)
    overdue: int = 0
    oldest: float = 0.0
    promise: float = 0.0
    away: bool = False


def of_outbox(reading: OutboxReading) -> Iterator[Metric]:
    """Yield everything that is shown of the outbox."""
    yield gauge("appliance_reception_components", "Signed components for the reception software, by state.",
                ("state",), [((state,), float(n)) for state, n in sorted(reading.states.items())])
    yield one("appliance_reception_overdue", "One-stop documents that are past the promise and not "
                            "confirmed by the reception software, signed or not.", reading.overdue)
    yield known("appliance_reception_oldest_start_timestamp_seconds", "When Start was pressed for the oldest "
                "one-stop document that is not confirmed; none while there is none.", reading.oldest)
    yield known("appliance_reception_promise_seconds", "Promise from Start to confirmation; none where there is no "
                "reception software.", reading.promise)
    yield one("appliance_reception_away", "1 while nothing gets through to the reception software.",
                            reading.away)
