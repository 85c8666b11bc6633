"""Times of day at which bulk packages may go, by the office's clock (+07:00), whatever zone the host has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appliance.core import clock

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Windows:
    """Spans of the day in seconds after midnight; one that ends before it begins goes over midnight.

    No span at all means always; one that ends where it begins is the whole day.
    """

    spans: tuple[tuple[int, int], ...] = ()

    def wait(self, moment: datetime) -> float:
        """Return the seconds until a window is open; 0 while one is."""
        here = moment.astimezone(clock.VIETNAM)
        second = here.hour * 3600 + here.minute * 60 + here.second + here.microsecond / 1e6
        return min((_wait(second, begin, end) for begin, end in self.spans), default=0.0)


def read(texts: Sequence[str]) -> Windows:
    """Read what ``archive.road.window`` says, such as ``18:00-06:30``."""
    return Windows(tuple(_span(text) for text in texts))


def _span(text: str) -> tuple[int, int]:
    begin, end = ((int(part[:2]) * 60 + int(part[3:])) * 60 for part in text.split("-"))
    return begin, end


def _wait(second: float, begin: int, end: int) -> float:
    long = (end - begin) % DAY or DAY
    return 0.0 if (second - begin) % DAY < long else (begin - second) % DAY
