"""Which driver speaks to a device: chosen by its settings, loaded only in its own scanner process.

A device whose firmware profile cannot be used gets ``Unfit`` in place of a driver: it says why, and the other
devices go on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

from appliance.core.config import Config, Device
from appliance.core.errors import ApplianceError
from appliance.device import profile
from appliance.device.profile import FirmwareProfile
from appliance.device.profile_tables import Start
from appliance.device.protocol import Feeder, Status
from appliance.device.scanner import Capabilities, RawSide, Scanner, ScanSettings

MEND_SECONDS = 30.0
"""How often a device that cannot be used is looked at afresh."""


class Unfit:
    """Stands for the driver of a device that cannot be used because of ``problem``."""

    def __init__(self, problem: ApplianceError) -> None:
        self.problem = problem

    async def describe(self) -> Capabilities:
        """Raise why."""
        raise self.problem

    async def status(self) -> Status:
        """Answer as a device that is away."""
        return Status(Feeder.LOST)

    def scan(self, settings: ScanSettings) -> AsyncGenerator[RawSide, None]:
        """Raise why, whatever the settings."""
        del settings
        raise self.problem

    async def close(self) -> None:
        """There is nothing to let go."""


@contextlib.asynccontextmanager
async def usable(config: Config, device: Device) -> AsyncIterator[tuple[Scanner, Start]]:
    """Give the driver and how a scan starts there, or ``Unfit``; let the device go afterwards."""
    async with contextlib.AsyncExitStack() as stack:
        try:
            model = model_of(config, device)
            scanner = await stack.enter_async_context(driver(config, device, model))
        except ApplianceError as problem:
            model, scanner = None, Unfit(problem)
        yield scanner, model.start if model is not None else Start()


async def mended(config: Config, device: Device) -> None:
    """Return when a device that could not be used can be: somebody has mended its profile."""
    while True:
        await asyncio.sleep(MEND_SECONDS)
        async with usable(config, device) as (scanner, _):
            if not isinstance(scanner, Unfit):
                return


def model_of(config: Config, device: Device) -> FirmwareProfile | None:
    """Return the firmware profile of a device; a folder of files has none.

    Raises:
        ApplianceError: PROFILE_UNKNOWN or another error of the firmware profile.
    """
    if device.kind == "folder":
        return None
    return profile.load(device.profile, overrides=config.storage.profiles)


@contextlib.asynccontextmanager
async def driver(config: Config, device: Device, model: FirmwareProfile | None) -> AsyncIterator[Scanner]:
    """Give the driver that the device's settings name, and let the device go afterwards."""
    if model is None:
        from appliance.device.folder import FolderScanner  # Pillow: only where files are opened

        folder = FolderScanner(Path(device.folder), config.pool.max_pixels)
        yield folder
        await folder.close()
        return
    if device.kind == "push":
        from appliance.device import push  # Pillow: only where files are opened

        pushed = push.for_device(config, device, model)
        yield pushed
        await pushed.close()
        return
    if device.kind == "sane":
        from appliance.device.sane import SaneScanner  # libsane: only where a scanner hangs on a cable

        mark = config.storage.state / f"scanning-{device.name}"
        cabled = SaneScanner(device.sane_device, model, device.serial, mark)
        try:
            yield cabled
        finally:
            await cabled.close()
        return
    from appliance.device.escl import EsclScanner  # aiohttp: only where a network scanner is spoken to
    from appliance.device.escl_http import open_session

    async with open_session() as session:
        scanner = EsclScanner(device.url, session, model, device.fingerprint)
        try:
            yield scanner
        finally:
            await scanner.close()
