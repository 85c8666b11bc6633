"""A4 sides in colour at 300 dpi from a SANE scanner to durable masters, beside ``scanimage --batch --format=jpeg``.

Both scan the same stack from the virtual fi-8170 of tests/sane_backend, every side another picture, in short pairs
that take turns in who begins; the ratio is the median of the pairs' ratios. Ours is a real scanner process under
a station: JPEG quality 90, each side hashed and fsynced before it is acknowledged. scanimage writes quality 75 and
does neither; both use libjpeg-turbo with chroma at half resolution. Then ours once more on one core. Then Start is
pressed on the device, and it feeds 180 sides a minute and says how long it had to wait for its host. The last line
is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import resource
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

import psutil
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
PAIRS, FEWEST, PAIRS_SECONDS = 7, 3, 20.0
"""Pairs that are run; on a machine that is slow a quick run goes on with fewer after that time."""
MANY, FEW = 40, 16
CALM, CALM_SECONDS = 0.7, 6.0
"""Load for each core above which a run waits a while for calm, and says so."""
NOTHING_SECONDS = 30.0
MAKERS = (make_letter, make_decision, make_form, make_table)
Figures = dict[str, float | None]


@dataclass(frozen=True)
class Bench:
    """Paper in memory, masters on disk."""

    device: VirtualFi
    paper: list[Path]
    disk: Path

    def load(self, sides: int) -> None:
        """Load a stack of ``sides`` / 2 sheets, by links to the paper."""
        shutil.rmtree(self.device.out)
        self.device.out.mkdir()
        for sheet in range(1, sides // 2 + 1):
            for at, face in enumerate("ba"):  # the front last: it makes the sheet
                page = self.paper[(2 * sheet - 2 + at) % len(self.paper)]
                (self.device.hopper / f"{sheet:04d}{face}.ppm").hardlink_to(page)


def draw(folder: Path, sides: int) -> list[Path]:
    """Draw four pages as a scanner sees them, and copies with another corner: equal masters are written once."""
    rng, pages, files = Random(2026), [], []
    for at, maker in enumerate(MAKERS):
        pages.append(simplejpeg.decode_jpeg(scan(maker(rng)[0], Look(skew=rng.uniform(-2, 2)), at)))
    for at in range(sides):
        pixels = pages[at % len(pages)]
        pixels[:32, :32] = 5 * at
        files.append(folder / f"page{at}.ppm")
        files[-1].write_bytes(virtual_fi.ppm(pixels.shape[1], pixels.shape[0], pixels.tobytes()))
    return files


@contextlib.asynccontextmanager
async def station(bench: Bench) -> AsyncIterator[tuple[Rig, psutil.Process]]:
    """A station and a scanner process that is ready."""
    settings = Device(NAME, "sane", sane_device=virtual_fi.DEVICE, profile=PROFILE, start_kind="press")
    with tempfile.TemporaryDirectory(dir=bench.disk) as folder:
        async with rig(Path(folder), settings, duplex=True) as made:
            process = await made.start_process()
            await made.until_state("ready")
            yield made, psutil.Process(process.pid)


async def ours(bench: Bench, made: Rig, sides: int, *, by_hand: bool = False) -> tuple[float, float]:
    """Scan a stack; return the seconds from the press to its end and to the first durable side.

    ``by_hand`` presses Start on the device itself; else the daemon is told.
    """
    bench.load(sides)
    await made.until(lambda: made.now()["feeder"] == "loaded", "paper is seen")
    desk = made.desk
    shutil.rmtree(desk.masters, ignore_errors=True)  # a master that is there is not written again
    held, finished = len(desk.sides), desk.verbs().count("finished")
    begin = time.perf_counter()
    if by_hand:
        bench.device.press()
    else:
        await made.stations.press(NAME)
    while len(desk.sides) == held:
        await asyncio.sleep(0.005)
        if time.perf_counter() - begin > NOTHING_SECONDS:
            raise SystemExit(f"nothing is scanned: {made.now()}")
    first = time.perf_counter() - begin
    while desk.verbs().count("finished") == finished:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    whole = time.perf_counter() - begin
    if len(desk.sides) - held != sides or any(side.code for side in desk.sides):
        raise SystemExit(f"{len(desk.sides) - held} of {sides} sides: "
                         f"{ {(side.code, side.reason) for side in desk.sides} } {made.now()}")
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


def used(process: psutil.Process | None) -> float:
    """Return the CPU seconds of a scanner process, or of all programs that ran to their end."""
    if process is not None:
        return float(sum(process.cpu_times()[:2]))
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


async def speed(bench: Bench, sides: int, *, quick: bool) -> Figures:
    """Measure both without pacing, on all cores: ours encodes a side while it and the next one come in."""
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    cpu = {"ours": 0.0, "theirs": 0.0}
    async with station(bench) as (made, process):
        await ours(bench, made, 2)  # first use of memory and libraries
        until = time.monotonic() + PAIRS_SECONDS
        for pair in range(PAIRS):
            if quick and pair >= FEWEST and time.monotonic() > until:
                break
            for who in ("ours", "theirs") if pair % 2 else ("theirs", "ours"):
                if who == "theirs" and shutil.which("scanimage") is None:
                    continue
                before = used(process if who == "ours" else None)
                times[who].append((await ours(bench, made, sides))[0] if who == "ours" else theirs(bench, sides))
                cpu[who] += used(process if who == "ours" else None) - before
    mine, peer = times["ours"], times["theirs"]
    ratios = [other / own for own, other in zip(mine, peer, strict=False)]
    print("pairs, ours to scanimage:", *(f"{ratio:.2f}" for ratio in ratios))
    return {
        "sides_per_second": round(sides / statistics.median(mine), 2),
        "scanimage_sides_per_second": round(sides / statistics.median(peer), 2) if peer else None,
        "vs_scanimage": round(statistics.median(ratios), 2) if ratios else None,
        "cpu_ms_per_side": round(1000 * cpu["ours"] / sides / len(mine), 1),
        "scanimage_cpu_ms_per_side": round(1000 * cpu["theirs"] / sides / len(peer), 1) if peer else None,
    }


async def one_core(bench: Bench, sides: int) -> Figures:
    """Measure ours alone, with everything on one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})  # children inherit it
    try:
        async with station(bench) as (made, _):
            await ours(bench, made, 2)
            return {"sides_per_second_one_core": round(sides / (await ours(bench, made, sides))[0], 2)}
    finally:
        os.sched_setaffinity(0, cores)


async def paced(bench: Bench, sides: int) -> Figures:
    """Measure the feeder's wait for its host at 180 sides a minute, and the time from press to first page.

    Once as the profile sets the device (buffermode on: it holds four sides), once with room for one side only.
    """
    waits, firsts = [], []
    moving = sides * 60 / SIDES_A_MINUTE
    async with station(bench) as (made, _):
        for holds in ({}, {"buffer": 1}):
            bench.device.control(ppm=SIDES_A_MINUTE / 2, **holds)
            firsts.extend([(await ours(bench, made, 2, by_hand=True))[1] for _ in range(2)])
            before = bench.device.stats()["idle_seconds"]
            await ours(bench, made, sides)
            idle = bench.device.stats()["idle_seconds"] - before
            waits.append(round(idle / (moving + idle), 4))
    return {"feeder_idle_ratio": waits[0], "feeder_idle_ratio_one_side_buffer": waits[1],
            "press_to_first_page_s": round(statistics.median(firsts), 3)}


def calm() -> float:
    """Wait a while for a machine that does nothing else; return the load for each core."""
    until = time.monotonic() + CALM_SECONDS
    while (load := os.getloadavg()[0] / len(os.sched_getaffinity(0))) > CALM and time.monotonic() < until:
        time.sleep(1)
    if load > CALM:
        print(f"the machine is busy (load {load:.1f} for each core): figures are lower than they would be")
    return load


async def measure(bench: Bench, *, quick: bool) -> Figures:
    """Return all figures."""
    bench.device.control()
    figures: Figures = {"load_per_core": round(calm(), 2)}
    figures |= await speed(bench, len(bench.paper), quick=quick)
    figures |= await one_core(bench, len(bench.paper))
    return figures | await paced(bench, 12 if quick else 90)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="stacks of 16 sides in place of 40")
    quick = parser.parse_args().quick
    figures: Figures = dict.fromkeys((
        "sides_per_second", "scanimage_sides_per_second", "vs_scanimage", "cpu_ms_per_side",
        "scanimage_cpu_ms_per_side", "sides_per_second_one_core",
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
            paper = draw(Path(folder), FEW if quick else MANY)
            figures |= asyncio.run(measure(Bench(device, paper, disk), quick=quick))
    for name, value in figures.items():
        print(f"{name:36s} {'not measured' if value is None else value}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
