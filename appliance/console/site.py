"""The page, its API and /metrics over HTTP on the configured address. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from appliance.console.page import render

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@dataclass
class Site:
    """Serves what may be looked at."""

    host: str
    port: int
    status: Callable[[], Awaitable[dict[str, Any]]]
    metrics: Callable[[], Awaitable[bytes]]
    healthy: Callable[[], bool]

    async def start(self) -> str:
        """Open the port; return the address."""
        app = web.Application()
        app.router.add_get("/", self._page)
        app.router.add_get("/api/v1/status", self._api)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/healthz", self._health)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        port = self._runner.addresses[0][1]
        return f"http://{self.host}:{port}"

    async def stop(self) -> None:
        """Close the port."""
        await self._runner.cleanup()

    async def _page(self, _request: web.Request) -> web.Response:
        text = render(await self.status())
        headers = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _api(self, _request: web.Request) -> web.Response:
        return web.json_response(await self.status())

    async def _metrics(self, _request: web.Request) -> web.Response:
        page = await self.metrics()
        return web.Response(body=page, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def _health(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n") if self.healthy() else web.Response(text="stalled\n", status=503)
