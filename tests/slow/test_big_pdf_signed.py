"""A PDF of 400 MB is signed, adopted and looked at without being held in memory."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf
import psutil
import pytest
from pki_stand import Stand
from stamped_signatures import desk

from appliance.signing import verify

pytestmark = pytest.mark.slow
PAGES, PAGE = 50, 8 << 20
MOST = 64 << 20
"""Bytes by which the process may grow; the signer's unit has 400 MB in all."""


def large(path: Path) -> Path:
    """Write a PDF of 400 MB; every page has a stream of its own that does not shrink."""
    with pikepdf.new() as pdf:
        for _ in range(PAGES):
            pdf.add_blank_page(page_size=(595, 842))
            noise = b"%" + os.urandom(PAGE // 2).hex().encode()
            pdf.pages[-1].Contents = pdf.make_stream(noise + b"\n0.9 g 40 40 515 700 re f")
        pdf.save(path, compress_streams=False, min_version="1.7")
    return path


@contextmanager
def watched() -> Iterator[list[int]]:
    """Give how many bytes this process grows by at most."""
    process, over = psutil.Process(), threading.Event()
    before, grown = process.memory_info().rss, [0]

    def watch() -> None:
        while not over.wait(0.005):
            grown[0] = max(grown[0], process.memory_info().rss - before)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield grown
    finally:
        over.set()
        thread.join()


def test_it_is_never_in_memory(pki: Stand, tmp_path: Path) -> None:
    large(tmp_path / "u.pdf")

    async def work() -> None:
        async with desk(pki, tmp_path) as office:
            await office.sign(office.job("B-B", "warm.pdf"))
            (tmp_path / "out" / "warm.pdf").unlink()
            job = office.job("B-LTA")
            with watched() as grown:
                done = await office.sign(job)
            assert (done.level, done.adopted) == ("B-LTA", False)
            assert done.size > PAGES * PAGE
            assert grown[0] < MOST, f"signing took {grown[0] >> 20} MB"
            with watched() as grown:
                assert (await office.sign(job)).adopted
            assert grown[0] < MOST, f"adopting took {grown[0] >> 20} MB"
            with watched() as grown:
                assert (await verify.async_verify(Path(done.path), [pki.root])).intact
            assert grown[0] < MOST, f"verifying took {grown[0] >> 20} MB"

    try:
        asyncio.run(work())
    finally:
        for path in tmp_path.rglob("*.pdf"):
            path.unlink()
