"""What Prometheus is shown of the running daemon: each topic of the exporter, and where it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from appliance import device_check, expiry, kernel_cache, release_facts, unsigned
from appliance.archive.transports.identity import end_of
from appliance.audit_facts import digest
from appliance.core import clock, errors
from appliance.core.config import Config
from appliance.counter_clock import CounterClock
from appliance.exporter.certificates import CertificatesReading
from appliance.exporter.host import HostReading
from appliance.exporter.identity import IdentityReading
from appliance.exporter.metrics import Sources
from appliance.exporter.pipeline import PipelineReading
from appliance.exporter.reconciliation import ReconciliationReading
from appliance.exporter.scanners import CheckReading, ScannerReading, ScannersReading
from appliance.exporter.signing import SigningReading
from appliance.forwarding import Forwarding
from appliance.heartbeat.heart import Heart
from appliance.outlook import Outlook
from appliance.planning.watch import PlanWatch
from appliance.promises import PromiseClock
from appliance.spool import figures, listings, locks, targets
from appliance.spool.ledger import Ledger, Row
from appliance.spool.targets import Standing
from appliance.upkeep import Upkeep


@dataclass(frozen=True, slots=True)
class Readings:
    """Reads every topic; changes nothing."""

    outlook: Outlook
    upkeep: Upkeep
    heart: Heart

    def sources(self) -> Sources:
        """Return what reads each topic."""
        steps = self.outlook.processes.conductor.steps
        identity = self.identity()

        async def who() -> IdentityReading:
            return identity

        return {
            "identity": who, "host": self.host, "reconciliation": self.reconciliation,
            "certificates": self.certificates,
            "pipeline": self.pipeline, "scanners": self.scanners, "signing": self.signing,
            "delivery": Forwarding(steps.means.dispatch, self.outlook.store).reading,
            "outbox": CounterClock(steps.outbox).reading,
            "service": PromiseClock(self.outlook.book, steps.promises.promises).reading,
            "audit": self.outlook.processes.audit.reading, "heartbeat": self.heart.reading,
            "plan": PlanWatch(steps.means.config.plan, steps.means.book, steps.composition.office).reading,
        }

    def identity(self) -> IdentityReading:
        """Return who this is: the same until the next start, whatever becomes of the files meanwhile."""
        office = self.outlook.config.office
        return IdentityReading(
            release_facts.facts(), {"office": office.code, "province": office.province, "level": office.level},
            digest(self.outlook.processes.audit.settings))

    async def host(self) -> HostReading:
        """Return what the gauges show of the host."""
        config, about = self.outlook.config, self.outlook.store.room()
        limit = max(about.total - config.storage.min_free_mb * 1_000_000, 0)
        keeper = self.outlook.processes.conductor.steps.means.timekeeper
        return HostReading(keeper.reading(), about.total - about.free, limit, about.free,
                           kernel_cache.compiled(config))

    async def reconciliation(self) -> ReconciliationReading:
        """Return where every side is."""
        found = await self.outlook.book.ask(figures.custody)
        return ReconciliationReading(found, clock.parse(found.last).timestamp() if found.last else 0.0)

    async def certificates(self) -> CertificatesReading:
        """Return when certificates end."""
        own, door = self.outlook.processes, self.outlook.config.metrics
        ends = expiry.ends(own.signer)
        if (end := own.conductor.steps.means.dispatch.identity.end()) is not None:
            ends["archive"] = end
        if door.host and (end := end_of(door.certificate)) is not None:
            ends["metrics"] = end
        page = self.outlook.config.console.tls
        if page.host and (end := end_of(page.certificate)) is not None:
            ends["page"] = end
        ends = {**expiry.of_host(self.outlook.config.storage.certificates), **ends}
        return CertificatesReading({purpose: end.timestamp() for purpose, end in ends.items()})

    async def pipeline(self) -> PipelineReading:
        """Return what the gauges show of work and what waits for it."""
        book, own = self.outlook.book, self.outlook.processes
        backlog = await book.ask(figures.backlog)
        lists, stats = await book.ask(listings.listing), own.pool.stats()
        return PipelineReading(
            items=await book.ask(figures.states), queues=await book.ask(figures.queues),
            pool={"idle": stats.idle, "busy": stats.busy, "fit": stats.fit,
                  "waiting_jobs": sum(stats.waiting.values())},
            golden_good=own.proving.good, golden_passed=own.proving.passed, backlog_bytes=backlog,
            locked=await book.ask(locks.count),
            registers=tuple((one["kind"], one["name"], one["rows"], one["imported"]) for one in lists))

    async def scanners(self) -> ScannersReading:
        """Return what the gauges show of scanners, with their device checks."""
        outlook, found = self.outlook, await self.upkeep.readings()
        standings = outlook.scanners.standings()
        checked = await outlook.book.ask(_with_checks, outlook.config, standings, found)
        return ScannersReading(checked, outlook.scanners.discoverer.seen_by_bus())

    async def signing(self) -> SigningReading:
        """Return what the gauges show of signing."""
        signer, leave = self.outlook.processes.signer, await self.outlook.leave()
        clock_wrong = self.outlook.processes.conductor.steps.means.timekeeper.refusal
        wanted = leave["authorised"] and not signer.key  # where persons alone sign, the office has no key
        trouble = (signer.refusal or errors.SIGNER_AWAY.error()).code if wanted else ""
        trouble = clock_wrong.code if clock_wrong is not None else trouble
        return SigningReading(
            development_key=leave["development"], sessions=leave["sessions"],
            authorised={one["job"]: clock.parse(one["until"]).timestamp() if one["until"] else 0.0
                        for one in leave["authorised"]},
            waiting=await self.outlook.book.ask(unsigned.counts), trouble=trouble)


def _with_checks(ledger: Ledger, config: Config, standings: Sequence[Mapping[str, Any]],
                 scanners: Sequence[ScannerReading]) -> tuple[ScannerReading, ...]:
    """Return what the metrics show of scanners, with their device checks."""
    now, by_name = clock.now(), {one["name"]: one for one in standings}
    return tuple(replace(
        scanner, checks=tuple(_check(row) for row in targets.last(ledger, scanner.name)),
        check_counts=device_check.standing_now(ledger, config, by_name[scanner.name], now) is Standing.PASSED)
        for scanner in scanners)


def _check(row: Row) -> CheckReading:
    """Return one check as the metrics show it: the numbers of its reading, by name."""
    reading = json.loads(row["reading"]) if row["reading"] else {}
    values = {name: float(value) for name, value in reading.items() if isinstance(value, int | float)}
    return CheckReading(row["side"], bool(row["passed"]), clock.parse(row["at"]).timestamp(), values)
