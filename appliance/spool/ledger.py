"""The ledger: one SQLite file, one writer, every state of every thing.

A transaction is on disk when it returns (WAL, synchronous=FULL). States move only by ``move``:
compare-and-set on the tables of core/states.py, each move a link of the audit chain.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import quote

from appliance.core import clock, errors
from appliance.core.states import Machine
from appliance.spool.audit import FIRST, Head, Link, walk
from appliance.spool.schema import MIGRATIONS, steps
from appliance.spool.statements import statements

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound=StrEnum)
Row = sqlite3.Row

DISK_TROUBLE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
"""What SQLite says when the disk does not take a write."""

TOLD = ("code", "unsigned_sha256", "signed_sha256", "level", "stamped_at", "signing_key", "reload_sheet")
"""Columns that a move sets and its link of the audit chain has too."""

VERIFIED_AT_ONCE = 2_000


class Ledger:
    """The open ledger. All calls come from one thread (``Book`` sees to that)."""

    def __init__(self, path: Path, who: str = "appliance", *, read_only: bool = False, still: bool = False) -> None:
        """Open it; ``still``: nobody writes to it, and reading leaves no files beside it."""
        self.path = path
        self.who = who
        name = f"file:{quote(str(path))}?mode={'ro' if read_only else 'rwc'}"
        if still and not _has_log(path):
            name += "&immutable=1"
        self._db = sqlite3.connect(name, uri=True, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        if read_only:
            return
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            self._db.execute(f"PRAGMA {pragma}")
        self._migrate()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all or nothing; durable on exit. A transaction inside another belongs to it."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:  # a commit that finds no room may leave the transaction open: nothing may join it
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def all(self, name: str, /, **values: Any) -> list[Row]:
        """Return the rows of a named statement."""
        return self._db.execute(statements()[name], values).fetchall()

    def one(self, name: str, /, **values: Any) -> Row | None:
        """Return the first row of a named statement, or None."""
        row: Row | None = self._db.execute(statements()[name], values).fetchone()
        return row

    def act(self, name: str, /, **values: Any) -> int:
        """Run a named statement that writes; return the id of the row it added."""
        with self.transaction():
            return self._db.execute(statements()[name], values).lastrowid or 0

    def move(self, machine: Machine[S], key: str | int, old: S, new: S, **columns: Any) -> None:
        """Move one thing from ``old`` to ``new`` and set columns beside it.

        Raises:
            ApplianceError: STATE_CONFLICT when the table forbids it or the thing is not in ``old``.
        """
        table = machine.name
        identity = "id" if table != "delivery" else "package"
        sets = ", ".join(["state = :state", *(f"{name} = :{name}" for name in columns)])
        values = {**columns, "state": new.value, "old": old.value, "key": key}
        with self.transaction():
            changed = 0
            if machine.allows(old, new):
                sql = f"UPDATE {table} SET {sets} WHERE {identity} = :key AND state = :old"  # noqa: S608 - own names
                changed = self._db.execute(sql, values).rowcount
            if changed != 1:
                raise errors.STATE_CONFLICT.error(what=f"{table} {key}", expected=f"{old.value} (-> {new.value})")
            self.note(f"{table}.{new.value}", str(key), **{name: columns[name] for name in TOLD if name in columns})

    def put(self, table: str, key: str | int, **columns: Any) -> None:
        """Set columns of one row without moving its state."""
        identity = "id" if table != "delivery" else "package"
        sets = ", ".join(f"{name} = :{name}" for name in columns)
        with self.transaction():
            self._db.execute(f"UPDATE {table} SET {sets} WHERE {identity} = :key", {**columns, "key": key})  # noqa: S608

    def note(self, what: str, subject: str, /, who: str = "", **detail: Any) -> None:
        """Add a link to the audit chain."""
        with self.transaction():
            last = self.one("last_audit")
            seq, previous = (last["seq"] + 1, last["hash"]) if last else (1, FIRST)
            text = json.dumps({k: v for k, v in detail.items() if v}, ensure_ascii=False, sort_keys=True)
            link = Link(seq, clock.iso(clock.now(), "milliseconds"), who or self.who, what, subject, text, previous)
            self.act("add_audit", seq=seq, at=link.at, who=link.who, what=what, subject=subject, detail=text,
                     previous=previous, hash=link.hash)

    def head(self) -> tuple[int, str]:
        """Return number and hash of the newest link of the audit chain."""
        last = self.one("last_audit")
        return (last["seq"], last["hash"]) if last else (0, FIRST)

    def verify_chain(self) -> int:
        """Check the rows of the audit chain that are in the ledger; return its length (spool/chain.py checks all).

        Raises:
            ApplianceError: AUDIT_BROKEN naming the first row that does not fit.
        """
        last = self.one("last_segment")
        head = Head(last["last"], last["head"]) if last else Head()
        while rows := self.all("audit_after", seq=head.seq, most=VERIFIED_AT_ONCE):
            *_, head = walk(head, rows)
        return head.seq

    def _migrate(self) -> None:
        """Bring the ledger forward; one of a newer release stays as it is, where that lets this one run on it."""
        known = steps(MIGRATIONS)
        done = self._db.execute("PRAGMA user_version").fetchone()[0]
        if done > len(known) and self._reader(done) > len(known):
            raise errors.LEDGER_NEWER.error(version=done)
        for step in known[done:]:
            self._db.executescript(f"BEGIN;\n{step.script}\nPRAGMA user_version = {step.number};\nCOMMIT;")
        if 0 < done < len(known):
            self.note("ledger.migrated", str(len(known)), before=done)

    def _reader(self, schema: int) -> int:
        """Return the oldest schema whose release may run on a ledger of this one."""
        try:
            return int(self._db.execute("SELECT schema FROM reader").fetchone()[0])
        except (sqlite3.OperationalError, TypeError):  # a ledger that does not say so is for its own release alone
            return schema


def _has_log(path: Path) -> bool:
    """Say whether a write-ahead log lies beside a ledger: its last daemon was cut off."""
    log = path.with_name(f"{path.name}-wal")
    return log.is_file() and log.stat().st_size > 0


class Book:
    """The ledger in its own thread, so that a slow disk never stops the event loop."""

    def __init__(self, path: Path) -> None:
        self._lock = (path.parent / "ledger.lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise errors.DAEMON_RUNNING.error(path=path) from None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._ledger = Ledger(path)

    async def ask(self, function: Callable[Concatenate[Ledger, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run ``function(ledger, ...)`` in the ledger's thread.

        Raises:
            ApplianceError: DISK_FAILED when the disk is full, read-only or broken; nothing was written then.
        """
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, partial(function, self._ledger, *args, **kwargs))
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode & 0xFF not in DISK_TROUBLE:
                raise
            raise errors.DISK_FAILED.error(reason=str(problem)) from problem

    def close(self) -> None:
        """Finish what is under way, close the file, let the lock go."""
        self._thread.shutdown(wait=True)
        self._ledger.close()
        self._lock.close()
