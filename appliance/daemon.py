"""Builds every part from the settings, starts them in order, stops them in the reverse order.

No logic of the trade is here, and in all that it imports no image, PDF or signing code (tests/test_imports.py).
"""

from __future__ import annotations

import argparse
import asyncio
import faulthandler
import logging
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from appliance import doors, lock_desk, watchman, workforce
from appliance.audit_keeper import AuditKeeper
from appliance.children import Children
from appliance.chronicle.teller import Teller
from appliance.conductor import Conductor
from appliance.console.metrics_door import MetricsDoor
from appliance.core import config as settings
from appliance.core import errors, files, journal, notify
from appliance.core.errors import Exit
from appliance.core.events import Bus, SessionMoved
from appliance.core.states import SessionState
from appliance.device import catalogue
from appliance.device.discover import Discoverer, telling
from appliance.device.duty import duties
from appliance.device.station import Stations
from appliance.dispatch import Dispatch
from appliance.documents import languages
from appliance.doors import House
from appliance.drain_desk import Drain
from appliance.exporter.metrics import Metrics
from appliance.heartbeat.heart import Heart
from appliance.intake import Intake
from appliance.logins import Logins
from appliance.messenger import Messenger
from appliance.orders import documents
from appliance.outlook import Outlook, Processes, Scanners
from appliance.proving import Proving
from appliance.readings import Readings
from appliance.register_drop import Drop
from appliance.registry import Registry, bounds_of
from appliance.session_desk import SessionDesk
from appliance.signing.desk import SignerDesk
from appliance.spool import offices, recovery
from appliance.spool.ledger import Book
from appliance.spool.store import Store
from appliance.steps.means import Means, seat_of
from appliance.steps.steps import Steps
from appliance.timekeeper import Timekeeper
from appliance.upkeep import Upkeep
from appliance.vitals import Vitals
from appliance.watchman import Watchman

log = logging.getLogger("appliance")

NEEDED = 4
"""The first of our tasks: conductor, disk, signatures, watchman. Without one of them only a restart helps."""

WARMING = "warming up"
"""What systemctl status shows before READY."""

ROOM_SECONDS = 5.0
"""How often free disk space is looked at, and what waits for a signature."""


@dataclass
class Daemon:
    """Every part of one appliance, built but not started."""

    config: settings.Config
    path: Path
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def build(self) -> None:
        """Make the parts; the ledger is opened and its lock taken here.

        Raises:
            ApplianceError: DAEMON_RUNNING, LEDGER_NEWER, PROFILE_UNKNOWN.
        """
        config, runtime = self.config, self.config.storage.runtime
        self.store = Store(config.storage.state)
        self.store.prepare()
        files.make_folder(runtime, 0o700)
        self.bus, self.metrics = Bus(), Metrics(device.name for device in config.device)
        self.book = Book(self.store.ledger)
        self.teller = Teller(self.book, self.store.root, journal.Channel.own("appliance"))
        self.keeper = AuditKeeper(self.store, self.book, config.audit, self.path)
        self.children = Children(on_exit=self._child_gone)
        self.pool = workforce.gather(config, self.bus, self.children.end)
        self.proving = Proving(self.pool, self.book)
        for hear in (self.metrics.hear, self._log_session, self.proving.hear):
            self.bus.listen(hear)
        self.signer = SignerDesk(runtime / "signer.sock", lambda: self.conductor.wake(),  # noqa: PLW0108 - made below
                                 outside=Messenger(config.signing))
        self.dispatch = Dispatch(config, self.book)
        self.timekeeper = Timekeeper(config.clock)
        self.steps = Steps(Means(config, self.store, self.book, self.pool, self.signer, self.dispatch, self.bus,
                                 timekeeper=self.timekeeper),
                           lambda device, feeding: lock_desk.end(self.stations, device, feeding=feeding))
        self.conductor = Conductor(self.steps)
        self.logins = Logins(config.operator, time.monotonic, self.keeper.tell)
        self.intake = Intake(config, self.store, self.book, self.bus, self.conductor.wake, self.logins,
                             refusal=self.pool.at_start, token=self.steps.signing.sessions.sole)
        self.profiles = catalogue.read(config.storage.profiles)
        self.stations = Stations(duties(config, self.profiles), runtime / "scanner.sock", self.intake, self.bus,
                                 time.monotonic)
        self.discoverer = Discoverer(config.discovery, config.device, self.profiles, telling(self.stations),
                                     config.storage.state / "scanners-seen.json")
        self.watchman = Watchman(config.device, self.profiles, self.stations, self.children)
        processes = Processes(self.conductor, self.pool, self.signer, self.children, self.proving, self.keeper)
        scanners = Scanners(self.stations, self.discoverer)
        self.outlook = Outlook(config, self.store, self.book, scanners, processes)
        self.upkeep = Upkeep(self.book, config.device, self.profiles, scanners.standings)
        self.heart = Heart(self.steps.means, self.intake.check)
        self.sources = Readings(self.outlook, self.upkeep, self.heart).sources()
        self.registry = Registry(self.book, bounds_of(config.register), self.conductor.wake)
        house = House(config, self.steps, self.stations, self.intake, self.logins, self.outlook, self.upkeep,
                      self.registry, self.keeper, self.conductor.wake,
                      SessionDesk(self.steps.signing, self.logins, self.conductor.wake), self.heart,
                      Drain(self.stations, time.monotonic))
        self.control, self.site = doors.control(house), doors.page(house, self.scrape, self.healthy)
        self.collectors = MetricsDoor(config.metrics, self.scrape, self.healthy)
        self.vitals = Vitals(runtime, lambda: self.conductor.last_round)

    async def run(self) -> None:
        """Start in order, work until told to stop, stop in reverse."""
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        stops: list[Callable[[], Awaitable[None]]] = []
        try:
            await self._start(stops, stop)
            await stop.wait()
        finally:
            notify.notify("STOPPING=1")
            for part in reversed(stops):
                await part()
            await self.proving.stop()
            self.book.close()

    async def _start(self, stops: list[Callable[[], Awaitable[None]]], stop: asyncio.Event) -> None:
        for begin, end in ((self.teller.start, self.teller.stop), (self.keeper.start, self.keeper.stop)):
            await begin()
            stops.append(end)
        await self.book.ask(offices.begin, seat_of(self.config))
        await self.timekeeper.look()  # nothing is signed by a clock of which nothing is known yet
        known = {device.name for device in self.config.device}
        for batch in await self.book.ask(recovery.recover, self.store):
            if batch.device in known:
                self.stations.restore(batch.device, batch.batch, batch.sheet, batch.job)
        for start, end in (
            (self.dispatch.start, self.dispatch.stop), (self.pool.start, self.pool.close),
            (self.signer.start, self.signer.stop), (self.discoverer.start, self.discoverer.stop),
            (self.stations.start, self.stations.stop),  # no process is heard before it is known what is plugged in
        ):
            await start()
            stops.append(end)
        stops += [self.steps.signing.sessions.stop, self.steps.outbox.stop]
        for name, argv, ladder in watchman.children_of(self.config, self.path, self.profiles):
            self.children.start(name, argv, ladder)
        stops.append(self.children.stop_all)
        tasks = [asyncio.create_task(work) for work in (
            self.conductor.run(), self._watch_room(), self._watch_signatures(), self.watchman.run(), self._beat(),
            self.registry.run(), self.keeper.run(), self.teller.run(), Drop(self.config.register, self.path).run(),
            self.collectors.run(), self.heart.run(), self.timekeeper.run())]
        stops.append(lambda: self._end(tasks))
        await self.control.start()
        stops.append(self.control.stop)
        self.vitals.tasks = tasks[:NEEDED]
        tasks.append(asyncio.create_task(self.vitals.run()))
        await self.site.start()
        stops.append(self.site.stop)
        if not await self._warm(stop):
            return
        sys.stdout.write(f"ready control={self.control.socket} page={self.site.address}\n")
        sys.stdout.flush()
        self.ready.set()
        notify.notify("READY=1\nSTATUS=ready")

    async def _warm(self, stop: asyncio.Event) -> bool:
        """Wait until a worker is ready, READY means that its kernels are loaded, and the page is shown.

        Returns false when told to stop first. A daemon whose own work stands still asks for no more time.
        """
        while not (self.pool.capacity() and self.site.address) and not stop.is_set():
            if self.healthy():
                notify.notify(f"STATUS={WARMING}\nEXTEND_TIMEOUT_USEC=60000000")
            await asyncio.sleep(0.1)
        return not stop.is_set()

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.conductor.stop()

    async def _watch_room(self) -> None:
        """Pause scanning before the disk is full, go on when there is room again."""
        while True:
            free = self.store.free_mb()
            if free < self.config.storage.min_free_mb:
                self.stations.block(errors.DISK_FULL.code, free_mb=free)
            else:
                self.stations.unblock()
            await self.intake.catch_up()
            await self.upkeep.look()
            await asyncio.sleep(ROOM_SECONDS)

    async def _watch_signatures(self) -> None:
        """Let what waits to be signed be asked for again; that may take a worker, for which no disk waits."""
        while True:
            await self.steps.signing.look()
            await asyncio.sleep(ROOM_SECONDS)

    async def _beat(self) -> None:
        """Tell the watchdog that we live, as long as our own work goes on."""
        every = (notify.watchdog_seconds() or 10.0) / 3
        while True:
            if self.healthy():
                notify.notify(f"{notify.WATCHDOG}\nSTATUS={self._condition()}")
            await asyncio.sleep(every)

    def healthy(self) -> bool:
        """Say whether our own work goes on."""
        return self.vitals.well()

    def _condition(self) -> str:
        """Return one line for ``systemctl status``."""
        if not self.ready.is_set():
            return WARMING
        states = [one["state"] for one in self.stations.snapshot()]
        fit = sum(state in (SessionState.READY, SessionState.SCANNING) for state in states)
        return (f"ready: scanners {fit}/{len(states)}, scanning {states.count(SessionState.SCANNING)}, "
                f"workers {self.pool.capacity()}, steps under way {self.conductor.under_way}")

    async def scrape(self) -> bytes:
        """Return the metrics page."""
        return await self.metrics.scrape(self.sources)

    def _child_gone(self, name: str, pid: int, status_code: int) -> None:
        level = logging.WARNING if status_code else logging.INFO
        log.log(level, "child %s (pid %d) ended with %d", name, pid, status_code)
        if name.startswith("worker"):
            self.pool.worker_gone(pid)

    def _log_session(self, fact: object) -> None:
        # what is lost and what is back is said by the session itself
        if isinstance(fact, SessionMoved) and SessionState.ABSENT not in (fact.old, fact.new):
            log.info("device %s: %s -> %s", fact.device, fact.old, fact.new)
            for one in self.stations.snapshot():
                if one["name"] == fact.device and one["serial"]:
                    self.discoverer.learnt(one["name"], one["serial"])


def main(argv: list[str]) -> int:
    """``appliance run``: the daemon in the foreground."""
    parser = argparse.ArgumentParser("appliance run", description="Run the daemon of an office.")
    parser.add_argument("--config", type=Path, default=Path("/etc/appliance/appliance.toml"), help="settings file")
    options = parser.parse_args(argv)
    faulthandler.enable()
    journal.begin("appliance")
    config = settings.load(options.config)
    languages.refuse_missing(config.ocr.languages, config.ocr.tessdata)
    documents.refuse_unsayable(config)

    async def work() -> None:
        daemon = Daemon(config, options.config.resolve())
        daemon.build()
        logging.getLogger().addHandler(daemon.metrics.log)
        await daemon.run()

    asyncio.run(work())
    return Exit.DONE
