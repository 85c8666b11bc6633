"""What is seen of the running daemon: one picture for people, one page of readings for Prometheus.

Joins what the ledger knows with what only the daemon knows: its scanners, its processes, its key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance import __version__, status
from appliance.children import Children
from appliance.conductor import Conductor
from appliance.core import clock
from appliance.core.config import Config
from appliance.core.place import NOWHERE, Place
from appliance.device.discover import Discoverer
from appliance.device.ejected import with_ejected
from appliance.device.station import Stations
from appliance.metrics import Reading
from appliance.pool import Pool
from appliance.scanner_metrics import ScannerReading
from appliance.signing.desk import SignerDesk
from appliance.spool import figures
from appliance.spool.ledger import Book
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
        found["office"], found["version"] = self.config.office.name, __version__
        if own.signer.refusal is not None:
            found["held"].append(status.no_key(own.signer.refusal))
        found["idle"] = found["idle"] and not own.conductor.under_way
        stats = own.pool.stats()
        found["pool"] = {"idle": stats.idle, "busy": stats.busy, "pids": list(stats.pids)}
        found["children"] = {child.name: child.pid for child in own.children.snapshot()}
        return found

    async def reading(self, scanners: tuple[ScannerReading, ...]) -> Reading:
        """Return what the gauges show, at this moment."""
        items = await self.book.ask(figures.states)
        queues = await self.book.ask(figures.queues)
        backlog = await self.book.ask(lambda ledger: sum(r["size"] for r in ledger.all("deliveries_to_send")))
        audit_seq, _ = await self.book.ask(lambda ledger: ledger.head())
        stats, key = self.processes.pool.stats(), self.processes.signer.key
        return Reading(
            items=items, queues=queues, scanners=scanners, seen=self.scanners.discoverer.seen_by_bus(),
            pool={"idle": stats.idle, "busy": stats.busy, "waiting_jobs": sum(stats.waiting.values())},
            backlog_bytes=backlog, free_bytes=self.store.free_mb() * 1_000_000,
            certificate_end=clock.parse(key.not_after).timestamp() if key else 0.0,
            development_key=bool(key and key.development), audit_seq=audit_seq)
