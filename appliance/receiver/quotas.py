"""How much an office may send in a day and how much at once, asked when it announces an upload.

The bytes of an announcement count once, however often it is made: a sender that lost the answer announces again.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from appliance.core import errors
from appliance.receiver import tables
from appliance.receiver.index import Index
from appliance.receiver.offices import Office

_BUSY_SECONDS = 60
_KEEP_DAYS = 7
_LOCK = 0x71756F74
"""First number of the PostgreSQL advisory lock of an office's quota."""

_A, _U = tables.arrivals.c, tables.uploads.c


def admit(index: Index, office: Office, length: int, metadata: str) -> None:
    """Count an announced upload against the office's quotas, or refuse it.

    Args:
        index: the archive's index.
        office: who announces it.
        length: bytes.
        metadata: the announcement as it came.

    Raises:
        ApplianceError: QUOTA_REACHED with ``wait``, the seconds after which to come again.
        IndexDownError: nothing was counted.
    """
    announced = hashlib.sha256(f"{office.code}\n{length} {metadata}".encode()).hexdigest()
    now = datetime.now(UTC)
    with index.write() as connection:
        if index.postgresql:  # an office's announcements one after the other; SQLite has one writer anyhow
            lock = sa.func.pg_advisory_xact_lock(_LOCK, sa.func.hashtext(office.code))
            connection.execute(sa.select(lock))
        known = connection.scalar(sa.select(_A.day).where(_A.announced == announced)) is not None
        if known and _is_there(connection, office, length, metadata):
            return
        if _under_way(connection, office) >= office.uploads_at_once:
            raise _reached(f"{office.uploads_at_once} gói cùng lúc", f"{office.uploads_at_once} uploads at once",
                           _BUSY_SECONDS)
        if known:
            return
        if _sent(connection, office, now) + length > office.bytes_a_day:
            raise _reached(f"{office.bytes_a_day} byte/ngày", f"{office.bytes_a_day} bytes a day",
                           _till_midnight(now))
        connection.execute(tables.arrivals.delete().where(_A.day < str((now - timedelta(days=_KEEP_DAYS)).date())))
        connection.execute(tables.arrivals.insert().values(
            announced=announced, office=office.code, day=str(now.date()), bytes=length))


def _is_there(connection: sa.Connection, office: Office, length: int, metadata: str) -> bool:
    """Say whether the announced upload was made and is not gone, so that no other one comes of it."""
    chosen = sa.select(sa.literal(1)).where(
        _U.office == office.code, _U.length == length, _U.metadata == metadata,
        sa.or_(_U.offset == _U.length, _U.expires > tables.moment()))
    return connection.scalar(chosen.limit(1)) is not None


def _under_way(connection: sa.Connection, office: Office) -> int:
    chosen = sa.select(sa.func.count()).where(
        _U.office == office.code, _U.offset < _U.length, _U.expires > tables.moment())
    return connection.scalar(chosen) or 0


def _sent(connection: sa.Connection, office: Office, now: datetime) -> int:
    chosen = sa.select(sa.func.sum(_A.bytes)).where(_A.office == office.code, _A.day == str(now.date()))
    return int(connection.scalar(chosen) or 0)


def _till_midnight(now: datetime) -> int:
    morning = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((morning - now).total_seconds()) + 1


def _reached(vi: str, en: str, wait: int) -> errors.ApplianceError:
    return errors.QUOTA_REACHED.error(reason=errors.both(vi, en), wait=wait)
