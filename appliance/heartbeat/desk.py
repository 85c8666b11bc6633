"""The daemon's side of ``appliance heartbeat``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from appliance import staff
from appliance.core import errors
from appliance.heartbeat.heart import Heart

Asked = Callable[[web.Request], Awaitable[dict[str, str]]]


@dataclass(frozen=True)
class HeartbeatDesk:
    """Sends a page and says how it fares."""

    heart: Heart

    def routes(self, asked: Asked) -> tuple[web.RouteDef, ...]:
        """Return what the control socket offers; ``asked`` reads the words of a request."""
        async def told(_request: web.Request) -> web.Response:
            return web.json_response(self.heart.told())

        async def send(request: web.Request) -> web.Response:
            by = (await asked(request)).get("by", "")
            return web.json_response({"done": "heartbeat", "run": await self.send(by)})

        return web.get("/heartbeat", told), web.post("/heartbeat", send)

    async def send(self, by: str) -> str:
        """Let a page set out for somebody, by staff code; return the name of the run.

        Raises:
            ApplianceError: STAFF_UNKNOWN; else as ``Heart.send``.
        """
        config = self.heart.means.config
        if by and staff.person(config, by) is None:
            raise errors.STAFF_UNKNOWN.error(code=by)
        return await self.heart.send(by or config.office.operator or "command")
