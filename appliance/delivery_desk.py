"""What a person sees and decides of packages on their way: the daemon's side of ``appliance delivery``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from appliance import staff
from appliance.core import errors
from appliance.spool import dispatching
from appliance.steps.means import Means

Asked = Callable[[web.Request], Awaitable[dict[str, str]]]


@dataclass(frozen=True)
class DeliveryDesk:
    """Lists deliveries and lets them be sent again; ``wake`` lets the work go on."""

    means: Means
    wake: Callable[[], None]

    def routes(self, asked: Asked) -> tuple[web.RouteDef, ...]:
        """Return what the control socket offers; ``asked`` reads the words of a request."""
        async def listed(_request: web.Request) -> web.Response:
            urgent = self.means.dispatch.urgent
            found = await self.means.book.ask(dispatching.waiting, urgent)
            return web.json_response({"deliveries": found})

        async def again(request: web.Request) -> web.Response:
            words = await asked(request)
            done = await self.again(words.get("package", ""), words.get("by", ""))
            return web.json_response({"done": "again", "packages": done})

        return web.get("/delivery", listed), web.post("/delivery/again", again)

    async def again(self, package: str, by: str) -> list[str]:
        """Send one package again, or all that are set aside; whatever waits for its next try goes on now.

        Raises:
            ApplianceError: DELIVERY_UNKNOWN, STAFF_UNKNOWN.
        """
        config = self.means.config
        if by and staff.person(config, by) is None:
            raise errors.STAFF_UNKNOWN.error(code=by)
        done = await self.means.book.ask(dispatching.again, package, by or config.office.operator)
        self.means.dispatch.traffic.nudge()
        self.wake()
        return done
