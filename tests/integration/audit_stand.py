"""A keeper of the audit chain on a state folder, and somebody who alters its ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from appliance.audit_keeper import AuditKeeper
from appliance.core.audit import Audit
from appliance.spool.ledger import Book, Ledger
from appliance.spool.store import Store

SMALL = Audit(keep_rows=100, segment_rows=100)


@asynccontextmanager
async def running(root: Path, limits: Audit = SMALL) -> AsyncIterator[AuditKeeper]:
    """A keeper on a state folder, between start and stop."""
    store = Store(root / "state")
    store.prepare()
    settings = root / "appliance.toml"
    if not settings.exists():
        settings.write_text("[office]\n", encoding="utf-8")
    book = Book(store.ledger)
    keeper = AuditKeeper(store, book, limits, settings)
    try:
        await keeper.start()
        yield keeper
        await keeper.stop()
    finally:
        book.close()


async def rows(keeper: AuditKeeper, what: str = "") -> list[dict[str, Any]]:
    found = await keeper.book.ask(lambda ledger: [dict(row) for row in ledger.all("audit")])
    return [row for row in found if what in ("", row["what"])]


def grow(ledger: Ledger, n: int) -> None:
    with ledger.transaction():
        for number in range(n):
            ledger.note("page.captured", str(number))


def intrude(root: Path, statement: str) -> None:
    with closing(sqlite3.connect(root / "state" / "ledger.sqlite3")) as intruder, intruder:
        for (name,) in intruder.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            intruder.execute(f"DROP TRIGGER {name}")
        intruder.execute(statement)
