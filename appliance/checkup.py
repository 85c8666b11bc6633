"""``appliance devices check``: judges every configured device; asks the daemon, without one the devices.

A device is never opened in this process: its driver may hang or crash. Without a daemon interview.py does it, in a
process that is put down gently when it takes too long.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from appliance.children import DRIVER, put_down
from appliance.client import Control
from appliance.core import config, errors, tools
from appliance.core.config import Config, Device, Discovery
from appliance.core.errors import ApplianceError, Exit
from appliance.device import catalogue, fitness, sane_conf
from appliance.device.catalogue import Catalogue
from appliance.device.discover import Discoverer
from appliance.device.fitness import Finding
from appliance.device.sane_thread import CANCEL_SECONDS

SLACK_SECONDS = 15.0
"""What starting a process and asking a device may take on top of the profile's times."""


async def check(options: argparse.Namespace) -> int:
    """Judge each configured device, or one; exit 1 when something is wrong, 3 when somebody should look at it."""
    settings = config.load(options.config)
    asked = {device.name: device for device in settings.device if options.device in (None, device.name)}
    if options.device is not None and not asked:
        raise errors.DEVICE_UNKNOWN.error(device=options.device, known=", ".join(d.name for d in settings.device))
    profiles = catalogue.read(settings.storage.profiles)
    picture = await _picture(options, settings, list(asked.values()), profiles)
    levels = set()
    for name, device in asked.items():
        found = judge(device, picture, profiles)
        levels |= {finding.level for finding in found}
        say(f"{name}: {finding.level}: {finding.text}" for finding in found)
    if fitness.WRONG in levels:
        return Exit.FAILED
    return Exit.HELD if fitness.WARNING in levels else Exit.DONE


def judge(device: Device, picture: dict[str, Any], profiles: Catalogue) -> list[Finding]:
    """Return what is to be said of one device; a profile that cannot be used is all there is to say."""
    theirs = profiles.get(device.profile)
    if theirs is None:
        return [Finding(fitness.WRONG, f"there is no firmware profile {device.profile}: appliance profiles list")]
    standing = next((one for one in picture["devices"] if one["name"] == device.name), {"state": "absent"})
    seen = next((one for one in picture["seen"] if one["device"] == device.name), None)
    if device.kind == "sane":
        standing = {**standing, "libsane": libsane(), "backends": sane_conf.loaded(sane_conf.folders())}
    refused = [Finding(fitness.WARNING, f"{one.code}: {one.en}") for one in profiles.refused
               if Path(str(one.details["path"])).stem == device.profile]
    return [*fitness.examine(device, theirs, standing, seen), *refused]


def libsane() -> str:
    """Return the version of libsane that is installed, or empty. Its own word (sane_init) is a release behind."""
    try:
        done = tools.run(["dpkg-query", "-W", "-f", "${Version}", "libsane1"], 10.0)
    except ApplianceError:
        return ""
    return done.output.decode("ascii", "replace").strip() if done.status == 0 else ""


async def picture_of(options: argparse.Namespace) -> dict[str, Any]:
    """Ask the daemon for everything.

    Raises:
        ApplianceError: DAEMON_UNREACHABLE.
    """
    socket: Path = options.socket or config.load(options.config).storage.runtime / "control.sock"
    async with Control(socket) as control:
        return await control.get("/status")


def settings_in(path: Path) -> Config:
    """Return the settings of this host, or the defaults where there are none yet."""
    return config.load(path) if path.is_file() else Config()


async def looked(settings_file: Path, discovery: Discovery, seconds: float) -> dict[str, Any]:
    """Look by ourselves, without a daemon; for network scanners during ``seconds``."""
    settings = settings_in(settings_file)
    profiles = catalogue.read(settings.storage.profiles)
    looking = Discoverer(discovery, settings.device, profiles, lambda _notice: None)
    await looking.start()
    try:
        await asyncio.sleep(seconds if discovery.mdns_interfaces else 0)
        devices = [{"name": device.name, "state": "-", "presence": looking.presence(device.name),
                    "profile": device.profile} for device in settings.device]
        return {"devices": devices, "seen": looking.seen()}
    finally:
        await looking.stop()


async def _picture(options: argparse.Namespace, settings: Config, devices: list[Device],
                   profiles: Catalogue) -> dict[str, Any]:
    """Ask the daemon; where none runs, look and ask each device in a process of its own, one after the other."""
    try:
        return await picture_of(options)
    except ApplianceError as problem:
        if problem.kind is not errors.DAEMON_UNREACHABLE:
            raise
    say(["không có dịch vụ, hỏi thẳng máy quét / no daemon runs: the devices are asked directly"])
    picture = await looked(options.config, settings.discovery, 0.0)
    presence = {one["name"]: one["presence"] for one in picture["devices"]}
    picture["devices"] = [{**await interviewed(options.config, device, profiles), "presence": presence[device.name]}
                          for device in devices]
    return picture


async def interviewed(settings_file: Path, device: Device, profiles: Catalogue) -> dict[str, Any]:
    """Return what a device says of itself to interview.py, in the form of device/standing.py."""
    command = [sys.executable, "-m", "appliance.interview", "--config", str(settings_file), "--device", device.name]
    process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL,
                                                   start_new_session=True)
    theirs = profiles.get(device.profile)
    seconds = theirs.transport.first_byte_seconds + theirs.transport.answer_seconds if theirs else 0.0
    silent = {"name": device.name, "state": "absent"}
    assert process.stdout is not None
    try:
        async with asyncio.timeout(seconds + CANCEL_SECONDS + SLACK_SECONDS):
            lines = (await process.stdout.read()).splitlines()
            await process.wait()
    except TimeoutError:
        await put_down(process, DRIVER)
        return silent
    try:
        told: dict[str, Any] = json.loads(lines[-1])  # backends may print what they like before it
    except (IndexError, ValueError):
        return {**silent, "state": "unusable", "message_en": f"its driver ended with {process.returncode}"}
    return told


def say(lines: Iterable[str]) -> None:
    """Print lines; what devices have put into them can do nothing to a terminal."""
    for line in lines:
        sys.stdout.write(f"{printable(line)}\n")
    sys.stdout.flush()


def printable(text: str) -> str:
    """Return a text without anything that a terminal might obey; lines stay."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "?" for sign in text)
