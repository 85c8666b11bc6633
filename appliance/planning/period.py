"""What a report is about: a day, or a month; and its days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from appliance.core import errors
from appliance.spool.production import Span


@dataclass(frozen=True, slots=True)
class Period:
    """From its first day until before another day. ``name``: 2026-11-22 or 2026-11."""

    name: str
    first: date
    until: date

    @property
    def title(self) -> str:
        """Return how the report names it."""
        if len(self.name) > len("2026-11"):
            return f"ngày {self.first:%d/%m/%Y}"
        return f"tháng {self.first:%m/%Y}"

    def days(self, today: date) -> list[date]:
        """Return its days that have begun."""
        count = min((self.until - self.first).days, (today - self.first).days + 1)
        return [self.first + timedelta(days=at) for at in range(count)]


def day(text: str, today: date) -> Period:
    """Read a day; ``today`` and ``yesterday`` are days too.

    Raises:
        ApplianceError: PERIOD_WRONG.
    """
    words = {"today": today, "yesterday": today - timedelta(days=1)}
    try:
        found = words.get(text) or date.fromisoformat(text)
    except ValueError:
        raise errors.PERIOD_WRONG.error(text=text, reason="không phải ngày / no day") from None
    _has_begun(found, today, text)
    return Period(str(found), found, found + timedelta(days=1))


def month(text: str, today: date) -> Period:
    """Read a month. Raises PERIOD_WRONG."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text) or text < "0001":
        raise errors.PERIOD_WRONG.error(text=text, reason="không phải tháng / no month")
    first = date.fromisoformat(f"{text}-01")
    _has_begun(first, today, text)
    return Period(text, first, (first + timedelta(days=31)).replace(day=1))


def span(one: date) -> Span:
    """Return a day as the ledger is asked for it."""
    return Span(str(one), str(one + timedelta(days=1)))


def _has_begun(first: date, today: date, text: str) -> None:
    """Refuse what is to come, before its end is reckoned: the calendar's last day has no next one."""
    if first > today:
        raise errors.PERIOD_WRONG.error(text=text, reason="chưa đến / it has not begun")
