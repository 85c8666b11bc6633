"""Durations in rules, at their own length or scaled: a day of a test lasts minutes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from appliance.monitoring.alert import Limit

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
DURATION = re.compile(r"(\d+)([smhd])")
TOKEN = re.compile(r"<(\d+[smhd])(\.s)?>")
LEAST_RANGE = 5.0
"""Seconds of the shortest scaled range: a shorter one would not hold two samples."""


def seconds(text: str) -> float:
    """Return a duration such as ``5m`` in seconds; ``ValueError`` where it is none."""
    found = DURATION.fullmatch(text)
    if not found:
        raise ValueError(text)
    return float(int(found[1]) * UNITS[found[2]])


@dataclass(frozen=True, slots=True)
class Clockwork:
    """How fast the rules' time goes: at ``scale`` 1 as written, at 1/60 an hour lasts a minute."""

    scale: float = 1.0

    def duration(self, text: str, least: float = 0.0) -> str:
        """Return a duration as rules write it, not shorter than ``least`` seconds where it is scaled."""
        if self.scale == 1.0:
            return text
        return f"{round(max(seconds(text) * self.scale, least) * 1000)}ms"

    def filled(self, expr: str, limit: Limit | None = None) -> str:
        """Return an expression with its durations and its limit in their places."""
        said = expr.replace("<limit>", self._limit(limit)) if limit else expr
        return TOKEN.sub(self._token, said)

    def _token(self, found: re.Match[str]) -> str:
        if found[2]:
            return number(seconds(found[1]) * self.scale)
        return self.duration(found[1], LEAST_RANGE)

    def _limit(self, limit: Limit) -> str:
        return number(limit.value * (self.scale if limit.age else 1.0))


def number(value: float) -> str:
    """Return a number as people write it: whole where it is whole."""
    return str(int(value)) if value == int(value) else repr(round(value, 6))
