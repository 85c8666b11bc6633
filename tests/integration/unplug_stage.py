"""Pulls the cable of a scanner that scans, on a mocked USB bus (umockdev); prints what became of it, as JSON.

Run as a program under umockdev-wrapper by test_unplugged_in_mid_scan.py. Real are libudev, discovery, the stations,
the scanner process and libsane; mocked are sysfs and uevents.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import Any

import pytest
import sane_rig
from hotplug_stage import Lines, Usb
from sane_backend import virtual_fi
from sane_station import NAME, station
from scanner_rig import Rig

from appliance.core.config import Discovery
from appliance.device import catalogue
from appliance.device.discover import Discoverer, telling

SHEETS = 4
USB_ID, SERIAL = "04c5:15ff", "VIRTUAL8170"


class Stage:
    """One office with one scanner, and the story."""

    def __init__(self, made: Rig, device: virtual_fi.VirtualFi) -> None:
        self.rig, self.device, self.usb, self.lines = made, device, Usb(), Lines()
        log = logging.getLogger("appliance.device")
        log.setLevel(logging.INFO)
        log.addHandler(self.lines)
        self.story: dict[str, Any] = {}
        settings = made.device
        self.looking = Discoverer(Discovery(), (settings,), catalogue.read(made.folder / "profiles"),
                                  telling(made.stations), made.folder / "seen.json")

    def tell(self, chapter: str) -> None:
        now = self.rig.now()
        self.story[chapter] = {
            "log": [line for line in self.lines.take() if "scanner" in line], "state": now["state"],
            "code": now["code"], "sheet": now["sheet"], "verbs": self.rig.desk.verbs(),
            "sides": len(self.rig.desk.sides)}

    async def play(self) -> None:
        self.usb.plug("1-1", USB_ID, SERIAL)
        await self.looking.start()
        await self.rig.start_process()
        await self.rig.until_state("ready")
        self.tell("ready")
        self.device.control(ppm=60)
        await self.rig.stations.press(NAME)
        await self.rig.until(lambda: len(self.rig.desk.sides) >= 2, "a sheet")
        self.device.control(unplugged=1)
        self.usb.pull("1-1")
        await self.rig.until_state("absent")
        await self.rig.until(lambda: "interrupted" in self.rig.desk.verbs(), "the batch breaks off")
        await asyncio.sleep(1.0)  # whatever else would be told has time to show
        self.tell("pulled")
        self.device.control()
        self.usb.plug("1-3", USB_ID, SERIAL)
        await self.rig.until_state("reload")
        await asyncio.sleep(1.0)
        self.tell("put back")
        sheet = self.rig.now()["sheet"]
        assert isinstance(sheet, int)
        self.device.put_back(sheet)
        await self.rig.stations.resume(NAME)
        await self.rig.until(lambda: "finished" in self.rig.desk.verbs(), "the batch ends")
        self.tell("finished")
        self.story["masters"] = sorted({(side.sheet, side.side.value) for side in self.rig.desk.sides})
        await self.looking.stop()


async def main() -> None:
    """Play the story and print it."""
    folder = Path(sys.argv[1])
    device = virtual_fi.make(folder / "device")
    sane_rig.load(device, SHEETS)
    with pytest.MonkeyPatch.context() as patch:
        async with station(folder, device, patch, start_kind="press") as made:
            text = sane_rig.profile_text(poll_ms="100", sane_backend='"virtualfi"')
            (folder / "profiles" / f"{sane_rig.PROFILE}.toml").write_text(text, encoding="utf-8")
            stage = Stage(made, device)
            await stage.play()
    json.dump(stage.story, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
