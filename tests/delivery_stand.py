"""An office with packages to send and nothing else: real ledger, conductor, dispatch; and a moody archive."""

from __future__ import annotations

import asyncio
import base64
import io
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import aiohttp
from aiohttp import web
from archive_stand import large

from appliance.archive.transports.contract import Package
from appliance.conductor import Conductor
from appliance.core import clock, config
from appliance.core.events import Bus
from appliance.core.ids import uuid7
from appliance.dispatch import Dispatch
from appliance.executor import Executor
from appliance.signing.desk import SignerDesk
from appliance.spool.ledger import Book, Ledger, Row
from appliance.spool.store import Store
from appliance.steps.means import Means
from appliance.steps.steps import Steps

PATIENCE = 60.0
BULK_RULES, URGENT_RULES = "archive-tt05-2025", "onestop-ttvpcp-2023"
HOP = ("Host", "Content-Length", "Transfer-Encoding", "Connection")


@dataclass
class Door:
    """Stands before an archive: lets requests through, or answers ``refuse`` says for a package by its SHA-256.

    ``first``: answers given to whoever comes first, before anybody is let through.
    """

    archive: str
    refuse: dict[str, int] = field(default_factory=dict)
    first: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.BaseRequest) -> web.Response:
        if request.path == "/tasks":
            return web.Response(status=404)
        self.asked.append(f"{request.method} {request.path}")
        if self.first:
            status, headers = self.first.pop(0)
            return web.Response(status=status, headers=headers)
        told = request.headers.get("Upload-Metadata", "")
        for sha256, status in self.refuse.items():
            if base64.b64encode(sha256.encode()).decode() in told:
                return web.Response(status=status)
        headers = {name: value for name, value in request.headers.items() if name not in HOP}
        async with self.session.request(request.method, self.archive + request.path, headers=headers,
                                        data=io.BytesIO(await request.content.read())) as answer:
            back = {name: value for name, value in answer.headers.items() if name not in HOP}
            return web.Response(status=answer.status, headers=back, body=await answer.read())

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Door]:
        runner = web.ServerRunner(web.Server(self.answer))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession(auto_decompress=False) as self.session:
            try:
                yield self
            finally:
                await runner.cleanup()


@dataclass
class Office:
    """The office; ``road`` and the other tables are those of its settings."""

    folder: Path
    url: str
    receipt_key: Path
    road: Mapping[str, Any] = field(default_factory=dict)
    archive: Mapping[str, Any] = field(default_factory=dict)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Office]:
        """Let the conductor go round."""
        self.store = Store(self.folder / "state")
        self.store.prepare()
        self.book, self.bus = Book(self.store.ledger), Bus()
        tables = {"archive": {"url": self.url, "receipt_key": str(self.receipt_key), "poll_seconds": 0.1,
                              "patch_kib": 256, "road": {"jitter_seconds": 0.0, **self.road}, **self.archive},
                  "storage": {"keep_days": 30}}
        self.config = config.parse(tables)
        self.dispatch = Dispatch(self.config, self.book)
        await self.dispatch.start()
        self.means = Means(self.config, self.store, self.book, cast(Executor, None), cast(SignerDesk, None),
                           self.dispatch, self.bus)
        self.conductor = Conductor(Steps(self.means))
        going = asyncio.create_task(self.conductor.run())
        try:
            yield self
        finally:
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)
            await self.conductor.stop()
            await self.dispatch.stop()
            self.book.close()

    async def packed(self, kib: int = 64, rules: str = BULK_RULES) -> Package:
        """Queue a package of a dossier of its own."""
        name = uuid7()
        package = large(self.folder / name, kib, name)
        await self.book.ask(_queue, package, rules)
        self.conductor.wake()
        return package

    async def row(self, package: Package) -> Row:
        found = await self.book.ask(lambda ledger: ledger.one("delivery", package=package.uuid))
        assert found is not None
        return found

    async def until(self, true: Callable[[], Any], what: str) -> None:
        """Wait for something, with a deadline."""
        end = time.monotonic() + PATIENCE
        while True:
            found = true()
            if await found if asyncio.iscoroutine(found) else found:
                return
            assert time.monotonic() < end, f"waited in vain: {what}"
            await asyncio.sleep(0.02)

    async def in_state(self, package: Package, state: str) -> None:
        async def there() -> bool:
            return bool((await self.row(package))["state"] == state)

        await self.until(there, f"{package.uuid} {state}")

    async def set_aside(self, package: Package) -> Row:
        async def there() -> bool:
            return bool((await self.row(package))["aside"])

        await self.until(there, "it is set aside")
        return await self.row(package)


def _queue(ledger: Ledger, package: Package, rules: str) -> None:
    batch, now = uuid7(), clock.iso(clock.now(), "milliseconds")
    with ledger.transaction():
        ledger.act("add_batch", id=batch, device="d", job="default", rules=rules, operator="A", operator_code="",
                   named_by="", provenance="{}", started=now)
        ledger.put("batch", batch, state="separated")
        ledger.act("add_dossier", id=package.uuid, file_code=package.uuid, revision=1, job="default", rules=rules,
                   batch=batch, declared=1, captured=1, opened=now)
        ledger.put("dossier", package.uuid, state="packed", package=package.uuid)
        ledger.act("add_document", id=f"{package.uuid}.1", dossier=package.uuid, ordinal=1, type_name="", sheets=1,
                   declared=1, component="", created=now)
        ledger.put("document", f"{package.uuid}.1", state="packed")
        ledger.act("add_delivery", package=package.uuid, dossier=package.uuid, path=str(package.path),
                   sha256=package.sha256, size=package.size, queued=now, state="queued")
