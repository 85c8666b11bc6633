"""What Prometheus sees of an archive: counts of this instance, and what the index and the disks say at a scrape.

No names, numbers, codes or titles of papers; the labels are places and words of this program. docs/receiver.md is
tested against this module.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from appliance.receiver import tables
from appliance.receiver.archive import Archive
from appliance.receiver.line import Line
from appliance.receiver.parts import Part
from appliance.receiver.trust import Awaited

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_U = tables.uploads.c
_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0, 600.0, 900.0)


class Figures:
    """Counts of one instance since its start."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._packages = Counter("archive_packages", "Packages decided, by result.", ["result"],
                                 registry=self.registry)
        self._bytes = Counter("archive_bytes", "Bytes of packages decided, by result.", ["result"],
                              registry=self.registry)
        self.tests = Counter("archive_test_packages", "Packages of the test series that got their receipt.",
                             registry=self.registry)
        self.damaged = Counter("archive_damaged_uploads", "Uploads whose bytes were not the announced ones.",
                               registry=self.registry)
        self.crashes = Counter("archive_judge_crashes", "Judges that ended while they looked at a package.",
                               registry=self.registry)
        self._seconds = Histogram("archive_decision_seconds", "From taking a whole upload up to its receipt.",
                                  buckets=_BUCKETS, registry=self.registry)
        for result in ("accepted", "rejected"):
            self._packages.labels(result)
            self._bytes.labels(result)

    def decided(self, *, accepted: bool, size: int) -> None:
        """Count a decision on so many bytes."""
        result = "accepted" if accepted else "rejected"
        self._packages.labels(result).inc()
        self._bytes.labels(result).inc(size)

    @contextlib.contextmanager
    def looking(self) -> Iterator[None]:
        """Measure one decision; what ends in an exception is not counted."""
        began = time.monotonic()
        yield
        self._seconds.observe(time.monotonic() - began)


class Scrape(Collector):
    """The gauges of an archive, asked at each scrape, with those of its parts."""

    def __init__(self, archive: Archive, line: Line, parts: Iterable[Part], received: Callable[[], int]) -> None:
        self._archive = archive
        self._line = line
        self._parts = tuple(parts)
        self._received = received

    def collect(self) -> Iterator[Metric]:
        """Return every gauge; an index out of reach leaves its own out, and says so."""
        yield CounterMetricFamily("archive_received_bytes", "Bytes taken since the start.", self._received())
        yield Awaited(self._archive.settings.trust).family()
        yield from self._free()
        try:
            yield from self._of_index()
            for part in self._parts:
                yield from part.families()
            up = 1
        except OSError:
            up = 0
        yield GaugeMetricFamily("archive_index_up", "1 when the index answers.", up)

    def _of_index(self) -> Iterator[Metric]:
        waiting, oldest = self._line.length()
        yield GaugeMetricFamily("archive_waiting_packages", "Whole uploads without a decision.", waiting)
        age = time.time() - datetime.fromisoformat(oldest).timestamp() if oldest else 0.0
        yield GaugeMetricFamily("archive_waiting_oldest_seconds", "How long the oldest of them waits.", age)
        with self._archive.index.read() as connection:
            receipts = connection.scalar(sa.select(tables.book.c.number))
            growing = sa.select(sa.func.count()).where(_U.completed == "", _U.settled == 0)
            under_way = connection.scalar(growing)
        yield GaugeMetricFamily("archive_receipts", "Receipts in the book.", receipts)
        yield GaugeMetricFamily("archive_uploads", "Unfinished uploads.", under_way)
        yield GaugeMetricFamily("archive_copies_wanted", "Places that hold a copy of every package.",
                                len(self._archive.stores))

    def _free(self) -> Iterator[Metric]:
        """Yield the free space of this receiver's own folder and of every place on a disk."""
        family = GaugeMetricFamily("archive_free_bytes", "Free space, by place.", labels=["place"])
        settings = self._archive.settings
        folders = {"root": str(settings.root)} | {
            one.name: one.folder for one in settings.store if one.kind == "folder"}
        for place, folder in folders.items():
            with contextlib.suppress(OSError):
                about = os.statvfs(folder)
                family.add_metric([place], about.f_bavail * about.f_frsize)
        yield family


def scrape(figures: Figures, gauges: Scrape) -> bytes:
    """Return everything in the text format; asks the index, so a loop calls it in a thread."""
    once = CollectorRegistry()
    once.register(gauges)
    return generate_latest(figures.registry) + generate_latest(once)
