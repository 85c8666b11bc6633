"""What Prometheus sees of the keeping. Counts come from the index: all receivers say the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from appliance.core import clock
from appliance.receiver import tables
from appliance.receiver.archive import Archive
from appliance.receiver.fixity import daily, findings, slices
from appliance.receiver.fixity import tables as keeping
from appliance.receiver.fixity.duties import Duty
from appliance.receiver.fixity.evidence import Evidence
from appliance.receiver.fixity.findings import Kind

REMEMBERED = 300.0
"""Seconds for which figures that need a look at every row are not asked for again."""

_F, _C = tables.fixity.c, tables.copies.c
_COUNTERS = (("objects", "Objects read again in every copy."), ("bytes", "Bytes read again."),
             ("signatures", "Packages whose content and signatures were judged again."),
             ("restored", "Copies put back from a sound one."))


class KeepingFigures:
    """The figures of one archive. Asks the index, so it is called in a thread."""

    def __init__(self, archive: Archive, evidence: Evidence) -> None:
        self._archive = archive
        self._evidence = evidence
        self._slow: tuple[Metric, ...] = ()
        self._asked = -REMEMBERED

    def families(self) -> Iterator[Metric]:
        """Return every figure.

        Raises:
            OSError: the index is out of reach.
        """
        yield self._last_complete()
        yield from self._counters()
        yield self._wrong()
        yield from self._of_evidence()
        if time.monotonic() - self._asked >= REMEMBERED:
            self._slow, self._asked = (self._oldest(), self._copies(), self._unstamped()), time.monotonic()
        yield from self._slow

    def _last_complete(self) -> Metric:
        done = Duty(self._archive.index, daily.NAME).done()
        return GaugeMetricFamily("archive_fixity_last_complete_timestamp_seconds",
                                 "When a day's share of checks was last done to its end; 0: never.", _unix(done))

    def _counters(self) -> Iterator[Metric]:
        with self._archive.index.read() as connection:
            sums = connection.execute(sa.select(*(sa.func.sum(_F[name]) for name, _ in _COUNTERS))).one()
        for (name, words), value in zip(_COUNTERS, sums, strict=True):
            yield CounterMetricFamily(f"archive_fixity_{name}", words, int(value or 0))

    def _wrong(self) -> Metric:
        """Return what is wrong and not mended; every kind is there, so that an alert may say ``> 0``."""
        family = GaugeMetricFamily("archive_fixity_errors", "What is wrong and not mended, by kind and place.",
                                   labels=["kind", "place"])
        counted = dict.fromkeys(((str(kind), "") for kind in Kind), 0)
        for key, value in (counted | findings.counts(self._archive.index, datetime.now(UTC))).items():
            family.add_metric(list(key), value)
        return family

    def _of_evidence(self) -> Iterator[Metric]:
        """Return the time left; without a stamp there is nothing to renew and no figure."""
        end = self._evidence.renew_by()
        family = GaugeMetricFamily("archive_evidence_renewal_seconds",
                                   "Time until the first archive time stamp ends; it is renewed before.")
        if end is not None:
            family.add_metric([], (end - datetime.now(UTC)).total_seconds())
        yield family

    def _oldest(self) -> Metric:
        places = [store.name for store in self._archive.stores]
        return GaugeMetricFamily("archive_fixity_oldest_check_timestamp_seconds",
                                 "Since when every copy was seen good at least once; 0: there is none.",
                                 _unix(slices.oldest(self._archive.index, places)))

    def _copies(self) -> Metric:
        family = GaugeMetricFamily("archive_copies_missing", "Copies missing or damaged, by place.",
                                   labels=["place"])
        with self._archive.index.read() as connection:
            rows = connection.execute(sa.select(_C.place, sa.func.count()).where(_C.state != "good").group_by(
                _C.place))
            counted = {row[0]: int(row[1]) for row in rows}
        for store in self._archive.stores:
            family.add_metric([store.name], counted.get(store.name, 0))
        return family

    def _unstamped(self) -> Metric:
        covered = sa.exists().where(keeping.leaves.c.subject == tables.packages.c.sha256)
        with self._archive.index.read() as connection:
            count = connection.scalar(sa.select(sa.func.count()).select_from(tables.packages).where(~covered))
        return GaugeMetricFamily("archive_packages_unstamped", "Packages that no archive time stamp covers yet.",
                                 int(count or 0))


def _unix(moment: str) -> float:
    return clock.parse(moment).timestamp() if moment else 0.0
