"""The door for collectors on other hosts: /metrics and /healthz alone, to clients with a certificate.

It opens when its files are right and never holds up the daemon: no paper waits for a certificate of monitoring.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from appliance.console.tls_door import LOOK_SECONDS, TlsDoor
from appliance.core import errors
from appliance.core.exposure import Exposure
from appliance.core.server_tls import TlsFiles
from appliance.exporter.metrics import CONTENT_TYPE

log = logging.getLogger(__name__)


@dataclass
class MetricsDoor:
    """Serves what a collector may see; ``address`` is empty while it is shut."""

    where: Exposure
    metrics: Callable[[], Awaitable[bytes]]
    healthy: Callable[[], bool]
    look_seconds: float = LOOK_SECONDS
    address: str = ""

    async def run(self) -> None:
        """Open, and open again until it works; stay until cancelled. Returns at once where no host is set."""
        if not self.where.host:
            return
        app = web.Application()
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/healthz", self._health)
        runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await runner.setup()
        try:
            self.address = await self._door().open(runner)
            log.info("metrics are shown to collectors at %s", self.address)
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    def _door(self) -> TlsDoor:
        where = self.where
        files = TlsFiles(Path(where.certificate), Path(where.key or where.certificate), Path(where.ca),
                         demanded=True)
        return TlsDoor(where.host, where.port, files, "the metrics", errors.METRICS_DOOR_SHUT, self.look_seconds)

    async def _metrics(self, _request: web.Request) -> web.Response:
        page = await self.metrics()
        return web.Response(body=page, headers={"Content-Type": CONTENT_TYPE})

    async def _health(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n") if self.healthy() else web.Response(text="stalled\n", status=503)
