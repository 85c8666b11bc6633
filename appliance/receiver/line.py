"""The line of whole uploads that wait for a decision: who looks at which one just now, kept in the index.

Nothing of it is in memory: what an instance was looking at when it was killed, another one takes over when the
lease ends; the same instance after a restart at once, where it is the only one.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from appliance.receiver import tables
from appliance.receiver.index import Index, after
from appliance.receiver.uploads import Upload, upload_of

_U = tables.uploads.c
_LONGEST_WAIT = 86400.0
"""Seconds for which nothing is ever put off."""

MOST_CLAIMS = 12
"""Looks that nobody ended (power cuts, kills of the receiver) after which a package is taken for the cause."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An upload that this instance has to decide. ``crashes``: judges it has ended; ``claims``: looks unended."""

    upload: Upload
    crashes: int
    claims: int


class Line:
    """The line as one instance sees it. Methods block."""

    def __init__(self, index: Index, me: str, lease_seconds: float) -> None:
        self._index = index
        self._me = me
        self._lease = lease_seconds

    def claim(self) -> Claim | None:
        """Take the upload that has waited longest and that nobody looks at; None when there is none."""
        now, never = tables.moment(), after(self._lease + _LONGEST_WAIT)  # beyond that: a clock that went wrong
        free = sa.and_(_U.settled == 0, _U.completed != "",
                       sa.or_(_U.judging_until < now, _U.judging_until > never))
        chosen = sa.select(tables.uploads).where(free).order_by(_U.completed).limit(1)
        with self._index.read() as connection:
            if connection.execute(chosen.with_only_columns(_U.name)).first() is None:
                return None
        with self._index.write() as connection:
            row = connection.execute(chosen.with_for_update(skip_locked=True)).mappings().first()
            if row is None:
                return None
            connection.execute(tables.uploads.update().where(_U.name == row["name"]).values(
                judge=self._me, judging_until=after(self._lease), claims=_U.claims + 1))
        return Claim(upload_of(row), row["crashes"], row["claims"])

    def renew(self) -> None:
        """Keep what this instance is looking at."""
        with self._index.write() as connection:
            connection.execute(tables.uploads.update().where(self._mine()).values(judging_until=after(self._lease)))

    def give_back(self, upload: Upload, wait: float, *, crashed: bool = False) -> None:
        """Put an upload back into the line for a while: disk or index failed, or it killed its judge."""
        with self._index.write() as connection:
            connection.execute(tables.uploads.update().where(_U.name == upload.name, _U.judge == self._me).values(
                judge="", judging_until=after(wait), claims=0, crashes=_U.crashes + int(crashed)))

    def leave(self) -> None:
        """Give everything back: this instance stops."""
        with self._index.write() as connection:
            connection.execute(tables.uploads.update().where(self._mine()).values(
                judge="", judging_until="", claims=_U.claims - 1))

    def free_all(self) -> None:
        """Free what a killed instance was looking at; only where this instance is the only one."""
        with self._index.write() as connection:
            connection.execute(tables.uploads.update().where(_U.settled == 0, _U.judge != "").values(
                judge="", judging_until=""))

    def pending(self, sha256: str) -> bool:
        """Say whether these bytes are whole here and wait for a decision."""
        waits = sa.select(_U.name).where(_U.sha256 == sha256, _U.settled == 0, _U.completed != "")
        with self._index.read() as connection:
            return connection.execute(waits.limit(1)).first() is not None

    def length(self) -> tuple[int, str]:
        """Return how many wait and since when the oldest does (a moment, or empty)."""
        waits = sa.select(sa.func.count(), sa.func.min(_U.completed)).where(_U.settled == 0, _U.completed != "")
        with self._index.read() as connection:
            count, oldest = connection.execute(waits).one()
        return count, oldest or ""

    def _mine(self) -> sa.ColumnElement[bool]:
        return sa.and_(_U.judge == self._me, _U.settled == 0, _U.judging_until != "")


def settle(connection: sa.Connection, sha256: str) -> None:
    """Mark every whole upload of these bytes as decided; asking for its offset still gives the length."""
    connection.execute(tables.uploads.update().where(_U.sha256 == sha256, _U.completed != "").values(
        settled=1, judge="", judging_until=""))
