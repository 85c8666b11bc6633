"""What all deliveries of an office share: places on the road, its hours and its width, who goes before whom.

Two lanes. *Urgent*: somebody waits for the dossier at a counter; it goes at any hour, beside whatever is on its
way, and before the next piece of it. *Bulk*: everything else; it keeps to the windows and comes a random time after
a start, an outage or the opening of a window, so that all offices do not arrive together.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from appliance.archive import windows
from appliance.archive.bandwidth import Bandwidth
from appliance.archive.retry import Backoff, Patience
from appliance.archive.way import asked_for
from appliance.core import clock, errors
from appliance.core.delivery import Road
from appliance.core.errors import ApplianceError

URGENT, BULK = "urgent", "bulk"
OUTAGE_SECONDS = 60.0
"""A silence this long is an outage: many offices come back from it at the same time."""

PROBES = {URGENT: Backoff(cap=30.0), BULK: Backoff(cap=300.0)}
"""Waits of a whole lane while the archive is out of reach: one package tries for all of them."""

POISON_TRIES, POISON_OTHERS = 8, 3
"""A delivery that fails so often in a row, while so many others arrive whole, is set aside."""

LOOK_SECONDS = 20.0


@dataclass
class Traffic:
    """The road to the archive; ``Trip`` is one delivery on it."""

    road: Road
    now: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    sent: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    arrived: int = 0
    contact: float = 0.0

    def __post_init__(self) -> None:
        self.bandwidth = Bandwidth(self.road.kib_per_second * 1024.0, self.now)
        self._windows = windows.read(self.road.window)
        self._slots = {lane: asyncio.Semaphore(self.road.at_once) for lane in (URGENT, BULK)}
        self._outage = {lane: Patience(PROBES[lane], self.chance) for lane in (URGENT, BULK)}
        self._until = dict.fromkeys((URGENT, BULK), 0.0)
        self._silent_since: float | None = None
        self._was_open = True
        self._urgent = 0
        self._nobody_urgent = asyncio.Event()
        self._nobody_urgent.set()
        self._nudged = asyncio.Event()
        self.bulk_after = self._later()

    def wait(self, lane: str) -> float:
        """Return the seconds until packages of a lane may go; 0: now."""
        now = self.now()
        wait = self._until[lane] - now
        if lane == BULK:
            closed = self._windows.wait(clock.now())
            if not closed and not self._was_open:
                self.bulk_after = self._later()
            self._was_open = not closed
            wait = max(wait, closed, self.bulk_after - now)
        return max(wait, 0.0)

    @property
    def open(self) -> bool:
        """Say whether it is an hour for bulk packages."""
        return not self._windows.wait(clock.now())

    async def rest(self, seconds: float) -> None:
        """Wait; a nudge ends it at once."""
        try:
            async with asyncio.timeout(seconds):
                await self._nudged.wait()
        except TimeoutError:
            return

    def nudge(self) -> None:
        """Let everything that waits for its next try go on now; a person wishes it. The hours for bulk stay."""
        for lane, patience in self._outage.items():
            patience.reset()
            self._until[lane] = 0.0
        self.bulk_after = self.now()
        self._nudged.set()
        self._nudged = asyncio.Event()

    @asynccontextmanager
    async def turn(self, lane: str) -> AsyncIterator[None]:
        """Hold a place of a lane, from when it may go."""
        async with self._slots[lane]:
            await self.allowed(lane)
            self._count(lane, 1)
            try:
                yield
            finally:
                self._count(lane, -1)

    async def allowed(self, lane: str) -> None:
        """Wait until a lane may send."""
        while seconds := self.wait(lane):
            await self.rest(min(seconds, LOOK_SECONDS))

    async def clear(self, lane: str) -> None:
        """Wait before the next piece; bulk lets what is urgent go first."""
        if lane == BULK:
            await self._nobody_urgent.wait()
        await self.allowed(lane)

    def heard(self, lane: str, size: int) -> None:
        """Note that the archive answered; after an outage bulk packages come back one by one."""
        self.contact = time.time()
        self.sent[lane] += size
        for one, patience in self._outage.items():
            patience.reset()
            self._until[one] = 0.0
        if self._silent_since is not None and self.now() - self._silent_since > OUTAGE_SECONDS:
            self.bulk_after = max(self.bulk_after, self._later())
        self._silent_since = None

    def failed(self, lane: str, problem: ApplianceError) -> float:
        """Note trouble; return how long the delivery waits at least."""
        self.failures[problem.code] += 1
        now, asked = self.now(), asked_for(problem)
        if problem.details.get("away"):
            self._silent_since = now if self._silent_since is None else self._silent_since
            self._until[lane] = max(self._until[lane], now + self._outage[lane].wait())
        if asked:
            self._until = {one: max(until, now + asked) for one, until in self._until.items()}
        return asked

    def _later(self) -> float:
        return self.now() + self.chance() * self.road.jitter_seconds

    def _count(self, lane: str, step: int) -> None:
        if lane == URGENT:
            self._urgent += step
            (self._nobody_urgent.clear if self._urgent else self._nobody_urgent.set)()


@dataclass
class Trip:
    """One delivery on the road. A ``Way`` (archive/way.py)."""

    traffic: Traffic
    lane: str
    _tries: int = 0
    _arrived_before: int = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a place; see ``Way.turn``."""
        async with self.traffic.turn(self.lane):
            yield

    async def clear(self) -> None:
        """Wait before the next piece; see ``Way.clear``."""
        await self.traffic.clear(self.lane)

    async def rest(self, seconds: float) -> None:
        """Wait between two tries; see ``Way.rest``."""
        await self.traffic.rest(seconds)

    def moved(self, size: int) -> None:
        """Hear of an answer or of bytes that arrived; see ``Way.moved``."""
        if size:
            self._tries = 0
        self.traffic.heard(self.lane, size)

    def failed(self, problem: ApplianceError) -> float:
        """Hear of trouble; see ``Way.failed``. Raises DELIVERY_SET_ASIDE."""
        if self.traffic.arrived == self._arrived_before:
            self._tries = 0  # nobody arrived since it began to fail: until now it was the line
        if not self._tries:
            self._arrived_before = self.traffic.arrived
        self._tries += 1
        wait = self.traffic.failed(self.lane, problem)
        if self._tries >= POISON_TRIES and self.traffic.arrived - self._arrived_before >= POISON_OTHERS:
            reason = f"{problem.code} {problem.details.get('reason', '')}".strip()
            raise errors.DELIVERY_SET_ASIDE.error(reason=reason)
        return wait
