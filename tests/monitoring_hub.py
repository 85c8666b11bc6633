"""What a test of monitoring answers and hears: offices that are only played, and who is told of alerts."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from office_certificates import Authority

from appliance.console.metrics_door import MetricsDoor
from appliance.core.exposure import Exposure
from appliance.exporter.metrics import Metrics
from appliance.monitoring.catalogue import ALERTS

DEADLINE = 120.0
"""Seconds for anything at all; nothing is ever measured against it."""


def free_port() -> int:
    """Return a port that nobody has, of those that the kernel never gives to a connection meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.socket() as one:
            one.bind(("127.0.0.1", port))
            return port


def until(true: Callable[[], Any], what: str, seen: Callable[[], Any] = lambda: "") -> Any:
    """Wait until something is true; return it. ``seen``: what there was instead."""
    end = time.monotonic() + DEADLINE
    while True:
        found = true()
        if found:
            return found
        assert time.monotonic() < end, f"waited in vain: {what}; {seen()}"
        time.sleep(0.1)


@dataclass(frozen=True)
class Heard:
    """One alert of one message: to whom, firing or resolved, its labels."""

    who: str
    state: str
    labels: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.labels["alertname"]


class Hub:
    """What answers and listens inside the test: doors of offices that are only played; who is told of alerts."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._doors: dict[str, list[asyncio.Task[None]]] = {}
        self.heard: list[Heard] = []
        self.before: list[Heard] = []
        self.port = self._wait(self._listen())

    def told(self, state: str = "firing") -> set[tuple[str, str, str]]:
        """Return everything that was told of: to whom, which alert, of which office (or empty)."""
        return {(one.who, one.name, one.labels.get("office", "")) for one in list(self.heard) if one.state == state}

    def forget(self) -> None:
        """Begin to listen anew."""
        self.before += self.heard
        self.heard.clear()

    def figures(self) -> dict[str, list[str]]:
        """Return the names of all alerts of ours that were told of, and of those that were told to be over."""
        told = [one for one in self.before + self.heard if one.name in ALERTS]
        return {state: sorted({one.name for one in told if one.state == state}) for state in ("firing", "resolved")}

    def open(self, office: str, appliance: int, node: int) -> None:
        """Switch an office's host on: an idle appliance, and a node_exporter that says nothing."""
        self._wait(self._open(office, appliance, node))

    def shut(self, office: str) -> None:
        """Switch an office's host off."""
        self._wait(self._shut(office))

    def stop(self) -> None:
        for office in list(self._doors):
            self.shut(office)
        self._wait(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(DEADLINE)
        self._loop.close()

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(DEADLINE)

    async def _listen(self) -> int:
        app = web.Application()
        app.router.add_post("/{who}", self._hear)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return int(self._runner.addresses[0][1])

    async def _hear(self, request: web.Request) -> web.Response:
        for one in (await request.json())["alerts"]:
            self.heard.append(Heard(request.match_info["who"], one["status"], one["labels"]))
        return web.Response()

    async def _open(self, office: str, appliance: int, node: int) -> None:
        metrics = Metrics()

        async def page() -> bytes:
            return metrics.show()

        async def of_node() -> bytes:
            return b""

        own, ca = str(self._authority.issue(f"host-{office}")), str(self._authority.file)
        doors = [MetricsDoor(Exposure("127.0.0.1", port, own, "", ca), shown, lambda: True, look_seconds=0.1)
                 for port, shown in ((appliance, page), (node, of_node))]
        self._doors[office] = [asyncio.create_task(door.run()) for door in doors]
        async with asyncio.timeout(DEADLINE):
            while not all(door.address for door in doors):
                await asyncio.sleep(0.02)

    async def _shut(self, office: str) -> None:
        tasks = self._doors.pop(office)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
