"""Commands that speak to a running daemon over its control socket."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from appliance.client import Control
from appliance.console import words
from appliance.core import config
from appliance.core.errors import Exit


def status(argv: list[str]) -> int:
    """Print what the daemon is doing; exit 3 when something is held."""
    parser = argparse.ArgumentParser("appliance status", description="Show what the daemon is doing.")
    _where(parser)
    parser.add_argument("--json", action="store_true", help="everything, for programs")
    options = parser.parse_args(argv)
    picture = asyncio.run(_ask(_socket(options), "GET", "/status"))
    text = json.dumps(picture, ensure_ascii=False, indent=1) if options.json else as_text(picture)
    sys.stdout.write(text + "\n")
    return Exit.HELD if picture["held"] else Exit.DONE


def press(argv: list[str]) -> int:
    """Press Start."""
    return _operate("press", argv)


def resume(argv: list[str]) -> int:
    """Go on with an interrupted batch after the paper was put back."""
    return _operate("resume", argv)


def finish(argv: list[str]) -> int:
    """Close an interrupted batch as it is."""
    return _operate("finish", argv)


def cancel(argv: list[str]) -> int:
    """Stop feeding."""
    return _operate("cancel", argv)


def remove(argv: list[str]) -> int:
    """Take a held page that is in no document out of the count; its image is kept, the decision recorded."""
    parser = argparse.ArgumentParser("appliance remove", description=remove.__doc__)
    parser.add_argument("page", help="id of the page, as 'appliance status --json' lists it under held")
    _where(parser)
    options = parser.parse_args(argv)
    asyncio.run(_ask(_socket(options), "POST", "/remove", {"name": options.page}))
    sys.stdout.write(f"đã bỏ / removed {options.page}\n")
    return Exit.DONE


def _operate(verb: str, argv: list[str]) -> int:
    parser = argparse.ArgumentParser(f"appliance {verb}", description=globals()[verb].__doc__)
    parser.add_argument("device", help="name of the device in the settings")
    _where(parser)
    options = parser.parse_args(argv)
    answer = asyncio.run(_ask(_socket(options), "POST", f"/{verb}/{options.device}"))
    sys.stdout.write(f"{answer['done']} {answer['device']}\n")
    return Exit.DONE


def as_text(picture: dict[str, Any]) -> str:
    """Return the picture as lines for a terminal, Vietnamese first."""
    lines = [f"{picture['office']}  v{picture['version']}", ""]
    for device in picture["devices"]:
        vi, en = words.DEVICES.get(device["state"], (device["state"], device["state"]))
        lines.append(f"Máy quét {device['name']}: {vi} / {en}  {device.get('model') or ''}".rstrip())
        if device.get("message_vi"):
            lines += [f"  {device['message_vi']}", f"  {device['message_en']}"]
    stages = "   ".join(f"{vi} {picture['stages'][name]}" for name, (vi, _) in words.STAGES.items())
    lines += ["", f"Tiến độ / progress: {stages}", *(f"  {text}" for text in words.totals(picture["counts"]))]
    for state, (vi, en) in words.DOSSIERS.items():
        codes = [one["file_code"] for one in picture["dossiers"] if one["state"] == state]
        if codes:
            lines.append(f"Hồ sơ {vi.lower()} / {en}: {len(codes)}  {', '.join(codes[-5:])}")
    lines += ["", f"Chờ xử lý / held: {len(picture['held'])}"]
    for thing in picture["held"]:
        lines += [f"  {thing['name']}  [{thing['what']} {thing['id']}]",
                  f"    {thing['code']} {thing['vi']}", f"    {thing['en']}"]
    return "\n".join(lines)


def _where(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--config", type=Path, default=Path("/etc/appliance/appliance.toml"), help="settings file")
    group.add_argument("--socket", type=Path, help="control socket, instead of --config")


def _socket(options: argparse.Namespace) -> Path:
    socket: Path | None = options.socket
    return socket or config.load(options.config).storage.runtime / "control.sock"


async def _ask(socket: Path, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    async with Control(socket) as control:
        return await (control.get(path) if method == "GET" else control.post(path, body))
