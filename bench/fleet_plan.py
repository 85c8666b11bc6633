"""Who sends what and when: offices, regions, and the arrivals of working days pressed into seconds."""

from __future__ import annotations

import random
from dataclasses import dataclass

HOURS = 24.0
OPENS, CLOSES = 7.5, 17.0
PEAKS = ((9.75, 1.0, 0.55), (14.5, 1.2, 0.45))
"""Hour, spread in hours and share of the two crests of a working day."""

REGIONS = 8
CUT_REGION = 3
CUT_FROM, CUT_HOURS = 12.0, 24.0
"""The line of that region fails at noon of the first day, for a day."""

KILLED_AT = 9.75
"""Hour of the first day at which the receiver is killed: the crest."""


@dataclass(frozen=True)
class Plan:
    """A run: offices, packages, working days, real seconds of one day of 24 hours."""

    offices: int
    packages: int
    days: int
    day_seconds: float
    seed: int = 1

    @property
    def times_faster(self) -> float:
        """How many times faster than life the clock goes."""
        return HOURS * 3600 / self.day_seconds

    def seconds(self, day: int, hour: float) -> float:
        """Return when an hour of a day (from 0) comes, in real seconds from the first opening of the offices."""
        return (day * HOURS + hour - OPENS) / HOURS * self.day_seconds

    def arrivals(self) -> list[tuple[int, float]]:
        """Return office and moment (real seconds) of every package, in order of time; offices take turns."""
        chance = random.Random(self.seed)
        offices = list(range(self.offices))
        chance.shuffle(offices)
        found = [(offices[number % self.offices], self.seconds(number * self.days // self.packages, _hour(chance)))
                 for number in range(self.packages)]
        return sorted(found, key=lambda one: one[1])

    def region(self, office: int) -> int:
        """Return the region of an office."""
        return office * REGIONS // self.offices

    @property
    def cut(self) -> tuple[float, float]:
        """From when to when one region has no line, in real seconds."""
        start = self.seconds(0, CUT_FROM)
        return start, start + CUT_HOURS / HOURS * self.day_seconds


def code(office: int) -> str:
    """Return the code of an office."""
    return f"{office:03}"


def organ(office: int) -> str:
    """Return the fonds code under which it sends."""
    return f"H49.{office // 21 + 1}.{office}"


def _hour(chance: random.Random) -> float:
    while True:
        crest, spread, _ = chance.choices(PEAKS, [share for _, _, share in PEAKS])[0]
        hour = chance.gauss(crest, spread)
        if OPENS <= hour <= CLOSES:
            return hour
