"""Brings what lies at inlets (``inlets.py``) into the archive as if it had been uploaded, and receipts back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from appliance.core import files
from appliance.receiver.inlets import Arrival, Inlet, Telling

log = logging.getLogger(__name__)


class Door(Protocol):
    """What an inlet needs of the archive behind it."""

    async def receipt(self, sha256: str) -> str | None:
        """Return the receipt for a SHA-256; None while there is none."""
        ...

    async def pending(self, sha256: str) -> bool:
        """Say whether a package has been taken in and waits for its decision."""
        ...

    async def take(self, arrival: Arrival, path: Path) -> None:
        """Take a file in as if it had been uploaded by its office; durable on return. The file may be moved."""
        ...


Told = Callable[[str, str], None]
"""Hears of each package: name of the inlet; taken, answered, damaged or failed."""


@dataclass(frozen=True, slots=True)
class Porter:
    """Brings what lies at inlets to the archive, and receipts back, and what the archive asks (``tasks``).

    ``work`` is a folder for files on their way.
    """

    inlets: Sequence[Inlet]
    door: Door
    work: Path
    seconds: float = 5.0
    told: Told = lambda _inlet, _what: None
    tasks: Callable[[str], bytes] | None = None

    async def run(self) -> None:
        """Go round until cancelled."""
        while True:
            for inlet in self.inlets:
                await self._guarded(inlet, "", partial(self.round, inlet))
            await asyncio.sleep(self.seconds)

    async def round(self, inlet: Inlet) -> None:
        """Look at everything that waits at one inlet, once; a package that fails stops no other.

        Raises:
            OSError: the inlet cannot even say what waits.
        """
        for arrival in await asyncio.to_thread(lambda: list(inlet.arrivals())):
            await self._guarded(inlet, arrival.sha256, partial(self._bring, inlet, arrival))
        if isinstance(inlet, Telling) and self.tasks is not None:
            await asyncio.to_thread(self._tell, inlet, self.tasks)

    def _tell(self, inlet: Telling, tasks: Callable[[str], bytes]) -> None:
        for office in inlet.offices():
            inlet.tell(office, tasks(office))

    async def _bring(self, inlet: Inlet, arrival: Arrival) -> None:
        receipt = await self.door.receipt(arrival.sha256)
        if receipt is not None:
            await asyncio.to_thread(inlet.answer, arrival, receipt)
            self.told(inlet.name, "answered")
        elif not await self.door.pending(arrival.sha256):
            await self._take(inlet, arrival)

    async def _take(self, inlet: Inlet, arrival: Arrival) -> None:
        """Prove that the bytes are the announced ones before anything else hears of them."""
        files.make_folder(self.work)
        target = self.work / f"{arrival.sha256}{files.TEMPORARY}"
        target.unlink(missing_ok=True)
        try:
            await asyncio.to_thread(inlet.fetch, arrival, target)
            sound = await asyncio.to_thread(lambda: (target.stat().st_size, files.sha256_of(target)))
            if sound == (arrival.size, arrival.sha256):
                await self.door.take(arrival, target)
                self.told(inlet.name, "taken")
            else:
                await asyncio.to_thread(inlet.refuse, arrival)
                self.told(inlet.name, "damaged")
        finally:
            target.unlink(missing_ok=True)

    async def _guarded(self, inlet: Inlet, sha256: str, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception:  # boundary: what one place or package cannot do may not stop the others
            log.warning("inlet %s: %s waits", inlet.name, sha256[:16] or "everything", exc_info=True)
            self.told(inlet.name, "failed")
