"""What Prometheus sees of what comes back from the archive: pages it wants scanned again. Read at each scrape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import Metric

from appliance.exporter.family import gauge, known, one


@dataclass(frozen=True, slots=True)
class ReturnsReading:
    """What the gauges show.

    Attributes:
        tasks: pages that the archive wants, or wanted, scanned again, by state.
        oldest: when the oldest task came that nobody has scanned for yet, Unix time; 0 there is none.
        rejected: dossiers that the archive refused and that wait for a person.
        awaited: dossiers to which documents shall be added and for which none came yet.
    """

    tasks: Mapping[str, int] = field(default_factory=dict)
    oldest: float = 0.0
    rejected: int = 0
    awaited: int = 0


def of_returns(reading: ReturnsReading) -> Iterator[Metric]:
    """Yield everything that is shown of what comes back."""
    yield gauge("appliance_rescan_tasks", "Pages that the archive wants scanned again: asked, scanned (the answer "
                "is on its way), answered, withdrawn.", ("state",), [
        ((state,), float(n)) for state, n in sorted(reading.tasks.items())
    ])
    yield known("appliance_rescan_task_oldest_timestamp_seconds", "When the oldest of them came that nobody has "
                "scanned for yet; none while there is none.", reading.oldest)
    yield one("appliance_dossiers_rejected", "Dossiers that the archive refused: a person must mend them.",
               reading.rejected)
    yield one("appliance_supplements_awaited", "Delivered dossiers for which a person said that documents are "
               "added, and none came yet.", reading.awaited)
