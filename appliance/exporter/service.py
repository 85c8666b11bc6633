"""What Prometheus sees of the promise of an office, of what dossiers wait for, and of who is waited for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from appliance.core.service import STREAMS
from appliance.exporter.family import gauge
from appliance.spool.service import MET, MISSED, WAITS, Served, Standing


@dataclass(frozen=True, slots=True)
class ServiceReading:
    """What is shown.

    Attributes:
        served: what was added up of each stream since the ledger began.
        standing: how the promises of each stream stand now.
        promises: seconds from Start to receipt, by stream.
        waiting: by state, how many things wait and since when the oldest does (Unix time, 0 if none).
    """

    served: Mapping[str, Served] = field(default_factory=lambda: dict.fromkeys(STREAMS, Served()))
    standing: Mapping[str, Standing] = field(default_factory=dict)
    promises: Mapping[str, float] = field(default_factory=dict)
    waiting: Mapping[str, tuple[int, float]] = field(default_factory=lambda: dict.fromkeys(WAITS, (0, 0.0)))


def of_service(reading: ServiceReading) -> Iterator[Metric]:
    """Yield everything that is shown of promises and of who is waited for."""
    yield _took(reading.served)
    yield _judged(reading.served)
    yield _shares(reading.served)
    yield from _stands(reading)
    yield gauge("appliance_waiting_items", "Things in a state in which somebody is waited for.", ("state",), [
        ((state,), float(n)) for state, (n, _) in reading.waiting.items()])
    yield gauge("appliance_waiting_oldest_timestamp_seconds", "When the one that waits longest came into that "
                "state.", ("state",), [((state,), since) for state, (n, since) in reading.waiting.items() if n])


def _took(served: Mapping[str, Served]) -> Metric:
    family = HistogramMetricFamily("appliance_dossier_end_to_end_seconds", "From Start to the archive's receipt of "
                                   "a dossier.", labels=["stream"])
    for stream, one in served.items():
        counts = list(accumulate(one.buckets.values()))
        buckets = [(str(bound), float(n)) for bound, n in zip(one.buckets, counts, strict=True)]
        total = (counts[-1] if counts else 0) + one.beyond
        family.add_metric([stream], [*buckets, ("+Inf", float(total))], sum(one.seconds.values()))
    return family


def _judged(served: Mapping[str, Served]) -> Metric:
    family = CounterMetricFamily("appliance_dossier_sli", "Dossiers by whether the archive's receipt came within "
                                 "the promise; each is judged once, at its receipt or its deadline, whichever is "
                                 "first.",
                                 labels=["stream", "outcome"])
    for stream, one in served.items():
        family.add_metric([stream, MET], float(one.met))
        family.add_metric([stream, MISSED], float(one.missed))
    return family


def _shares(served: Mapping[str, Served]) -> Metric:
    family = CounterMetricFamily("appliance_dossier_time_seconds", "Time from Start to receipt of dossiers that "
                                 "arrived, by whom they waited for: machine, person, tsa, network.",
                                 labels=["stream", "share"])
    for stream, one in served.items():
        for share, seconds in one.seconds.items():
            family.add_metric([stream, share], seconds)
    return family


def _stands(reading: ServiceReading) -> Iterator[Metric]:
    stands = sorted(reading.standing.items())
    yield gauge("appliance_dossier_promise_seconds", "Promise from Start to receipt.", ("stream",), [
        ((stream,), seconds) for stream, seconds in sorted(reading.promises.items())])
    yield gauge("appliance_dossiers_open", "Dossiers that were promised and that the archive does not have yet.",
                ("stream",), [((stream,), float(one.open)) for stream, one in stands])
    yield gauge("appliance_dossiers_late", "Those of them that are past the promise.", ("stream",), [
        ((stream,), float(one.late)) for stream, one in stands])
    yield gauge("appliance_dossier_oldest_start_timestamp_seconds", "When Start was pressed for the oldest of "
                "them.", ("stream",), [((stream,), one.oldest) for stream, one in stands if one.open])
    family = CounterMetricFamily("appliance_dossiers_excused", "Dossiers of which nothing was promised any more "
                                 "when their time came: handed over on paper, given up, locked or destroyed by "
                                 "decision.",
                                 labels=["stream"])
    for stream, one in stands:
        family.add_metric([stream], float(one.excused))
    yield family
