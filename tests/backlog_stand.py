"""A daemon in this process with the product's own workers, in front of a ledger full of pages that wait.

An operator's page comes through ``Intake`` as a scanner's would. What happened in which order is read from the
audit chain.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

from appliance import __version__
from appliance.core import config as settings
from appliance.core import files
from appliance.core.ids import uuid7
from appliance.core.model import Geometry, ImageFormat, Master, PageAnalysis, PageKey, Side
from appliance.daemon import Daemon
from appliance.demo.defects import Look, scan
from appliance.demo.letters import make_letter
from appliance.device.protocol import SideDone
from appliance.pool_wire import Timing
from appliance.spool import entry
from appliance.spool.ledger import Ledger, Row
from appliance.spool.store import Store

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0
"""Seconds after which a wait gives up; nothing is measured against it."""

SIZE = {200: (1654, 2339), 300: (2480, 3508)}


@dataclass
class Stand:
    """What a test or a bench holds in its hands."""

    folder: Path
    daemon: Daemon
    masters: Sequence[Master]

    async def ask(self, name: str, **values: object) -> list[Row]:
        """Return the rows of a named statement."""
        return await self.daemon.book.ask(lambda ledger: ledger.all(name, **values))

    async def start(self) -> str:
        """Press Start at the tray; return the batch."""
        return (await self.daemon.intake.begin("tray")).batch

    async def feed(self, batch: str, sheet: int = 1) -> PageKey:
        """Bring the front of a sheet as a scanner process does."""
        master = self.masters[sheet % len(self.masters)]
        await self.daemon.intake.record("tray", SideDone(batch, sheet, Side.FRONT, 1, master))
        return PageKey(batch, sheet, Side.FRONT, 1)

    async def row(self, key: PageKey) -> Row:
        """Return a page's row."""
        (row,) = await self.ask("same_page", batch=key.batch, sheet=key.sheet, side=key.side.value,
                                attempt=key.attempt)
        return row

    async def looked_at(self, key: PageKey) -> Row:
        """Wait until a page has been looked at; return its row."""
        async with asyncio.timeout(PATIENCE):
            while (row := await self.row(key))["state"] == "captured":
                await asyncio.sleep(0.005)
        return row

    async def between(self, key: PageKey, moves: tuple[str, ...]) -> int:
        """Return how many other pages made one of these moves after a page came and before it was looked at."""
        links, number = await self.ask("audit"), str((await self.row(key))["id"])
        came = next(at for at, link in enumerate(links) if link["subject"] == str(key))
        seen = next(at for at, link in enumerate(links) if link["subject"] == number)
        return sum(link["what"] in moves for link in links[came:seen])


@lru_cache(maxsize=8)
def letter(number: int, dpi: int) -> bytes:
    """Return the scan of a letter."""
    return scan(make_letter(Random(number), dpi)[0], Look(skew=0.4 * number), number)


def make_masters(store: Store, dpi: int, count: int = 2) -> list[Master]:
    """Scan letters of a fixed seed into the spool."""
    made = []
    for number in range(count):
        data = letter(number, dpi)
        digest = hashlib.sha256(data).hexdigest()
        path = f"{digest[:2]}/{digest}.jpg"
        files.make_folder(store.master(path).parent)
        store.master(path).write_bytes(data)
        made.append(Master(path, digest, len(data), ImageFormat.JPEG, *SIZE[dpi], 3, dpi))
    return made


def fill(store: Store, masters: Sequence[Master], pages: int, *, looked_at: bool) -> str:
    """Write a closed batch of the tray into the ledger, its pages not looked at, or looked at and not read."""
    ledger, batch = Ledger(store.ledger), uuid7()
    with ledger.transaction():
        entry.begin(ledger, entry.NewBatch(batch, "tray", "default", "archive-tt05-2025", "", '{"duplex": false}'))
        for sheet in range(1, pages + 1):
            master = masters[sheet % len(masters)]
            entry.record(ledger, entry.NewSide(PageKey(batch, sheet, Side.FRONT, 1), master))
        for row in ledger.all("live_sides", batch=batch) if looked_at else ():
            lie = Geometry(*SIZE[masters[0].dpi], 0, 0.0, *SIZE[masters[0].dpi])
            entry.analysed(ledger, row["id"], PageAnalysis(lie, blank=False), separator=False)
        entry.close(ledger, batch)
    ledger.close()
    return batch


def prepare(pages: int, *, looked_at: bool, dpi: int = 200, workers: int = 2,
            ocr: str = "") -> tuple[Path, list[Master]]:
    """Make a folder with settings and a ledger in which so many pages wait; return it and its masters."""
    folder = Path(tempfile.mkdtemp(prefix="bl", dir="/tmp"))
    text = (f'[storage]\nstate = "{folder}/state"\nruntime = "{folder}/run"\nmin_free_mb = 16\n'
            f"[pool]\nworkers = {workers}\n[signing]\nstart = false\n[console]\nport = 0\n[ocr]\n{ocr}\n"
            '[[job]]\nname = "default"\n[[device]]\nname = "tray"\njob = "default"\nstart_process = false\n')
    (folder / "appliance.toml").write_text(text, encoding="utf-8")
    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / "build" / "numba" / __version__))
    store = Store(folder / "state")
    store.prepare()
    masters = make_masters(store, dpi)
    fill(store, masters, pages, looked_at=looked_at)
    return folder, masters


@contextlib.asynccontextmanager
async def backlog(pages: int, *, looked_at: bool, dpi: int = 200, workers: int = 2, ocr: str = "",
                  rest: float = 30.0) -> AsyncIterator[Stand]:
    """Run a daemon whose ledger holds so many waiting pages; all its workers are there when this is entered.

    ``ocr`` is the text of that table; after ``rest`` seconds a worker that failed its proof is sent home.
    """
    folder, masters = prepare(pages, looked_at=looked_at, dpi=dpi, workers=workers, ocr=ocr)
    path = folder / "appliance.toml"
    daemon = Daemon(settings.load(path), path)
    daemon.build()
    daemon.pool._leases._timing = Timing(rest=rest)
    running = asyncio.create_task(daemon.run())
    try:
        async with asyncio.timeout(PATIENCE):
            while daemon.pool.capacity() < workers and not running.done():
                await asyncio.sleep(0.02)
        yield Stand(folder, daemon, masters)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        shutil.rmtree(folder)
