"""The log of readings: who searched or read what, for what, and whether the policy let them; a chain of hashes.

Each entry names the hash of the one before. Whoever changes or takes out an entry breaks every hash after it; the
newest number and hash, noted elsewhere (``appliance receive readings``), also show a log that was cut short.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from appliance.receiver import tables
from appliance.receiver.index import Index, IndexDownError

SEARCH, PACKAGE, DOCUMENT, REQUEST, SETTLED = "search", "package", "document", "request", "settled"
LEAVE = "leave"

_TRIES = 50
_LOG = tables.readings.c


@dataclass(frozen=True, slots=True)
class Reading:
    """One search or reading. ``what``: its kind; of a search, all that was looked for. ``decision``: by what."""

    office: str
    person: str
    purpose: str
    what: str
    decision: str
    package: str = ""
    ordinal: int = 0


@dataclass(frozen=True, slots=True)
class Proof:
    """What a look at the whole log found; ``wrong`` is empty when every entry is in its place."""

    entries: int
    hash: str
    wrong: str = ""


def enter(index: Index, reading: Reading, deed: Callable[[sa.Connection], None] | None = None) -> int:
    """Write one entry durably, before anything is answered; return its number.

    ``deed`` is what the entry tells of, done in the same transaction; what it raises leaves neither.

    Raises:
        IndexDownError: nothing was written, so nothing may be answered.
    """
    for _ in range(_TRIES):
        try:
            with index.write() as connection:
                if deed is not None:
                    deed(connection)
                return _append(connection, reading)
        except sa.exc.IntegrityError:  # another instance took this number: once more behind it
            continue
    raise IndexDownError("the log of readings is written to by too many at once")


def verify(index: Index, number: int = 0, noted: str = "") -> Proof:
    """Look at every entry; ``noted`` is the hash that entry ``number`` is known to have had."""
    previous, expected = "", 1
    for row in _entries(index):
        fields = {name: value for name, value in row.items() if name != "hash"}
        if row["number"] != expected:
            return Proof(expected - 1, previous, f"entry {expected} is missing")
        if row["previous"] != previous or row["hash"] != _hash(fields):
            return Proof(expected - 1, previous, f"entry {expected} was changed")
        if number == expected and noted != row["hash"]:
            return Proof(expected - 1, previous, f"entry {expected} is not the one that was noted")
        previous, expected = row["hash"], expected + 1
    if number >= expected:
        return Proof(expected - 1, previous, f"the log was cut off after entry {expected - 1}")
    return Proof(expected - 1, previous)


def recent(index: Index, count: int, package: str = "") -> list[dict[str, Any]]:
    """Return the newest entries, newest first; ``package`` narrows them."""
    chosen = sa.select(tables.readings).order_by(_LOG.number.desc()).limit(count)
    if package:
        chosen = chosen.where(_LOG.package == package)
    with index.read() as connection:
        return [dict(row) for row in connection.execute(chosen).mappings()]


def _append(connection: sa.Connection, reading: Reading) -> int:
    last = connection.execute(
        sa.select(_LOG.number, _LOG.hash).order_by(_LOG.number.desc()).limit(1)).first()
    number, previous = (last.number + 1, last.hash) if last else (1, "")
    row = {"number": number, "at": tables.moment(), **asdict(reading), "previous": previous}
    connection.execute(tables.readings.insert().values(**row, hash=_hash(row)))
    return number


def _hash(row: dict[str, Any]) -> str:
    text = json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _entries(index: Index, page: int = 1000) -> Iterator[dict[str, Any]]:
    """Yield the log from its start, a page at a time: no transaction stays open over a long look."""
    after = 0
    while True:
        chosen = sa.select(tables.readings).where(_LOG.number > after).order_by(_LOG.number).limit(page)
        with index.read() as connection:
            rows = [dict(row) for row in connection.execute(chosen).mappings()]
        yield from rows
        if len(rows) < page:
            return
        after = rows[-1]["number"]
