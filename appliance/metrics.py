"""What Prometheus sees.

Counters come from committed facts; gauges are read from the ledger, the
devices and the disk at each scrape, so they are true after any restart. docs/metrics.md is tested
against this module. No personal data, no unbounded label.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from appliance import __version__
from appliance.audit_facts import AuditReading
from appliance.core import clock, errors, events
from appliance.delivery_metrics import DeliveryReading, of_delivery
from appliance.outbox_metrics import BUCKETS as PROMISE_BUCKETS
from appliance.outbox_metrics import OutboxReading, of_outbox
from appliance.scanner_metrics import ScannerReading, families, gauge
from appliance.signing_metrics import SigningReading, of_signing

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
STAGE_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
GOLDEN = {errors.GOLDEN_PAGE_UNSEEN.code: "unable"}
DOSSIER_BUCKETS = (30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 86400.0)


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything the gauges show, taken at one moment by the daemon."""

    items: dict[str, dict[str, int]] = field(default_factory=dict)
    queues: dict[str, tuple[int, str]] = field(default_factory=dict)
    scanners: tuple[ScannerReading, ...] = ()
    seen: dict[str, int] = field(default_factory=dict)
    pool: dict[str, int] = field(default_factory=dict)
    backlog_bytes: int = 0
    free_bytes: int = 0
    signing: SigningReading = field(default_factory=SigningReading)
    audit: AuditReading = field(default_factory=AuditReading)
    golden_good: bool = True
    golden_passed: float = 0.0
    registers: tuple[tuple[str, str, int, str], ...] = ()
    locked: int = 0
    delivery: DeliveryReading = field(default_factory=DeliveryReading)
    outbox: OutboxReading = field(default_factory=OutboxReading)


class Metrics:
    """Owns the registry; listens to the bus; answers scrapes."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        make = _Maker(self.registry)
        self.captured = make.counter("appliance_pages_captured", "Sides captured and durable.", "device")
        self.processed = make.counter("appliance_pages_processed", "Pages looked at, by result.", "result")
        self.steps = make.counter("appliance_steps", "Steps finished, by stage and result.", "stage", "result")
        self.filed = make.counter("appliance_pages_filed", "Pages filed on a receipt that verified.")
        self.batches = make.counter("appliance_batches_started", "Presses of Start accepted.", "device")
        self.interrupted = make.counter(
            "appliance_batches_interrupted", "Feeds that broke off, by error code.", "device", "code")
        self.unchecked = make.counter(
            "appliance_batches_unchecked", "Batches without a recent device check that passed; held: they wait for "
            "one.", "device", "held")
        self.locks = make.counter(
            "appliance_locks", "Batches that were locked because a state secret is suspected in them.")
        self.idle = make.counter(
            "appliance_feeder_idle_seconds", "Time in which a device could have fed and this host let it wait.",
            "device")
        self.held = make.counter("appliance_held", "Things put aside for a person, by error code.", "kind", "code")
        self.warned = make.counter(
            "appliance_page_warnings", "Sides that a check warns of without holding them, by check.", "check")
        self.unread = make.counter(
            "appliance_pages_unread", "Pages whose text no engine could read, filed without it, by error code.",
            "code")
        self.fields = make.counter(
            "appliance_catalogue_fields", "Catalogue fields looked for on pages, by field and whether one was read "
            "or left empty.", "field", "result")
        self.golden = make.counter(
            "appliance_golden_pages", "Looks at the golden pages, by result: passed, failed, or unable (the host's "
            "own trouble).", "result")
        self.lost = make.counter("appliance_workers_lost", "Worker processes that died or hung.", "reason")
        self.stage_seconds = make.histogram(
            "appliance_stage_duration_seconds", "Time of one step.", STAGE_BUCKETS, "stage")
        self.dossier_seconds = make.histogram(
            "appliance_dossier_duration_seconds", "From separation of a dossier to its receipt.", DOSSIER_BUCKETS)
        self.confirmed = make.histogram(
            "appliance_reception_confirmation_seconds", "From Start to the reception software's confirmation of a "
            "one-stop document.", PROMISE_BUCKETS)
        self.missed = make.counter(
            "appliance_reception_missed", "One-stop documents that were confirmed past the promise.")
        self.reading = Reading()
        self.registry.register(_Timed("state", lambda: _gauges(self.reading)))

    def scrape(self, reading: Reading) -> bytes:
        """Return the metrics page for what was read just now."""
        self.reading = reading
        return generate_latest(self.registry)

    def hear(self, fact: events.Fact) -> None:
        """Count a fact; the listener for the bus."""
        match fact:
            case events.StageFinished(stage=stage, result=result, seconds=seconds):
                self.steps.labels(stage, result).inc()
                if stage == "analyse":
                    self.processed.labels(result).inc()
                self.stage_seconds.labels(stage).observe(seconds)
            case events.ThingHeld(kind=kind, code=code):
                self.held.labels(kind, code).inc()
            case events.PagesFiled(pages=pages, seconds=seconds):
                self.filed.inc(pages)
                self.dossier_seconds.observe(seconds)
            case _:
                self._hear_capture(fact)
                self._hear_page(fact)
                self._hear_worker(fact)

    def _hear_capture(self, fact: events.Fact) -> None:
        match fact:
            case events.SideCaptured(device=device, idle=idle):
                self.captured.labels(device).inc()
                self.idle.labels(device).inc(max(idle, 0.0))
            case events.BatchStarted(device=device):
                self.batches.labels(device).inc()
            case events.BatchInterrupted(device=device, code=code):
                self.interrupted.labels(device, code).inc()
            case events.BatchUnchecked(device=device, held=held):
                self.unchecked.labels(device, "yes" if held else "no").inc()

    def _hear_page(self, fact: events.Fact) -> None:
        match fact:
            case events.PageWarned(check=check):
                self.warned.labels(check).inc()
            case events.PageUnread(code=code):
                self.unread.labels(code).inc()
            case events.FieldsRead(read=read, empty=empty):
                for result, names in (("read", read), ("empty", empty)):
                    for name in names:
                        self.fields.labels(name, result).inc()

    def _hear_worker(self, fact: events.Fact) -> None:
        match fact:
            case events.WorkerProved(faults=faults, code=code):
                self.golden.labels(GOLDEN.get(code, "failed") if faults else "passed").inc()
            case events.BatchLocked():
                self.locks.inc()
            case events.ComponentConfirmed(seconds=seconds, late=late):
                self.confirmed.observe(seconds)
                self.missed.inc(late)
            case events.WorkerLost(reason=reason):
                self.lost.labels(reason).inc()


@dataclass(frozen=True, slots=True)
class _Maker:
    registry: CollectorRegistry

    def counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)

    def histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, registry=self.registry)


class _Timed(Collector):
    """A collector that also exports its own success and duration."""

    def __init__(self, name: str, read: Callable[[], Iterable[Metric]]) -> None:
        self._name = name
        self._read = read

    def collect(self) -> Iterator[Metric]:
        started = time.perf_counter()
        success = 1.0
        try:
            yield from list(self._read())
        except Exception:  # noqa: BLE001 - boundary: a failing part shows on the page, the rest stays
            success = 0.0
        good = GaugeMetricFamily("appliance_collector_success", "Whether a collector worked.", labels=["collector"])
        good.add_metric([self._name], success)
        took = GaugeMetricFamily(
            "appliance_collector_duration_seconds", "How long a collector took.", labels=["collector"])
        took.add_metric([self._name], time.perf_counter() - started)
        yield good
        yield took

    def describe(self) -> Iterator[Metric]:
        """Name nothing in advance: registering must not read anything."""
        return iter(())


def _gauges(reading: Reading) -> Iterator[Metric]:
    yield InfoMetricFamily("appliance_build", "Version of the software.", value={"version": __version__})
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
    yield from families(reading.scanners, reading.seen)
    yield gauge("appliance_pool_workers", "Workers by what they do; fit: proved today; jobs waiting.", ("state",), [
        ((name,), float(n)) for name, n in sorted(reading.pool.items())
    ])
    yield _one("appliance_golden_page_good", "0 while no worker sees the golden pages right: nothing is looked at.",
               float(reading.golden_good))
    yield _one("appliance_golden_page_passed_timestamp_seconds", "When a worker last saw the golden pages right; 0:"
               " not since the start.", reading.golden_passed)
    yield _one("appliance_batches_locked", "Batches that are locked: a leader must decide.", reading.locked)
    yield _one("appliance_upload_backlog_bytes", "Bytes of packages without a receipt.", reading.backlog_bytes)
    yield _one("appliance_disk_free_bytes", "Free space where masters lie.", reading.free_bytes)
    yield from of_delivery(reading.delivery)
    yield from of_outbox(reading.outbox)
    yield from of_signing(reading.signing)
    yield from _audit(reading.audit)


def _audit(reading: AuditReading) -> Iterator[Metric]:
    yield _one("appliance_audit_sequence", "Number of the newest link of the audit chain.", reading.seq)
    yield _one("appliance_audit_head", "First 48 bits of the hash of that link, as a number.",
               int(reading.head[:12] or "0", 16))
    yield _one("appliance_audit_good", "0 when the last verification of the audit chain found a break.",
               float(reading.good))
    yield _one("appliance_audit_verified_timestamp_seconds", "When the audit chain was last verified and held; 0: "
               "not since the start.", reading.verified)
    yield _one("appliance_audit_rows", "Links of the audit chain that are in the ledger itself.", reading.rows)
    yield _one("appliance_audit_segments", "Sealed segment files of the audit chain.", reading.segments)


def _one(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)
