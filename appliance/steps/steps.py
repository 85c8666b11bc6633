"""All steps, and what the ledger says is ready for them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from appliance.core import clock
from appliance.device_check import QUERIES, DeviceChecks
from appliance.spool import dispatching
from appliance.spool.ledger import Row
from appliance.steps.batches import BatchSteps
from appliance.steps.catalogue import CatalogueSteps
from appliance.steps.composition import QUERY as COMPOSITION
from appliance.steps.composition import CompositionSteps
from appliance.steps.documents import DocumentSteps
from appliance.steps.dossiers import DossierSteps
from appliance.steps.locks import QUERY as LOCKS
from appliance.steps.locks import LockSteps
from appliance.steps.means import Means
from appliance.steps.outbox import QUERY as COMPONENTS
from appliance.steps.outbox import OutboxSteps
from appliance.steps.pages import PageSteps
from appliance.steps.promises import QUERY as PROMISES
from appliance.steps.promises import PromiseSteps
from appliance.steps.rescans import RescanSteps
from appliance.steps.returns import QUERY as TASKS
from appliance.steps.returns import ReturnSteps
from appliance.steps.screening import QUERY as SCREENING
from appliance.steps.screening import ScreenSteps
from appliance.steps.signing import SigningSteps

PAGES = "pages_to_read"

WAITED_FOR = ("documents_to_assemble", "documents_to_sign", "dossiers_to_pack")
"""What is done for a dossier that somebody waits for before the same of every other."""


@dataclass
class Steps:
    """The steps of pages, batches, documents and dossiers, and device checks beside them."""

    means: Means
    end: Callable[[str, bool], Awaitable[None]] | None = None

    def __post_init__(self) -> None:
        means = self.means
        self.checks = DeviceChecks(means.config, means.store, means.book, means.executor, means.bus)
        self.pages = PageSteps(means)
        self.composition = CompositionSteps(means)
        self.batches = BatchSteps(means, self.checks, self.composition)
        self.documents = DocumentSteps(means)
        self.signing = SigningSteps(means)
        self.catalogue = CatalogueSteps(means)
        self.dossiers = DossierSteps(means)
        self.locks = LockSteps(means, self.end)
        self.rescans = RescanSteps(means)
        self.returns = ReturnSteps(means)
        self.outbox = OutboxSteps(means)
        self.screening = ScreenSteps(means)
        self.promises = PromiseSteps(means)

    @property
    def carried(self) -> Collection[str]:
        """Return the packages that a courier has: their receipts may take weeks."""
        dispatch = self.means.dispatch
        return dispatch.carried if dispatch else ()

    async def ready(self, query: str, limit: int) -> list[Row]:
        """Return what the ledger says is ready for a step; of pages, which may be thousands, ``limit`` at most."""
        own = {COMPONENTS: self.outbox.ready, LOCKS: self.locks.ready, COMPOSITION: self.composition.ready,
               SCREENING: self.screening.ready, TASKS: self.returns.ready,
               PROMISES: self.promises.ready}
        if query in own:
            return await own[query]()
        if query in QUERIES:
            return await self.checks.ready(query)
        if query in ("rescans_due", "dossiers_behind"):
            return await self.rescans.ready(query)
        due = clock.iso(clock.now() - timedelta(days=self.means.config.storage.keep_days), "milliseconds")
        dispatch, yesterday = self.means.dispatch, dispatching.yesterday()
        rows = await self.means.book.ask(lambda ledger: ledger.all(
            query, before=due, limit=limit, urgent=dispatch.urgent if dispatch else "[]", yesterday=yesterday,
            handing=self.means.config.outbox.kind != "none"))
        if query == PAGES:
            return await self._first_read(limit, rows)
        return sorted(rows, key=self._is_bulk) if query in WAITED_FOR else rows

    async def _first_read(self, limit: int, rows: list[Row]) -> list[Row]:
        """Return pages to read: those that somebody waits for before all others."""
        urgent = json.dumps(sorted(self.means.waited_for))
        first = await self.means.book.ask(
            lambda ledger: ledger.all("pages_to_read_first", limit=limit, urgent=urgent))
        known = {row["id"] for row in first}
        return [*first, *(row for row in rows if row["id"] not in known)]

    def _is_bulk(self, row: Row) -> bool:
        return row["rules"] not in self.means.waited_for
