"""A scanner process: speaks to one device, makes its sides durable, and tells the daemon.

It ends when the daemon's socket closes or on SIGTERM, and then cancels what the device is scanning. A
device that is away is asked again for ever. A crash in here costs the sides that nobody acknowledged.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import faulthandler
import logging
import os
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from appliance.children import follow_parent
from appliance.core import config as settings
from appliance.core import errors
from appliance.core.config import Config, Device
from appliance.core.errors import ApplianceError, Exit
from appliance.core.plain import from_plain
from appliance.core.wire import Line, reach
from appliance.device.capture import Capture, reason_of
from appliance.device.protocol import Ack, Cancel, Ended, Feeder, Hello, Scan, Status
from appliance.device.scanner import Capabilities, Scanner

log = logging.getLogger(__name__)

SOCKET = "scanner.sock"
"""Name of the stations' socket in the runtime folder."""

POLL_SECONDS = 0.3


def main(argv: Sequence[str]) -> int:
    """Run the process of one device until the daemon goes.

    Raises:
        ApplianceError: the settings cannot be used, there is no such device, no daemon within ``--wait``.
    """
    follow_parent(signal.SIGTERM)
    faulthandler.enable()
    # a SANE backend may give this signal its deadly default back; a closed line is an error, not an end
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})
    parser = argparse.ArgumentParser("appliance scanner", description="Speak to one scanner for the daemon.")
    parser.add_argument("--config", type=Path, default=Path("/etc/appliance/appliance.toml"), help="settings file")
    parser.add_argument("--device", required=True, help="name of the device in the settings")
    parser.add_argument("--wait", type=float, default=60.0, help="seconds to wait for the daemon (default 60)")
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s")
    config = settings.load(options.config)
    return asyncio.run(_run(config, device_named(config, options.device), options.wait))


def device_named(config: Config, name: str) -> Device:
    """Return the settings of a device.

    Raises:
        ApplianceError: DEVICE_UNKNOWN.
    """
    for device in config.device:
        if device.name == name:
            return device
    raise errors.DEVICE_UNKNOWN.error(device=name, known=", ".join(device.name for device in config.device))


async def _run(config: Config, device: Device, wait: float) -> int:
    own = asyncio.current_task()
    assert own is not None
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, own.cancel)
    try:
        async with driver(config, device) as scanner:
            line = await reach(config.storage.runtime / SOCKET, wait)
            await ScannerProcess(line, scanner, device).run()
    except asyncio.CancelledError:
        log.info("scanner process of %s ends as it was told", device.name)
    return Exit.DONE


@contextlib.asynccontextmanager
async def driver(config: Config, device: Device) -> AsyncIterator[Scanner]:
    """Give the driver that the device's settings name, and let the device go afterwards.

    Raises:
        ApplianceError: PROFILE_UNKNOWN or another error of the firmware profile.
    """
    if device.kind == "folder":
        from appliance.device.folder import FolderScanner  # Pillow: only where files are opened

        folder = FolderScanner(Path(device.folder), config.pool.max_pixels)
        yield folder
        await folder.close()
        return
    from appliance.device import profile

    model = profile.load(device.profile, overrides=config.storage.profiles)
    if device.kind == "sane":
        from appliance.device.sane import SaneScanner  # libsane: only where a scanner hangs on a cable

        cabled = SaneScanner(device.sane_device, model, device.serial)
        try:
            yield cabled
        finally:
            await cabled.close()
        return
    import aiohttp  # only where a network scanner is spoken to

    from appliance.device.escl import EsclScanner

    async with aiohttp.ClientSession() as session:
        scanner = EsclScanner(device.url, session, model)
        try:
            yield scanner
        finally:
            await scanner.close()


class ScannerProcess:
    """The conversation between one device and the daemon."""

    def __init__(self, line: Line, scanner: Scanner, device: Device) -> None:
        self._line = line
        self._scanner = scanner
        self._device = device
        self._turn = asyncio.Lock()  # the device is asked one thing at a time
        self._known: Capabilities | None = None
        self._said: Status | None = None
        self._capture: Capture | None = None
        self._scanning: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve until the daemon closes the line; what is being scanned is then cancelled."""
        await self._say_hello()
        tasks = {asyncio.create_task(self._read()), asyncio.create_task(self._watch())}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            with contextlib.suppress(ConnectionError):
                for task in done:
                    task.result()
        finally:
            tasks |= {self._scanning} if self._scanning is not None else set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._line.close()

    async def _read(self) -> None:
        """Take what the daemon says until it closes the line."""
        while (message := await self._line.receive()) is not None:
            self._take(*message)

    def _take(self, kind: str, body: dict[str, Any]) -> None:
        """Take one message of the daemon."""
        match kind:
            case "scan" if self._capture is None:
                order = from_plain(Scan, body)
                self._capture = Capture(self._scanner, order)
                self._scanning = asyncio.create_task(self._scan(self._capture, order))
            case "ack" if self._capture is not None:
                self._capture.acknowledge(from_plain(Ack, body))
            case "cancel" if self._capture is not None:
                if from_plain(Cancel, body).batch == self._capture.batch:
                    self._capture.stop()
            case _:
                log.info("message %s comes at the wrong time and is left", kind)

    async def _scan(self, capture: Capture, order: Scan) -> None:
        """Carry out one order and tell how it ended."""
        async with self._turn:
            code, reason = await self._feed(capture)
            self._capture = None
            with contextlib.suppress(ConnectionError):  # the reader of the line ends this process
                await self._line.send("ended", Ended(order.batch, capture.sheets, code, reason))
            self._said = None  # the feeder is told afresh after every scan

    async def _feed(self, capture: Capture) -> tuple[str, str]:
        try:
            async with contextlib.aclosing(capture.sides()) as sides:
                async for side in sides:
                    await self._line.send("side", side)
        except ApplianceError as problem:
            log.info("feed of %s ended: %s", self._device.name, problem.code)
            return problem.code, _why(problem)
        except Exception as problem:  # boundary: whatever a driver raises, the daemon must hear of the end
            log.exception("feed of %s", self._device.name)
            return errors.UNEXPECTED.code, type(problem).__name__
        return "", ""

    async def _watch(self) -> None:
        """Tell the daemon when the feeder changes; never ends by itself."""
        while True:
            async with self._turn:
                status = await self._look()
                if status != self._said:
                    await self._line.send("status", status)
                    self._said = status
            await asyncio.sleep(POLL_SECONDS)

    async def _look(self) -> Status:
        """Return the feeder's state; a device that has not said who it is counts as lost."""
        if self._known is None:
            try:
                self._known = await self._scanner.describe()
            except ApplianceError as problem:
                return Status(Feeder.LOST, "" if problem.kind is errors.DEVICE_LOST else problem.code)
            await self._say_hello()
        return await self._scanner.status()

    async def _say_hello(self) -> None:
        known = self._known
        await self._line.send("hello", Hello(
            self._device.name, known.model if known else "", known.serial if known else "",
            known.firmware if known else "", self._device.profile, os.getpid(),
        ))


def _why(problem: ApplianceError) -> str:
    """Return what fills the gap in the error's text at the daemon."""
    details = problem.details
    return reason_of(problem) or str(details.get("text", "") or details.get("seconds", ""))
