"""Times as the archive writes them: ISO 8601 in Vietnamese time, whatever zone the host is set to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7))


def now() -> datetime:
    """Return the present moment in Vietnamese time (+07:00)."""
    return datetime.now(VIETNAM)


def today() -> str:
    """Return the day of the office, ``2026-11-21``."""
    return str(now().date())


def iso(moment: datetime, timespec: str = "seconds") -> str:
    """Return ``moment`` as ``2026-11-21T09:05:07+07:00`` (Circular 05/2025, art. 8)."""
    return moment.astimezone(VIETNAM).isoformat(timespec=timespec)


def at(seconds: int) -> datetime:
    """Return a moment of Unix time in Vietnamese time."""
    return datetime.fromtimestamp(seconds, VIETNAM)


def parse(text: str) -> datetime:
    """Read what ``iso`` wrote; a time without a zone is UTC."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
