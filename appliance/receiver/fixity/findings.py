"""What checks found, kept until it is mended: by object, place and kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from appliance.receiver.fixity import tables
from appliance.receiver.index import Index
from appliance.receiver.tables import moment

_T = tables.findings.c
PATIENCE = timedelta(hours=12)
"""An object that nobody knows may be one that just arrives: it counts when it is older than this."""


class Kind(StrEnum):
    """What may be wrong."""

    MISSING = "missing"
    DAMAGED = "damaged"
    LOST = "lost"
    INVALID = "invalid"
    EVIDENCE = "evidence"
    STRANGE = "strange"
    AWAY = "away"


COPY_KINDS = (Kind.MISSING, Kind.DAMAGED)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. ``place`` is empty: with every copy; ``sha256`` is empty: with a place."""

    sha256: str
    place: str
    kind: Kind
    reason: str = ""
    since: str = ""


def note(connection: sa.Connection, found: Finding) -> None:
    """Note what was found; what was there before keeps its beginning."""
    now = moment()
    key = _key(found.sha256, found.place, found.kind)
    known = connection.execute(sa.select(_T.healed).where(key)).first()
    if known is None:
        connection.execute(tables.findings.insert().values(
            sha256=found.sha256, place=found.place, kind=str(found.kind), since=now, last=now,
            reason=found.reason[:500]))
        return
    fresh = {"since": now} if known[0] else {}
    connection.execute(tables.findings.update().where(key).values(
        last=now, reason=found.reason[:500], healed="", **fresh))


def heal(connection: sa.Connection, sha256: str, place: str, kinds: Iterable[Kind]) -> None:
    """Note that something is right again."""
    connection.execute(tables.findings.update().where(
        _T.sha256 == sha256, _T.place == place, _T.kind.in_([str(kind) for kind in kinds]), _T.healed == "",
    ).values(healed=moment()))


def heal_unseen(connection: sa.Connection, place: str, kind: Kind, since: str) -> None:
    """Note that what was not found again at a place since a moment is right."""
    connection.execute(tables.findings.update().where(
        _T.place == place, _T.kind == str(kind), _T.healed == "", _T.last < since).values(healed=moment()))


def unhealed(index: Index, now: datetime, most: int = 1000) -> list[Finding]:
    """Return what is wrong now, the oldest first; what nobody knows only when it is older than ``PATIENCE``."""
    old = moment(now - PATIENCE)
    wanted = sa.select(_T.sha256, _T.place, _T.kind, _T.reason, _T.since).where(_counts(old)).order_by(
        _T.since, _T.sha256, _T.place, _T.kind).limit(most)
    with index.read() as connection:
        return [Finding(row.sha256, row.place, Kind(row.kind), row.reason, row.since)
                for row in connection.execute(wanted)]


def counts(index: Index, now: datetime) -> dict[tuple[str, str], int]:
    """Return how much is wrong now by kind and place."""
    old = moment(now - PATIENCE)
    wanted = sa.select(_T.kind, _T.place, sa.func.count()).where(_counts(old)).group_by(_T.kind, _T.place)
    with index.read() as connection:
        return {(row[0], row[1]): int(row[2]) for row in connection.execute(wanted)}


def _counts(old: str) -> sa.ColumnElement[bool]:
    return sa.and_(_T.healed == "", sa.or_(_T.kind != str(Kind.STRANGE), _T.since < old))


def _key(sha256: str, place: str, kind: Kind) -> sa.ColumnElement[bool]:
    return sa.and_(_T.sha256 == sha256, _T.place == place, _T.kind == str(kind))
