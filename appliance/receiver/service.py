"""The archive's service: takes packages by tus, proves them, keeps them, answers with signed receipts.

docs/receiver.md is its manual. Nothing that matters is in memory: a kill at any moment is followed by the same
start, and of several instances side by side another one goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import secrets
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Middleware

from appliance.receiver import receiptbook
from appliance.receiver.archive import Archive, open_space
from appliance.receiver.deciding import RETRY_SECONDS, Deciding, Demands
from appliance.receiver.inlets import Arrival
from appliance.receiver.judges import Judges
from appliance.receiver.line import Line
from appliance.receiver.metrics import CONTENT_TYPE, Scrape, scrape
from appliance.receiver.parts import Part, kept_running, offices_of
from appliance.receiver.receiptbook import ReceiptBook
from appliance.receiver.trust import Awaited
from appliance.receiver.tus_server import TusServer
from appliance.receiver.tus_words import speak_tus
from appliance.receiver.uploads import ElsewhereError, Upload, Uploads

log = logging.getLogger(__name__)

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LOOK_SECONDS = 2.0
_SWEEP_SECONDS = 3600.0
_PIECE = 4 << 20


class Receiver:
    """One instance of the service: uploads, the line of those that wait, their judges, the other parts.

    ``parts`` may be given more until ``app`` is called.
    """

    def __init__(self, archive: Archive, judges: Judges, demands: Demands | None = None) -> None:
        settings = archive.settings
        self.archive = archive
        self.parts: list[Part] = []
        self.book = ReceiptBook(settings.folder(settings.keys, "keys"), settings.issuer)
        self.uploads = Uploads(archive.index, open_space(settings.uploads, settings.root),
                               settings.uploads.keep_days * 86400)
        me = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.line = Line(archive.index, me, settings.judging.lease_seconds)
        self.deciding = Deciding(archive, self.uploads, self.book, demands or Demands())
        self.trust = Awaited(settings.trust)
        self._judges = judges
        self._tus = TusServer(self.uploads, settings.uploads, self.completed)
        self._bell = asyncio.Event()

    def app(self, layers: Sequence[Middleware] = ()) -> web.Application:
        """Return the web application; verification runs for as long as it does.

        ``layers`` stand around every request, the outermost first.
        """
        app = web.Application(middlewares=[*layers, speak_tus], client_max_size=1 << 16)
        app.add_routes([*self._tus.routes(), web.get("/receipts/{sha256}", self._receipt),
                        web.get("/healthz", self._health), web.get("/metrics", self._metrics)])
        for part in self.parts:
            app.add_routes(part.routes())
        app.cleanup_ctx.append(self._background)
        return app

    def completed(self, _upload: Upload) -> None:
        """Say that a whole upload waits; the line itself is in the index."""
        self._bell.set()

    async def receipt(self, sha256: str) -> str | None:
        """Return the receipt for a SHA-256; None while there is none."""
        return await asyncio.to_thread(self._find, sha256)

    async def pending(self, sha256: str) -> bool:
        """Say whether a package waits for its decision."""
        return await asyncio.to_thread(self.line.pending, sha256)

    async def take(self, arrival: Arrival, path: Path) -> None:
        """Take a file in as if its office had uploaded it; durable when this returns.

        Raises:
            OSError: disk or index failed; a later call goes on.
        """
        self.completed(await asyncio.to_thread(self._pour, arrival, path))

    def _pour(self, arrival: Arrival, path: Path) -> Upload:
        upload = self.uploads.create(arrival.office, arrival.size, arrival.sha256, "")
        with path.open("rb") as stream:
            stream.seek(upload.offset)
            while piece := stream.read(_PIECE):
                try:
                    upload = self.uploads.append(upload, piece)
                except ElsewhereError as problem:
                    raise BlockingIOError(str(problem)) from None
        return upload

    def _find(self, sha256: str) -> str | None:
        with self.archive.index.read() as connection:
            return receiptbook.find(connection, sha256)

    async def _background(self, _app: web.Application) -> AsyncIterator[None]:
        work = [self._verify] * (len(self._judges) + 1) + [self._sweep, self._renew]
        tasks = [asyncio.create_task(kept_running(one, RETRY_SECONDS)) for one in work]
        tasks += [asyncio.create_task(kept_running(part.run)) for part in self.parts]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(OSError):
            await asyncio.to_thread(self.line.leave)

    async def _verify(self) -> None:
        while True:
            self._bell.clear()
            claim = await asyncio.to_thread(self.line.claim) if self.trust.there() else None
            if claim is not None:
                await self.deciding.decide(claim, self._judges, self.line)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):  # wait_for may swallow a cancel when rung just then
                    await self._bell.wait()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self.archive.settings.judging.lease_seconds / 3)
            await asyncio.to_thread(self.line.renew)

    async def _sweep(self) -> None:
        while True:
            await asyncio.to_thread(self._tidy)
            await asyncio.sleep(_SWEEP_SECONDS)

    def _tidy(self) -> None:
        """Throw away uploads that expired, rejected and test packages kept long enough, leavings of kills."""
        self.uploads.sweep()
        self.archive.tidy()
        self.deciding.forget_rejected(self.archive.settings.rejected_days * 86400)
        self.deciding.forget_series(self.archive.settings.test_days * 86400)

    async def _receipt(self, request: web.Request) -> web.Response:
        sha256 = request.match_info["sha256"]
        if not _SHA256.fullmatch(sha256):
            raise web.HTTPNotFound
        with _answering():
            waits = await self.pending(sha256)  # asked first: what is decided meanwhile is in the book after it
            token = await asyncio.to_thread(self._find_for, sha256, offices_of(request))
            if token is not None:
                return web.Response(text=token, content_type="application/jose")
            if waits:
                return web.Response(status=202, headers={"Retry-After": "1"})
        raise web.HTTPNotFound

    def _find_for(self, sha256: str, offices: frozenset[str]) -> str | None:
        with self.archive.index.read() as connection:
            return receiptbook.find_for(connection, sha256, offices)

    async def _health(self, _request: web.Request) -> web.Response:
        with _answering():
            receipts = await asyncio.to_thread(self._count)
            waiting, _ = await asyncio.to_thread(self.line.length)
        return web.json_response({**self.trust.health(), "receipts": receipts, "verifying": waiting,
                                  "key": self.book.key_id})

    def _count(self) -> int:
        with self.archive.index.read() as connection:
            return receiptbook.count(connection)

    async def _metrics(self, _request: web.Request) -> web.Response:
        gauges = Scrape(self.archive, self.line, self.parts, lambda: self._tus.received)
        text = await asyncio.to_thread(scrape, self.deciding.figures, gauges)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    """Answer 503 when the index is out of reach."""
    try:
        yield
    except OSError:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "10"}) from None
