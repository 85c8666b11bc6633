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

from appliance import checkup, consumables
from appliance.checkup import picture_of, printable, say
from appliance.core.config import Discovery
from appliance.core.errors import Exit

DEFAULT = Path("/etc/appliance/appliance.toml")
POLL_SECONDS = 1.0


def main(argv: list[str]) -> int:
    """Run one of list, check, watch and accept."""
    options = _parser().parse_args(argv)
    verb = {"list": listed, "check": checkup.check, "watch": watch, "accept": consumables.accept}[options.verb]
    return asyncio.run(verb(options))


async def listed(options: argparse.Namespace) -> int:
    """Print the configured devices and every scanner that is seen, with settings for those not in use."""
    here = checkup.looked(options.config, _discovery(options), options.seconds) if options.here else None
    picture = await (here or picture_of(options))
    if options.json:
        shown = {name: picture[name] for name in ("devices", "seen")}
        sys.stdout.write(printable(json.dumps(shown, ensure_ascii=False, indent=1)) + "\n")
    else:
        say(as_lines(picture))
    return Exit.DONE


async def watch(options: argparse.Namespace) -> int:
    """Print a line for every change until stopped, or for ``--seconds``."""
    clock = asyncio.get_running_loop().time
    until, known = clock() + options.seconds if options.seconds else None, dict[str, str]()
    while until is None or clock() < until:
        now = standings(await picture_of(options))
        say(changes(known, now))
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


def _discovery(options: argparse.Namespace) -> Discovery:
    discovery = replace(checkup.settings_in(options.config).discovery, usb=True)
    return replace(discovery, mdns_interfaces=tuple(options.mdns)) if options.mdns else discovery


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("appliance devices", description="Which scanners are there and well.")
    parser.add_argument("--config", type=Path, default=DEFAULT, help="settings file")
    parser.add_argument("--socket", type=Path, help="control socket, instead of the one of --config")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="{list,check,watch,accept}")
    every = verbs.add_parser("list", help="configured devices and every scanner seen")
    every.add_argument("--json", action="store_true", help="everything, for programs")
    every.add_argument("--here", action="store_true", help="look from here, without the daemon")
    every.add_argument("--mdns", action="append", metavar="ADDRESS", help="with --here: listen on this network too")
    every.add_argument("--seconds", type=float, default=5.0, help="with --here: how long to listen (default 5)")
    verbs.add_parser("check", help="judge the configured devices").add_argument("device", nargs="?")
    taken = verbs.add_parser("accept", help="the driver's present options count as right: no more drift is shown")
    taken.add_argument("device")
    live = verbs.add_parser("watch", help="print every change")
    live.add_argument("--seconds", type=float, default=0.0, help="stop after so long (default: never)")
    return parser
