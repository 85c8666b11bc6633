"""An operator's page is looked at next, however much bulk work waits: the product's own workers, real pages."""

from __future__ import annotations

import pytest
from backlog_stand import backlog

WORKERS = 2

pytestmark = pytest.mark.slow


async def test_a_page_that_is_fed_goes_before_five_hundred_that_wait_to_be_read() -> None:
    async with backlog(500, looked_at=True, workers=WORKERS) as stand:
        batch = await stand.start()
        for sheet in (1, 2):
            key = await stand.feed(batch, sheet)
            assert (await stand.looked_at(key))["state"] in ("analysed", "held")
            assert await stand.between(key, ("page.read",)) <= WORKERS + 1
        left = {row["state"]: row["n"] for row in await stand.ask("states_of") if row["kind"] == "page"}
        assert left["analysed"] > 450, "the rest still waits"


async def test_a_page_that_is_fed_goes_before_five_hundred_that_nobody_has_looked_at() -> None:
    """More of them than are handed out at once: none of those that wait in the ledger may stand before it."""
    async with backlog(500, looked_at=False, workers=WORKERS) as stand:
        batch = await stand.start()
        key = await stand.feed(batch)
        assert (await stand.looked_at(key))["state"] in ("analysed", "held")
        # A look takes a tenth of a second: what is finished while the conductor goes round once goes before it.
        assert await stand.between(key, ("page.analysed", "page.held")) < 25
