"""Asks one device who it is and how it stands, without a daemon: ``python -m appliance.interview``; prints JSON.

``appliance devices check`` (checkup.py) starts it as a process: a driver that hangs or crashes does so in here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from appliance.core import config, errors
from appliance.core.config import Config, Device
from appliance.core.errors import ApplianceError, Exit
from appliance.device.driver import usable
from appliance.device.protocol import Feeder, Status
from appliance.device.sane_thread import HungDriver, end_if_hung
from appliance.device.scanner import Capabilities, Scanner


def main(argv: list[str]) -> int:
    """Ask the device that ``--device`` names and print what it says, in the form of device/standing.py."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})  # a SANE backend may make it deadly
    parser = argparse.ArgumentParser("appliance.interview", description="Ask one device who it is.")
    parser.add_argument("--config", type=Path, required=True, help="settings file")
    parser.add_argument("--device", required=True, help="name of the device in the settings")
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(name)s %(levelname)s %(message)s")
    settings = config.load(options.config)
    device = next(device for device in settings.device if device.name == options.device)
    try:
        told = asyncio.run(interview(settings, device))
        sys.stdout.write("\n" + json.dumps(told) + "\n")
        sys.stdout.flush()
    finally:
        end_if_hung()
    return Exit.DONE


async def interview(settings: Config, device: Device) -> dict[str, Any]:
    """Return name, state, identity and trouble of a device that nobody else speaks to."""
    own = asyncio.current_task()
    assert own is not None
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, own.cancel)
    async with usable(settings, device) as (scanner, _start):
        known, status = await _asked(scanner)
    kind = errors.by_code(status.code)
    there = status.code or status.feeder is not Feeder.LOST
    state = "unusable" if status.code else "ready" if there else "absent"
    details = {"device": device.name, **status.details}
    told: dict[str, Any] = asdict(known) if known is not None else {}
    return {**told, "name": device.name, "state": state, "feeder": status.feeder.value, "text": status.text,
            "profile": device.profile, "code": status.code,
            "message_vi": errors.fill(kind.vi, details) if status.code else "",
            "message_en": errors.fill(kind.en, details, errors.EN) if status.code else ""}


async def _asked(scanner: Scanner) -> tuple[Capabilities | None, Status]:
    """Return what the device says of itself, and how it stands."""
    known = None
    try:
        known = await scanner.describe()
        return known, await scanner.status()
    except HungDriver:
        return known, Status(Feeder.LOST, code=errors.DEVICE_STALLED.code)
    except ApplianceError as problem:
        details = {name: str(value) for name, value in problem.details.items()}
        away = problem.kind is errors.DEVICE_LOST
        return known, Status(Feeder.LOST, code="" if away else problem.code, details=details)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
