"""The daemon's side of capture: what a press, a side and the end of a feed mean in the ledger."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from appliance import __version__, assurance, staff
from appliance.core import errors, rules
from appliance.core.config import Config, Device, Job, Operator
from appliance.core.errors import ApplianceError
from appliance.core.events import BatchClosed, BatchInterrupted, BatchStarted, Bus, SideCaptured, ThingHeld
from appliance.core.ids import uuid7
from appliance.core.model import PageKey
from appliance.device.protocol import Hello, Scan, SideDone
from appliance.logins import Logins
from appliance.spool import confirming, entry, locks, naming
from appliance.spool.ledger import Book
from appliance.spool.store import Store

log = logging.getLogger(__name__)

FILES = ("folder", "push")
"""Kinds of device that feed files: every one a front, and none is moved by hand when a scan broke off."""


@dataclass
class Intake:
    """Writes captures down; the stations call it, the conductor is woken by it."""

    config: Config
    store: Store
    book: Book
    bus: Bus
    wake: Callable[[], None]
    logins: Logins | None = None
    unclosed: dict[str, str] = field(default_factory=dict)
    refusal: Callable[[], ApplianceError | None] = lambda: None
    token: Callable[[], Operator | None] = lambda: None

    def __post_init__(self) -> None:
        self.pledges = assurance.Pledges(self.config)

    async def begin(self, device: str, hello: Hello | None = None, job: str = "") -> Scan:
        """Open a batch for a press; an empty ``job`` is that of the device.

        Raises:
            ApplianceError: DISK_FULL when there is no room for a stack, GOLDEN_PAGE_WRONG when nobody could look
                at its pages, START_UNCONFIRMED (assurance.py), CONFIG_BAD_VALUE for an unknown job.
        """
        self.check_room()
        self.check_eyes()
        batch, settings = uuid7(), self._device(device)
        asked, login = self.config.job_named(job or settings.job), self.logins.at(device) if self.logins else None
        confirmed = assurance.at_start(rules.load(asked.rules), login, self.pledges.take(device))
        who = staff.at_start(self.config, settings, login.person if login else None, self.token())
        facts = {
            "device": device, "kind": settings.kind, "model": hello.model if hello else "",
            "serial": hello.serial if hello else "", "firmware": hello.firmware if hello else "",
            "profile": settings.profile, "options": hello.options_hash if hello else "", "dpi": asked.dpi,
            "duplex": asked.duplex and settings.kind not in FILES, "folder": settings.kind in FILES,
            "software": __version__,
        }
        provenance = json.dumps(facts, ensure_ascii=False)
        await self.book.ask(entry.begin, entry.NewBatch(
            batch, device, asked.name, asked.rules, who.name, provenance, who.code, who.by, confirmed))
        self.bus.tell(BatchStarted(device, batch))
        return self._order(asked, batch, 1, 1)

    async def go_on(self, device: str, batch: str) -> Scan:
        """Take up an interrupted batch at its first missing sheet; refused as ``begin``."""
        self.check_room()
        self.check_eyes()
        job = await self._job_of_batch(device, batch)
        if self._device(device).kind not in FILES and await self.book.ask(locks.is_locked, batch):
            raise errors.BATCH_LOCKED.error()
        sheet, attempt = await self.book.ask(entry.go_on, batch)
        return self._order(job, batch, sheet, attempt)

    async def record(self, device: str, side: SideDone) -> None:
        """Write a durable side down; when this returns it may be acknowledged."""
        key = PageKey(side.batch, side.sheet, side.side, side.attempt)
        found = entry.NewSide(key, side.master, side.code, side.reason)
        new = await self.book.ask(entry.record, found, self.store.masters)
        if new:
            self.bus.tell(SideCaptured(device, side.batch, side.side.value, side.seconds, side.idle))
        if new and side.code:
            self.bus.tell(ThingHeld("page", side.code))
        self.wake()

    async def interrupted(self, device: str, batch: str, code: str) -> int:
        """Note that a feed broke off; return the sheet from which paper must be put back."""
        try:
            sheet = await self.book.ask(entry.interrupt, batch, code)
        except ApplianceError:  # no room for a row; what is written down can still be read
            sheet = await self.book.ask(entry.to_put_back, batch)
        self.bus.tell(BatchInterrupted(device, batch, code))
        log.warning("%s batch %s waits for sheet %d (%s)", device, batch, sheet, code)
        return sheet

    async def finished(self, device: str, batch: str) -> None:
        """Close a batch: every sheet is through, or the operator says that this is all.

        Where the disk has no room for that, ``catch_up`` does it later.
        """
        try:
            sides = await self.book.ask(entry.close, batch)
        except ApplianceError as problem:
            log.error("%s batch %s is not closed yet: %s", device, batch, problem.code)
            self.unclosed[batch] = device
            return
        self.unclosed.pop(batch, None)
        self.bus.tell(BatchClosed(device, batch, sides))
        self.wake()

    async def catch_up(self) -> None:
        """Close the batches whose end the disk did not take."""
        for batch, device in list(self.unclosed.items()):
            await self.finished(device, batch)

    async def name(self, batch: str, code: str, who: str) -> None:
        """Say who scanned a held batch, by staff code; ``who`` says so. The batch goes on.

        Raises:
            ApplianceError: STAFF_UNKNOWN, or REQUEST_REFUSED when no such batch waits for a name.
        """
        found = staff.person(self.config, code)
        if found is None:
            raise errors.STAFF_UNKNOWN.error(code=code)
        await self.book.ask(naming.later, batch, naming.Named(found.name, found.code), who)
        log.info("batch %s has its name and goes on", batch)
        self.wake()

    async def confirm(self, batch: str, code: str, who: str, how: str = confirming.COMMAND) -> None:
        """Confirm that a batch holds no state secret, by staff code; ``who`` says so. One that waited goes on.

        Raises:
            ApplianceError: STAFF_UNKNOWN, or REQUEST_REFUSED when no such batch waits.
        """
        by = assurance.known(self.config, code)
        await self.book.ask(confirming.later, batch, confirming.Confirmed(how, by), who)
        log.info("batch %s is confirmed", batch)
        self.wake()

    async def confirm_on_page(self, batch: str, code: str, who: str) -> None:
        """Confirm as ``confirm``, by a button of the page."""
        await self.confirm(batch, code, who, confirming.PAGE)

    def check(self) -> None:
        """Refuse to capture anything; errors as ``check_room`` and ``check_eyes``."""
        self.check_room()
        self.check_eyes()

    def check_room(self) -> None:
        """Refuse to scan when the disk could not hold a stack.

        Raises:
            ApplianceError: DISK_FULL.
        """
        free = self.store.free_mb()
        if free < self.config.storage.min_free_mb:
            raise errors.DISK_FULL.error(free_mb=free)

    def check_eyes(self) -> None:
        """Refuse to scan when no worker sees right.

        Raises:
            ApplianceError: GOLDEN_PAGE_WRONG.
        """
        if (problem := self.refusal()) is not None:
            raise problem

    def _device(self, name: str) -> Device:
        for device in self.config.device:
            if device.name == name:
                return device
        known = ", ".join(device.name for device in self.config.device)
        raise errors.DEVICE_UNKNOWN.error(device=name, known=known)

    async def _job_of_batch(self, device: str, batch: str) -> Job:
        """Return the job that was asked for at Start; it need not be that of the device."""
        row = await self.book.ask(lambda ledger: ledger.one("batch", id=batch))
        return self.config.job_named(row["job"] if row else self._device(device).job)

    def _order(self, job: Job, batch: str, sheet: int, attempt: int) -> Scan:
        masters, limit = str(self.store.masters), self.config.pool.max_pixels
        return Scan(batch, sheet, attempt, job.dpi, job.duplex, masters, limit)
