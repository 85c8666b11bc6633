"""What a person must say of special papers before a document is made: asked once all of its pages are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.core.jobs import Compared, Priority
from appliance.core.plain import from_plain, to_plain
from appliance.orders import papers as orders
from appliance.spool import papers
from appliance.spool.ledger import Row
from appliance.steps.means import Means


@dataclass
class PaperSteps:
    """Looks at pages with notes, copies of fragile paper and headings of normative documents."""

    means: Means

    async def hold(self, row: Row, pages: Sequence[Row]) -> bool:
        """Hold a document, and any other of its dossier, that a person must decide about; say whether any is."""
        unlike = await self._unlike(row, pages) if row["pair"] != papers.KEPT else ""
        held = await self.means.book.ask(papers.hold, row, unlike)
        for code in held:
            self.means.held("document", code)
        return bool(held)

    async def _unlike(self, row: Row, pages: Sequence[Row]) -> str:
        """Have both captures of pages with notes compared; return what is wrong with them, or nothing."""
        if not orders.pairs(pages):
            return ""
        job = orders.compare(pages, self.means.store, self.means.config.pool.max_pixels)
        outcome = await self.means.work("compare", f"{row['id']}-notes", to_plain(job), Priority.BULK)
        return orders.judge(pages, from_plain(Compared, outcome.body)) if outcome.ok else orders.UNSEEN
