"""A desk that keeps its ledger in memory, stations on a real socket, and real scanner processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core import errors
from appliance.core.config import Config, Device, Job
from appliance.core.events import Bus, Fact
from appliance.device import catalogue
from appliance.device.duty import duties
from appliance.device.protocol import Hello, Scan, SideDone
from appliance.device.station import Stations

DEADLINE = 30.0
ROOT = Path(__file__).parents[2]


@dataclass
class MemoryDesk:
    """What the ledger would hold."""

    masters: Path
    duplex: bool = False
    max_pixels: int = 50_000_000
    sides: list[SideDone] = field(default_factory=list)
    told: list[tuple[str, ...]] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    refuse_after: int = 10**9
    hold_after: int = 10**9
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def begin(self, device: str, hello: Hello | None = None, job: str = "") -> Scan:
        batch = f"batch-{sum(what[0] == 'begin' for what in self.told) + 1}"
        self.jobs.append(job)
        self.told.append(("begin", device, batch, hello.serial if hello else ""))
        return self._order(batch, 1, 1)

    async def go_on(self, device: str, batch: str) -> Scan:
        self.told.append(("go_on", device, batch))
        return self._order(batch, self.missing(batch), 1 + max((side.attempt for side in self.sides), default=0))

    async def record(self, device: str, side: SideDone) -> None:
        if len(self.sides) >= self.hold_after:
            await self.gate.wait()
        if len(self.sides) >= self.refuse_after:
            raise errors.DISK_FAILED.error(reason="test")
        self.sides.append(side)

    async def interrupted(self, device: str, batch: str, code: str) -> int:
        self.told.append(("interrupted", device, batch, code))
        return self.missing(batch)

    async def finished(self, device: str, batch: str) -> None:
        self.told.append(("finished", device, batch))

    def missing(self, batch: str) -> int:
        faces: dict[int, set[str]] = {}
        for side in self.sides:
            if side.batch == batch:
                faces.setdefault(side.sheet, set()).add(side.side.value)
        sheet = 1
        while len(faces.get(sheet, ())) == (2 if self.duplex else 1):
            sheet += 1
        return sheet

    def verbs(self) -> list[str]:
        return [what[0] for what in self.told]

    def _order(self, batch: str, sheet: int, attempt: int) -> Scan:
        return Scan(batch, sheet, attempt, 300, self.duplex, str(self.masters), self.max_pixels)


@dataclass
class Rig:
    """Stations with one device, and whatever scanner process was started for it."""

    folder: Path
    device: Device
    desk: MemoryDesk
    stations: Stations
    facts: list[Fact]
    processes: list[Process] = field(default_factory=list)

    async def start_process(self, wait: float = 20.0) -> Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "appliance", "scanner", "--config", str(self.folder / "a.toml"),
            "--device", self.device.name, "--wait", str(wait), cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.processes.append(process)
        return process

    def now(self) -> dict[str, object]:
        return self.stations.snapshot()[0]

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + DEADLINE
        while not holds():
            assert time.monotonic() < end, f"not within {DEADLINE} s: {what}; {self.now()}; {self.desk.told}"
            await asyncio.sleep(0.02)

    async def until_state(self, state: str) -> None:
        await self.until(lambda: self.now()["state"] == state, state)


@contextlib.asynccontextmanager
async def rig(folder: Path, device: Device, *, duplex: bool = False,
              jobs: tuple[Job, ...] = ()) -> AsyncIterator[Rig]:
    """Run stations for ``device``; end every process that was started."""
    runtime = folder / "run"
    runtime.mkdir()
    lines = [f'{name} = "{value}"' for name in ("name", "kind", "url", "folder", "sane_device", "profile")
             if (value := getattr(device, name))]
    lines.append(f"settle_seconds = {device.settle_seconds}")
    (folder / "a.toml").write_text(
        f'[storage]\nstate = "{folder}"\nruntime = "{runtime}"\nprofiles = "{folder}/profiles"\n[[device]]\n'
        + "\n".join(lines) + "\n")
    facts: list[Fact] = []
    bus = Bus()
    bus.listen(facts.append)
    desk = MemoryDesk(folder / "masters", duplex)
    served = duties(Config(device=(device,), job=jobs), catalogue.read(folder / "profiles"))
    stations = Stations(served, runtime / "scanner.sock", desk, bus, time.monotonic)
    await stations.start()
    made = Rig(folder, device, desk, stations, facts)
    try:
        yield made
    finally:
        desk.gate.set()
        await stations.stop()
        for process in made.processes:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def load(hopper: Path, stack: str, files: dict[str, bytes]) -> None:
    """Put a finished stack into the hopper as an operator does: by one rename."""
    building = hopper / f"{stack}.part"
    building.mkdir(parents=True)
    for name, data in files.items():
        place = building / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    building.rename(hopper / stack)
