"""The daemon's side of capture: what a press, a side and the end of a feed mean in the ledger."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from appliance import __version__
from appliance.core import errors
from appliance.core.config import Config, Device
from appliance.core.errors import ApplianceError
from appliance.core.events import BatchClosed, BatchInterrupted, BatchStarted, Bus, SideCaptured, ThingHeld
from appliance.core.ids import uuid7
from appliance.core.model import PageKey
from appliance.device.protocol import Hello, Scan, SideDone
from appliance.spool import entry
from appliance.spool.ledger import Book
from appliance.spool.store import Store

log = logging.getLogger(__name__)


@dataclass
class Intake:
    """Writes captures down; the stations call it, the conductor is woken by it."""

    config: Config
    store: Store
    book: Book
    bus: Bus
    wake: Callable[[], None]
    unclosed: dict[str, str] = field(default_factory=dict)

    async def begin(self, device: str, hello: Hello | None = None) -> Scan:
        """Open a batch for a press.

        Raises:
            ApplianceError: DISK_FULL when there is no room for a stack.
        """
        self.check_room()
        batch = uuid7()
        settings = self._device(device)
        job = self.config.job_named(settings.job)
        facts = {
            "device": device, "kind": settings.kind, "model": hello.model if hello else "",
            "serial": hello.serial if hello else "", "firmware": hello.firmware if hello else "",
            "profile": settings.profile, "dpi": job.dpi, "duplex": job.duplex and settings.kind != "folder",
            "folder": settings.kind == "folder", "software": __version__,
        }
        await self.book.ask(entry.begin, entry.NewBatch(
            batch, device, job.name, job.rules, self.config.office.operator, json.dumps(facts, ensure_ascii=False)))
        self.bus.tell(BatchStarted(device, batch))
        return self._order(device, batch, 1, 1)

    async def go_on(self, device: str, batch: str) -> Scan:
        """Take up an interrupted batch at its first missing sheet."""
        self.check_room()
        sheet, attempt = await self.book.ask(entry.go_on, batch)
        return self._order(device, batch, sheet, attempt)

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

    def check_room(self) -> None:
        """Refuse to scan when the disk could not hold a stack.

        Raises:
            ApplianceError: DISK_FULL.
        """
        free = self.store.free_mb()
        if free < self.config.storage.min_free_mb:
            raise errors.DISK_FULL.error(free_mb=free)

    def _device(self, name: str) -> Device:
        for device in self.config.device:
            if device.name == name:
                return device
        known = ", ".join(device.name for device in self.config.device)
        raise errors.DEVICE_UNKNOWN.error(device=name, known=known)

    def _order(self, device: str, batch: str, sheet: int, attempt: int) -> Scan:
        settings = self._device(device)
        job = self.config.job_named(settings.job)
        masters, limit = str(self.store.masters), self.config.pool.max_pixels
        return Scan(batch, sheet, attempt, job.dpi, job.duplex, masters, limit)
