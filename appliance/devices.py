"""``appliance devices``: which scanners this host sees, whether the configured ones are well, what changes."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from appliance.client import Control
from appliance.core import config, errors, tools
from appliance.core.config import Config, Discovery
from appliance.core.errors import ApplianceError, Exit
from appliance.device import catalogue, fitness, profile
from appliance.device.discover import Discoverer

DEFAULT = Path("/etc/appliance/appliance.toml")
POLL_SECONDS = 1.0


def main(argv: list[str]) -> int:
    """Run one of list, check and watch."""
    options = _parser().parse_args(argv)
    verb = {"list": listed, "check": check, "watch": watch}[options.verb]
    return asyncio.run(verb(options))


async def listed(options: argparse.Namespace) -> int:
    """Print the configured devices and every scanner that is seen, with settings for those not in use."""
    picture = await _looked(options) if options.here else await _picture(options)
    if options.json:
        shown = {name: picture[name] for name in ("devices", "seen")}
        sys.stdout.write(json.dumps(shown, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in as_lines(picture)))
    return Exit.DONE


async def check(options: argparse.Namespace) -> int:
    """Judge each configured device, or one; exit 1 when something is wrong."""
    settings = config.load(options.config)
    picture = await _picture(options)
    known = {device.name: device for device in settings.device if options.device in (None, device.name)}
    if options.device is not None and not known:
        raise errors.DEVICE_UNKNOWN.error(device=options.device, known=", ".join(d.name for d in settings.device))
    worst = Exit.DONE
    standings = {one["name"]: one for one in picture["devices"]}
    seen = {one["device"]: one for one in picture["seen"] if one["device"]}
    for name, device in known.items():
        theirs = profile.load(device.profile, overrides=settings.storage.profiles)
        installed = libsane() if device.kind == "sane" else ""
        standing = {**standings.get(name, {"state": "absent"}), "libsane": installed}
        found = fitness.examine(device, theirs, standing, seen.get(name))
        for finding in found:
            sys.stdout.write(f"{name}: {finding.level}: {finding.text}\n")
            worst = Exit.FAILED if finding.level == fitness.WRONG else worst
    return worst


def libsane() -> str:
    """Return the version of libsane that is installed, or empty. Its own word (sane_init) is a release behind."""
    try:
        done = tools.run(["dpkg-query", "-W", "-f", "${Version}", "libsane1"], 10.0)
    except ApplianceError:
        return ""
    return done.output.decode("ascii", "replace").strip() if done.status == 0 else ""


async def watch(options: argparse.Namespace) -> int:
    """Print a line for every change until stopped, or for ``--seconds``."""
    clock = asyncio.get_running_loop().time
    until, known = clock() + options.seconds if options.seconds else None, dict[str, str]()
    while until is None or clock() < until:
        now = standings(await _picture(options))
        for line in changes(known, now):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
        known = now
        await asyncio.sleep(POLL_SECONDS)
    return Exit.DONE


def standings(picture: dict[str, Any]) -> dict[str, str]:
    """Return one short text for each device and each scanner that is seen."""
    found = {f"device {one['name']}": f"{one['state']} {one.get('presence', '')}".rstrip()
             for one in picture["devices"]}
    return found | {f"scanner {one['place']}": f"{one['model'] or '?'} {one['serial']}".rstrip()
                    for one in picture["seen"]}


def changes(old: dict[str, str], new: dict[str, str]) -> Iterator[str]:
    """Yield a line for everything that came, changed or went."""
    for name in [*new, *(name for name in old if name not in new)]:
        if old.get(name) != new.get(name):
            yield f"{name}: {new.get(name, 'gone')}"


def as_lines(picture: dict[str, Any]) -> Iterator[str]:
    """Yield the picture as lines for a terminal."""
    yield "máy quét trong cấu hình / configured devices:"
    for one in picture["devices"]:
        said = " ".join(part for part in (one.get("presence", ""), one.get("model", ""), one.get("serial", ""),
                                          f"({one['profile']})" if one.get("profile") else "") if part)
        yield f"  {one['name']}: {one['state']}  {said}".rstrip()
    yield "máy quét nhìn thấy / scanners seen:"
    for one in picture["seen"]:
        who = f"{one['model'] or '?'} {one['usb_id'] or one['url']} {one['serial']}".rstrip()
        yield f"  {one['place']}: {who}  -> {one['device'] or '-'}  ({one['profile'] or 'no profile'})"
        if one["remark"]:
            yield f"    {one['remark']}"
        yield from (f"      {line}" for line in one["settings"].splitlines())


async def _picture(options: argparse.Namespace) -> dict[str, Any]:
    socket: Path = options.socket or config.load(options.config).storage.runtime / "control.sock"
    async with Control(socket) as control:
        return await control.get("/status")


async def _looked(options: argparse.Namespace) -> dict[str, Any]:
    """Look by ourselves, without a daemon: at installation, or when the daemon is in doubt."""
    settings = config.load(options.config) if options.config.is_file() else Config()
    discovery: Discovery = replace(settings.discovery, usb=True)
    if options.mdns:
        discovery = replace(discovery, mdns_interfaces=tuple(options.mdns))
    profiles = catalogue.read(settings.storage.profiles)
    looking = Discoverer(discovery, settings.device, profiles, lambda _notice: None)
    await looking.start()
    try:
        await asyncio.sleep(options.seconds if discovery.mdns_interfaces else 0)
        devices = [{"name": device.name, "state": "-", "presence": looking.presence(device.name),
                    "profile": device.profile} for device in settings.device]
        return {"devices": devices, "seen": looking.seen()}
    finally:
        await looking.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("appliance devices", description="Which scanners are there and well.")
    parser.add_argument("--config", type=Path, default=DEFAULT, help="settings file")
    parser.add_argument("--socket", type=Path, help="control socket, instead of the one of --config")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    every = verbs.add_parser("list", help="configured devices and every scanner seen")
    every.add_argument("--json", action="store_true", help="everything, for programs")
    every.add_argument("--here", action="store_true", help="look from here, without the daemon")
    every.add_argument("--mdns", action="append", metavar="ADDRESS", help="with --here: listen on this network too")
    every.add_argument("--seconds", type=float, default=5.0, help="with --here: how long to listen (default 5)")
    verbs.add_parser("check", help="judge the configured devices").add_argument("device", nargs="?")
    live = verbs.add_parser("watch", help="print every change")
    live.add_argument("--seconds", type=float, default=0.0, help="stop after so long (default: never)")
    return parser
