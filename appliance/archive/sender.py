"""One delivery, from a package on disk to a verified receipt, through any number of interruptions.

Knows no ledger and no protocol: progress goes out through a callback, bytes through a transport.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from appliance.archive import receipts
from appliance.archive.receipts import Receipt
from appliance.archive.retry import Backoff, Patience
from appliance.archive.transports.contract import Package, Piece, Standing, Transport
from appliance.archive.way import OpenWay, Way
from appliance.core import errors, files
from appliance.core.errors import ApplianceError
from appliance.core.states import DeliveryState


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a delivery stands; this is all that another process needs to go on."""

    state: DeliveryState = DeliveryState.QUEUED
    handle: str = ""
    offset: int = 0


Keep = Callable[[Progress], Awaitable[None]]
"""Makes progress durable. Called at every change of state, and now and then while pieces travel."""

Told = Callable[[ApplianceError, float], None]
"""Hears of every trouble and of the seconds until the next try."""


def _silent(_problem: ApplianceError, _seconds: float) -> None:
    return


@dataclass(frozen=True, slots=True)
class Terms:
    """How a delivery is made.

    Attributes:
        receipt_key: the archive's Ed25519 public key, PEM.
        piece: bytes in one request.
        again: waits after troubles.
        poll: waits between questions for the receipt.
        way: when it may go, beside others.
    """

    receipt_key: bytes
    piece: int = 4 << 20
    again: Backoff = field(default_factory=Backoff)
    poll: Backoff = field(default_factory=lambda: Backoff(first=2.0, cap=60.0))
    told: Told = _silent
    way: Way = field(default_factory=OpenWay)


async def deliver(package: Package, transport: Transport, keep: Keep, terms: Terms,
                  start: Progress | None = None) -> Receipt:
    """Bring ``package`` to the archive and return its verified receipt, accepted or rejected.

    Goes on from ``start`` and tries for as long as it takes; what has arrived is not sent again. The states
    it reports end at SENT: to move on to ACCEPTED or REJECTED, with the receipt, is the caller's part.

    Raises:
        ApplianceError: PACKAGE_INVALID (the file is not the one announced), ARCHIVE_REFUSED (it cannot come
            in at all), RECEIPT_INVALID, DELIVERY_SET_ASIDE. All are final.
    """
    return await _Delivery(package, transport, keep, terms, start or Progress()).run()


KEEP_SECONDS = 0.5
"""How often progress is kept while pieces travel: a kept one waits for the disk, and the archive knows better."""

LEAST_PIECE = 64 << 10
"""On a line that keeps breaking pieces get smaller down to this: what is verified stays."""


class _Delivery:
    def __init__(self, package: Package, transport: Transport, keep: Keep, terms: Terms, start: Progress) -> None:
        self._package = package
        self._transport = transport
        self._keep = keep
        self._terms = terms
        self._now = start
        self._patience = Patience(terms.again)
        self._restarts = Patience(terms.again)  # never reset: sending everything again is dear
        self._piece = terms.piece
        self._look = _check_size
        self._kept = 0.0

    async def run(self) -> Receipt:
        while True:
            try:
                return await self._attempt()
            except ApplianceError as problem:
                if not problem.kind.retry:
                    raise
                seconds = (self._patience if self._now.handle else self._restarts).wait()
                seconds = max(seconds, self._terms.way.failed(problem))
                self._terms.told(problem, seconds)
                await self._terms.way.rest(seconds)

    async def _attempt(self) -> Receipt:
        """Ask first: the archive may have decided while the answer was lost."""
        token = ""
        if self._now.state is not DeliveryState.SENT:
            async with self._terms.way.turn():
                finding = await self._transport.find(self._package.sha256)
                self._terms.way.moved(0)
                token = finding.receipt
                if finding.standing is Standing.UNKNOWN:
                    await asyncio.to_thread(self._look, self._package)  # what the archive has needs no file here
                    await self._upload()
        token = token or await self._await_receipt()
        receipt = receipts.verify(token, self._terms.receipt_key, self._package.sha256, self._package.size)
        await self._become(DeliveryState.SENT)
        return receipt

    async def _upload(self) -> None:
        package, way = self._package, self._terms.way
        offset = await self._resume()
        if offset < package.size:
            await self._become(DeliveryState.SENDING)
        piece = await self._read(offset)
        while offset < package.size:
            await way.clear()
            held, ahead = await self._send(offset, piece)
            if held is None or held > package.size:
                await self._forget()
            elif held <= offset:
                raise errors.ARCHIVE_UNREACHABLE.error(reason="it did not take the last piece")
            else:
                way.moved(held - offset)
                offset, due = held, offset + len(piece)
                self._patience.reset()
                self._piece = min(self._terms.piece, self._piece * 2)
                self._now = Progress(self._now.state, self._now.handle, offset)
                if time.monotonic() - self._kept > KEEP_SECONDS:
                    await self._keep_now(self._now)
                piece = ahead if offset == due else await self._read(offset)
        await self._become(DeliveryState.SENT)

    async def _send(self, offset: int, piece: Piece) -> tuple[int | None, Piece]:
        """Send a piece while the next one is read; on a line that breaks, the next try sends less at a time."""
        ahead = asyncio.create_task(self._read(offset + len(piece)))
        try:
            return await self._transport.send(self._now.handle, offset, piece), await ahead
        except ApplianceError:
            self._piece = max(min(LEAST_PIECE, self._terms.piece), self._piece // 2)
            raise
        finally:
            ahead.cancel()

    async def _read(self, offset: int) -> Piece:
        size = max(self._piece, self._transport.least_piece)
        return await asyncio.to_thread(_read_piece, self._package.path, offset, size)

    async def _resume(self) -> int:
        """Return where to go on; begin the upload when there is none."""
        offset = await self._transport.offset(self._now.handle) if self._now.handle else None
        if offset is None:
            await self._become(DeliveryState.SENDING)  # kept first: small ones go whole with the announcement
            handle = await self._transport.begin(self._package)
            offset = await self._transport.offset(handle)
            self._terms.way.moved(offset or 0)  # what went with the announcement
            await self._keep_now(Progress(self._now.state, handle, offset or 0))
        if offset is None or offset > self._package.size:
            await self._forget()
        return offset or 0

    async def _forget(self) -> None:
        """Give up an upload that the archive no longer knows; the next try begins a new one, of a sound file."""
        self._look = _check_file
        await self._become(DeliveryState.QUEUED)
        await self._keep_now(Progress(DeliveryState.QUEUED))
        raise errors.ARCHIVE_UNREACHABLE.error(reason="it no longer knows the upload")

    async def _await_receipt(self) -> str:
        """Ask until the archive has decided."""
        await self._become(DeliveryState.SENT)
        patience = Patience(self._terms.poll)
        while True:
            finding = await self._transport.find(self._package.sha256)
            if finding.standing is Standing.DECIDED:
                return finding.receipt
            self._terms.way.moved(0)
            if finding.standing is Standing.UNKNOWN:
                await self._still_there()
            self._patience.reset()
            await self._terms.way.rest(patience.wait())

    async def _still_there(self) -> None:
        """Begin anew when the archive has thrown the bytes away: they arrived damaged, or too slowly."""
        held = await self._transport.offset(self._now.handle) if self._now.handle else None
        if held != self._package.size:
            await self._forget()

    async def _become(self, state: DeliveryState) -> None:
        """Move along the delivery table (core/states.py), keeping each step."""
        for step in _STEPS[self._now.state, state]:
            await self._keep_now(Progress(step, self._now.handle, self._now.offset))

    async def _keep_now(self, progress: Progress) -> None:
        self._now, self._kept = progress, time.monotonic()
        await self._keep(progress)


_Q, _S, _T = DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SENT
_STEPS: dict[tuple[DeliveryState, DeliveryState], tuple[DeliveryState, ...]] = {
    (_Q, _Q): (), (_S, _S): (), (_T, _T): (),
    (_Q, _S): (_S,), (_Q, _T): (_S, _T), (_S, _T): (_T,), (_S, _Q): (_Q,), (_T, _Q): (_Q,), (_T, _S): (_Q, _S),
}


def _check_size(package: Package) -> None:
    """Refuse to send a file that is plainly not the announced one."""
    try:
        size = package.path.stat().st_size
    except OSError as problem:
        raise errors.PACKAGE_INVALID.error(reason=f"cannot be read: {problem.strerror}") from None
    if size != package.size:
        raise errors.PACKAGE_INVALID.error(reason="the file is not the one that was packed")


def _check_file(package: Package) -> None:
    """Refuse to send for ever a file that is not the announced one; read only once the archive doubted it."""
    _check_size(package)
    try:
        digest = files.sha256_of(package.path)
    except OSError as problem:
        raise errors.PACKAGE_INVALID.error(reason=f"cannot be read: {problem.strerror}") from None
    if digest != package.sha256:
        raise errors.PACKAGE_INVALID.error(reason="the file is not the one that was packed")


def _read_piece(path: Path, offset: int, size: int) -> Piece:
    """Return a piece with its SHA-256; raises PACKAGE_INVALID where the disk does not give it."""
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            return Piece.of(stream.read(size))
    except OSError as problem:
        raise errors.PACKAGE_INVALID.error(reason=f"cannot be read: {problem.strerror}") from None
