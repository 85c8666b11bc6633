"""Leave to read what is conditional (access mode 02): an office asks, a person at the archive answers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from appliance.core import errors, ids
from appliance.receiver import tables
from appliance.receiver.index import Index
from appliance.receiver.readings import LEAVE, Reading, enter

ASKED, GRANTED, REFUSED = "asked", "granted", "refused"
AT_ARCHIVE = "archive"
"""The office that stands in the log for a person at the archive itself."""

_R = tables.requests.c
_MOST = 1000


def ask(index: Index, reading: Reading) -> str:
    """Keep a request to read a package; return its id. The same person's open request is returned again."""
    same = (_R.office == reading.office, _R.person == reading.person, _R.package == reading.package,
            _R.state == ASKED)
    with index.write() as connection:
        known = connection.scalar(sa.select(_R.id).where(*same))
        if known is not None:
            return str(known)
        fresh = ids.uuid7()
        connection.execute(tables.requests.insert().values(
            id=fresh, asked=tables.moment(), office=reading.office, person=reading.person, purpose=reading.purpose,
            package=reading.package, state=ASKED))
        return fresh


def granted(connection: sa.Connection, reading: Reading, heir_of: Collection[str] = ()) -> bool:
    """Say whether this person of this office, or of one that it took over, has leave to read this package now."""
    chosen = sa.select(sa.literal(1)).where(
        _R.office.in_((reading.office, *heir_of)), _R.person == reading.person, _R.package == reading.package,
        _R.state == GRANTED, _R.until > tables.moment())
    return connection.scalar(chosen.limit(1)) is not None


def grant(index: Index, request: str, by: str, days: int) -> None:
    """Let the request be read for so many days; ``by`` is the person who answers for that.

    Raises:
        ApplianceError: NOT_HERE, or REQUEST_WRONG when it was answered already.
    """
    until = tables.moment(datetime.now(UTC) + timedelta(days=days))
    _answer(index, request, {"state": GRANTED, "by": by, "until": until})


def refuse(index: Index, request: str, by: str, answer: str) -> None:
    """Refuse the request with an answer for the one who asked; errors as ``grant``."""
    _answer(index, request, {"state": REFUSED, "by": by, "answer": answer})


def listed(index: Index, office: str = "", state: str = "", heir_of: Collection[str] = ()) -> list[dict[str, Any]]:
    """Return the newest thousand requests, oldest first.

    ``office``, with those that it took over, and ``state`` narrow them.
    """
    chosen = sa.select(tables.requests).order_by(_R.asked.desc(), _R.id.desc()).limit(_MOST)
    if office:
        chosen = chosen.where(_R.office.in_((office, *heir_of)))
    if state:
        chosen = chosen.where(_R.state == state)
    with index.read() as connection:
        return [dict(row) for row in connection.execute(chosen).mappings()][::-1]


def _answer(index: Index, request: str, news: dict[str, str]) -> None:
    """Answer a request; who did it stands in the log of readings, or nothing was answered."""
    with index.read() as connection:
        row = connection.execute(sa.select(tables.requests).where(_R.id == request)).mappings().first()
    if row is None:
        raise errors.NOT_HERE.error(what=errors.both("yêu cầu", "request"))

    def answered(connection: sa.Connection) -> None:
        changed = connection.execute(tables.requests.update().where(_R.id == request, _R.state == ASKED)
                                     .values(decided=tables.moment(), **news))
        if changed.rowcount != 1:
            raise errors.REQUEST_WRONG.error(reason=errors.both("đã được trả lời", "it was answered already"))

    until = f" until {news['until']}" if "until" in news else ""
    what = f"{LEAVE}: {row['office']}, {row['person']}, {request}"
    enter(index, Reading(AT_ARCHIVE, news["by"], row["purpose"], what, news["state"] + until, row["package"]),
          answered)
