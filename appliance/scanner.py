"""A scanner process: speaks to one device, makes its sides durable, and tells the daemon.

It ends when the daemon's socket closes, on SIGINT or SIGTERM, and then cancels what the device is scanning. A
device that is away is asked again for ever. A crash in here costs the sides that nobody acknowledged.
"""

from __future__ import annotations

import argparse
import asyncio
import faulthandler
import logging
import signal
from collections.abc import Sequence
from pathlib import Path

from appliance.children import follow_parent
from appliance.core import config as settings
from appliance.core import errors, journal
from appliance.core.config import Config, Device
from appliance.core.errors import Exit
from appliance.core.wire import reach
from appliance.device.conversation import Conversation, first
from appliance.device.driver import Unfit, mended, usable
from appliance.device.sane_thread import end_if_hung

log = logging.getLogger(__name__)

SOCKET = "scanner.sock"
"""Name of the stations' socket in the runtime folder."""


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
    journal.begin("appliance-scanner")
    config = settings.load(options.config)
    try:
        return asyncio.run(_run(config, device_named(config, options.device), options.wait))
    finally:
        end_if_hung()


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
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, own.cancel)
    try:
        async with usable(config, device) as (scanner, start):
            line = await reach(config.storage.runtime / SOCKET, wait)
            talk = Conversation(line, scanner, device, start)
            if isinstance(scanner, Unfit):
                await first(talk.run(), mended(config, device))
            else:
                await talk.run()
    except asyncio.CancelledError:
        log.info("scanner process of %s ends as it was told", device.name)
    return Exit.DONE
