"""A worker's memory is bounded whatever arrives, and does not grow with the pages it has seen."""

from __future__ import annotations

import asyncio
import hashlib
import io
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import segno
import simplejpeg
from backlog_stand import make_masters
from PIL import Image, ImageFilter

from appliance import target_sheet
from appliance.core.config import Ocr
from appliance.core.jobs import AnalyseJob, Job, Outcome, ReadJob, TargetJob
from appliance.core.limits import TargetLimits
from appliance.core.model import Geometry, ImageFormat, Master
from appliance.core.plain import to_plain
from appliance.pool import Pool
from appliance.spool.store import Store
from bench.bench_pool import RULES, one_worker, order, resident

pytestmark = pytest.mark.slow

MOST_MB = 1000.0
"""Resident memory of a worker on the worst page there may be; systemd/appliance-worker.slice (3 GB) holds two."""

MOST_TARGET_MB = 600.0
"""The same of a target sheet, which is measured in full: on the bed of an A3 scanner at 600 dpi, mirrored."""

GROWTH_MB = 8.0
"""Over 250 pages after the first 50."""


def sparse(width: int, height: int) -> bytes:
    """A page of little writing, with a code that is spoilt: it is looked for in full."""
    page = np.full((height, width, 3), 246, np.uint8)
    drawn = io.BytesIO()
    segno.make("SPOILT " * 9, error="l", micro=False).save(drawn, kind="png", scale=9, border=4)
    code = np.array(Image.open(drawn).convert("L"))
    code[::7, ::5] ^= 255
    page[900:900 + code.shape[0], 900:900 + code.shape[1]] = code[:, :, None]
    page[2000:2040, 900:2600] = (40, 30, 120)
    data: bytes = simplejpeg.encode_jpeg(page, quality=80)
    return data


def target_page(folder: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Our own target sheet at 600 dpi, a little soft and grey, as a scanner brings it."""
    (folder / "target.pdf").write_bytes(target_sheet.pdf("KT-001", date(2026, 1, 1)))
    words = ["pdftoppm", "-r", "600", "-png", "-singlefile", "target.pdf", "target"]
    subprocess.run(words, check=True, cwd=folder)
    with Image.open(folder / "target.png") as image:
        soft = image.convert("RGB").filter(ImageFilter.GaussianBlur(0.6))
    return np.asarray(soft.point([round(20 + tone * 225 / 255) for tone in range(256)] * 3), np.uint8)


async def highest(pool: Pool, job: Job) -> tuple[Outcome, float]:
    """Do a job; return its outcome and the most memory the only worker had meanwhile."""
    process, most = psutil.Process(pool.stats().pids[0]), 0.0
    task = asyncio.create_task(pool.run(job))
    while not task.done():
        most = max(most, resident(process))
        await asyncio.sleep(0.01)
    return await task, most


@pytest.fixture
async def pool() -> AsyncIterator[tuple[Pool, Path]]:
    """A pool with one worker of the product, and its folder."""
    folder = Path(tempfile.mkdtemp(prefix="wm", dir="/tmp"))
    Store(folder / "state").prepare()
    async with one_worker(folder) as pool:
        yield pool, folder
    shutil.rmtree(folder)


@pytest.mark.parametrize(("width", "height", "dpi"), [
    (8408, 11893, 600), (8408, 11893, 200), (11860, 16779, 600), (11860, 16779, 200), (60000, 3316, 300)])
async def test_a_page_of_a_hundred_and_of_two_hundred_million_pixels_has_bounded_memory(
        pool: tuple[Pool, Path], width: int, height: int, dpi: int) -> None:
    executor, folder = pool
    data, path = sparse(width, height), folder / "huge.jpg"
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    master = Master("huge.jpg", digest, len(data), ImageFormat.JPEG, width, height, 3, dpi)
    look = Job("look", "analyse", to_plain(AnalyseJob(master, str(path), RULES, 200_000_000)))
    outcome, most = await highest(executor, look)
    assert outcome.ok, outcome.reason
    lie, ocr = Geometry(width, height, 0, 0.0, width, height), Ocr()
    read = ReadJob(str(path), ImageFormat.JPEG, lie, dpi, 200, "vie", "tesserocr", str(ocr.tessdata), 60,
                   str(folder / "out.json"))
    outcome, again = await highest(executor, Job("read", "read", to_plain(read)))
    assert outcome.ok, outcome.reason
    print(f"{width} x {height} at {dpi} dpi: look {most:.0f} MB, read {again:.0f} MB")
    assert max(most, again) < MOST_MB


@pytest.mark.parametrize(("width", "height", "orientation"), [(7016, 9921, 1), (7016, 9921, 2), (11860, 16779, 2)])
async def test_a_target_sheet_on_a_large_bed_mirrored_or_not_has_bounded_memory(
        pool: tuple[Pool, Path], width: int, height: int, orientation: int) -> None:
    executor, folder = pool
    sheet = target_page(folder)
    page = np.full((height, width, 3), 245, np.uint8)
    seen = sheet[:height, :width]
    page[:seen.shape[0], :seen.shape[1]] = seen if orientation == 1 else seen[:, ::-1]
    data, path = simplejpeg.encode_jpeg(page, quality=90), folder / "target.jpg"
    path.write_bytes(data)
    master = Master("target.jpg", hashlib.sha256(data).hexdigest(), len(data), ImageFormat.JPEG, width, height, 3,
                    600, orientation)
    asked = TargetJob(master, str(path), TargetLimits(), 600, str(folder / "none.toml"), 200_000_000)
    outcome, most = await highest(executor, Job("target", "target", to_plain(asked)))
    print(f"target of {width} x {height}, orientation {orientation}: {most:.0f} MB")
    large = width * height > 100_000_000
    assert (outcome.ok, outcome.code) == ((False, "I327") if large else (True, "")), outcome.reason
    assert most < (320 if large else MOST_TARGET_MB)


async def test_one_pixel_over_the_limit_is_refused_before_anything_is_decoded(pool: tuple[Pool, Path]) -> None:
    executor, folder = pool
    width, height = 60000, 40000
    line = simplejpeg.encode_jpeg(np.full((8, width, 3), 255, np.uint8))
    at = line.index(b"\xff\xc0") + 5
    data = line[:at] + height.to_bytes(2, "big") + line[at + 2:]
    path = folder / "lie.jpg"
    path.write_bytes(data)
    master = Master("lie.jpg", hashlib.sha256(data).hexdigest(), len(data), ImageFormat.JPEG, width, height, 3, 300)
    outcome, most = await highest(executor, Job("look", "analyse", to_plain(
        AnalyseJob(master, str(path), RULES, 200_000_000))))
    assert (outcome.ok, outcome.code) == (False, "I304")
    assert most < 320, "reduced eight times it would be 112 MB more"


async def test_three_hundred_pages_leave_a_worker_as_large_as_fifty(pool: tuple[Pool, Path]) -> None:
    executor, folder = pool
    masters = make_masters(Store(folder / "state"), 300, 4)
    process = psutil.Process(executor.stats().pids[0])
    sizes = []
    for number in range(300):
        outcome = await executor.run(order(folder, masters[number % 4], number))
        assert outcome.ok, outcome.reason
        sizes.append(resident(process))
    print(f"after 50 pages {sizes[49]:.1f} MB, after 300 {sizes[-1]:.1f} MB")
    assert sizes[-1] - sizes[49] < GROWTH_MB


