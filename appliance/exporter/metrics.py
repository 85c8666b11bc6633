"""The metrics page: one registry, its counters, and the topics that are read when Prometheus asks.

docs/metrics.md is tested against what stands here. No personal data, no unbounded label.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, disable_created_metrics, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from appliance.core import events
from appliance.exporter.counts import Counts
from appliance.exporter.family import gauge
from appliance.exporter.log_count import LogCount
from appliance.exporter.topic import Taken
from appliance.exporter.topics import TOPICS

log = logging.getLogger(__name__)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Sources = Mapping[str, Callable[[], Awaitable[Any]]]
"""For the name of each topic, what reads it."""


class Metrics:
    """Owns the registry; listens to the bus and, as a handler, to the log; answers scrapes.

    Args:
        devices: names of the devices whose counters begin at 0.
    """

    def __init__(self, devices: Iterable[str] = ()) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self.counts = Counts(self.registry, tuple(devices))
        self.log = LogCount(self.counts.logged)
        self._shown = _Shown()
        self._failing: set[str] = set()
        self.registry.register(self._shown)

    def hear(self, fact: events.Fact) -> None:
        """Count a fact; the listener for the bus."""
        self.counts.hear(fact)

    async def scrape(self, sources: Sources) -> bytes:
        """Read every topic now and return the metrics page."""
        taken = tuple([await topic.taken(sources[topic.name]) for topic in TOPICS])
        for one in taken:
            self._tell(one)
        return self._page(taken)

    def show(self, **readings: Any) -> bytes:
        """Return the page of given readings, by the names of their topics; other topics are empty."""
        return self._page(tuple(topic.shown(readings.get(topic.name)) for topic in TOPICS))

    def _tell(self, taken: Taken) -> None:
        """Log what went wrong, whole, when it begins; a scrape comes every few seconds."""
        if taken.problem is None:
            self._failing.discard(taken.name)
        elif taken.name not in self._failing:
            self._failing.add(taken.name)
            log.error("metrics: %s cannot be read", taken.name, exc_info=taken.problem)

    def _page(self, taken: tuple[Taken, ...]) -> bytes:
        self._shown.taken = taken
        return generate_latest(self.registry)


class _Shown(Collector):
    """The families of the last scrape, and how it went."""

    def __init__(self) -> None:
        self.taken: tuple[Taken, ...] = ()

    def collect(self) -> Iterator[Metric]:
        for topic in self.taken:
            yield from topic.families
        yield gauge("appliance_collector_success", "Whether a collector worked.", ("collector",), [
            ((topic.name,), float(topic.problem is None)) for topic in self.taken])
        yield gauge("appliance_collector_duration_seconds", "How long a collector took.", ("collector",), [
            ((topic.name,), topic.seconds) for topic in self.taken])

    def describe(self) -> Iterator[Metric]:
        """Name nothing in advance: registering must not read anything."""
        return iter(())
