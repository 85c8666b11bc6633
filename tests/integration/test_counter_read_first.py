"""Pages of a dossier that somebody waits for are read before a backlog of bulk pages, and each page once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from delivery_stand import BULK_RULES, URGENT_RULES

from appliance.conductor import FED, Conductor
from appliance.core import clock, config
from appliance.core.events import Bus
from appliance.core.ids import uuid7
from appliance.core.model import ImageFormat, Master, PageKey, Side
from appliance.spool import entry
from appliance.spool.ledger import Book, Ledger
from appliance.spool.store import Store
from appliance.steps.means import Means
from appliance.steps.steps import Steps


def scanned(ledger: Ledger, rules: str, pages: int) -> None:
    """Let a batch of one document be scanned, looked at and separated."""
    batch, now = uuid7(), clock.iso(clock.now(), "milliseconds")
    ledger.act("add_batch", id=batch, device="d", job="default", rules=rules, operator="A", operator_code="",
               named_by="", provenance="{}", started=now)
    ledger.act("add_dossier", id=batch, file_code=batch, revision=1, job="default", rules=rules, batch=batch,
               declared=1, captured=1, opened=now)
    ledger.act("add_document", id=f"{batch}.1", dossier=batch, ordinal=1, type_name="", sheets=1, declared=1,
               component="", created=now)
    for sheet in range(1, pages + 1):
        master = Master(f"{batch}{sheet}.jpg", f"{batch}{sheet}", 10, ImageFormat.JPEG, 100, 100, 3, 300)
        entry.record(ledger, entry.NewSide(PageKey(batch, sheet, Side.FRONT, 1), master, ""))
    ledger.put("batch", batch, state="separated", confirmed=now)
    for page in ledger.all("pages_to_analyse", limit=99):
        ledger.put("page", page["id"], state="analysed", document=f"{batch}.1", dossier=batch, number=page["sheet"])


@pytest.mark.parametrize("limit", [3, 99])
async def test_pages_of_the_counter_are_read_before_a_backlog(tmp_path: Path, limit: int) -> None:
    store = Store(tmp_path / "state")
    nobody: Any = None
    store.prepare()
    book = Book(store.ledger)
    try:
        for rules, pages in ((BULK_RULES, 9), (URGENT_RULES, 2), (BULK_RULES, 4)):
            await book.ask(scanned, rules, pages)
        steps = Steps(Means(config.parse({}), store, book, nobody, nobody, nobody, Bus()))
        rows = await steps.ready("pages_to_read", limit)
        assert [row["rules"] for row in rows[:3]] == [URGENT_RULES, URGENT_RULES, BULK_RULES]
        assert [Conductor._lane(row) == FED for row in rows[:3]] == [True, True, False]
        assert len({row["id"] for row in rows}) == len(rows) >= min(limit, 15)
    finally:
        book.close()
