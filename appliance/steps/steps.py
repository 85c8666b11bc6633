"""All steps, and what the ledger says is ready for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from appliance.core import clock
from appliance.device_check import QUERIES, DeviceChecks
from appliance.spool.ledger import Row
from appliance.steps.batches import BatchSteps
from appliance.steps.documents import DocumentSteps
from appliance.steps.dossiers import DossierSteps
from appliance.steps.means import Means
from appliance.steps.pages import PageSteps


@dataclass
class Steps:
    """The steps of pages, batches, documents and dossiers, and device checks beside them."""

    means: Means

    def __post_init__(self) -> None:
        means = self.means
        self.checks = DeviceChecks(means.config, means.store, means.book, means.executor, means.bus)
        self.pages = PageSteps(means)
        self.batches = BatchSteps(means, self.checks)
        self.documents = DocumentSteps(means)
        self.dossiers = DossierSteps(means)

    async def ready(self, query: str, limit: int) -> list[Row]:
        """Return what the ledger says is ready for a step; of pages, which may be thousands, ``limit`` at most."""
        if query in QUERIES:
            return await self.checks.ready(query)
        due = clock.iso(clock.now() - timedelta(days=self.means.config.storage.keep_days), "milliseconds")
        return await self.means.book.ask(lambda ledger: ledger.all(query, before=due, limit=limit))
