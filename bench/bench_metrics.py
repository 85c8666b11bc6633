"""What a scrape of the daemon's metrics page costs with a ledger of many pages.

    nice -n 10 .venv/bin/python bench/bench_metrics.py --quick

A daemon is built as ``appliance run`` builds it, with two scanners that have said hello and a ledger of 50,000
sides (``bench/full_ledger.py``: most filed, some on their way, held, unsigned). Each scrape is what an HTTP request
does: every topic is read, the page is written. CPU is that of the whole process, the ledger's thread too. Between
two scrapes one side changes its state, so that nothing may be remembered from one to the next. ``backlog_cpu_ms``
is the same office after weeks without its archive: hardly a package has an answer.

The last line is JSON: ``series``, ``bytes``, ``scrape_cpu_ms`` (medians).
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from appliance.daemon import Daemon
from appliance.spool.ledger import Ledger
from bench.full_ledger import Share
from bench.full_office import full_office

PAGES = 50_000
QUICK, FULL = 21, 201
"""Scrapes."""

LIMIT_MS = 20.0
OFFLINE = Share(packed=90, held=2, closed=2, awaiting=6)


async def scraped(daemon: Daemon, times: int) -> tuple[bytes, list[float]]:
    """Return the page, and the CPU of each scrape in milliseconds, the first after the start too."""
    page, taken = b"", []
    for at in range(times + 1):
        await daemon.book.ask(_move, at)
        begin = time.process_time()
        page = await daemon.scrape()
        taken.append((time.process_time() - begin) * 1000)
    return page, taken


def _move(ledger: Ledger, at: int) -> None:
    ledger.put("page", at + 1, state="orphan", blank=0)


def topics(page: bytes) -> list[tuple[float, str]]:
    """Return what each topic took, in milliseconds, the slowest first."""
    found = []
    for line in page.decode().splitlines():
        if line.startswith("appliance_collector_duration_seconds{"):
            name, value = line.split('"')[1], float(line.rsplit(" ", 1)[1])
            found.append((value * 1000, name))
    return sorted(found, reverse=True)


async def measure(times: int) -> dict[str, float]:
    """Run the bench; print a table."""
    async with full_office(PAGES) as daemon:
        page, taken = await scraped(daemon, times)
    async with full_office(PAGES, OFFLINE) as daemon:
        _, backlog = await scraped(daemon, times)
    text = page.decode()
    told = [line for line in text.splitlines() if line.startswith("appliance_collector_success{")]
    failed = [line for line in told if not line.endswith("} 1.0")]
    assert not failed, failed
    figures = {
        "series": sum(not line.startswith("#") for line in text.splitlines()), "bytes": len(page),
        "gzip_bytes": len(gzip.compress(page)), "scrape_cpu_ms": round(statistics.median(taken[1:]), 2),
        "first_cpu_ms": round(taken[0], 2), "worst_cpu_ms": round(max(taken[1:]), 2),
        "backlog_cpu_ms": round(statistics.median(backlog[1:]), 2)}
    for name, value in figures.items():
        print(f"{name:22} {value}")
    for milliseconds, name in topics(page):
        print(f"  {name:20} {milliseconds:7.2f} ms wall")
    print(f"asked for: under {LIMIT_MS:g} ms")
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="within a minute")
    times = QUICK if parser.parse_args().quick else FULL
    print(json.dumps(asyncio.run(measure(times))))


if __name__ == "__main__":
    main()
