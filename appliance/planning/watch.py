"""What the metrics show of the plan: counted in pieces, few with each scrape, so that none is dear.

A plan, and the day, are seen at once; what is counted lies behind by the scrapes that its pieces take.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from appliance.composed import Office
from appliance.core import clock
from appliance.core.plan import Plan
from appliance.exporter.plan import PhaseReading, PlanReading
from appliance.planning import progress, survey
from appliance.planning.progress import Standing, Week
from appliance.planning.survey import Found
from appliance.spool import plans
from appliance.spool.ledger import Book
from appliance.spool.plans import Phase

LASTS = 300.0
"""Seconds from the start of a walk until the next: it goes through all dossiers, and no plan changes in minutes."""

PIECES = 2
"""So many with a scrape: a thousand dossiers (spool/plans.py), about ten milliseconds."""

STALE = 4 * 3600.0
"""Seconds after which all is counted at once: nobody has asked for long, or asks too seldom for pieces."""


@dataclass
class PlanWatch:
    """Counts progress. What is shown is always of a walk that came to its end."""

    settings: Plan
    book: Book
    office: Office
    _seen: Found | None = None
    _seen_at: float = 0.0
    _plan: tuple[Phase, ...] = ()
    _next: Found = field(default_factory=Found)
    _next_at: float = 0.0
    _steps: AsyncIterator[None] | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def reading(self) -> PlanReading:
        """Return what the gauges show of plan and denominators."""
        async with self._lock:
            plan = await self.book.ask(plans.phases)
            if self._seen is None or plan != self._plan or time.monotonic() - self._seen_at >= STALE:
                self._begin()
                while self._steps is not None:
                    await self._step(at_once=True)
            elif self._steps is not None or time.monotonic() - self._next_at >= LASTS:
                await self._step()
                for _ in range(PIECES - 1):
                    if self._steps is not None:
                        await self._step()
            assert self._seen is not None
            self._plan = plan
            return reading_of(replace(self._seen, plan=plan), self.settings, clock.now().date())

    def _begin(self) -> None:
        self._next, self._next_at = Found(), time.monotonic()
        self._steps = survey.everything(self.book, self.office, self._next)

    async def _step(self, *, at_once: bool = False) -> None:
        """Count a piece more. A walk in which registers changed is done again, unless it was done at once."""
        if self._steps is None:
            self._begin()
        assert self._steps is not None
        async for _ in self._steps:
            return
        self._steps = None
        if self._next.whole or at_once:
            self._seen, self._seen_at = self._next, self._next_at
        else:  # so too after one that a scrape broke off, which took too long
            self._next_at = 0.0


def week_of(settings: Plan) -> Week:
    """Return the working days of an office."""
    return Week(settings.week_days, settings.rate_days)


def reading_of(found: Found, settings: Plan, today: date) -> PlanReading:
    """Return a walk's counts as the metrics show them."""
    week = week_of(settings)
    speed = progress.rate(found.done.by_day, today, week)
    phases = tuple(_phase(one) for one in progress.standings(found.plan, found.done, speed, today, week))
    return PlanReading(phases, speed, dict(found.onestop), dict(found.components), {
        "planned": progress.planned_high_use(found.plan, found.high_use_listed), "digitised": found.done.high_use})


def _phase(one: Standing) -> PhaseReading:
    phase = one.phase
    deadline = _end_of(date.fromisoformat(phase.deadline))
    return PhaseReading(
        phase.name, phase.dossiers, phase.sheets, deadline, one.dossiers, one.sheets, one.overdue,
        _end_of(one.completion) if one.completion else None)


def _end_of(day: date) -> float:
    """Return the end of a day of the office, Unix time."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), clock.VIETNAM).timestamp()
