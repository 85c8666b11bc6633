"""What is seen of the running daemon: one picture for people. Prometheus sees it by ``readings.py``.

Joins what the ledger knows with what only the daemon knows: its scanners, its processes, its key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from appliance import __version__, ageing, device_check, expiry, notices, status, unsigned
from appliance.audit_keeper import AuditKeeper
from appliance.children import Children
from appliance.conductor import Conductor
from appliance.core import clock, rules
from appliance.core.config import Config
from appliance.core.place import NOWHERE, Place
from appliance.counter_clock import CounterClock
from appliance.device.discover import Discoverer
from appliance.device.ejected import with_ejected
from appliance.device.station import Stations
from appliance.forwarding import Forwarding
from appliance.pool import Pool
from appliance.promises import PromiseClock
from appliance.proving import Proving
from appliance.signing.desk import SignerDesk
from appliance.spool import evidence, offices, targets
from appliance.spool.ledger import Book, Ledger
from appliance.spool.store import Store


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
        found["service"] = await PromiseClock(self.book, own.conductor.steps.promises.promises).told()
        found["office"], found["version"] = self.config.office.name, __version__
        found["offices"] = await self.book.ask(offices.told)
        refusal = own.signer.refusal
        if refusal is not None:
            found["held"].append(status.no_key(refusal))
        found["held"] += await self.book.ask(unsigned.waiting, refusal.code if refusal else "")
        keeper = own.conductor.steps.means.timekeeper
        found["clock"] = keeper.told()
        if keeper.refusal is not None:
            found["held"] = status.wrong_clock(keeper.refusal, found["held"])
        found["signing"] = await self.leave()
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

    async def leave(self) -> dict[str, Any]:
        """Say by whose leave the agency's key signs each job, and how many persons have a session open."""
        signer = self.processes.signer
        jobs = [job.name for job in self.config.job if rules.load(job.rules).stamp.role != "person"]
        found = await self.book.ask(unsigned.leave, signer.known, jobs if self.config.job else ["default"])
        return {"authorised": found, "ready": signer.key is not None,
                "development": any(key.development for key in signer.keys.values()),
                "sessions": len(self.processes.conductor.steps.signing.sessions.all())}

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
