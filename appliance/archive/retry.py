"""How long to wait before the next try, so that all offices do not come back at the same second."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

Chance = Callable[[], float]
"""Gives a number in 0..1."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential back-off with full jitter. Seconds.

    Attributes:
        first: the longest wait after the first failure.
        cap: no wait is longer.
        floor: no wait is shorter, so that a run of small draws does not hammer the archive.
    """

    first: float = 1.0
    cap: float = 300.0
    floor: float = 0.05

    def delay(self, failures: int, chance: float) -> float:
        """Return the wait after this many failures in a row; ``chance`` in 0..1 places it in its range."""
        ceiling = min(self.cap, self.first * 2.0 ** min(max(failures - 1, 0), 32))
        return max(min(self.floor, ceiling), chance * ceiling)


@dataclass(slots=True)
class Patience:
    """Counts failures in a row and gives the wait after each; success begins the count anew."""

    backoff: Backoff
    chance: Chance = random.random
    failures: int = field(default=0, init=False)

    def wait(self) -> float:
        """Count one more failure and return the seconds to wait."""
        self.failures += 1
        return self.backoff.delay(self.failures, self.chance())

    def reset(self) -> None:
        """Forget the failures: something moved."""
        self.failures = 0


def retry_after(text: str, now: float) -> float:
    """Return the seconds that a Retry-After header asks for: a number or a date (RFC 9110, 10.2.3); else 0."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return 0.0
