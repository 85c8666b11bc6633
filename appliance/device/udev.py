"""USB scanners as udev tells them: a count at start, then every plug and unplug.

A device counts as a scanner when the system says so (``libsane_matched=yes``, from Debian's hardware
database or from our rules, systemd/60-appliance-scanners.rules) or when a firmware profile names it.
What is decided from this stands in presence.py. The daemon loads pyudev only when it watches.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from appliance.device.catalogue import Catalogue
from appliance.device.sighting import Sighting

log = logging.getLogger(__name__)

MOST_TEXT = 64
GONE = frozenset({"remove"})
PROPERTIES = ("libsane_matched", "ID_MODEL_FROM_DATABASE", "ID_VENDOR_ID", "ID_MODEL_ID", "ID_SERIAL_SHORT")
ATTRIBUTES = {"idVendor": "ID_VENDOR_ID", "idProduct": "ID_MODEL_ID", "serial": "ID_SERIAL_SHORT", "product": "",
              "manufacturer": "", "speed": ""}
"""What the kernel says, and the property that stands for it where the kernel says nothing."""

THERE = frozenset({"add", "change", "bind", "online"})


def clean(text: object) -> str:
    """Return what a device says of itself as one short printable line; a device may say anything."""
    words = "".join(sign if sign.isprintable() else " " for sign in str(text or "")[:4 * MOST_TEXT])
    return " ".join(words.split())[:MOST_TEXT]


def sighting(name: str, facts: Mapping[str, Any], catalogue: Catalogue) -> Sighting | None:
    """Return the scanner that a USB device is, or None when it is none.

    Args:
        name: the kernel's name of the device, which is its port path (``1-1.2``).
        facts: udev properties, and the attributes ``idVendor idProduct serial product manufacturer speed``.
        catalogue: the firmware profiles.
    """
    usb_id = f"{clean(facts.get('idVendor'))}:{clean(facts.get('idProduct'))}".lower()
    product = clean(facts.get("product"))
    profile = catalogue.by_usb(usb_id, product)
    if facts.get("libsane_matched") != "yes" and not profile:
        return None
    speed = clean(facts.get("speed")).partition(".")[0]
    return Sighting(
        place=f"usb:{clean(name)}", serial=clean(facts.get("serial")), usb_id=usb_id, profile=profile,
        model=clean(facts.get("ID_MODEL_FROM_DATABASE")) or product, maker=clean(facts.get("manufacturer")),
        speed=int(speed) if speed.isascii() and speed.isdigit() else 0)


class UdevWatch:
    """Tells of every USB scanner that comes and goes. Belongs to one event loop.

    Args:
        catalogue: the firmware profiles.
        seen: called with a scanner that is there.
        gone: called with the place of a device that is not there any more, scanner or not.
        counted: called with all that is there, at start and when events may have been lost.
    """

    def __init__(self, catalogue: Catalogue, seen: Callable[[Sighting], None], gone: Callable[[str], None],
                 counted: Callable[[list[Sighting]], None]) -> None:
        self._catalogue = catalogue
        self._seen, self._gone, self._counted = seen, gone, counted
        self._context: Any = None
        self._monitor: Any = None

    async def start(self) -> None:
        """Watch, then count: a scanner plugged in between is told twice, never missed.

        Raises:
            OSError: the kernel gives no events here.
            ImportError: pyudev or libudev is missing.
        """
        pyudev = await asyncio.to_thread(_library)
        self._context = pyudev.Context()
        self._monitor = pyudev.Monitor.from_netlink(self._context)
        self._monitor.filter_by("usb", "usb_device")
        self._monitor.start()
        asyncio.get_running_loop().add_reader(self._monitor.fileno(), self._read)
        self.count()

    def stop(self) -> None:
        """Watch no more; may be called twice."""
        if self._monitor is not None:
            asyncio.get_running_loop().remove_reader(self._monitor.fileno())
            self._monitor = None

    def count(self) -> None:
        """Count what is there now."""
        devices = self._context.list_devices(subsystem="usb", DEVTYPE="usb_device")
        found = (sighting(device.sys_name, facts(device), self._catalogue) for device in devices)
        self._counted([one for one in found if one is not None])

    def _read(self) -> None:
        """Take every event that waits. The kernel drops events when too many wait: then all is counted."""
        try:
            while (device := self._monitor.poll(timeout=0)) is not None:
                self._take(device)
        except OSError as problem:
            log.info("udev events lost (%s): counting again", problem)
            self.count()

    def _take(self, device: Any) -> None:
        if device.action in GONE:
            self._gone(f"usb:{clean(device.sys_name)}")
        elif device.action in THERE:
            one = sighting(device.sys_name, facts(device), self._catalogue)
            if one is not None:
                self._seen(one)


def facts(device: Any) -> dict[str, str]:
    """Return what udev and the kernel say of a device; a device that is gone in the meantime says less."""
    found = {name: _told(device.properties.__getitem__, name) for name in PROPERTIES}
    for name, instead in ATTRIBUTES.items():
        found[name] = _told(device.attributes.asstring, name) or found.get(instead, "")
    return found


def _told(ask: Callable[[str], str], name: str) -> str:
    """Return one fact; what is not there, not text or gone in the meantime is empty."""
    try:
        return ask(name)
    except (KeyError, UnicodeDecodeError, OSError):
        return ""


def _library() -> Any:
    import pyudev  # looks for libudev with programs of its own: only where USB is watched

    return pyudev
