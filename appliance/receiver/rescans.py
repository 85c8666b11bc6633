"""Pages that a reviewer wants scanned again: a task for the office, answered when a replacement brings the page.

The office fetches its tasks with GET /tasks. A replacement of the package answers those of its tasks whose document
has other bytes now; a task that it does not answer goes over to the new package.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from appliance.core import errors, ids
from appliance.receiver import tables
from appliance.receiver.index import Index

ASKED, FETCHED, ANSWERED, WITHDRAWN = "asked", "fetched", "answered", "withdrawn"
OPEN = (ASKED, FETCHED)
_T, _P, _D = tables.tasks.c, tables.packages.c, tables.documents.c
_MOST = 1000


def ask(index: Index, wish: Any) -> str:
    """Make a task of a ``RescanWish``; return its id. One that stands already for this page is returned again.

    Raises:
        ApplianceError: NOT_HERE: no such accepted package, document or page; REQUEST_WRONG: it was replaced.
    """
    page = (_T.package == wish.package, _T.doc_code == wish.doc_code, _T.page == wish.page)
    with index.write() as connection:
        office = _office(connection, wish)
        known = connection.scalar(sa.select(_T.id).where(*page, _T.state.in_(OPEN)))
        if known is not None:
            return str(known)
        fresh = ids.uuid7()
        connection.execute(tables.tasks.insert().values(
            id=fresh, office=office, package=wish.package, doc_code=wish.doc_code, page=wish.page,
            reason=wish.reason, reviewer=wish.person, asked=tables.moment(), state=ASKED))
        return fresh


def withdraw(index: Index, task: str) -> None:
    """Take a task back.

    Raises:
        ApplianceError: NOT_HERE: there is no such open task.
    """
    with index.write() as connection:
        changed = connection.execute(tables.tasks.update().where(_T.id == task, _T.state.in_(OPEN))
                                     .values(state=WITHDRAWN, answered=tables.moment()))
    if changed.rowcount != 1:
        raise errors.NOT_HERE.error(what=errors.both("việc quét lại đang mở", "open rescan task"))


def fetch(index: Index, offices: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the tasks of these offices, oldest first, and note that they were fetched.

    Those that were answered or withdrawn are among them for as long as they are known, so that an office that was
    away for weeks hears of it. A thousand are told: those that wait before the others, the newest of each.
    """
    waits = sa.case((_T.state.in_(OPEN), 0), else_=1)
    with index.write() as connection:
        rows = connection.execute(sa.select(tables.tasks).where(_T.office.in_(offices))
                                  .order_by(waits, _T.asked.desc(), _T.id.desc()).limit(_MOST)).mappings()
        told = sorted((dict(row) for row in rows), key=lambda row: (row["asked"], row["id"]))
        fresh = [row["id"] for row in told if row["state"] == ASKED]
        news = {"state": FETCHED, "fetched": tables.moment()}
        if fresh:
            connection.execute(tables.tasks.update().where(_T.id.in_(fresh), _T.state == ASKED).values(**news))
        return [row | news if row["state"] == ASKED else row for row in told]


def listed(index: Index, states: Collection[str] = ()) -> list[dict[str, Any]]:
    """Return the newest thousand tasks of all offices, oldest first; ``states`` narrows them."""
    chosen = sa.select(tables.tasks).order_by(_T.asked.desc(), _T.id.desc()).limit(_MOST)
    with index.read() as connection:
        return [dict(row) for row in connection.execute(chosen.where(_T.state.in_(states)) if states else chosen)
                .mappings()][::-1]


def replaced(connection: sa.Connection, old: str, new: str, answers: Collection[str] | None = None) -> None:
    """Settle the open tasks of ``old``, whose place the accepted package ``new`` has just taken.

    Called in the transaction that writes the receipt, after the rows of ``new`` and its documents. ``answers``:
    tasks whose pages it brings, as it says itself; None: it says nothing, and any change of the document answers.
    """
    before, now = _documents(connection, old), _documents(connection, new)
    rows = connection.execute(sa.select(tables.tasks).where(_T.package == old, _T.state.in_(OPEN))).mappings().all()
    for row in rows:
        code = row["doc_code"]
        other = answers is not None and row["id"] not in answers  # another page of that document came again
        same = code in now and (other or now[code] == before.get(code))
        news = {"package": new} if same else {"state": ANSWERED, "answered": tables.moment(), "answer": new}
        connection.execute(tables.tasks.update().where(_T.id == row["id"]).values(**news))


def _office(connection: sa.Connection, wish: Any) -> str:
    """Return whose package it is, if there is such a page to be scanned again."""
    chosen = sa.select(_P.office, _P.replaced_by, _D.pages).join(tables.documents, _D.package == _P.uuid)
    row = connection.execute(chosen.where(_P.uuid == wish.package, _D.doc_code == wish.doc_code)).first()
    if row is None or not 1 <= wish.page <= row.pages:
        raise errors.NOT_HERE.error(what=errors.both("gói tin, tài liệu hoặc trang", "package, document or page"))
    if row.replaced_by:
        raise errors.REQUEST_WRONG.error(reason=errors.both("gói tin đã được thay", "the package was replaced"))
    return str(row.office)


def _documents(connection: sa.Connection, package: str) -> dict[str, str]:
    rows = connection.execute(sa.select(_D.doc_code, _D.sha256).where(_D.package == package))
    return {row.doc_code: row.sha256 for row in rows}
