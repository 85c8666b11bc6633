"""Packages on their way: builds the transport from the settings and ties one delivery to its ledger row."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path
from weakref import WeakValueDictionary

import aiohttp

from appliance.archive.receipts import Receipt
from appliance.archive.retry import Backoff
from appliance.archive.sender import Progress, Terms, deliver
from appliance.archive.traffic import BULK, PROBES, URGENT, Traffic, Trip
from appliance.archive.transports.bucket import Door
from appliance.archive.transports.contract import Package, Tasks, Transport
from appliance.archive.transports.folder import FolderTransport
from appliance.archive.transports.folder import Terms as Courier
from appliance.archive.transports.identity import Identity
from appliance.archive.transports.s3 import S3Transport
from appliance.archive.transports.tus import TusTransport
from appliance.core import errors, rules
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.core.states import DELIVERY, DeliveryState
from appliance.core.tasks import RescanTask
from appliance.spool import deliveries, dispatching
from appliance.spool.ledger import Book, Ledger, Row

log = logging.getLogger(__name__)

FRESH_SECONDS = 60.0
TIMEOUT = aiohttp.ClientTimeout(total=None, connect=15, sock_read=120)


@dataclass
class Dispatch:
    """Sends packages and brings receipts home."""

    config: Config
    book: Book

    def __post_init__(self) -> None:
        self.urgent = dispatching.urgent()
        self.carried: set[str] = set()
        self.beats = False
        self.problem: ApplianceError | None = None
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # gone with who has a turn
        self._packed, self._read = 0.0, float("-inf")

    async def start(self) -> None:
        """Open the connection pool; from now on bulk packages wait their random time."""
        self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        self.traffic = Traffic(self.config.archive.road)
        self.identity = Identity(self.config.archive.tls)
        self.door = Door(self.config.archive.s3, self.config.archive.tls)
        settings, state = self.config.archive.courier, self.config.storage.state
        self.courier = FolderTransport(Courier(Path(settings.folder), state / "courier", self.config.office.code,
                                               settings.encrypted, settings.days))

    def beside(self, book: Book) -> Dispatch:
        """Return one for another ledger: it shares connections, certificates and road, and goes before bulk."""
        other = replace(self, book=book)
        other._session = self._session  # noqa: SLF001 - of the same class
        other.traffic, other.identity, other.door, other.courier = (
            self.traffic, self.identity, self.door, self.courier)
        other.urgent = json.dumps(rules.known())
        other.beats = True
        return other

    async def stop(self) -> None:
        """Close the connection pool."""
        await self._session.close()
        self.door.close()

    async def deliver(self, row: Row) -> Receipt:
        """Bring one package to the archive; return its verified receipt.

        Raises:
            ApplianceError: PACKAGE_INVALID, ARCHIVE_REFUSED, RECEIPT_INVALID; RECEIPT_KEY_MISSING when there
                is no public key to verify receipts with; DELIVERY_SET_ASIDE when it fails while others arrive.
        """
        package = Package(Path(row["path"]), row["sha256"], row["size"], row["package"])
        start = Progress(DeliveryState(row["state"]), row["upload_url"], row["sent_bytes"])

        async def keep(progress: Progress) -> None:
            await self.book.ask(_keep, row["package"], progress)
            self._note_carried(row["package"], progress.state)

        self._note_carried(row["package"], start.state)
        try:
            async with self._turn(row["package"]):
                receipt = await deliver(package, self._transport(), keep, self._terms(lane_of(row)), start)
        finally:
            self.carried.discard(row["package"])
        if not self.beats:  # the synthetic page is small: that it arrives says nothing of a package that does not
            self.traffic.arrived += 1
        return receipt

    async def abandon(self, row: Row) -> None:
        """Have the archive forget what it was sent of a package that was withdrawn; what it has whole stays.

        Raises:
            ApplianceError: ARCHIVE_UNREACHABLE, ARCHIVE_REFUSED.
        """
        async with self._turn(row["package"]):  # a delivery under way ends at its next piece
            await self._transport().abandon(row["upload_url"])

    def _turn(self, package: str) -> asyncio.Lock:
        """Return what lets one at a time speak with the archive about a package."""
        return self._turns.setdefault(package, asyncio.Lock())

    def _note_carried(self, package: str, state: DeliveryState) -> None:
        """Note whether a courier has a package: it is in the way of no other."""
        there = state is DeliveryState.SENT and self.config.archive.transport == "folder"
        (self.carried.add if there else self.carried.discard)(package)

    async def state_of(self, package: str) -> DeliveryState:
        """Return where a delivery stands in the ledger."""
        row = await self.book.ask(lambda ledger: ledger.one("delivery", package=package))
        assert row is not None
        return DeliveryState(row["state"])

    async def tasks(self) -> tuple[RescanTask, ...] | None:
        """Return what the archive wants scanned again; None where this way to it cannot say.

        Raises:
            ApplianceError: ARCHIVE_UNREACHABLE.
        """
        transport = self._transport()
        told = await transport.tasks() if isinstance(transport, Tasks) else None
        if told is not None:
            self.traffic.contact = time.time()
        return told

    async def packed_a_day(self) -> float:
        """Return the bytes of packages of a busy day, 0 while that is not known; read once a minute."""
        if time.monotonic() - self._read > FRESH_SECONDS:
            self._packed, self._read = await self.book.ask(dispatching.growth), time.monotonic()
        return self._packed

    def _transport(self) -> Transport:
        if self.config.archive.transport == "folder":
            return self.courier
        if self.config.archive.transport == "s3":
            return S3Transport(self.door, self.traffic.bandwidth)
        return TusTransport(self._session, self.config.archive.url, self.identity, self.traffic.bandwidth,
                            at_once=self.config.archive.patch_kib << 10)

    def _terms(self, lane: str) -> Terms:
        archive = self.config.archive
        return Terms(
            receipt_key=self._receipt_key(), piece=self.traffic.bandwidth.piece(archive.patch_kib << 10),
            again=PROBES[lane], poll=Backoff(first=archive.poll_seconds, cap=max(60.0, archive.poll_seconds)),
            told=self._told, way=Trip(self.traffic, lane))

    def _receipt_key(self) -> bytes:
        path = self.config.archive.receipt_key
        try:
            return Path(path).read_bytes()
        except OSError as problem:
            raise errors.RECEIPT_KEY_MISSING.error(reason=f"{path or '-'}: {problem.strerror}") from None

    def _told(self, problem: ApplianceError, seconds: float) -> None:
        self.problem = problem
        log.warning("archive: %s %s, next try in %.0f s", problem.code, problem.details.get("reason", ""), seconds)


def lane_of(row: Row) -> str:
    """Return the lane of a row of ``deliveries_due``: urgent where somebody waits for the dossier."""
    return URGENT if row["patience"] == 0 else BULK


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
