"""One delivery, from a package on disk to a verified receipt, through any number of interruptions.

Knows no ledger and no protocol: progress goes out through a callback, bytes through a transport.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from appliance.archive import receipts
from appliance.archive.receipts import Receipt
from appliance.archive.retry import Backoff, Patience
from appliance.archive.transports.contract import Package, Standing, Transport
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
"""Makes progress durable. Called at every change of state and after every piece."""

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
    """

    receipt_key: bytes
    piece: int = 4 << 20
    again: Backoff = field(default_factory=Backoff)
    poll: Backoff = field(default_factory=lambda: Backoff(first=2.0, cap=60.0))
    told: Told = _silent


async def deliver(package: Package, transport: Transport, keep: Keep, terms: Terms,
                  start: Progress | None = None) -> Receipt:
    """Bring ``package`` to the archive and return its verified receipt, accepted or rejected.

    Goes on from ``start`` and tries for as long as it takes; what has arrived is not sent again. The states
    it reports end at SENT: to move on to ACCEPTED or REJECTED, with the receipt, is the caller's part.

    Raises:
        ApplianceError: PACKAGE_INVALID (the file is not the one announced), ARCHIVE_REFUSED (it cannot come
            in at all), RECEIPT_INVALID. All are final.
    """
    return await _Delivery(package, transport, keep, terms, start or Progress()).run()


class _Delivery:
    def __init__(self, package: Package, transport: Transport, keep: Keep, terms: Terms, start: Progress) -> None:
        self._package = package
        self._transport = transport
        self._keep = keep
        self._terms = terms
        self._now = start
        self._patience = Patience(terms.again)
        self._restarts = Patience(terms.again)  # never reset: sending everything again is dear

    async def run(self) -> Receipt:
        await asyncio.to_thread(_check_file, self._package)
        while True:
            try:
                return await self._attempt()
            except ApplianceError as problem:
                if not problem.kind.retry:
                    raise
                seconds = (self._patience if self._now.handle else self._restarts).wait()
                self._terms.told(problem, seconds)
                await asyncio.sleep(seconds)

    async def _attempt(self) -> Receipt:
        """Ask first: the archive may have decided while the answer was lost."""
        finding = await self._transport.find(self._package.sha256)
        if finding.standing is Standing.UNKNOWN:
            await self._upload()
        token = finding.receipt or await self._await_receipt()
        receipt = receipts.verify(token, self._terms.receipt_key, self._package.sha256, self._package.size)
        await self._become(DeliveryState.SENT)
        return receipt

    async def _upload(self) -> None:
        package = self._package
        offset = await self._resume()
        if offset < package.size:
            await self._become(DeliveryState.SENDING)
        while offset < package.size:
            piece = await asyncio.to_thread(_read_piece, package.path, offset, self._terms.piece)
            held = await self._transport.send(self._now.handle, offset, piece)
            if held is None or held > package.size:
                await self._forget()
            elif held <= offset:
                raise errors.ARCHIVE_UNREACHABLE.error(reason="it did not take the last piece")
            else:
                offset = held
                self._patience.reset()
                await self._keep_now(Progress(self._now.state, self._now.handle, offset))
        await self._become(DeliveryState.SENT)

    async def _resume(self) -> int:
        """Return where to go on; begin the upload when there is none."""
        offset = await self._transport.offset(self._now.handle) if self._now.handle else None
        if offset is None:
            handle = await self._transport.begin(self._package)
            offset = await self._transport.offset(handle)
            await self._keep_now(Progress(self._now.state, handle, offset or 0))
        if offset is None or offset > self._package.size:
            await self._forget()
        return offset or 0

    async def _forget(self) -> None:
        """Give up an upload that the archive no longer knows; the next try begins a new one."""
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
            if finding.standing is Standing.UNKNOWN:
                await self._still_there()
            self._patience.reset()
            await asyncio.sleep(patience.wait())

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
        self._now = progress
        await self._keep(progress)


_Q, _S, _T = DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SENT
_STEPS: dict[tuple[DeliveryState, DeliveryState], tuple[DeliveryState, ...]] = {
    (_Q, _Q): (), (_S, _S): (), (_T, _T): (),
    (_Q, _S): (_S,), (_Q, _T): (_S, _T), (_S, _T): (_T,), (_S, _Q): (_Q,), (_T, _Q): (_Q,), (_T, _S): (_Q, _S),
}


def _check_file(package: Package) -> None:
    """Refuse to send a file that is not the announced one: it would be sent for ever."""
    try:
        size, digest = package.path.stat().st_size, files.sha256_of(package.path)
    except OSError as problem:
        raise errors.PACKAGE_INVALID.error(reason=f"cannot be read: {problem.strerror}") from None
    if (size, digest) != (package.size, package.sha256):
        raise errors.PACKAGE_INVALID.error(reason="the file is not the one that was packed")


def _read_piece(path: Path, offset: int, size: int) -> bytes:
    with path.open("rb") as stream:
        stream.seek(offset)
        return stream.read(size)
