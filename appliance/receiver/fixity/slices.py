"""Which objects are due: the longest unseen, as many bytes as a day must have for the cycle to hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from appliance.receiver import tables
from appliance.receiver.index import Index
from appliance.receiver.tables import moment

_C = tables.copies.c
_SEEN = sa.case((_C.checked == "", _C.kept), else_=_C.checked)
"""When a copy was last known to be good: it was proved when it was kept."""

A_DAY = timedelta(days=1)
NEVER = moment(datetime(1970, 1, 1, tzinfo=UTC))
"""As good as never: what was seen by a clock that went wrong, days ahead of the present one."""

MOST = 200_000
"""Objects of one run; when more are due, the next run begins at once."""

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Due:
    """One object to be looked at. ``size``: of one copy, bytes; ``bad``: it only comes for a copy that is bad."""

    sha256: str
    size: int
    bad: bool


@dataclass(frozen=True, slots=True)
class Share:
    """What one run must do of everything at ``places``. ``days``: since the run before."""

    places: Sequence[str]
    cycle_days: float
    days: float
    now: datetime

    @property
    def part(self) -> float:
        """Return which part of all bytes it is."""
        return min(1.0, max(1.0, self.days) / self.cycle_days)

    @property
    def overdue(self) -> str:
        """Return the moment before which everything is due, however much it is; tomorrow it would be late."""
        return moment(self.now + A_DAY - timedelta(days=self.cycle_days))


def due(index: Index, share: Share) -> list[Due]:
    """Return what is due: copies that are not good, then the longest unseen for as many bytes as the share has."""
    found: list[Due] = []
    with index.read() as connection:
        left = share.part * _all_bytes(connection, share.places)
        with connection.execution_options(yield_per=1000).execute(_objects(share.places, share.now)) as rows:
            for sha256, length, seen, bad in rows:
                if len(found) == MOST or (left <= 0 and seen >= share.overdue and not bad):
                    break
                found.append(Due(sha256, int(length), bool(bad) and seen >= share.overdue))
                left -= int(length)
    return found


def everything(index: Index, places: Sequence[str]) -> Iterator[Due]:
    """Yield every object at ``places`` in the order of their names; asks the index page by page."""
    last, wanted = "", _objects(places, datetime.now(UTC)).order_by(None).order_by(_C.sha256).limit(PAGE)
    while True:
        page = wanted.where(_C.sha256 > last)
        with index.read() as connection:
            rows = [Due(row[0], int(row[1]), bad=False) for row in connection.execute(page)]
        if not rows:
            return
        yield from rows
        last = rows[-1].sha256


def oldest(index: Index, places: Sequence[str]) -> str:
    """Return since when every copy was seen good at least once; empty where there is none."""
    with index.read() as connection:
        return connection.scalar(sa.select(sa.func.min(_SEEN)).where(_C.place.in_(places))) or ""


def _objects(places: Sequence[str], now: datetime) -> sa.Select[Any]:
    ahead = moment(now + A_DAY) < _SEEN
    seen = sa.func.min(sa.case((ahead, NEVER), else_=_SEEN))
    bad = sa.func.max(sa.case((_C.state != "good", 1), else_=0))
    return sa.select(_C.sha256, sa.func.max(_C.size), seen, bad).where(_C.place.in_(places)).group_by(
        _C.sha256).order_by(bad.desc(), seen, _C.sha256)


def _all_bytes(connection: sa.Connection, places: Sequence[str]) -> int:
    """Return the bytes of all objects, one copy of each."""
    sizes = sa.select(sa.func.max(_C.size).label("size")).where(_C.place.in_(places)).group_by(_C.sha256).subquery()
    return int(connection.scalar(sa.select(sa.func.sum(sizes.c.size))) or 0)
