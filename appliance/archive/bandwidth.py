"""The cap on what all uploads together send: a token bucket, for coroutines and for threads."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

BURST_SECONDS = 0.25
"""What was not used for this long may be sent at once."""

CHUNK, FREE_CHUNK = 64 << 10, 256 << 10
"""Bytes that go at a time, at most, under a cap and without one."""

PIECE_SECONDS = 16.0
"""A piece takes no longer than about this under a cap: archives give up a sender that is silent for longer."""


class Bandwidth:
    """Bytes per second for everybody who shares it; 0: no cap."""

    def __init__(self, per_second: float, now: Callable[[], float] = time.monotonic) -> None:
        self.per_second = per_second
        self._now = now
        self._paid_until = 0.0
        self._lock = threading.Lock()

    @property
    def chunk(self) -> int:
        """How many bytes to reserve at a time, so that the flow is even."""
        return FREE_CHUNK if not self.per_second else int(min(CHUNK, max(1024, self.per_second / 8)))

    def piece(self, most: int) -> int:
        """Return how large a piece may be so that it is through in time; ``most`` bytes at most."""
        return most if not self.per_second else int(min(most, max(CHUNK, self.per_second * PIECE_SECONDS)))

    def reserve(self, size: int) -> float:
        """Take room for ``size`` bytes; return the seconds to wait before they go. Any thread may call."""
        if not self.per_second:
            return 0.0
        with self._lock:
            now = self._now()
            start = max(self._paid_until, now - BURST_SECONDS)
            self._paid_until = start + size / self.per_second
            return max(0.0, start - now)

    async def take(self, size: int) -> None:
        """Wait until ``size`` bytes may go."""
        if seconds := self.reserve(size):
            await asyncio.sleep(seconds)
