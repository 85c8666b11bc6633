"""What the archive's service is put together from: parts with routes, work that goes on, and metrics."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from aiohttp import web
from prometheus_client.core import Metric

from appliance.receiver.gate import CALLER

log = logging.getLogger(__name__)

_AGAIN_SECONDS = 30.0


class Part(Protocol):
    """One part of the service."""

    def routes(self) -> Iterable[web.RouteDef]:
        """Return its routes."""
        ...

    async def run(self) -> None:
        """Work for as long as the service runs; what it returns from is over, what it raises is tried again."""
        ...

    def families(self) -> Iterable[Metric]:
        """Return its metrics; called in a thread, so it may ask the index."""
        ...


def office_of(request: web.Request) -> str:
    """Return the code of the office that asks, or the empty text."""
    caller = request.get(CALLER)
    return caller.code if caller else ""


def offices_of(request: web.Request) -> frozenset[str]:
    """Return the codes of all offices as which it asks: its own and those that it took over; none: everybody's."""
    caller = request.get(CALLER)
    return frozenset({caller.code, *caller.heir_of}) if caller and caller.code else frozenset()


async def kept_running(work: Callable[[], Awaitable[None]], wait: float = _AGAIN_SECONDS) -> None:
    """Run the work of one part; what it raises is told and tried again later, the other parts go on."""
    while True:
        try:
            await work()
        except OSError as problem:
            log.warning("a part of the archive waits %.0f s: %s", wait, problem)
            await asyncio.sleep(wait)
        except Exception:  # boundary: a part that fails may not end the service
            log.exception("a part of the archive failed; it is started again in %.0f s", wait)
            await asyncio.sleep(wait)
        else:
            return
