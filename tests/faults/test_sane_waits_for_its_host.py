"""A device that says how long its feeder waited for the host, and what this host says of the same wait."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
import sane_rig
from sane_backend import virtual_fi
from sane_station import NAME, station

from appliance.core.model import Side
from appliance.device.protocol import WINDOW

pytestmark = pytest.mark.skipif(bool(virtual_fi.why_not()), reason=virtual_fi.why_not() or "-")

SHEETS, PERIOD, HELD = 5, 0.05, 0.4


def test_the_feeder_and_the_host_tell_of_the_same_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = virtual_fi.make(tmp_path / "fi")
    device.control(ppm=60 / PERIOD / 2, buffer=1)
    for sheet in range(1, SHEETS + 1):
        device.load(sheet, sane_rig.paper(sheet, Side.FRONT), sane_rig.paper(sheet, Side.BACK))

    async def work() -> tuple[float, float]:
        async with station(tmp_path, device, monkeypatch, start_kind="press") as made:
            await made.start_process()
            await made.until(lambda: made.now()["feeder"] == "loaded", "paper is seen")
            made.desk.hold_after = 2  # the ledger takes two sides, then nothing for a while
            await made.stations.press(NAME)
            masters = made.desk.masters
            await made.until(lambda: len(list(masters.rglob("*.jpg"))) == 2 + WINDOW, "the window is full")
            begun = time.monotonic()
            await asyncio.sleep(HELD)
            held = time.monotonic() - begun
            made.desk.gate.set()
            await made.until(lambda: "finished" in made.desk.verbs(), "the stack is through")
            return held, sum(side.idle for side in made.desk.sides)

    held, ours = asyncio.run(work())
    assert ours >= held - 0.001
    # a feeder that holds one side took that one in while it waited
    assert device.stats()["idle_seconds"] >= held - PERIOD - 0.001
