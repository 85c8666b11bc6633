"""The step of one lock: its batch is put away, looked after, and then let go or destroyed as a leader decided."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from appliance import deposits, terms
from appliance.core import clock
from appliance.core.errors import ApplianceError
from appliance.core.states import BatchState
from appliance.orders.pages import side_of
from appliance.spool import entry, locks, strongroom, unlocking
from appliance.spool.ledger import Ledger, Row
from appliance.steps.means import Means

log = logging.getLogger(__name__)

QUERY = "locks_to_enforce"

SOON, LATE = timedelta(seconds=2), timedelta(minutes=5)
"""How often a device that still feeds is told to stop; how often a locked batch is looked after: a job that was
under way when the lock came may have written a file since."""

LATELY = timedelta(hours=1)
"""How long what was made of a destroyed batch is looked for: no job runs that long."""

FEEDING = (BatchState.SCANNING, BatchState.RELOAD)


@dataclass
class LockSteps:
    """The step of one lock; may be taken twice. ``end`` has a device stop and close its batch."""

    means: Means
    end: Callable[[str, bool], Awaitable[None]] | None = None

    async def ready(self) -> list[Row]:
        """Return the locks that want something done."""
        now = clock.now()
        soon, late, lately = (clock.iso(now - span, "milliseconds") for span in (SOON, LATE, LATELY))
        return await self.means.book.ask(lambda ledger: ledger.all(QUERY, soon=soon, late=late, lately=lately))

    async def enforce(self, row: Row) -> str:
        """Do what a lock wants: stop the feed, put files away, then what was decided."""
        if row["done"]:
            await self.means.book.ask(self._look_after, row)
            return "ok"
        if row["state"] in FEEDING:
            await self._stop(row)
            return "ok"
        await self._put_away(row)
        if row["decided"] == locks.RELEASE:
            await self.means.book.ask(self._release, row)
        elif row["decided"] == locks.DESTROY:
            await self.means.book.ask(self._destroy, row)
        return "ok"

    async def _stop(self, row: Row) -> None:
        """Have the device stop and its batch closed; files come in whole, so that nothing of them is left over."""
        await self.means.book.ask(locks.swept, row["id"])
        device = next((one for one in self.means.config.device if one.name == row["device"]), None)
        if device is None:  # no paper will ever be put back: the device is out of the settings
            await self.means.book.ask(entry.close, row["batch"])
            return
        if self.end is None or device.kind in deposits.FILES:
            return
        try:
            await self.end(device.name, row["state"] == BatchState.SCANNING)
        except ApplianceError as problem:  # it has just ended by itself, or is away: asked again soon
            log.info("device of a locked batch: %s", problem.code)

    async def _put_away(self, row: Row) -> None:
        store, config = self.means.store, self.means.config
        if not row["swept"]:
            log.warning("batch %s is locked: its files are put away", row["batch"])

        def put(ledger: Ledger) -> None:
            locks.shut(ledger, row["batch"])
            locks.stop_named(ledger, row["id"], self._named(ledger, row))
            strongroom.put_away(ledger, row["batch"], store)
            strongroom.remove_derived(ledger, row["id"], row["batch"], store)
            deposits.remove(ledger, row["batch"], config)
            locks.swept(ledger, row["id"])

        await self.means.book.ask(put)

    def _named(self, ledger: Ledger, row: Row) -> set[str]:
        """Return the dossiers that separators in the batch name."""
        try:
            job = self.means.config.job_named(row["job"])
            key = Path(job.separator_key_file).read_bytes().strip() if job.separator_key_file else b""
        except (ApplianceError, OSError):  # the job is gone, or its key: what separators say cannot be trusted
            return set()
        sides = [side_of(page) for page in ledger.all("live_sides", batch=row["batch"])]
        return terms.named_dossiers(sides, key, [terms.way_of(job)])

    def _release(self, ledger: Ledger, row: Row) -> None:
        strongroom.bring_back(ledger, row["batch"], self.means.store)
        unlocking.released(ledger, row)

    def _look_after(self, ledger: Ledger, row: Row) -> None:
        strongroom.remove_made(ledger, row["batch"], self.means.store)
        locks.swept(ledger, row["id"])

    def _destroy(self, ledger: Ledger, row: Row) -> None:
        strongroom.destroy(row["batch"], self.means.store)
        unlocking.destroyed(ledger, row)
