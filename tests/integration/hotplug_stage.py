"""Plays plugs and unplugs on a mocked USB bus (umockdev) and prints what discovery made of them, as JSON.

Run as a program under umockdev-wrapper by test_udev_hotplug.py: libudev is the real one, sysfs and uevents
are umockdev's.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import sys
from collections.abc import Callable
from typing import Any

from appliance.core.config import Device, Discovery
from appliance.device import catalogue
from appliance.device.discover import Discoverer

SECONDS = 20.0
DEVICES = (
    Device("counter", kind="sane", profile="fujitsu_fi-7160"),
    Device("left", kind="sane", profile="fujitsu_fi-8170", serial="L1"),
    Device("right", kind="sane", profile="fujitsu_fi-8170", serial="R2"),
)


class Lines(logging.Handler):
    """Keeps every line that discovery logs."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def take(self) -> list[str]:
        taken, self.lines = self.lines, []
        return taken


class Usb:
    """The mocked bus."""

    def __init__(self) -> None:
        sys.path.append("/usr/lib/python3/dist-packages")  # Debian's python3-gi
        importlib.import_module("gi").require_version("UMockdev", "1.0")
        self.bed = importlib.import_module("gi.repository.UMockdev").Testbed.new()
        self.paths: dict[str, str] = {}

    def plug(self, port: str, usb_id: str, serial: str = "", **more: str) -> None:
        vendor, product = usb_id.split(":")
        attributes = ["idVendor", vendor, "idProduct", product, "product", more.get("text", "Scanner"),
                      "speed", more.get("speed", "5000")]
        attributes += ["serial", serial] if serial else []
        properties = ["DEVTYPE", "usb_device"]
        properties += ["libsane_matched", "yes"] if more.get("matched", "yes") == "yes" else []
        self.paths[port] = self.bed.add_device("usb", port, None, attributes, properties)
        if "garbage" in more:
            self.bed.set_attribute_binary(self.paths[port], "product", list(b"\xff\xfe\x00\x9b31m"))

    def pull(self, port: str) -> None:
        path = self.paths.pop(port)
        self.bed.uevent(path, "remove")
        self.bed.remove_device(path)

    def vanish(self, port: str) -> None:
        """Take a device away without an event."""
        self.bed.remove_device(self.paths.pop(port))


async def until(good: Callable[[], bool], what: str) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + SECONDS
    while not good():
        if loop.time() > end:
            raise TimeoutError(what)
        await asyncio.sleep(0.01)


class Stage:
    """One discoverer on one bus, and the story."""

    def __init__(self) -> None:
        self.usb, self.lines = Usb(), Lines()
        log = logging.getLogger("appliance.device")
        log.setLevel(logging.INFO)
        log.addHandler(self.lines)
        self.looking = Discoverer(Discovery(), DEVICES, catalogue.read())
        self.story: dict[str, Any] = {}

    async def is_at(self, device: str, presence: str) -> None:
        await until(lambda: self.looking.presence(device) == presence, f"{device} {presence}")

    def tell(self, chapter: str) -> None:
        self.story[chapter] = {
            "log": self.lines.take(), "seen": self.looking.seen(),
            "presence": {device.name: self.looking.presence(device.name) for device in DEVICES}}

    async def play(self) -> None:
        self.usb.plug("1-1", "04c5:132e", "A1")
        self.usb.plug("1-9", "046d:c31c", "K1", text="Keyboard", matched="no")
        await self.looking.start()
        self.tell("there at start")
        await self.play_cable()
        await self.play_others()
        await self.play_hub()
        self.usb.vanish("1-4")
        self.looking._udev.count()
        self.tell("event lost")
        await self.looking.stop()
        await self.looking.stop()

    async def play_cable(self) -> None:
        self.usb.pull("1-1")
        await self.is_at("counter", "absent")
        self.tell("cable pulled")
        self.usb.plug("1-4", "04c5:132e", "A1")
        await self.is_at("counter", "present")
        self.usb.bed.uevent(self.usb.paths["1-4"], "change")
        self.usb.bed.uevent(self.usb.paths["1-4"], "bind")
        self.usb.plug("1-8", "046d:c077", "M1", text="Mouse", matched="no")
        await asyncio.sleep(0.3)  # whatever else these events would do has time to show
        self.tell("back at another port")

    async def play_others(self) -> None:
        self.usb.plug("1-5", "04f9:03b9", "B1", text="ADS-2800W", matched="no")
        self.usb.plug("1-6", "1083:ffff", "C1", text="Canon DR-C240 \x1b[31m\u202e Scanner", matched="no")
        self.usb.plug("1-7", "04b8:0182", "E1", garbage="yes")
        await until(lambda: len(self.looking.seen()) == 4, "three more scanners")
        self.usb.bed.uevent(self.usb.paths["1-7"], "change")
        self.tell("known to our profiles only")

    async def play_hub(self) -> None:
        self.usb.plug("2-1", "05e3:0608", text="Hub", matched="no")
        self.usb.plug("2-1.2", "04c5:15ff", "R2", speed="480")
        self.usb.plug("2-1.1", "04c5:15ff", "L1")
        await self.is_at("left", "present")
        await self.is_at("right", "present")
        self.tell("twins on a hub")
        for port in ("2-1.1", "2-1.2", "2-1"):
            self.usb.pull(port)
        await self.is_at("left", "absent")
        await self.is_at("right", "absent")
        self.tell("hub vanished")
        self.usb.plug("3-2.4", "04c5:15ff", "L1")
        self.usb.plug("3-2.3", "04c5:15ff", "R2")
        await self.is_at("left", "present")
        await self.is_at("right", "present")
        self.tell("hub elsewhere")


async def main() -> None:
    """Play the story and print it."""
    stage = Stage()
    await stage.play()
    json.dump(stage.story, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
