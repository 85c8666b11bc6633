"""The control socket: HTTP over AF_UNIX, for the CLI and for programs on this host (mode 0600).

Errors come as {"code", "vi", "en", "details"}.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from appliance.assurance import Pledges
from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.hands import Hands

STATUS = {"C006": 503, "C007": 404, "C014": 404, "C015": 404, "S201": 503}
"""HTTP status by error code; anything else is 409: the thing is not in a state for it."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class ControlSite:
    """Serves the control socket."""

    socket: Path
    hands: Hands
    status: Callable[[], Awaitable[dict[str, Any]]]
    remove: Callable[[str], Awaitable[None]]
    name: Callable[[str, str, str], Awaitable[None]]
    more: Iterable[web.RouteDef] = ()
    pledges: Pledges | None = None

    async def start(self) -> None:
        """Open the socket."""
        app = web.Application(middlewares=[errors_as_json])
        app.router.add_get("/status", self._status)
        app.router.add_get("/alive", self._alive)
        app.router.add_post("/remove", self._remove)
        app.router.add_post("/operator/name", self._name)
        app.router.add_post("/{verb:press|resume|finish|cancel}/{device}", self._operate)
        app.router.add_routes(self.more)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._runner.setup()
        self.socket.unlink(missing_ok=True)
        await web.UnixSite(self._runner, str(self.socket)).start()
        self.socket.chmod(0o600)

    async def stop(self) -> None:
        """Close the socket."""
        await self._runner.cleanup()
        self.socket.unlink(missing_ok=True)

    async def _status(self, _request: web.Request) -> web.Response:
        return web.json_response(await self.status())

    async def _alive(self, _request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def _remove(self, request: web.Request) -> web.Response:
        name = (await asked(request)).get("name", "")
        await self.remove(name)
        return web.json_response({"done": "remove", "device": name})

    async def _name(self, request: web.Request) -> web.Response:
        """Say who scanned a held batch; ``by`` is who says so."""
        words = await asked(request)
        await self.name(words.get("batch", ""), words.get("code", ""), words.get("by", ""))
        return web.json_response({"done": "name", "batch": words.get("batch", "")})

    async def _operate(self, request: web.Request) -> web.Response:
        verb, device = request.match_info["verb"], request.match_info["device"]
        words = await asked(request)
        if self.pledges is not None and words.get("no_secret"):
            self.pledges.give(device, words["no_secret"])
        try:
            await self.hands.act(verb, device, words.get("job", ""))
        finally:
            if self.pledges is not None:  # it counts for this Start and no later one
                self.pledges.take(device)
        return web.json_response({"done": verb, "device": device})


async def asked(request: web.Request) -> dict[str, str]:
    """Return the words of a request; none where it has no body.

    Raises:
        ApplianceError: REQUEST_REFUSED when the body is no table.
    """
    try:
        body = json.loads(await request.text() or "{}")
        return {str(name): str(value) for name, value in body.items()}
    except (ValueError, AttributeError):
        raise errors.REQUEST_REFUSED.error(reason="the body is no JSON table") from None


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors of the catalogue into answers."""
    try:
        return await handler(request)
    except ApplianceError as problem:
        body = {"code": problem.code, "vi": problem.vi, "en": problem.en,
                "details": {name: str(value) for name, value in problem.details.items()}}
        return web.json_response(body, status=STATUS.get(problem.code, 409))
