"""The index and the places compared: copies that are gone, objects new to a place, objects that nobody knows.

Only names are compared, so it costs little and is done every day; what lies behind a name is read in the cycle. The
names of a place are sorted on disk, not in memory: an archive may hold tens of millions.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

import sqlalchemy as sa

from appliance.receiver import tables
from appliance.receiver.fixity import findings, places
from appliance.receiver.fixity.findings import Finding, Kind
from appliance.receiver.index import Index
from appliance.receiver.stores import ObjectStore
from appliance.receiver.tables import moment

_C = tables.copies.c
PAGE = 500
"""Names that are asked for at a time."""

MOST_STRANGE = 1000
"""Strange objects that are noted of one place; there is no use in a longer list."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What was found at one place: copies ``missing`` (gone, or never there) and ``strange`` objects."""

    place: str
    missing: int = 0
    strange: int = 0


def reconcile(index: Index, store: ObjectStore) -> Compared:
    """Compare a place with the index; missing copies are marked so that they are put back, strange objects noted.

    Nothing is deleted.

    Raises:
        OSError: the place or the index cannot be asked; doing it again is harmless.
    """
    begun = moment()
    try:
        missing, strange = _compared(index, store)
    except sqlite3.Error as problem:
        raise OSError(f"no room to sort the names of a place ({problem})") from None
    with index.write() as connection:
        findings.heal_unseen(connection, store.name, Kind.STRANGE, begun)
    return Compared(store.name, missing, strange)


def _compared(index: Index, store: ObjectStore) -> tuple[int, int]:
    with closing(sqlite3.connect("")) as names:  # an empty name: a data base of its own on disk that nobody sees
        names.execute("CREATE TABLE names (name TEXT PRIMARY KEY) WITHOUT ROWID")
        names.executemany("INSERT OR IGNORE INTO names VALUES (?)", ((name,) for name in store.names()))
        missing = sum(_mark(index, store, page) for page in _unlisted(index, names))
        return missing, _note_strange(index, store.name, _unknown(index, names, store.name))


def _unlisted(index: Index, names: sqlite3.Connection) -> Iterator[list[tuple[str, int]]]:
    """Yield pages of objects (name, size) of the index that were not among the names."""
    last = ""
    wanted = sa.select(_C.sha256, sa.func.max(_C.size)).group_by(_C.sha256).order_by(_C.sha256).limit(PAGE)
    while True:
        with index.read() as connection:
            page = [(str(row[0]), int(row[1])) for row in connection.execute(wanted.where(_C.sha256 > last))]
        if not page:
            return
        last = page[-1][0]
        yield [one for one in page if not _has(names, one[0])]


def _has(names: sqlite3.Connection, name: str) -> bool:
    return names.execute("SELECT 1 FROM names WHERE name = ?", (name,)).fetchone() is not None


def _mark(index: Index, store: ObjectStore, page: Iterable[tuple[str, int]]) -> int:
    """Mark copies that are not at the place; one that came while it was listed is there. Return how many."""
    gone = [one for one in page if store.size(one[0]) is None]
    if not gone:
        return 0
    with index.write() as connection:
        for sha256, size in gone:
            if set_state(connection, (sha256, store.name), "missing", size=size):
                findings.note(connection, Finding(sha256, store.name, Kind.MISSING))
    return len(gone)


def set_state(connection: sa.Connection, key: tuple[str, str], state: str, *, size: int, checked: str = "") -> bool:
    """Set the state of a copy (object, place); say whether the place had it before, or is new to the object."""
    values = {"state": state} | ({"checked": checked} if checked else {})
    here = sa.and_(_C.sha256 == key[0], _C.place == key[1])
    known = bool(connection.execute(tables.copies.update().where(here).values(**values)).rowcount)
    if not known:
        connection.execute(tables.copies.insert().values(
            sha256=key[0], place=key[1], size=size, kept=moment(), **values))
    return known


def _unknown(index: Index, names: sqlite3.Connection, place: str) -> Iterator[str]:
    """Yield names that the index does not know."""
    rows = (row[0] for row in names.execute("SELECT name FROM names ORDER BY name"))
    while page := list(islice(rows, PAGE)):
        with index.read() as connection:
            known = set(connection.scalars(sa.select(_C.sha256).distinct().where(_C.sha256.in_(page))))
        yield from (name for name in page if name not in known and name != places.sign(place))


def _note_strange(index: Index, place: str, strange: Iterable[str]) -> int:
    count = 0
    for count, name in enumerate(strange, 1):
        if count <= MOST_STRANGE:
            with index.write() as connection:
                findings.note(connection, Finding(name, place, Kind.STRANGE, "the index does not know it"))
    return count
