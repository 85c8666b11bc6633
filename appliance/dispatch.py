"""Packages on their way: builds the transport from the settings and ties one delivery to its ledger row."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from appliance.archive.receipts import Receipt
from appliance.archive.retry import Backoff
from appliance.archive.sender import Progress, Terms, deliver
from appliance.archive.transports.contract import Package
from appliance.archive.transports.tus import TusTransport
from appliance.core import errors
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.core.states import DELIVERY, DeliveryState
from appliance.spool import deliveries
from appliance.spool.ledger import Book, Ledger, Row

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Packages on their way at the same time: an office line gains nothing from more."""

TIMEOUT = aiohttp.ClientTimeout(total=None, connect=15, sock_read=120)


@dataclass
class Dispatch:
    """Sends packages and brings receipts home."""

    config: Config
    book: Book

    async def start(self) -> None:
        """Open the connection pool."""
        self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def stop(self) -> None:
        """Close the connection pool."""
        await self._session.close()

    async def deliver(self, row: Row) -> Receipt:
        """Bring one package to the archive; return its verified receipt.

        Raises:
            ApplianceError: PACKAGE_INVALID, ARCHIVE_REFUSED, RECEIPT_INVALID; RECEIPT_KEY_MISSING when there
                is no public key to verify receipts with.
        """
        package = Package(Path(row["path"]), row["sha256"], row["size"], row["package"])
        start = Progress(DeliveryState(row["state"]), row["upload_url"], row["sent_bytes"])
        terms = Terms(
            receipt_key=self._receipt_key(), piece=self.config.archive.patch_kib << 10,
            poll=Backoff(first=self.config.archive.poll_seconds, cap=max(60.0, self.config.archive.poll_seconds)),
            told=self._told)

        async def keep(progress: Progress) -> None:
            await self.book.ask(_keep, row["package"], progress)

        async with self._gate:
            transport = TusTransport(self._session, self.config.archive.url)
            return await deliver(package, transport, keep, terms, start)

    async def state_of(self, package: str) -> DeliveryState:
        """Return where a delivery stands in the ledger."""
        row = await self.book.ask(lambda ledger: ledger.one("delivery", package=package))
        assert row is not None
        return DeliveryState(row["state"])

    def _receipt_key(self) -> bytes:
        path = self.config.archive.receipt_key
        try:
            return Path(path).read_bytes()
        except OSError as problem:
            raise errors.RECEIPT_KEY_MISSING.error(reason=f"{path or '-'}: {problem.strerror}") from None

    @staticmethod
    def _told(problem: ApplianceError, seconds: float) -> None:
        log.warning("archive: %s, next try in %.0f s", problem.code, seconds)


def _keep(ledger: Ledger, package: str, progress: Progress) -> None:
    """Write progress down: how far, and the states on the way there."""
    with ledger.transaction():
        deliveries.progress(ledger, package, progress.handle, progress.offset)
        row = ledger.one("delivery", package=package)
        assert row is not None
        now = DeliveryState(row["state"])
        while now is not progress.state and now is not DeliveryState.ACCEPTED:
            step = _towards(now, progress.state)
            ledger.move(DELIVERY, package, now, step)
            now = step


def _towards(now: DeliveryState, goal: DeliveryState) -> DeliveryState:
    """Return the next state on the way: a package that was there all along is sent without being sending."""
    if DELIVERY.allows(now, goal):
        return goal
    return DeliveryState.SENDING
