"""What Prometheus sees of work, and of what waits for it. Read at each scrape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import Metric

from appliance.core import clock
from appliance.exporter.family import gauge, known, one


@dataclass(frozen=True, slots=True)
class PipelineReading:
    """What the gauges show.

    Attributes:
        items: how many things of each kind are in each state.
        queues: for each queue how many wait, and since when the oldest does (ISO 8601, or empty).
        pool: workers by what they do.
        backlog_bytes: of packages without a receipt.
        golden_good: false while no worker sees the golden pages right.
        golden_passed: when one last did, Unix time; 0: not since the start.
        registers: kind, name, rows and time of import (ISO 8601) of each register.
        locked: batches that are locked.
    """

    items: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    queues: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    pool: Mapping[str, int] = field(default_factory=dict)
    backlog_bytes: int = 0
    golden_good: bool = True
    golden_passed: float = 0.0
    registers: tuple[tuple[str, str, int, str], ...] = ()
    locked: int = 0


def of_pipeline(reading: PipelineReading) -> Iterator[Metric]:
    """Yield everything that is shown of work and what waits for it."""
    yield gauge("appliance_items", "Things by kind and state.", ("kind", "state"), [
        ((kind, state), float(n))
        for kind, states in sorted(reading.items.items()) for state, n in sorted(states.items())
    ])
    yield gauge("appliance_queue_items", "Things that wait, by queue.", ("queue",), [
        ((queue,), float(n)) for queue, (n, _) in sorted(reading.queues.items())
    ])
    yield gauge("appliance_queue_oldest_timestamp_seconds", "When the oldest waiting thing came in.", ("queue",), [
        ((queue,), clock.parse(since).timestamp()) for queue, (_, since) in sorted(reading.queues.items()) if since
    ])
    yield gauge("appliance_register_rows", "Dossiers in a register.", ("kind", "register"), [
        ((kind, name), float(rows)) for kind, name, rows, _ in reading.registers
    ])
    yield gauge("appliance_register_imported_timestamp_seconds", "When a register was last imported or added to.",
                ("kind", "register"), [
        ((kind, name), clock.parse(at).timestamp()) for kind, name, _, at in reading.registers
    ])
    yield gauge("appliance_pool_workers", "Workers by what they do; fit: proved today; jobs waiting.", ("state",), [
        ((name,), float(n)) for name, n in sorted(reading.pool.items())
    ])
    yield one("appliance_golden_page_good", "0 while no worker sees the golden pages right: nothing is looked at.",
               float(reading.golden_good))
    yield known("appliance_golden_page_passed_timestamp_seconds", "When a worker last saw the golden pages right; "
                "none before the first time since the start.", reading.golden_passed)
    yield one("appliance_batches_locked", "Batches that are locked: a leader must decide.", reading.locked)
    yield one("appliance_upload_backlog_bytes", "Bytes of packages without a receipt.", reading.backlog_bytes)
