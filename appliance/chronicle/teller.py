"""Tells the journal what the ledger has committed, in order; a journal that takes no line is told later.

Where telling has come to is kept in a file, some seconds late: after a crash lines come twice, none is left out.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from appliance.chronicle import lines
from appliance.core import files
from appliance.core.errors import ApplianceError
from appliance.core.journal import Channel
from appliance.spool import chronicle
from appliance.spool.chronicle import Told
from appliance.spool.ledger import Book, Ledger

log = logging.getLogger(__name__)

NAME = "journal-cursor"
"""File in the state folder: the last link of the audit chain that the journal was told of."""

LOOK_SECONDS = 1.0
KEEP_SECONDS = 10.0
"""How often it is written down how far telling has come."""

BACK_SECONDS = 300.0
"""What is told again after a power cut: so long journald may keep lines in memory (SyncIntervalSec)."""


@dataclass
class Teller:
    """The daemon's voice to the journal."""

    book: Book
    state: Path
    channel: Channel
    seq: int = 0
    told: int = 0
    _kept: int = -1
    _known: int = 0

    async def start(self) -> None:
        """Find out where to go on; before the daemon's own start is a link of the chain."""
        known = await asyncio.to_thread(self._read)
        self.seq = await self.book.ask(chronicle.begin_at, known, BACK_SECONDS)
        if known is not None:
            self._known, _ = await self.book.ask(Ledger.head)

    async def stop(self) -> None:
        """Tell what is left, as far as the journal takes it; after the last link of the chain."""
        await self._try_to_tell()
        await self._keep()
        self.channel.close()

    async def run(self) -> None:
        """Tell for ever; a few looks, then the place is kept."""
        while True:
            for _ in range(round(KEEP_SECONDS / LOOK_SECONDS)):
                await asyncio.sleep(LOOK_SECONDS)
                await self._try_to_tell()
            await self._keep()

    async def _try_to_tell(self) -> None:
        try:
            while await self.tell():
                pass
        except ApplianceError as problem:  # the disk does not give the ledger: its own alarm is raised elsewhere
            log.warning("the journal is told later: %s", problem.code)
        except Exception:  # boundary: what cannot be told may not stop the daemon; the place stays where it is
            log.exception("the journal is told later")

    async def tell(self) -> bool:
        """Tell of the next links; return whether there may be more to tell now."""
        seq, found = await self.book.ask(chronicle.after, self.seq)
        if seq == self.seq:
            return False
        sending = asyncio.ensure_future(asyncio.to_thread(self._send, found, seq))
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:  # the thread goes on: who stops us tells what comes after it, nothing twice
            await sending
            raise

    def _send(self, found: list[Told], seq: int) -> bool:
        """Send all of it, or up to the first line that is not taken, so that this is where telling goes on."""
        for one in found:
            again = one.seq <= self._known
            if not self.channel.send(lines.text_of(one, again=again), lines.fields_of(one)):
                self.seq = max(self.seq, one.seq - 1)
                return False
            self.told += 1
        self.seq = seq
        return True

    async def _keep(self) -> None:
        if self.seq == self._kept:
            return
        try:
            await asyncio.to_thread(files.write_durably, self.state / NAME, b"%d\n" % self.seq, 0o640)
            self._kept = self.seq
        except (ApplianceError, OSError) as problem:  # a full disk: lines are told again, no more
            log.warning("how far the journal was told is not kept: %s", type(problem).__name__)

    def _read(self) -> int | None:
        try:
            return int((self.state / NAME).read_bytes())
        except (OSError, ValueError):
            return None
