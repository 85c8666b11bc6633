"""A port with TLS that opens when its files are right, and never holds up the daemon: no paper waits for it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from aiohttp import web

from appliance.core.errors import Kind
from appliance.core.server_tls import ServerTls, TlsFiles

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""How often files that cannot be used, or a port that is taken, are looked at again."""


@dataclass
class TlsDoor:
    """One port; ``whose`` names it in the log, ``shut`` is what is said while it cannot be opened."""

    host: str
    port: int
    files: TlsFiles
    whose: str
    shut: Kind
    look_seconds: float = LOOK_SECONDS

    async def open(self, runner: web.BaseRunner) -> str:
        """Open the port, and try again until it works; return its address."""
        said = ""
        while True:
            try:
                return await self._listen(runner)
            except OSError as problem:  # ssl.SSLError is one; a file that is away, a port in use
                shut = self.shut.error(reason=f"{type(problem).__name__} {problem.strerror or ''}")
                if str(shut) != said:
                    log.warning("%s", shut)
                said = str(shut)
            await asyncio.sleep(self.look_seconds)

    async def _listen(self, runner: web.BaseRunner) -> str:
        before = len(runner.addresses)
        site = web.TCPSite(runner, self.host, self.port, ssl_context=ServerTls(self.files, self.whose).context)
        try:
            await site.start()
        except OSError:
            await site.stop()
            raise
        return f"https://{self.host}:{runner.addresses[before][1]}"
