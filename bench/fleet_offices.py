"""Many offices in one process, each with its own certificate, connections and packages: the product's own client.

    python bench/fleet_offices.py ORDERS.json        (bench/fleet.py writes it)

Every office asks once for rescan tasks, then brings each package to its receipt from the moment it is ready, two
at a time, by ``archive.sender.deliver`` over ``TusTransport`` with mutual TLS. Only the waits between tries and
between questions for a receipt are shorter than the product's, as the day is. One line of JSON a package goes to
``out``.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from appliance.archive.retry import Backoff
from appliance.archive.sender import Progress, Terms, deliver
from appliance.archive.transports.contract import Package
from appliance.archive.transports.identity import Identity
from appliance.archive.transports.tus import TusTransport
from appliance.core.delivery import Tls
from appliance.core.errors import ApplianceError

NAME = "archive.bench"
PIECE, AT_ONCE = 4 << 20, 2


class Resolver(AbstractResolver):
    """Says of every name that it is at one address: the road of these offices."""

    def __init__(self, host: str) -> None:
        self._host = host

    async def resolve(self, host: str, port: int = 0,
                      family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """Return the address."""
        return [ResolveResult(hostname=host, host=self._host, port=port, family=family, proto=0,
                              flags=socket.AI_NUMERICHOST)]

    async def close(self) -> None:
        """There is nothing to close."""


@dataclass
class Offices:
    """The offices of this process. ``orders``: as ``bench/fleet.py`` writes them."""

    orders: Mapping[str, Any]
    out: IO[str]

    def __post_init__(self) -> None:
        faster = self.orders["faster"]
        again = Backoff(max(0.2, 1 / faster), max(1.0, 300 / faster))
        self.terms = Terms(Path(self.orders["receipt_key"]).read_bytes(), PIECE, again, Backoff(0.5, 3.0))
        self.troubles = 0

    async def run(self) -> None:
        """Run every office to its last receipt, or to the end of the time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.orders["until"] - time.time()):
                await asyncio.gather(*map(self._office, self.orders["offices"]))
        print(json.dumps({"troubles": self.troubles}))

    async def _office(self, office: Mapping[str, Any]) -> None:
        connector = aiohttp.TCPConnector(resolver=Resolver(self.orders["host"]), limit=AT_ONCE)
        identity = Identity(Tls(self.orders["ca"], office["certificate"], ""))
        async with aiohttp.ClientSession(connector=connector) as session:
            transport = TusTransport(session, f"https://{NAME}:{self.orders['port']}", identity, at_once=PIECE)
            await _until(self.orders["start"] + random.uniform(0, self.orders["spread"]))
            with suppress(ApplianceError):
                await transport.tasks()
            places = asyncio.Semaphore(AT_ONCE)
            await asyncio.gather(*(self._send(transport, places, one) for one in office["packages"]))

    async def _send(self, transport: TusTransport, places: asyncio.Semaphore, told: Mapping[str, Any]) -> None:
        await _until(told["ready"])
        package = Package(Path(told["path"]), told["sha256"], told["size"], told["uuid"])
        async with places:
            accepted = await self._bring(transport, package)
        self.out.write(json.dumps({"uuid": package.uuid, "done": time.time(), "accepted": accepted}) + "\n")
        self.out.flush()

    async def _bring(self, transport: TusTransport, package: Package) -> bool:
        async def keep(_progress: Progress) -> None:
            return

        def told(_problem: ApplianceError, _seconds: float) -> None:
            self.troubles += 1

        terms = Terms(self.terms.receipt_key, PIECE, self.terms.again, self.terms.poll, told)
        try:
            return (await deliver(package, transport, keep, terms)).accepted
        except ApplianceError as problem:
            print(f"{package.uuid}: {problem}", file=sys.stderr)
            return False


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.time()))


def main(orders: Path) -> None:
    """Run the offices of one process."""
    told = json.loads(orders.read_text())
    with Path(told["out"]).open("w", encoding="ascii") as out:
        asyncio.run(Offices(told, out).run())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
