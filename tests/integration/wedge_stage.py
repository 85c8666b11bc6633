"""Opens the virtual SANE scanner on a mocked USB bus (umockdev) after a process died; prints what was done (JSON).

Run as a program under umockdev-wrapper by test_usb_reset.py: the reset is a real ioctl on a real node as the kernel
would get it, answered by umockdev.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import sane_rig
from sane_backend import virtual_fi

from appliance.device import profile
from appliance.device.sane import SaneScanner
from appliance.device.scanner import ScanSettings

PLACE = "001:011"
USB = """P: /devices/usb1/1-1
N: bus/usb/001/011
E: DEVNAME=/dev/bus/usb/001/011
E: DEVTYPE=usb_device
E: SUBSYSTEM=usb
A: busnum=1\\n
A: devnum=11\\n
A: idVendor=04c5\\n
A: idProduct=15ff\\n
A: serial=VIRTUAL8170\\n
A: bcdDevice=0102\\n
"""


class Bus:
    """One scanner on the mocked bus, and every request that reached its node."""

    def __init__(self) -> None:
        sys.path.append("/usr/lib/python3/dist-packages")  # Debian's python3-gi
        importlib.import_module("gi").require_version("UMockdev", "1.0")
        mock = importlib.import_module("gi.repository.UMockdev")
        self.asked: list[int] = []
        self.bed, self.answers = mock.Testbed.new(), mock.IoctlBase()
        self.bed.add_from_string(USB)
        self.answers.connect("handle-ioctl", self._answer)
        self.bed.attach_ioctl("/dev/bus/usb/001/011", self.answers)

    def _answer(self, _handler: Any, client: Any) -> bool:
        self.asked.append(client.get_request())
        client.complete(0, 0)
        return True

    def take(self) -> list[int]:
        asked, self.asked[:] = list(self.asked), []
        return asked


async def chapter(bus: Bus, mark: Path, scanner: SaneScanner) -> dict[str, Any]:
    """Look at the device a few times, scan what lies in it, and tell."""
    states = []
    for _ in range(3):
        states.append((await scanner.status()).code)
        await asyncio.sleep(0.5)
    told: dict[str, Any] = {"asked": bus.take(), "codes": states}
    if not states[-1]:
        known, sides = await scanner.describe(), []
        told |= {"firmware": known.firmware, "mark_known": mark.exists()}
        async for side in scanner.scan(ScanSettings(300, True)):
            sides.append(side)
            told["mark_scanning"] = mark.exists()
        told["sides"] = len(sides)
    await scanner.close()
    return told | {"mark": mark.exists()}


async def main() -> None:
    """Play all chapters and print them."""
    folder = Path(sys.argv[1])
    device, mark, bus = virtual_fi.make(folder / "device"), folder / "mark", Bus()
    os.environ.update(device.environment())
    text = sane_rig.profile_text() + '\n[firmware]\nsource = "usb"\n'
    model = profile.parse(sane_rig.PROFILE, text)
    story = {}
    for name, place, faults in (("nothing happened", "", {}), ("died in a scan", PLACE, {}),
                                ("a reset does not help", PLACE, {"open_fails": 1}),
                                ("turned off and on", "001:004", {})):
        sane_rig.load(device, 1)
        device.control(**faults)
        mark.unlink(missing_ok=True)
        if place:
            mark.write_text(json.dumps({"place": place, "resets": 0}))
        story[name] = await chapter(bus, mark, SaneScanner(virtual_fi.DEVICE, model, mark=mark))
    json.dump(story, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
