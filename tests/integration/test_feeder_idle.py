"""How long a device could have fed and this host let it wait: counted by a clock that the test holds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from PIL import Image

from appliance.core.model import Side
from appliance.device.capture import Capture
from appliance.device.masters import Masters
from appliance.device.protocol import WINDOW, Ack, Scan, SideDone
from appliance.device.scanner import RawSide, Scanner, ScanSettings

PERIOD = 1 / 3
"""Seconds a side of a device that feeds 180 sides a minute."""


@dataclass
class Clock:
    """Stands still until somebody lets time go by."""

    now: float = 1000.0
    turn: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> float:
        return self.now

    def go(self, seconds: float) -> None:
        with self.turn:
            self.now += seconds


@dataclass
class Feeder:
    """A device that takes its time for every side; ``asked`` is when it was asked for each."""

    clock: Clock
    page: bytes
    sides: int

    asked: list[float] = field(default_factory=list)

    async def scan(self, _settings: ScanSettings) -> AsyncGenerator[RawSide, None]:
        for number in range(self.sides):
            self.asked.append(self.clock())
            self.clock.go(PERIOD)
            side = Side.BACK if number % 2 else Side.FRONT
            yield RawSide(number // 2 + 1, side, self.page + bytes([number]), 300)


@pytest.fixture
def page(tmp_path: Path) -> bytes:
    path = tmp_path / "page.jpg"
    Image.new("RGB", (200, 200), "white").save(path, dpi=(300, 300))
    return path.read_bytes()


def capture_of(feeder: Feeder, folder: Path) -> Capture:
    order = Scan("b", 1, 1, 300, True, str(folder / "masters"), 10**8)
    return Capture(cast(Scanner, feeder), order, feeder.clock)


def ack(side: SideDone) -> Ack:
    return Ack(side.batch, side.sheet, side.side)


def test_a_host_that_keeps_up_costs_a_paced_feeder_nothing(tmp_path: Path, page: bytes) -> None:
    feeder = Feeder(Clock(), page, 12)

    async def work() -> list[float]:
        capture, found = capture_of(feeder, tmp_path), []
        async for side in capture.sides():
            capture.acknowledge(ack(side))
            found.append(side.idle)
        return found

    assert asyncio.run(work()) == [0.0] * 12


def test_a_ledger_that_takes_its_time_shows_as_idle_time_of_the_feeder(tmp_path: Path, page: bytes) -> None:
    feeder = Feeder(Clock(), page, 8)

    async def work() -> list[float]:
        capture, kept, found = capture_of(feeder, tmp_path), list[SideDone](), list[float]()
        async for side in capture.sides():
            kept.append(side)
            found.append(side.idle)
            if len(kept) == WINDOW:  # the window is full: nothing more comes before the ledger has answered
                feeder.clock.go(2.5)
                for one in kept:
                    capture.acknowledge(ack(one))
                kept.clear()
        return found

    found = asyncio.run(work())
    assert sum(found) == pytest.approx(2.5 * (8 // WINDOW - 1), abs=1e-3)
    waited = [later - earlier - PERIOD for earlier, later in zip(feeder.asked, feeder.asked[1:], strict=False)]
    assert found == pytest.approx([0.0, *waited], abs=1e-3)


def test_a_slow_disk_shows_as_idle_time_of_the_feeder(
        tmp_path: Path, page: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    feeder, keep, full = Feeder(Clock(), page, 6), Masters.keep, threading.Event()

    def slowly(masters: Masters, raw: RawSide, suffix: str) -> tuple[str, str]:
        done = keep(masters, raw, suffix)
        assert full.wait(20)
        feeder.clock.go(0.75)
        return done

    monkeypatch.setattr(Masters, "keep", slowly)

    async def work() -> list[float]:
        capture, found = capture_of(feeder, tmp_path), []
        asyncio.get_running_loop().call_soon(watch)
        async for side in capture.sides():
            capture.acknowledge(ack(side))
            found.append(side.idle)
        return found

    def watch() -> None:
        """Let the disk go on once the device waits for room: as many sides are read as the window holds."""
        if len(feeder.asked) == WINDOW:
            asyncio.get_running_loop().call_soon(full.set)
        else:
            asyncio.get_running_loop().call_soon(watch)

    found = asyncio.run(work())
    assert found[:WINDOW] == [0.0] * WINDOW
    assert found[WINDOW] >= 0.75


def test_what_the_device_takes_for_a_side_is_not_the_hosts_fault(tmp_path: Path, page: bytes) -> None:
    feeder = Feeder(Clock(), page, 2)

    async def work() -> list[SideDone]:
        capture, found = capture_of(feeder, tmp_path), []
        async for side in capture.sides():
            capture.acknowledge(ack(side))
            found.append(side)
        return found

    done = asyncio.run(work())
    assert [side.idle for side in done] == [0.0, 0.0]
    assert all(side.seconds >= round(PERIOD, 4) for side in done)
