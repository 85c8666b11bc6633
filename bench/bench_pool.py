"""The pool under load: how soon an operator's page is looked at beside bulk work, how fast, in how much memory.

    nice -n 10 .venv/bin/python bench/bench_pool.py --quick

The daemon and two of the product's own workers, on letters of 300 dpi; a page comes as a scanner process brings it.
Prints a table, then one line of JSON. The full run looks at 300 pages in one worker, for the growth of its memory,
and at pages of 100 and 199 million pixels.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from backlog_stand import SIZE, backlog, make_masters, prepare

from appliance import __version__
from appliance.children import Backoff, Children
from appliance.core import clock
from appliance.core.events import Bus
from appliance.core.jobs import AnalyseJob, Job, Priority
from appliance.core.limits import ImageLimits
from appliance.core.model import ImageFormat, ImageRules, Master
from appliance.core.plain import to_plain
from appliance.crew import Proof
from appliance.golden.pages import JOB as PROVE
from appliance.pool import Pool
from appliance.pool_line import ZeroLine
from appliance.spool.store import Store

ROOT = Path(__file__).parents[1]
BULK, WORKERS, DPI = 500, 2, 300
MB = 1 << 20
RULES = ImageRules(200, True, limits=ImageLimits())


async def operator_pages(*, looked_at: bool, sheets: int) -> list[float]:
    """Feed two sheets a second beside a backlog; return for each the seconds from its ledger row to its verdict."""
    took = []
    async with backlog(BULK, looked_at=looked_at, dpi=DPI, workers=WORKERS) as stand:
        await asyncio.sleep(2.0)  # both workers are deep in bulk work
        batch = await stand.start()
        for sheet in range(1, sheets + 1):
            await asyncio.sleep(0.5)
            key = await stand.feed(batch, sheet)
            begun = time.monotonic()
            await stand.looked_at(key)
            took.append(time.monotonic() - begun)
    return took


def resident(process: psutil.Process) -> float:
    """Return resident memory in MB, 0 of a process that has ended."""
    with contextlib.suppress(psutil.Error):
        return float(process.memory_info().rss) / MB
    return 0.0


def throughput(seconds: float, *, looked_at: bool) -> dict[str, float]:
    """Let ``appliance run`` work off a backlog for a while; return pages a minute and the most resident memory."""
    folder, _ = prepare(round(BULK + 60 * seconds), looked_at=looked_at, dpi=DPI, workers=WORKERS)
    argv = [sys.executable, "-m", "appliance", "run", "--config", str(folder / "appliance.toml")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as daemon:
        try:
            assert daemon.stdout is not None
            daemon.stdout.readline()
            time.sleep(1.0)
            found = watched(folder, psutil.Process(daemon.pid), seconds)
        finally:
            daemon.terminate()
    shutil.rmtree(folder)
    return found


def watched(folder: Path, daemon: psutil.Process, seconds: float) -> dict[str, float]:
    """Look at a daemon and its children for a while."""
    highest, workers = 0.0, [0.0]
    first, begun = _done(folder), time.monotonic()
    while time.monotonic() - begun < seconds:
        highest = max(highest, resident(daemon))
        workers += [resident(child) for child in daemon.children()]
        time.sleep(0.1)
    rate = (_done(folder) - first) / (time.monotonic() - begun) * 60
    return {"rate": rate, "daemon": highest, "worker": max(workers)}


def _done(folder: Path) -> int:
    """Return how many pages have moved on."""
    book = sqlite3.connect(f"file:{folder}/state/ledger.sqlite3?mode=ro", uri=True)
    with contextlib.closing(book):
        sql = "SELECT count(*) FROM audit WHERE what IN ('page.analysed', 'page.held', 'page.read')"
        return int(book.execute(sql).fetchone()[0])


@contextlib.asynccontextmanager
async def one_worker(folder: Path) -> AsyncIterator[Pool]:
    """Start a pool with one worker of the product, which proves itself as in an office; yield it at READY."""
    config = folder / "appliance.toml"
    config.write_text(f'[storage]\nstate = "{folder}/state"\nruntime = "{folder}"\n', encoding="utf-8")
    children = Children(backoff=Backoff(first=300))
    pool = Pool(ZeroLine(folder / "pool.ipc", children.end), Bus(), proof=Proof(PROVE, clock.today))
    await pool.start()
    children.start("worker", [sys.executable, "-m", "appliance", "worker", "--config", str(config)])
    try:
        while pool.capacity() == 0:  # noqa: ASYNC110 - the pool tells nobody
            await asyncio.sleep(0.005)
        yield pool
    finally:
        await pool.close()
        await children.stop_all()


def order(folder: Path, master: Master, number: int) -> Job:
    """Return a look at a page."""
    body = AnalyseJob(master, str(folder / "state" / "masters" / master.path), RULES, 200_000_000)
    return Job(f"analyse-{number}", "analyse", to_plain(body), Priority.OPERATOR)


async def first_page() -> float:
    """Return the seconds from READY of a worker with kept kernels to its first page looked at."""
    folder = Path(tempfile.mkdtemp(prefix="bp", dir="/tmp"))
    store = Store(folder / "state")
    store.prepare()
    master = make_masters(store, DPI, 1)[0]
    async with one_worker(folder) as pool:
        begun = time.monotonic()
        outcome = await pool.run(order(folder, master, 0))
        took = time.monotonic() - begun
    assert outcome.ok, outcome.reason
    shutil.rmtree(folder)
    return took


async def memory(pages: int, huge: tuple[int, ...]) -> dict[str, float]:
    """Return a worker's resident memory after its first 50 and after all pages, and its highest on huge ones."""
    folder = Path(tempfile.mkdtemp(prefix="bp", dir="/tmp"))
    store = Store(folder / "state")
    store.prepare()
    masters = make_masters(store, DPI, 4)
    found: dict[str, float] = {}
    async with one_worker(folder) as pool:
        (pid,) = pool.stats().pids
        process = psutil.Process(pid)
        for number in range(pages):
            outcome = await pool.run(order(folder, masters[number % 4], number))
            assert outcome.ok, outcome.reason
            if number == 49:
                found["rss_50"] = resident(process)
        found["rss_all"] = resident(process)
        for pixels in huge:
            task = asyncio.create_task(pool.run(order(folder, make_huge(store, pixels), pixels)))
            while not task.done():
                found[f"rss_{pixels}"] = max(found.get(f"rss_{pixels}", 0.0), resident(process))
                await asyncio.sleep(0.01)
            assert (await task).ok, (await task).reason
    shutil.rmtree(folder)
    return found


def make_huge(store: Store, megapixels: int) -> Master:
    """Tile a letter into a colour JPEG of so many million pixels."""
    import numpy as np
    import simplejpeg

    tile = simplejpeg.decode_jpeg((store.masters / make_masters(store, DPI, 1)[0].path).read_bytes())
    width = int((megapixels * 1e6 / (SIZE[DPI][1] / SIZE[DPI][0])) ** 0.5) & ~7
    height = int(megapixels * 1e6 / width)
    repeats = (-(-height // tile.shape[0]), -(-width // tile.shape[1]), 1)
    image = np.ascontiguousarray(np.tile(tile, repeats)[:height, :width])
    data = simplejpeg.encode_jpeg(image, quality=80, colorspace="RGB")
    digest = hashlib.sha256(data).hexdigest()
    (store.masters / f"{digest}.jpg").write_bytes(data)
    return Master(f"{digest}.jpg", digest, len(data), ImageFormat.JPEG, width, height, 3, 600)


def main() -> int:
    """Run everything; print the table and the line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="end within a minute")
    quick: bool = parser.parse_args().quick
    os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / "build" / "numba" / __version__))
    os.environ["PYTHONPATH"] = str(ROOT)
    sheets, seconds = (6, 4.0) if quick else (24, 30.0)
    first = statistics.median(asyncio.run(first_page()) for _ in range(1 if quick else 5))
    reading = asyncio.run(operator_pages(looked_at=True, sheets=sheets))
    looking = asyncio.run(operator_pages(looked_at=False, sheets=sheets))
    looks, reads = throughput(seconds, looked_at=False), throughput(seconds, looked_at=True)
    kept = asyncio.run(memory(80 if quick else 300, () if quick else (100, 199)))
    figures: dict[str, float | None] = {
        "operator_page_s": max(reading + looking), "operator_page_median_s": statistics.median(reading + looking),
        "operator_page_beside_reading_s": max(reading), "operator_page_beside_looking_s": max(looking),
        "pages_per_minute": looks["rate"], "reads_per_minute": reads["rate"],
        "first_page_after_ready_s": first,
        "worker_rss_mb": max(looks["worker"], reads["worker"]),
        "daemon_rss_mb": max(looks["daemon"], reads["daemon"]),
        "worker_growth_mb": kept["rss_all"] - kept["rss_50"],
        "worker_rss_100mp_mb": kept.get("rss_100"), "worker_rss_199mp_mb": kept.get("rss_199"),
        "load_per_core": os.getloadavg()[0] / (os.cpu_count() or 1)}
    for name, value in figures.items():
        print(f"{name:32} {value if value is None else round(value, 3)}")
    print(json.dumps({name: value if value is None else round(value, 4) for name, value in figures.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
