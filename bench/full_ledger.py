"""A ledger as an office's is after months: batches, dossiers, documents, pages, packages.

Rows are written in bulk, in the states that the product brings them to; nothing here goes through the steps.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from appliance.core import clock
from appliance.spool.ledger import Ledger

DEVICES = ("tray-1", "tray-2")
SHEETS = 20
"""Sheets of a dossier, both sides; its separator comes before them. Four documents each."""
DOCUMENTS = 4
BEGIN = datetime(2026, 3, 2, 8, 0, tzinfo=clock.VIETNAM)
ANALYSIS = json.dumps({"verdicts": [{"check": f"check-{n}", "value": 0.5, "limit": 1.0, "passed": True}
                                    for n in range(12)], "marks": [], "paper": {"skew": 0.3}})


@dataclass(frozen=True)
class Share:
    """Of dossiers, how many per cent are in a state; the rest the archive has."""

    packed: int = 12
    held: int = 1
    closed: int = 1
    awaiting: int = 1

    def state(self, number: int) -> str:
        """Return where the dossier of that number stands, the newest unfinished."""
        at = number % 100
        for name in ("packed", "held", "closed", "awaiting"):
            if at < getattr(self, name):
                return name
            at -= getattr(self, name)
        return "accepted"


def fill(path: Path, pages: int, share: Share | None = None) -> int:
    """Make the ledger; return how many sides are in it."""
    Ledger(path).close()
    per = SHEETS * 2 + 2
    database = sqlite3.connect(path)
    with database:
        for table, rows in _rows(max(pages // per, 1), share or Share()):
            keys = ", ".join(rows[0])
            marks = ", ".join(f":{key}" for key in rows[0])
            database.executemany(f"INSERT INTO {table} ({keys}) VALUES ({marks})", rows)
    found = int(database.execute("SELECT count(*) FROM page").fetchone()[0])
    database.close()
    with_drift = Ledger(path)
    for device in DEVICES:
        _measure(with_drift, device)
    with_drift.close()
    return found


def _rows(dossiers: int, share: Share) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    numbers = range(dossiers)
    yield "batch", [_batch(number) for number in numbers]
    yield "dossier", [_dossier(number, share.state(number)) for number in numbers]
    yield "document", [_document(number, part, share.state(number))
                       for number in numbers for part in range(DOCUMENTS)]
    yield "page", [row for number in numbers for row in _pages(number, share.state(number))]
    yield "delivery", [_delivery(number, share.state(number)) for number in numbers
                       if share.state(number) in ("packed", "accepted")]


def _at(number: int, seconds: float = 0.0) -> str:
    return clock.iso(BEGIN + timedelta(minutes=3 * number, seconds=seconds), "milliseconds")


def _batch(number: int) -> dict[str, Any]:
    return {"id": f"0190-batch-{number:07d}", "device": DEVICES[number % 2], "job": "archive", "rules": "demo",
            "operator": "", "state": "separated", "provenance": json.dumps({"serial": f"SN{number % 2}"}),
            "started": _at(number), "ended": _at(number, 60), "confirmed": "confirmed"}


def _dossier(number: int, state: str) -> dict[str, Any]:
    where = "closed" if state == "awaiting" else state
    return {"id": f"0190-dossier-{number:05d}", "file_code": f"H00.{number:07d}", "revision": 1, "state": where,
            "code": "T405" if where == "held" else "", "job": "archive", "rules": "demo",
            "batch": f"0190-batch-{number:07d}",
            "declared": SHEETS, "captured": SHEETS, "package": f"package-{number:07d}", "opened": _at(number),
            "accepted": _at(number, 600) if where == "accepted" else "", "composition": "{}",
            "cleared": _at(number, 900) if where == "accepted" and number % 3 else ""}


def _document(number: int, part: int, state: str) -> dict[str, Any]:
    where = {"packed": "packed", "held": "separated", "closed": "assembled", "awaiting": "awaiting_signer",
             "accepted": "accepted"}[state]
    return {"id": f"0190-document-{number:05d}-{part}", "dossier": f"0190-dossier-{number:05d}",
            "ordinal": part + 1, "type_name": "Văn bản", "state": where, "sheets": SHEETS // DOCUMENTS,
            "code": "K540" if where == "awaiting_signer" else "", "created": _at(number, 70),
            "signed_sha256": f"{number:060d}{part:04d}" if where in ("packed", "accepted") else ""}


def _pages(number: int, state: str) -> Iterator[dict[str, Any]]:
    for sheet in range(1, SHEETS + 2):
        for side in ("front", "back"):
            yield _page(number, sheet, side, state)


def _page(number: int, sheet: int, side: str, state: str) -> dict[str, Any]:
    cover, part = sheet == 1, (sheet - 2) * DOCUMENTS // SHEETS
    where = {"accepted": "filed"}.get(state, "read")
    if state == "held" and sheet == 3:
        where = "held"
    name = f"{number:07d}/{sheet:04d}{side}"
    return {"batch": f"0190-batch-{number:07d}", "sheet": sheet, "side": side, "attempt": 1,
            "state": "separator" if cover else where, "master": json.dumps({"path": name, "size": 700_000}),
            "sha256": f"{number:054d}{sheet:08d}{int(side == 'back'):02d}", "path": name, "separator": int(cover),
            "blank": int(side == "back" and not cover and sheet % 2 == 0), "analysis": ANALYSIS,
            "document": None if cover else f"0190-document-{number:05d}-{part}",
            "dossier": f"0190-dossier-{number:05d}", "number": 0 if cover else sheet,
            "captured": _at(number, sheet), "code": "I301" if where == "held" and not cover else ""}


def _delivery(number: int, state: str) -> dict[str, Any]:
    done = state == "accepted"
    return {"package": f"package-{number:07d}", "dossier": f"0190-dossier-{number:05d}",
            "state": "accepted" if done else "queued", "path": f"/p/{number}", "sha256": f"{number:064d}",
            "size": 28_000_000, "receipt": f"/r/{number}" if done else "", "queued": _at(number, 300),
            "accepted": _at(number, 600) if done else "", "verified": _at(number, 600) if done else "",
            "token": "t" * 900 if done else ""}


def _measure(ledger: Ledger, device: str) -> None:
    at = clock.iso(clock.now(), "microseconds")
    with ledger.transaction():
        for side in ("front", "back"):
            for measure in ("streaks", "focus", "background", "blank", "skew"):
                ledger.act("put_drift", device=device, serial=f"SN{DEVICES.index(device)}", side=side,
                           measure=measure, pages=20_000, mean=0.5, square=0.1, recent=0.6, at=at)
