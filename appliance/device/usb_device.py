"""USB devices as the kernel lists them: which one a SANE name means, its release, and how it is reset.

Bus and device number change with every plug and power cycle, and stay through a reset: they tell whether a device
was turned off and on.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LISTED = Path("/sys/bus/usb/devices")
NODES = Path("/dev/bus/usb")

USBDEVFS_RESET = 0x5514
"""_IO('U', 20), linux/usbdevice_fs.h."""


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """One device on the bus now.

    Attributes:
        usb_id: ``vvvv:pppp``.
        release: its bcdDevice, as ``1.02``.
        port: the port it hangs on as the kernel names it (``1-1.2``), or empty when that is not known.
    """

    bus: int
    number: int
    usb_id: str
    serial: str
    release: str
    port: str = field(default="", compare=False)

    @property
    def place(self) -> str:
        """Bus and device number, as libusb spells them."""
        return f"{self.bus:03}:{self.number:03}"

    def node(self, nodes: Path = NODES) -> Path:
        """Return the file through which it is spoken to."""
        return nodes / f"{self.bus:03}" / f"{self.number:03}"


def attached(listed: Path = LISTED) -> list[UsbDevice]:
    """Return every USB device; one that goes in the meantime is left out."""
    found = []
    for folder in sorted(listed.glob("*")):
        bus, number = _fact(folder, "busnum"), _fact(folder, "devnum")
        if bus.isdecimal() and number.isdecimal():
            usb_id = f"{_fact(folder, 'idVendor')}:{_fact(folder, 'idProduct')}"
            found.append(UsbDevice(int(bus), int(number), usb_id, _fact(folder, "serial"),
                                   _release(_fact(folder, "bcdDevice")), folder.name))
    return found


def behind(name: str, usb_ids: tuple[str, ...], found: list[UsbDevice]) -> UsbDevice | None:
    """Return the device behind a SANE name, or None when it is not on USB or cannot be told.

    ``name`` may end in ``libusb:BBB:DDD`` or in a serial number (``fujitsu:fi-8170:12345``); else the only device
    with one of ``usb_ids`` is meant.
    """
    if numbers := re.search(r"libusb:(\d{3}):(\d{3})", name):
        return next((one for one in found if one.place == f"{numbers[1]}:{numbers[2]}"), None)
    known = [one for one in found if one.usb_id in usb_ids]
    serial = name.rpartition(":")[2]
    exact = [one for one in known if one.serial and one.serial == serial] or known
    return exact[0] if len(exact) == 1 else None


def reset(node: Path, ioctl: Callable[[int, int, int], Any] = fcntl.ioctl) -> None:
    """Reset a device as if it were plugged anew; it keeps its number.

    Raises:
        OSError: it is gone, may not be opened, or does not come back.
    """
    descriptor = os.open(node, os.O_WRONLY | os.O_CLOEXEC)
    try:
        ioctl(descriptor, USBDEVFS_RESET, 0)
    finally:
        os.close(descriptor)


def _fact(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _release(bcd: str) -> str:
    """Return ``0102`` as people read it, ``1.02``."""
    return f"{int(bcd[:2])}.{bcd[2:]}" if re.fullmatch(r"[0-9]{4}", bcd) else bcd
