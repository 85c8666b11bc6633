"""What one instance at a time does: taken in the index for a while, so another one follows a killed holder."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from appliance.receiver.fixity import tables
from appliance.receiver.index import Index
from appliance.receiver.tables import moment

_T = tables.duties.c
HOLD = timedelta(minutes=30)
"""How long a duty is held without a word. One object is read and judged in less."""


def _now() -> datetime:
    return datetime.now(UTC)


def _me() -> str:
    """Return a name for this holder: host, start of the host, process, start of the process, and a number."""
    return " ".join((*_host(), str(os.getpid()), _started(os.getpid()), secrets.token_hex(4)))


def is_gone(holder: str) -> bool:
    """Say whether a holder surely runs no more: it was a process of this host."""
    *host, process, started, _ = holder.split(" ") if holder.count(" ") == _me().count(" ") else ("", "0", "", "")
    if host[:1] != list(_host())[:1]:
        return False
    return tuple(host) != _host() or not _runs(int(process), started)


def _runs(process: int, started: str) -> bool:
    """Say whether a process of this host still runs; one of another user may be hidden, but it is not gone."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _started(process) == started


def _host() -> tuple[str, str, str]:
    """Return the name of the host, its start, and the space in which its process numbers are unique."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    return socket.gethostname()[:64].replace(" ", ""), boot, str(Path("/proc/self/ns/pid").readlink())


def _started(process: int) -> str:
    """Return when a process began, in ticks since the start of the host; empty: there is none of that number."""
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19]
    except OSError:
        return ""


@dataclass(frozen=True)
class Duty:
    """One duty as one holder sees it."""

    index: Index
    name: str
    holder: str = field(default_factory=_me)
    now: Callable[[], datetime] = _now

    def take(self) -> bool:
        """Take the duty when nobody holds it; say whether it is ours."""
        now = self.now()
        with self.index.write() as connection:
            self._ensure(connection)
            holder = connection.scalar(sa.select(_T.holder).where(_T.name == self.name)) or ""
            gone = holder if is_gone(holder) else self.holder
            free = sa.or_(_T.held_until < moment(now), _T.holder.in_((self.holder, gone)),
                          _T.held_until > moment(now + 2 * HOLD))  # by a clock that went wrong
            return self._hold(connection, free, now)

    def hold(self) -> bool:
        """Hold on to the duty; False when another one has taken it meanwhile."""
        with self.index.write() as connection:
            return self._hold(connection, _T.holder == self.holder, self.now())

    def release(self, done: bool) -> None:
        """Let go of the duty; ``done``: it was done to the end."""
        values = {"holder": "", "held_until": ""} | ({"done": moment(self.now())} if done else {})
        with self.index.write() as connection:
            connection.execute(tables.duties.update().where(
                _T.name == self.name, _T.holder == self.holder).values(**values))

    def done(self) -> str:
        """Return when it was last done to the end; empty: never."""
        with self.index.read() as connection:
            return connection.scalar(sa.select(_T.done).where(_T.name == self.name)) or ""

    def _ensure(self, connection: sa.Connection) -> None:
        """Make the row if it is not there; two that do so at once are one."""
        if connection.scalar(sa.select(_T.name).where(_T.name == self.name)) is not None:
            return
        try:
            with connection.begin_nested():
                connection.execute(tables.duties.insert().values(name=self.name))
        except sa.exc.IntegrityError:
            return

    def _hold(self, connection: sa.Connection, when: sa.ColumnElement[bool], now: datetime) -> bool:
        done = connection.execute(tables.duties.update().where(_T.name == self.name, when).values(
            holder=self.holder, held_until=moment(now + HOLD)))
        return bool(done.rowcount)
