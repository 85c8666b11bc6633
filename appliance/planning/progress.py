"""How far an office is with its plan, at what rate it works, and when it will be done at that rate. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from appliance.spool.plans import Phase

LEAST_DAYS = 3
"""Working days that are over, below which no rate is known."""

MOST_DAYS = 100_000
"""Working days beyond which no date is told."""


@dataclass(slots=True)
class Done:
    """What the archive has of the office's archive stream.

    Attributes:
        dossiers, sheets: by the register that lists them, "" for none.
        by_day: sheets by the day of their receipt, ``2026-11-22``.
        high_use: dossiers of high frequency of use.
    """

    dossiers: Counter[str] = field(default_factory=Counter)
    sheets: Counter[str] = field(default_factory=Counter)
    by_day: Counter[str] = field(default_factory=Counter)
    high_use: int = 0

    def add(self, register: str, sheets: int, day: str, *, high_use: bool) -> None:
        """Count one dossier."""
        self.dossiers[register] += 1
        self.sheets[register] += sheets
        self.by_day[day] += sheets
        self.high_use += high_use


@dataclass(frozen=True, slots=True)
class Standing:
    """How one phase stands: what of it the archive has, what is overdue, the day it is done at the present rate.

    ``completion`` is None while the rate is not known, where work stands still, and when all is done.
    """

    phase: Phase
    dossiers: int
    sheets: int
    overdue: int
    completion: date | None


@dataclass(frozen=True, slots=True)
class Week:
    """Working days: the first ``days`` of a week, from Monday on; the rate is that of the last ``window``."""

    days: int = 5
    window: int = 20

    def works(self, day: date) -> bool:
        """Say whether a day is one of work."""
        return day.weekday() < self.days

    def after(self, day: date, count: int) -> date:
        """Return the day on which so many working days after ``day`` are over."""
        weeks, rest = divmod(count, self.days)
        day += timedelta(weeks=weeks)
        while rest:
            day += timedelta(days=1)
            rest -= self.works(day)
        return day


def rate(done: Mapping[str, int], today: date, week: Week) -> float | None:
    """Return sheets for each working day, of those that are over; None where they are too few to tell."""
    first = min((date.fromisoformat(day) for day in done), default=today)
    day, counted, sheets = today, 0, 0
    while counted < week.window and day > first:
        day -= timedelta(days=1)
        counted += week.works(day)
        sheets += done.get(str(day), 0)
    return sheets / counted if counted >= LEAST_DAYS else None


def standings(plan: Sequence[Phase], done: Done, speed: float | None, today: date,
              week: Week) -> tuple[Standing, ...]:
    """Return how each phase stands, in the order of the plan.

    What no phase names by its register counts for the phases that name none, the first deadline first; what is
    more than planned counts for the last of them.
    """
    dossiers, sheets = _shared(plan, done.dossiers, "dossiers"), _shared(plan, done.sheets, "sheets")
    found, to_do = [], 0
    for phase in plan:
        left = max(0, phase.dossiers - dossiers[phase.name])
        sheets_left = max(phase.sheets - sheets[phase.name], _of_dossiers(phase, left)) if left else 0
        to_do += sheets_left
        days = math.ceil(to_do / speed) if sheets_left and speed else 0
        overdue = left if str(today) > phase.deadline else 0
        found.append(Standing(phase, dossiers[phase.name], sheets[phase.name], overdue,
                              week.after(today, days) if 0 < days < MOST_DAYS else None))
    return tuple(found)


def _of_dossiers(phase: Phase, left: int) -> int:
    """Return the sheets that dossiers still to do have, as the plan reckons: it may have told too few for all."""
    return math.ceil(left * phase.sheets / phase.dossiers)


def _shared(plan: Sequence[Phase], by_register: Mapping[str, int], what: str) -> dict[str, int]:
    """Share out what is done among the phases."""
    named = {register for phase in plan for register in phase.registers}
    rest = sum(count for register, count in by_register.items() if register not in named)
    found = {phase.name: sum(by_register.get(register, 0) for register in phase.registers) for phase in plan}
    open_ended = [phase for phase in plan if not phase.registers]
    for phase in open_ended:
        found[phase.name] = rest if phase is open_ended[-1] else min(rest, int(getattr(phase, what)))
        rest -= found[phase.name]
    return found


def planned_high_use(plan: Iterable[Phase], listed: int) -> int:
    """Return how many dossiers of high frequency of use there are: as the plan says, else as registers do."""
    return sum(phase.high_use for phase in plan) or listed
