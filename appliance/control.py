"""The control socket: HTTP over AF_UNIX, for the CLI and for programs on this host (mode 0600).

Errors come as {"code", "vi", "en", "details"}.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from appliance.core.errors import ApplianceError

STATUS = {"C006": 503, "C007": 404, "S201": 503}
"""HTTP status by error code; anything else is 409: the thing is not in a state for it."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Operations(Protocol):
    """What the daemon can be asked to do with a device."""

    async def press(self, device: str) -> None:
        """Press Start."""

    async def resume(self, device: str) -> None:
        """Go on with an interrupted batch."""

    async def finish(self, device: str) -> None:
        """Close an interrupted batch as it is."""

    async def cancel(self, device: str) -> None:
        """Stop feeding."""


@dataclass
class ControlSite:
    """Serves the control socket."""

    socket: Path
    operations: Operations
    status: Callable[[], Awaitable[dict[str, Any]]]
    audit: Callable[[], Awaitable[int]]
    remove: Callable[[str], Awaitable[None]]

    async def start(self) -> None:
        """Open the socket."""
        app = web.Application(middlewares=[errors_as_json])
        app.router.add_get("/status", self._status)
        app.router.add_get("/audit", self._audit)
        app.router.add_post("/remove", self._remove)
        app.router.add_post("/{verb:press|resume|finish|cancel}/{device}", self._operate)
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

    async def _audit(self, _request: web.Request) -> web.Response:
        return web.json_response({"length": await self.audit()})

    async def _remove(self, request: web.Request) -> web.Response:
        name = str((await request.json()).get("name", ""))
        await self.remove(name)
        return web.json_response({"done": "remove", "device": name})

    async def _operate(self, request: web.Request) -> web.Response:
        verb, device = request.match_info["verb"], request.match_info["device"]
        await getattr(self.operations, verb)(device)
        return web.json_response({"done": verb, "device": device})


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors of the catalogue into answers."""
    try:
        return await handler(request)
    except ApplianceError as problem:
        body = {"code": problem.code, "vi": problem.vi, "en": problem.en,
                "details": {name: str(value) for name, value in problem.details.items()}}
        return web.json_response(body, status=STATUS.get(problem.code, 409))
