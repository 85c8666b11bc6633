"""A4 sides in colour at 300 dpi from a SANE scanner to durable masters, beside ``scanimage --batch --format=jpeg``.

Both scan the same stack from the virtual fi-8170 of tests/sane_backend, alternating, on all cores; ours is a real
scanner process under a station, quality 90, with hash and fsync for each side; scanimage's is 75, with neither.
Then ours once more on one core. Then the device feeds 180 sides a minute, and says how long it had to wait for its
host. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "integration"))

import simplejpeg
from sane_backend import virtual_fi
from sane_backend.virtual_fi import VirtualFi
from scanner_rig import Rig, rig

from appliance.core.config import Device
from appliance.demo.defects import Look, scan
from appliance.demo.forms import make_form, make_table
from appliance.demo.letters import make_decision, make_letter

ROOT = Path(__file__).parents[1]
NAME, PROFILE = "bench", "fujitsu_fi-8170"
SIDES_A_MINUTE = 180
MAKERS = (make_letter, make_decision, make_form, make_table)
Figures = dict[str, float | None]


@dataclass(frozen=True)
class Bench:
    """Paper in memory, masters on disk."""

    device: VirtualFi
    paper: list[Path]
    disk: Path

    def load(self, sides: int) -> None:
        """Load a stack of ``sides`` / 2 sheets, by links to a few pages."""
        shutil.rmtree(self.device.out)
        self.device.out.mkdir()
        for sheet in range(1, sides // 2 + 1):
            for at, face in enumerate("ba"):  # the front last: it makes the sheet
                page = self.paper[(2 * sheet + at) % len(self.paper)]
                (self.device.hopper / f"{sheet:04d}{face}.ppm").hardlink_to(page)


def draw(folder: Path) -> list[Path]:
    """Draw four pages as a scanner sees them, as P6 files."""
    rng, files = Random(2026), []
    for at, maker in enumerate(MAKERS):
        pixels = simplejpeg.decode_jpeg(scan(maker(rng)[0], Look(skew=rng.uniform(-2, 2)), at))
        files.append(folder / f"page{at}.ppm")
        files[-1].write_bytes(virtual_fi.ppm(pixels.shape[1], pixels.shape[0], pixels.tobytes()))
    return files


@contextlib.asynccontextmanager
async def station(bench: Bench) -> AsyncIterator[Rig]:
    """A station and a scanner process that is ready."""
    settings = Device(NAME, "sane", sane_device=virtual_fi.DEVICE, profile=PROFILE, start_kind="press")
    with tempfile.TemporaryDirectory(dir=bench.disk) as folder:
        async with rig(Path(folder), settings, duplex=True) as made:
            await made.start_process()
            await made.until_state("ready")
            yield made


async def ours(bench: Bench, made: Rig, sides: int) -> tuple[float, float]:
    """Scan a stack by a press; return the seconds to its end and to the first durable side."""
    bench.load(sides)
    await made.until(lambda: made.now()["feeder"] == "loaded", "paper is seen")
    desk = made.desk
    held, finished = len(desk.sides), desk.verbs().count("finished")
    begin = time.perf_counter()
    await made.stations.press(NAME)
    while len(desk.sides) == held:  # noqa: ASYNC110 a desk tells nobody
        await asyncio.sleep(0.005)
    first = time.perf_counter() - begin
    while desk.verbs().count("finished") == finished:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    whole = time.perf_counter() - begin
    if len(desk.sides) - held != sides or any(side.code for side in desk.sides):
        raise SystemExit(f"{len(desk.sides) - held} of {sides} sides: {made.now()}")
    return whole, first


def theirs(bench: Bench, sides: int) -> float:
    """Scan the same stack with scanimage; return the seconds it took."""
    bench.load(sides)
    with tempfile.TemporaryDirectory(dir=bench.disk) as folder:
        command = ["scanimage", "-d", virtual_fi.DEVICE, "--source", "ADF Duplex", "--mode", "Color",
                   "--resolution", "300", "--format=jpeg", f"--batch={folder}/p%04d.jpg"]
        begin = time.perf_counter()
        subprocess.run(command, capture_output=True, check=False, timeout=600)
        spent = time.perf_counter() - begin
        if len(list(Path(folder).iterdir())) != sides:
            raise SystemExit("scanimage did not scan the whole stack")
    return spent


async def speed(bench: Bench, sides: int, pairs: int) -> Figures:
    """Measure both without pacing, on all cores: ours encodes a side while the next one comes in."""
    mine, peer = [], []
    async with station(bench) as made:
        await ours(bench, made, 2)  # first use of memory and libraries
        for _ in range(pairs):
            mine.append(sides / (await ours(bench, made, sides))[0])
            if shutil.which("scanimage"):
                peer.append(sides / theirs(bench, sides))
    rate, other = statistics.median(mine), statistics.median(peer) if peer else None
    return {"sides_per_second": round(rate, 2), "scanimage_sides_per_second": other and round(other, 2),
            "vs_scanimage": other and round(rate / other, 2)}


async def one_core(bench: Bench, sides: int) -> Figures:
    """Measure ours alone, with everything on one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})  # children inherit it
    try:
        async with station(bench) as made:
            await ours(bench, made, 2)
            return {"sides_per_second_one_core": round(sides / (await ours(bench, made, sides))[0], 2)}
    finally:
        os.sched_setaffinity(0, cores)


async def paced(bench: Bench, sides: int) -> Figures:
    """Measure the feeder's wait for its host at 180 sides a minute, and the time from press to first page.

    Once as the profile sets the device (buffermode on: it holds four sides), once with room for one side only.
    """
    waits, first = [], 0.0
    moving = sides * 60 / SIDES_A_MINUTE
    async with station(bench) as made:
        for holds in ({}, {"buffer": 1}):
            bench.device.control(ppm=SIDES_A_MINUTE / 2, **holds)
            await ours(bench, made, 2)
            before = bench.device.stats()["idle_seconds"]
            _, spent = await ours(bench, made, sides)
            idle = bench.device.stats()["idle_seconds"] - before
            waits.append(round(idle / (moving + idle), 4))
            first = first or spent
    return {"feeder_idle_ratio": waits[0], "feeder_idle_ratio_one_side_buffer": waits[1],
            "press_to_first_page_s": round(first, 3)}


async def measure(bench: Bench, *, quick: bool) -> Figures:
    """Return all figures."""
    bench.device.control()
    figures = await speed(bench, 20 if quick else 40, 5)
    figures |= await one_core(bench, 20 if quick else 40)
    return figures | await paced(bench, 18 if quick else 90)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="stacks of 20 sides in place of 40")
    quick = parser.parse_args().quick
    figures: Figures = dict.fromkeys((
        "sides_per_second", "scanimage_sides_per_second", "vs_scanimage", "sides_per_second_one_core",
        "feeder_idle_ratio", "feeder_idle_ratio_one_side_buffer", "press_to_first_page_s"))
    if missing := virtual_fi.why_not():
        print(f"not run: {missing}")
    else:
        disk = ROOT / "build"
        disk.mkdir(exist_ok=True)
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
        with tempfile.TemporaryDirectory(dir=memory) as folder:
            device = virtual_fi.make(Path(folder))
            os.environ.update(device.environment(), PYTHONPATH=str(ROOT))
            figures |= asyncio.run(measure(Bench(device, draw(Path(folder)), disk), quick=quick))
    for name, value in figures.items():
        print(f"{name:36s} {'not measured' if value is None else value}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
