"""No new batch for a while: before a restart, so that none is broken off. A restart ends it, time does too."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from appliance.core import errors
from appliance.core.states import SessionState
from appliance.device.station import Stations

log = logging.getLogger(__name__)

KEPT_MINUTES = 15
"""How long nothing starts after the last batch has ended: who asked for it restarts us meanwhile, or is gone."""

MOST_MINUTES = 1440


@dataclass
class Drain:
    """Keeps new batches from starting, and opens again by itself.

    Attributes:
        stations: the devices.
        clock: seconds, never going back.
        until: when it ends by itself, by that clock; None while it is not asked for.
    """

    stations: Stations
    clock: Callable[[], float]
    until: float | None = None
    _opening: asyncio.TimerHandle | None = field(default=None, repr=False)

    def begin(self, minutes: float) -> bool:
        """Let no new batch start; the open ones have so many minutes, then all is open again.

        Returns whether somebody had asked already: who joins never shortens it, and leaves the end to the first.
        """
        seconds, joined = (minutes + KEPT_MINUTES) * 60, self.until is not None
        if not joined:
            log.info("no new batch starts: the daemon is to be restarted")
        if self.until is None or self.clock() + seconds > self.until:
            self._open_in(seconds, minutes)
        return joined

    def end(self) -> None:
        """Let batches start again; may be called when they do."""
        if self._opening is not None:
            self._opening.cancel()
            log.info("batches may start again")
        self._opening = self.until = None
        self.stations.open_again()

    def told(self) -> dict[str, Any]:
        """Return how it stands: which devices scan, which wait for a sheet to be put back."""
        def names(state: SessionState) -> list[str]:
            return [one["name"] for one in self.stations.snapshot() if one["state"] == state]

        left = 0.0 if self.until is None else max(self.until - self.clock(), 0.0)
        return {"draining": self.until is not None, "scanning": names(SessionState.SCANNING),
                "waiting": names(SessionState.RELOAD), "seconds": round(left)}

    def routes(self, asked: Callable[[web.Request], Any]) -> tuple[web.RouteDef, ...]:
        """Return the routes of the control socket; ``asked`` reads the words of a request."""
        async def begin(request: web.Request) -> web.Response:
            joined = self.begin(_minutes((await asked(request)).get("minutes", "")))
            return web.json_response({**self.told(), "joined": joined})

        async def end(_request: web.Request) -> web.Response:
            self.end()
            return web.json_response(self.told())

        async def told(_request: web.Request) -> web.Response:
            return web.json_response(self.told())

        return web.get("/drain", told), web.post("/drain", begin), web.post("/drain/end", end)

    def _open_in(self, seconds: float, minutes: float) -> None:
        if self._opening is not None:
            self._opening.cancel()
        self.until = self.clock() + seconds
        self._opening = asyncio.get_running_loop().call_later(seconds, self.end)
        self.stations.close(errors.DRAINING.code, minutes=max(round(minutes), 1))


def _minutes(text: str) -> float:
    """Return how many minutes were asked for.

    Raises:
        ApplianceError: REQUEST_REFUSED.
    """
    try:
        minutes = float(text or 10)
    except ValueError:
        minutes = -1.0
    if not 0 <= minutes <= MOST_MINUTES:
        raise errors.REQUEST_REFUSED.error(reason=f"minutes: 0 … {MOST_MINUTES}")
    return minutes
