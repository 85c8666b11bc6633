"""The page, its API and /metrics over HTTP on the configured address. What changes anything is in counter.py."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from appliance.console.counter import HEADERS, Counter
from appliance.console.forms import refused_page
from appliance.console.look import SCRIPT
from appliance.console.page import render
from appliance.console.page_port import open_port
from appliance.console.tls_door import LOOK_SECONDS, TlsDoor
from appliance.core import errors, notify
from appliance.core.config import Console
from appliance.core.errors import ApplianceError
from appliance.core.server_tls import TlsFiles
from appliance.exporter.metrics import CONTENT_TYPE

log = logging.getLogger(__name__)

LARGEST_FORM = 16_384
"""Bytes of a form at most."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Site:
    """Serves what may be looked at, and the forms of the counter.

    ``address`` and ``secure`` say where, without and with TLS; each is empty until its port is open.
    """

    where: Console
    counter: Counter
    status: Callable[[], Awaitable[dict[str, Any]]]
    metrics: Callable[[], Awaitable[bytes]]
    healthy: Callable[[], bool]
    more: Iterable[web.RouteDef] = ()
    address: str = ""
    secure: str = ""
    look_seconds: float = LOOK_SECONDS

    async def start(self) -> str:
        """Open the port; return the address.

        Under a service manager a port that is taken, or an address that the host does not have yet, stops nothing:
        it is tried again, and until then the address is empty.

        Raises:
            OSError: the port cannot be opened, and a person is there to read it.
        """
        app = web.Application(middlewares=[refusals_as_page], client_max_size=LARGEST_FORM)
        app.router.add_get("/", self._page)
        app.router.add_get("/page.js", self._script)
        app.router.add_get("/api/v1/status", self._api)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/healthz", self._health)
        app.router.add_routes([*self.counter.routes(), *self.more])
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._runner.setup()
        shown = False
        try:
            await self._show()
            shown = True
        except OSError as problem:
            if not notify.managed():
                raise
            self._tell_shut(problem)
        later = () if shown else (self._show_later(),)
        self._opening = [asyncio.create_task(work) for work in (self._show_over_https(), *later)]
        return self.address

    async def _show(self) -> None:
        """Open the port. Raises OSError."""
        before = len(self._runner.addresses)
        await open_port(self._runner, self.where.host, self.where.port)
        self.address = f"http://{self.where.host}:{self.where.port or self._runner.addresses[before][1]}"

    async def _show_later(self) -> None:
        """Open the port as soon as that can be."""
        while not self.address:
            await asyncio.sleep(self.look_seconds)
            with contextlib.suppress(OSError):  # it was told
                await self._show()
                log.info("the page is shown at %s", self.address)

    def _tell_shut(self, problem: OSError) -> None:
        shut = errors.PAGE_PORT_SHUT.error(host=self.where.host, port=self.where.port,
                                           reason=problem.strerror or type(problem).__name__)
        log.warning("%s", shut)

    async def _show_over_https(self) -> None:
        """Show the same over HTTPS as soon as its files are right; nothing where no host is set for it."""
        tls = self.where.tls
        if not tls.host:
            return
        files = TlsFiles(Path(tls.certificate), Path(tls.key or tls.certificate), Path(tls.ca) if tls.ca else None,
                         demanded=True)
        door = TlsDoor(tls.host, tls.port, files, "the page", errors.PAGE_DOOR_SHUT, self.look_seconds)
        self.secure = await door.open(self._runner)
        log.info("the page is shown at %s", self.secure)

    async def stop(self) -> None:
        """Close the ports."""
        for opening in self._opening:
            opening.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        await self._runner.cleanup()

    async def _page(self, request: web.Request) -> web.Response:
        text = render(await self.status(), self.counter.views(request))
        return web.Response(text=text, content_type="text/html", headers=HEADERS)

    async def _script(self, _request: web.Request) -> web.Response:
        return web.Response(text=SCRIPT, content_type="text/javascript", headers=HEADERS)

    async def _api(self, _request: web.Request) -> web.Response:
        return web.json_response(await self.status())

    async def _metrics(self, _request: web.Request) -> web.Response:
        page = await self.metrics()
        return web.Response(body=page, headers={"Content-Type": CONTENT_TYPE})

    async def _health(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n") if self.healthy() else web.Response(text="stalled\n", status=503)


@web.middleware
async def refusals_as_page(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn an error of the catalogue into a page with the way back."""
    try:
        return await handler(request)
    except ApplianceError as problem:
        text = refused_page(problem.code, (problem.vi, problem.en))
        return web.Response(text=text, content_type="text/html", status=403, headers=HEADERS)
