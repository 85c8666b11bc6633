"""``appliance consumables``: how far the parts of scanners are worn, and which were changed.

Also ``appliance devices accept``: the present table of options of a driver counts as the right one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pwd
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from appliance import columns
from appliance.client import Control
from appliance.core import config
from appliance.core.errors import Exit

DEFAULT = Path("/etc/appliance/appliance.toml")
HEADS = ("máy quét / device", "linh kiện / part", "số tờ / sheets", "tuổi thọ / life", "%", "thay ngày / changed")


def main(argv: list[str]) -> int:
    """Run one of list and reset."""
    options = _parser().parse_args(argv)
    return asyncio.run({"list": listed, "reset": reset}[options.verb](options))


async def listed(options: argparse.Namespace) -> int:
    """Print every part of every scanner with the sheets since it was changed."""
    async with _daemon(options) as control:
        parts = (await control.get("/consumables"))["parts"]
    if options.json:
        sys.stdout.write(json.dumps(parts, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in as_lines(parts)))
    return Exit.DONE


async def reset(options: argparse.Namespace) -> int:
    """Tell the daemon that a part was changed."""
    async with _daemon(options) as control:
        where = f"/consumables/{quote(options.device, safe='')}/{quote(options.part, safe='')}"
        await control.post(where, {"who": person(), "used": options.used})
    sys.stdout.write(f"đã ghi thay linh kiện / change noted: {options.device} {options.part}\n")
    return Exit.DONE


async def accept(options: argparse.Namespace) -> int:
    """Tell the daemon that the driver's present table of options is the right one."""
    async with _daemon(options) as control:
        await control.post(f"/accept/{quote(options.device, safe='')}", {"who": person()})
    sys.stdout.write(f"đã chấp nhận / accepted: {options.device}\n")
    return Exit.DONE


def as_lines(parts: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the parts as a table; a life that nobody has told has no percentage."""
    if not parts:
        yield "không có linh kiện nào được khai báo / no profile of a configured scanner names a part"
        return
    yield from columns.aligned([HEADS, *(row_of(part) for part in parts)])


def row_of(part: dict[str, Any]) -> tuple[str, ...]:
    """Return the cells of one part."""
    life, sheets = part["life"], part["sheets"]
    return (part["device"], part["part"], str(sheets), str(life) if life else "?",
            f"{100 * sheets // life}" if life else "?", part["changed"][:10] or "?")


def person() -> str:
    """Return the login of who runs the command: of the person behind sudo, where there is one."""
    try:
        return os.environ.get("SUDO_USER") or pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container knows its user by number alone
        return f"uid {os.geteuid()}"


def _daemon(options: argparse.Namespace) -> Control:
    socket: Path | None = options.socket
    return Control(socket or config.load(options.config).storage.runtime / "control.sock")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("appliance consumables", description="Parts of scanners that wear out.")
    parser.add_argument("--config", type=Path, default=DEFAULT, help="settings file")
    parser.add_argument("--socket", type=Path, help="control socket, instead of the one of --config")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="{list,reset}")
    every = verbs.add_parser("list", help="sheets since each part was changed, and how long it lasts")
    every.add_argument("--json", action="store_true", help="everything, for programs")
    change = verbs.add_parser("reset", help="a part was changed just now")
    change.add_argument("device", help="name of the device in the settings")
    change.add_argument("part", help="name of the part, as list shows it")
    change.add_argument("--used", type=int, default=0, metavar="SHEETS",
                        help="sheets that the part now in place has done already (default 0: it is new)")
    return parser
