"""Which scanners this host sees, and which configured device is there. Runs in the daemon; informs only.

Devices are used by their name in the settings. What is found says whether they are there, and for a scanner
that no device names it gives the lines to put into the settings. udev.py and mdns.py bring what is seen,
presence.py decides what it means.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from appliance.core import errors
from appliance.core.config import Device, Discovery
from appliance.device.album import Album
from appliance.device.catalogue import Catalogue
from appliance.device.mdns import MdnsWatch
from appliance.device.presence import Presence
from appliance.device.sighting import Change, Notice, Sighting, Want
from appliance.device.udev import UdevWatch

log = logging.getLogger(__name__)

COUNT_SECONDS = 60.0
"""How often all USB devices are counted afresh, should an event have been lost."""

USB, MDNS = "USB", "mDNS"

DOUBTS = {Change.UNCLEAR: errors.SCANNER_UNCLEAR.code, Change.STRANGER: errors.SCANNER_STRANGER.code}
"""Why what is plugged in is not taken for a device."""

SLOW_USB = 480
"""Mbit/s of USB 2."""


def wants(devices: tuple[Device, ...], catalogue: Catalogue) -> tuple[list[Want], list[Want]]:
    """Return what is to be found by USB, and by network. A folder, or a SANE device without a cable, is neither."""
    usb, network = [], []
    for device in devices:
        if device.kind == "escl":
            network.append(Want(device.name, device.profile, url=device.url))
        elif device.kind == "sane" and _cabled(device, catalogue):
            usb.append(Want(device.name, device.profile, serial=device.serial))
    return usb, network


def _cabled(device: Device, catalogue: Catalogue) -> bool:
    """Say whether a SANE device hangs on USB: its profile knows it there, and no other backend serves it."""
    profile = catalogue.get(device.profile)
    if profile is None or not (profile.match.usb or profile.match.usb_vendor):
        return False
    backend = device.sane_device.partition(":")[0]
    return backend in ("", profile.driver.sane_backend)


class Discoverer:
    """All that is seen on all buses, and what it means for the configured devices.

    Args:
        settings: what to look at.
        devices: the configured devices.
        catalogue: the firmware profiles.
        tell: called with every change of a configured USB device (default: one line in the log).
        memory: file that keeps whose scanner each device had, for the next start; None: not kept.
    """

    def __init__(self, settings: Discovery, devices: tuple[Device, ...], catalogue: Catalogue,
                 tell: Callable[[Notice], None] | None = None, memory: Path | None = None) -> None:
        usb, network = wants(devices, catalogue)
        self.catalogue = catalogue
        self._names = [device.name for device in devices]
        self._album = Album(memory)
        self._usb, self._network = Presence(usb, self._album.kept), Presence(network)
        self._on_usb = {want.name for want in usb}
        self._called = {device.name for device in devices if device.sane_device}
        self._tell = tell or log_notice
        self._udev = UdevWatch(catalogue, self._usb_seen, self._usb_gone, self._usb_counted)
        self._mdns = MdnsWatch(settings.mdns_interfaces, catalogue, self._network.seen, self._network.gone)
        self._settings = settings
        self._watching: set[str] = set()
        self._tending: asyncio.Task[None] | None = None
        self._greeted: set[str] = set()

    async def start(self) -> None:
        """Start to look. A bus that cannot be watched is logged once and tried again; the daemon works without."""
        for problem in self.catalogue.refused:
            log.warning("%s: %s", problem.code, problem.en)
        for bus in self._wanted():
            if (obstacle := await self._watch(bus)) is not None:
                log.warning("scanners by %s are not looked for here yet: %s", bus, obstacle)
        self._tending = asyncio.create_task(self._tend())

    async def stop(self) -> None:
        """Look no more; may be called twice."""
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.gather(self._tending, return_exceptions=True)
        self._udev.stop()
        await self._mdns.stop()

    def presence(self, device: str) -> str:
        """Return ``present``, ``absent`` or ``unclear`` for a device, or empty when no bus can tell.

        A network scanner that does not announce itself may still answer: that is empty too.
        """
        if device in self._on_usb:
            return self._usb.standing(device).value if USB in self._watching else ""
        return "present" if self._network.knows(device) else ""

    def seen(self) -> list[dict[str, Any]]:
        """Return every scanner that is seen, as plain values, with what to know or to do about it."""
        found = []
        for presence in (self._usb, self._network):
            for one in presence.sightings():
                owner = presence.owner(one.place)
                found.append({**asdict(one), "device": owner, "remark": self._remark(one),
                              "settings": "" if owner else self._advice(one)})
        return found

    def seen_by_bus(self) -> dict[str, int]:
        """Return how many scanners each bus shows."""
        return {"usb": len(self._usb.sightings()), "network": len(self._network.sightings())}

    def learnt(self, device: str, serial: str) -> None:
        """Learn the serial number that a driver told of a USB device."""
        if device in self._on_usb:
            self._tell_all(self._usb.learnt(device, serial))

    def _usb_seen(self, one: Sighting) -> None:
        self._tell_all(self._usb.seen(one))
        self._greet([one])

    def _usb_gone(self, place: str) -> None:
        self._greeted.discard(place)
        self._tell_all(self._usb.gone(place))

    def _usb_counted(self, found: list[Sighting]) -> None:
        self._tell_all(self._usb.counted(found))
        self._greeted &= {one.place for one in found}
        self._greet(found)

    def _tell_all(self, notices: list[Notice]) -> None:
        for notice in notices:
            if notice.device in self._called and notice.change in (*DOUBTS, Change.AWAY):
                log_notice(notice)  # the settings say by its SANE name which one it is; nobody has to guess
            else:
                self._tell(notice)
        self._album.keep(self._usb.memory())

    def _greet(self, found: list[Sighting]) -> None:
        """Log a scanner that no device names, once while it is plugged in."""
        for one in found:
            if one.place not in self._greeted and not self._usb.owner(one.place):
                log.info("scanner %s (%s) on %s: no device in the settings uses it", one.model or "?", one.usb_id,
                         one.place)
            self._greeted.add(one.place)

    def _wanted(self) -> list[str]:
        """Return the buses that are to be watched and are not."""
        wanted = [USB] if self._settings.usb else []
        wanted += [MDNS] if self._settings.mdns_interfaces else []
        return [bus for bus in wanted if bus not in self._watching]

    async def _watch(self, bus: str) -> Exception | None:
        """Begin to watch a bus; return what is in the way."""
        try:
            await (self._udev.start() if bus == USB else self._mdns.start())
        except (OSError, ImportError) as problem:
            return problem
        self._watching.add(bus)
        return None

    async def _tend(self) -> None:
        """Count USB devices afresh now and then, and take up a bus that was not to be had at start."""
        while True:
            await asyncio.sleep(COUNT_SECONDS)
            if USB in self._watching:
                self._udev.count()
            for bus in self._wanted():
                await self._watch(bus)

    def _remark(self, one: Sighting) -> str:
        profile = self.catalogue.get(one.profile)
        if profile is None:
            return "no firmware profile fits"
        if profile.transport.usb3_required and 0 < one.speed <= SLOW_USB:
            return f"on a USB line of {one.speed} Mbit/s: the feeder will wait; use a USB 3 port"
        if profile.driver.backend == "vendor":
            return f"needs the vendor's driver {profile.driver.vendor_package}".rstrip()
        return ""

    def _advice(self, one: Sighting) -> str:
        """Return the lines for the settings that make a device of a scanner."""
        if not one.profile:
            return ""
        lines = ["[[device]]", f'name = "{device_name(one.profile, self._names)}"', f'profile = "{one.profile}"']
        if one.bus == "network":
            lines += ['kind = "escl"', f'url = "{one.url}"']
            if one.url.startswith("https:"):
                lines.append('fingerprint = ""  # appliance check shows it; compare it with what the scanner shows')
        else:
            serial = one.serial if one.serial and one.serial.isascii() and not set(one.serial) & set(' "\\') else ""
            lines += ['kind = "sane"', f'serial = "{serial}"']
        return "\n".join(lines)


class Ear(Protocol):
    """Who is told that a device is gone or there: the stations."""

    def unplugged(self, device: str, place: str = "", code: str = "") -> None:
        """Take that a device is gone from its place; ``code``: why what is at ``place`` is not taken for it."""

    def plugged(self, device: str, place: str = "") -> None:
        """Take that a device is at a place."""


def telling(ear: Ear) -> Callable[[Notice], None]:
    """Return who tells ``ear`` what comes and goes, and the log what else is to be known.

    That a device is lost or back, or not told from another, is one line, which its session writes.
    """

    def tell(notice: Notice) -> None:
        if notice.change in DOUBTS:
            ear.unplugged(notice.device, notice.place, DOUBTS[notice.change])
        elif notice.change in (Change.LOST, Change.AWAY):
            ear.unplugged(notice.device, notice.place)
        elif notice.change is not Change.SWAPPED:
            ear.plugged(notice.device, notice.place)
        if notice.change in (Change.FOUND, Change.MOVED, Change.SWAPPED):
            log_notice(notice)

    return tell


def device_name(profile: str, taken: list[str]) -> str:
    """Return a free name for a device of a profile."""
    short = profile.rpartition("_")[2][:28]
    names = (short if number == 1 else f"{short}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def log_notice(notice: Notice) -> None:
    """Write one line for a change of a device."""
    level = logging.INFO if notice.change is Change.FOUND else logging.WARNING
    log.log(level, "scanner %s %s: %s (%s)", notice.device, notice.change, notice.place, notice.remark)
