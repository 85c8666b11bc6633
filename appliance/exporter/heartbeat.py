"""What Prometheus sees of the synthetic page: when each stage was last passed, and what it took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import Metric

from appliance.exporter.family import gauge, one


@dataclass(frozen=True, slots=True)
class HeartbeatReading:
    """What is known of the synthetic page.

    Attributes:
        enabled: whether one is sent every day.
        good: whether the last one that ended has arrived; None: none has ended yet.
        started: when the newest one set out, Unix time; 0: there was none.
        passed: when each stage was last passed, Unix time; total: when one last arrived.
        taken: seconds that it took then.
    """

    enabled: bool = False
    good: bool | None = None
    started: float = 0.0
    passed: Mapping[str, float] = field(default_factory=dict)
    taken: Mapping[str, float] = field(default_factory=dict)


def of_heartbeat(reading: HeartbeatReading) -> Iterator[Metric]:
    """Yield everything that is shown of the synthetic page."""
    yield one("appliance_heartbeat_enabled", "Whether a synthetic page is sent every day.", reading.enabled)
    yield gauge("appliance_heartbeat_good", "Whether the last synthetic page arrived; none before the first has "
                "ended.", (), [] if reading.good is None else [((), float(reading.good))])
    yield gauge("appliance_heartbeat_started_timestamp_seconds", "When the newest synthetic page set out; none "
                "before the first.", (), [((), reading.started)] if reading.started else [])
    yield gauge("appliance_heartbeat_last_timestamp_seconds", "When a synthetic page last passed a stage; total: "
                "when one last arrived.", ("stage",), _by_stage(reading.passed))
    yield gauge("appliance_heartbeat_duration_seconds", "What each stage took the last page that passed it, "
                "waiting included; total: the last that arrived.", ("stage",), _by_stage(reading.taken))


def _by_stage(values: Mapping[str, float]) -> list[tuple[tuple[str, ...], float]]:
    return [((stage,), value) for stage, value in sorted(values.items())]
