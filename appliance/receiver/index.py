"""The archive's index as a data base: short transactions, the same in SQLite and in PostgreSQL.

SQLite (WAL, every commit on the disk before it returns) serves one receiver; PostgreSQL serves several side by
side. What another writer changed meanwhile is found by compare-and-set, never by a lock held over slow work.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from appliance.core import errors, files
from appliance.receiver import tables
from appliance.receiver.fixity import tables as keeping

_SCHEMA_LOCK = 0x6172_6368
"""Number of the PostgreSQL advisory lock under which the schema is made."""

_WRITES = "archive_writes"
_TIMES, _PAUSE_SECONDS = 100, 0.05
_DOWN = (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError, exc.PendingRollbackError,
         sqlite3.OperationalError)


class IndexDownError(OSError):
    """The data base does not answer, or its disk is full. Nothing was changed; later it may go."""


def after(seconds: float) -> str:
    """Return the moment so many seconds from now."""
    return tables.moment(datetime.now(UTC) + timedelta(seconds=seconds))


class Index:
    """The data base. Its methods block: a loop calls them in a thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self.postgresql = engine.dialect.name == "postgresql"

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Open a transaction that writes; leaving it commits durably, an exception undoes everything.

        In SQLite it is the only writer from its first moment; in PostgreSQL rows are locked as they are touched.

        Raises:
            IndexDownError: the data base is out of reach or its disk is full.
        """
        with _told(), self._engine.connect() as connection:
            chosen = connection.execution_options(**{_WRITES: True})
            with chosen.begin():
                yield chosen

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a transaction that only reads.

        Raises:
            IndexDownError: the data base is out of reach.
        """
        with _told(), self._engine.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def open_index(url: str, password: str = "") -> Index:
    """Open the index at an SQLAlchemy address and make its tables if they are not there.

    Args:
        url: ``sqlite:///<path>`` or ``postgresql+psycopg://user@host/name``.
        password: goes into the address; so it need not stand in a file of settings.

    Raises:
        ApplianceError: RECEIVER_INDEX_REFUSED when address, driver or schema will not do.
        IndexDownError: the data base is out of reach.
    """
    index = Index(_engine(url, password))
    try:
        _make_tables(index)
    except (exc.DBAPIError, sqlite3.DatabaseError) as problem:  # no right to make tables, no data base at all
        index.close()
        raise errors.RECEIVER_INDEX_REFUSED.error(
            reason=type(getattr(problem, "orig", None) or problem).__name__) from None
    except BaseException:
        index.close()
        raise
    return index


def open_sqlite(path: Path) -> Index:
    """Open the index of one receiver in the file ``path``, made with mode 0640."""
    files.make_folder(path.parent)
    path.touch(0o640)
    return open_index(f"sqlite:///{path}")


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except _DOWN as problem:
        raise IndexDownError(f"index: {type(problem).__name__}") from problem


def _engine(url: str, password: str) -> sa.Engine:
    try:
        address = sa.make_url(url)
        if password:
            address = address.set(password=password)
        if address.get_backend_name() == "sqlite":
            return _sqlite(address)
        if address.get_backend_name() == "postgresql":
            return _postgresql(address)
    except (exc.ArgumentError, exc.NoSuchModuleError, ImportError) as problem:
        raise errors.RECEIVER_INDEX_REFUSED.error(reason=type(problem).__name__) from None
    raise errors.RECEIVER_INDEX_REFUSED.error(reason=address.get_backend_name())


def _sqlite(address: sa.URL) -> sa.Engine:
    """Return an engine that begins its transactions itself: IMMEDIATE where they write."""
    engine = sa.create_engine(address, connect_args={"timeout": 30.0, "isolation_level": None})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        _write_ahead(connection)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _write_ahead(connection: Any) -> None:
    """Turn on the write-ahead log, which stays; SQLite does not wait when two that open a new file both want to."""
    for left in reversed(range(_TIMES)):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if not left:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _postgresql(address: sa.URL) -> sa.Engine:
    """Return an engine whose commits are durable whatever the server's default is; a hung client is cut off."""
    asked = ("-c synchronous_commit=on -c idle_in_transaction_session_timeout=60000 "
             "-c statement_timeout=120000 -c timezone=UTC")
    told = {"options": asked, "connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10}
    return sa.create_engine(address, pool_pre_ping=True, pool_size=8, max_overflow=8, connect_args=told)


def _make_tables(index: Index) -> None:
    """Make the tables once, also when several receivers start at the same moment; refuse another version."""
    with index.write() as connection:
        if index.postgresql:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
        keeping.metadata.create_all(connection)
        version = connection.scalar(sa.select(tables.schema.c.version))
        if version is None:
            connection.execute(tables.schema.insert().values(version=tables.VERSION))
            connection.execute(tables.book.insert().values(id=1, number=0, last=""))
        elif version != tables.VERSION:
            raise errors.RECEIVER_INDEX_REFUSED.error(reason=f"schema {version}, wanted {tables.VERSION}")
