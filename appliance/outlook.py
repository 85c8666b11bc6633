"""What is seen of the running daemon: one picture for people, one page of readings for Prometheus.

Joins what the ledger knows with what only the daemon knows: its scanners, its processes, its key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from appliance import __version__, ageing, device_check, expiry, notices, status, unsigned
from appliance.audit_keeper import AuditKeeper
from appliance.children import Children
from appliance.conductor import Conductor
from appliance.core import clock, errors, rules
from appliance.core.config import Config
from appliance.core.place import NOWHERE, Place
from appliance.counter_clock import CounterClock
from appliance.device.discover import Discoverer
from appliance.device.ejected import with_ejected
from appliance.device.station import Stations
from appliance.forwarding import Forwarding
from appliance.metrics import Reading
from appliance.pool import Pool
from appliance.proving import Proving
from appliance.scanner_metrics import CheckReading, ScannerReading
from appliance.signing.desk import SignerDesk
from appliance.signing_metrics import SigningReading
from appliance.spool import evidence, figures, listings, locks, targets
from appliance.spool.ledger import Book, Ledger, Row
from appliance.spool.store import Store
from appliance.spool.targets import Standing


@dataclass(frozen=True, slots=True)
class Scanners:
    """The scanners as the daemon knows them: their sessions, and what the buses show."""

    stations: Stations
    discoverer: Discoverer

    def standings(self, places: Mapping[str, Place] = NOWHERE) -> list[dict[str, Any]]:
        """Return how every device stands, with what discovery knows of it."""
        profiles = self.discoverer.catalogue
        return [with_ejected({**one, "presence": self.discoverer.presence(one["name"])},
                             profiles.buffered_by(one["profile"])) for one in self.stations.snapshot(places)]


@dataclass(frozen=True, slots=True)
class Processes:
    """The daemon's own work and the processes that do the rest."""

    conductor: Conductor
    pool: Pool
    signer: SignerDesk
    children: Children
    proving: Proving
    audit: AuditKeeper


@dataclass(frozen=True, slots=True)
class Outlook:
    """The daemon as it is seen from outside; nothing here changes anything."""

    config: Config
    store: Store
    book: Book
    scanners: Scanners
    processes: Processes

    async def picture(self) -> dict[str, Any]:
        """Return everything a person may see."""
        own = self.processes
        places = await self.book.ask(status.places, self.config.job)
        found = await self.book.ask(status.picture, places)
        found["devices"], found["seen"] = self.scanners.standings(places), self.scanners.discoverer.seen()
        status.tell_doubts(found["devices"], found)
        await self._tell_condition(found["devices"])
        found["reception"] = await CounterClock(own.conductor.steps.outbox).told()
        found["held"] += found["reception"].pop("held", [])
        found["delivery"] = await Forwarding(own.conductor.steps.means.dispatch, self.store).told()
        found["office"], found["version"] = self.config.office.name, __version__
        refusal = own.signer.refusal
        if refusal is not None:
            found["held"].append(status.no_key(refusal))
        found["held"] += await self.book.ask(unsigned.waiting, refusal.code if refusal else "")
        found["signing"] = await self._leave()
        found["signing"]["ending"] = expiry.told(expiry.ends(own.signer), clock.now())
        if (blind := own.pool.refusal()) is not None:
            found["held"].append(status.no_eyes(blind))
        if own.audit.problem is not None:
            found["held"].append(status.broken_chain(own.audit.problem))
        found["idle"] = found["idle"] and not own.conductor.under_way
        stats = own.pool.stats()
        found["pool"] = {"idle": stats.idle, "busy": stats.busy, "fit": stats.fit, "pids": list(stats.pids)}
        found["children"] = {child.name: child.pid for child in own.children.snapshot()}
        return found

    async def _leave(self) -> dict[str, Any]:
        """Say by whose leave the agency's key signs each job, and how many persons have a session open."""
        signer = self.processes.signer
        jobs = [job.name for job in self.config.job if rules.load(job.rules).stamp.role != "person"]
        found = await self.book.ask(unsigned.leave, signer.known, jobs or ["default"])
        return {"authorised": found, "ready": signer.key is not None,
                "development": any(key.development for key in signer.keys.values()),
                "sessions": len(self.processes.conductor.steps.signing.sessions.all())}

    async def _signing(self) -> SigningReading:
        """Return what the gauges show of signing."""
        signer, leave = self.processes.signer, await self._leave()
        trouble = "" if signer.key else (signer.refusal or errors.SIGNER_AWAY.error()).code
        return SigningReading(
            certificate_end=clock.parse(signer.key.not_after).timestamp() if signer.key else 0.0,
            certificates={kind: end.timestamp() for kind, end in expiry.ends(signer).items()},
            development_key=leave["development"], sessions=leave["sessions"],
            authorised={one["job"]: clock.parse(one["until"]).timestamp() if one["until"] else 0.0
                        for one in leave["authorised"]},
            waiting=await self.book.ask(unsigned.counts), trouble=trouble)

    async def _tell_condition(self, devices: list[dict[str, Any]]) -> None:
        """Say of every device how its device check stands and how its captures change."""
        def told(ledger: Ledger) -> None:
            for one in devices:
                one["check"] = device_check.told(ledger, self.config, one)
                one["drift"] = ageing.told(ledger, self.config, one["name"])
                one["warned"] = notices.told(ledger, one["name"])

        await self.book.ask(told)

    def routes(self) -> tuple[web.RouteDef, ...]:
        """Return what the control socket serves of this."""
        async def checks(request: web.Request) -> web.Response:
            found = await self.book.ask(targets.listed, request.query.get("device", ""))
            return web.json_response({"checks": found})

        async def proofs(request: web.Request) -> web.Response:
            found = await self.book.ask(evidence.told, self.store.evidence, request.query.get("name", ""))
            return web.json_response({"documents": found})

        return (web.get("/target", checks), web.get("/evidence", proofs))

    async def reading(self, scanners: tuple[ScannerReading, ...]) -> Reading:
        """Return what the gauges show, at this moment."""
        items = await self.book.ask(figures.states)
        queues = await self.book.ask(figures.queues)
        backlog = await self.book.ask(lambda ledger: sum(r["size"] for r in ledger.all("deliveries_to_send")))
        standings = self.scanners.standings()
        scanners = await self.book.ask(_with_checks, self.config, standings, scanners)
        lists = await self.book.ask(listings.listing)
        locked = await self.book.ask(locks.count)
        stats = self.processes.pool.stats()
        return Reading(
            items=items, queues=queues, scanners=scanners, seen=self.scanners.discoverer.seen_by_bus(),
            pool={"idle": stats.idle, "busy": stats.busy, "fit": stats.fit,
                  "waiting_jobs": sum(stats.waiting.values())},
            golden_good=self.processes.proving.good, golden_passed=self.processes.proving.passed,
            backlog_bytes=backlog, free_bytes=self.store.free_mb() * 1_000_000,
            signing=await self._signing(), audit=await self.processes.audit.reading(), locked=locked,
            outbox=await CounterClock(self.processes.conductor.steps.outbox).reading(),
            delivery=await Forwarding(self.processes.conductor.steps.means.dispatch, self.store).reading(),
            registers=tuple((one["kind"], one["name"], one["rows"], one["imported"]) for one in lists))


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
