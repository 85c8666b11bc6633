"""What is counted: facts that the ledger has committed, since the daemon's start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram

from appliance.core import errors, events
from appliance.exporter.log_count import NAMES
from appliance.exporter.outbox import BUCKETS as PROMISE_BUCKETS

STAGE_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0)
GOLDEN = {errors.GOLDEN_PAGE_UNSEEN.code: "unable"}


class Counts:
    """Every counter and histogram; listens to the bus."""

    def __init__(self, registry: CollectorRegistry, devices: Iterable[str] = ()) -> None:
        make = _Maker(registry)
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
        self.logged = make.counter("appliance_log_messages", "Lines that the daemon has logged, by level.", "level")
        self.stage_seconds = make.histogram(
            "appliance_stage_duration_seconds", "Time of one step.", STAGE_BUCKETS, "stage")
        self.confirmed = make.histogram(
            "appliance_reception_confirmation_seconds", "From Start to the reception software's confirmation of a "
            "one-stop document.", PROMISE_BUCKETS)
        self.missed = make.counter(
            "appliance_reception_missed", "One-stop documents that were confirmed past the promise.")

        self._begin(devices)

    def _begin(self, devices: Iterable[str]) -> None:
        """Let series whose labels are known begin at 0: an increase from nothing is seen by no rule."""
        for family, values in ((self.golden, ("passed", "failed", "unable")), (self.lost, ("died", "hung")),
                               (self.logged, NAMES.values())):
            for value in values:
                family.labels(value)
        for device in devices:
            for family in (self.captured, self.batches, self.idle):
                family.labels(device)
            for held in ("yes", "no"):
                self.unchecked.labels(device, held)

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
            case events.PagesFiled(pages=pages):
                self.filed.inc(pages)
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

    def histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, registry=self.registry)
