"""When offices are open: data, and the rule that says whether they are now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

EAST = 7 * 3600
"""Seconds that Vietnam is ahead of UTC; there is no summer time."""

DAY = 86400


@dataclass(frozen=True, slots=True)
class Hours:
    """When offices are open.

    Attributes:
        spans: from and to, in minutes of the day, local time.
        days: of the week; 0 is Sunday.
        holidays: days on which nobody works, as dates.
        always: for trials: open all the time.
    """

    spans: tuple[tuple[int, int], ...] = ((7 * 60 + 30, 11 * 60 + 30), (13 * 60, 17 * 60))
    days: tuple[int, ...] = (1, 2, 3, 4, 5)
    holidays: tuple[date, ...] = ()
    always: bool = False

    def expr(self) -> str:
        """Return the expression that is 1 while offices are open and 0 else."""
        if self.always:
            return "vector(1)"
        local = f"vector(time() + {EAST})"
        minute = f"(hour({local}) * 60 + minute({local}))"
        open_now = " + ".join(f"({minute} >= bool {start}) * ({minute} < bool {end})" for start, end in self.spans)
        weekday = " + ".join(f"(day_of_week({local}) == bool {day})" for day in self.days)
        free = "".join(
            f" * (floor(vector(time() + {EAST}) / {DAY}) != bool {_number(day)})" for day in self.holidays)
        return f"({open_now}) * ({weekday}){free}"

    def worked(self, moment: str) -> str:
        """Return the expression of the seconds of working days up to a moment, which is PromQL of a vector.

        The difference of two of them is how long somebody could have acted; a working day counts 24 hours, so that
        what waits from Friday 16:00 has waited a day on Monday 16:00.
        """
        if self.always:
            return moment
        since = f"(({moment} + {EAST}) / {DAY})"
        monday = f"({since} + 3)"  # 1970-01-01 was a Thursday
        week = " + ".join(_of_day(f"{monday} % 7", (day - 1) % 7) for day in self.days)
        free = "".join(f" - {_of_day(since, _number(day))}" for day in self.holidays
                       if day.isoweekday() % 7 in self.days)
        return f"({DAY} * ({len(self.days)} * floor({monday} / 7) + {week}{free}))"


def _of_day(days: str, begins: int) -> str:
    """Return how much of a day, 0 to 1, has gone by."""
    return f"clamp({days} - {begins}, 0, 1)"


def _number(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()
