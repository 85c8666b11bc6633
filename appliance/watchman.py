"""Looks after scanner processes that owe the daemon a word: one that stays silent is put down, gently.

A driver that hangs ends its own process (device/sane_thread.py). What is left for here is a process that can do
nothing any more, not even that. Under systemd the service manager does so (systemd/appliance-scanner@.service).
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from appliance.children import DRIVER, PLAIN, Children, Ladder, patient
from appliance.core.config import Config, Device
from appliance.device.catalogue import Catalogue
from appliance.device.profile_tables import Transport
from appliance.device.sane_thread import CANCEL_SECONDS
from appliance.device.station import Stations

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
SLACK_SECONDS = 10.0
"""What a busy host may take on top of the profile's times."""


def child_of(device: str) -> str:
    """Return the name of the child that speaks to a device."""
    return f"scanner-{device}"


def patience(kind: str, transport: Transport) -> float:
    """Return how long the process of a device of ``kind`` may say nothing while it scans, in seconds.

    A side may be refused as busy, come late, stall or take its time, and be cancelled: then its process knows.
    """
    side = transport.stall_seconds if kind == "sane" else transport.side_seconds
    return (transport.retry_seconds + transport.answer_seconds + transport.first_byte_seconds + side
            + CANCEL_SECONDS + SLACK_SECONDS)


def ladder(device: Device, catalogue: Catalogue) -> Ladder:
    """Return how the process of a device is asked to end; one that locks its device up when killed gets longer."""
    profile = catalogue.get(device.profile)
    return patient(DRIVER) if profile is not None and profile.transport.wedges_when_killed else DRIVER


def children_of(config: Config, path: Path, catalogue: Catalogue) -> Iterator[tuple[str, list[str], Ladder]]:
    """Yield name, command and ladder of every process that the daemon starts; ``path`` is the settings file."""
    base, where = [sys.executable, "-m", "appliance"], ["--config", str(path)]
    if config.signing.start:
        yield "signer", [*base, "signer", *where], PLAIN
    for number in range(1, config.pool.workers + 1):
        yield f"worker-{number}", [*base, "worker", *where, "--name", f"worker-{number}"], PLAIN
    for device in config.device:
        if device.start_process:
            argv = [*base, "scanner", *where, "--device", device.name]
            yield child_of(device.name), argv, ladder(device, catalogue)


class Watchman:
    """Watches the scanner processes that the daemon has started itself."""

    def __init__(self, devices: Sequence[Device], catalogue: Catalogue, stations: Stations,
                 children: Children) -> None:
        self._limits = {device.name: patience(device.kind, _transport(device, catalogue)) for device in devices
                        if device.start_process}
        self._stations = stations
        self._children = children
        self._easing: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Look for ever; putting a process down takes its time and keeps nobody waiting."""
        try:
            while True:
                for device in self.overdue():
                    self._easing[device] = asyncio.create_task(self._ease(device))
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            for task in self._easing.values():
                task.cancel()
            await asyncio.gather(*self._easing.values(), return_exceptions=True)

    def overdue(self) -> list[str]:
        """Return the devices whose process has owed a word for too long."""
        return [device for device, limit in self._limits.items()
                if device not in self._easing and self._stations.silence(device) > limit]

    async def _ease(self, device: str) -> None:
        log.error("scanner process of %s has said nothing for %g s: it is put down", device, self._limits[device])
        try:
            if not await self._children.ease(child_of(device)):
                log.error("scanner process of %s had to be killed", device)
        finally:
            del self._easing[device]


def _transport(device: Device, catalogue: Catalogue) -> Transport:
    profile = catalogue.get(device.profile)
    return profile.transport if profile is not None else Transport()
