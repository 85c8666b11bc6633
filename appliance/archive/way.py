"""When a delivery may go: what the sender asks before it sends, and tells of what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from appliance.core.errors import ApplianceError


class Way(Protocol):
    """The road of one delivery, which it shares with others."""

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Wait for a place on the road; it is given back at the end."""
        ...

    async def clear(self) -> None:
        """Wait until the next piece may go: its time of day, and who goes before."""
        ...

    async def rest(self, seconds: float) -> None:
        """Wait between two tries; a person may cut it short."""
        ...

    def moved(self, size: int) -> None:
        """Hear that the archive answered well and took ``size`` bytes (0 for a mere answer)."""
        ...

    def failed(self, problem: ApplianceError) -> float:
        """Hear of trouble that passes; return how many seconds to wait at least.

        Raises:
            ApplianceError: DELIVERY_SET_ASIDE ends the delivery: it fails while others get through.
        """
        ...


class OpenWay:
    """A road without rules, for one delivery alone. A ``Way``."""

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Go at once."""
        yield

    async def clear(self) -> None:
        """Go on."""

    async def rest(self, seconds: float) -> None:
        """Sleep."""
        await asyncio.sleep(seconds)

    def moved(self, _size: int) -> None:
        """Note nothing."""

    def failed(self, problem: ApplianceError) -> float:
        """Wait as long as the archive asked for."""
        return asked_for(problem)


LONGEST = 3600.0
"""Seconds: an archive that asks for a longer wait is asked again after this."""


def asked_for(problem: ApplianceError) -> float:
    """Return for how many seconds the archive asked not to be tried (Retry-After), at most ``LONGEST``."""
    return min(max(float(problem.details.get("after", 0.0)), 0.0), LONGEST)
