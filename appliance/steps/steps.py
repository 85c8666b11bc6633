"""All steps, and what the ledger says is ready for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from appliance.core import clock
from appliance.device_check import QUERIES, DeviceChecks
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
from appliance.steps.pages import PageSteps
from appliance.steps.rescans import RescanSteps
from appliance.steps.signing import SigningSteps


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

    async def ready(self, query: str, limit: int) -> list[Row]:
        """Return what the ledger says is ready for a step; of pages, which may be thousands, ``limit`` at most."""
        if query == LOCKS:
            return await self.locks.ready()
        if query == COMPOSITION:
            return await self.composition.ready()
        if query in QUERIES:
            return await self.checks.ready(query)
        if query in ("rescans_due", "dossiers_behind"):
            return await self.rescans.ready(query)
        due = clock.iso(clock.now() - timedelta(days=self.means.config.storage.keep_days), "milliseconds")
        return await self.means.book.ask(lambda ledger: ledger.all(query, before=due, limit=limit))
