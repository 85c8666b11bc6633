"""``appliance register``: the office's lists of dossiers. Import a file, list what is loaded, look a code up."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from appliance import client, register_import
from appliance.core import config, errors
from appliance.core.config import Register
from appliance.core.errors import ApplianceError, Exit
from appliance.documents.register import spec
from appliance.register_import import Order, Outcome


def main(argv: list[str]) -> int:
    """Run one of the commands about registers."""
    parser = argparse.ArgumentParser(
        "appliance register", description="Lists of dossiers (mục lục hồ sơ, danh sách hồ sơ tiếp nhận).")
    commands = parser.add_subparsers(dest="command", required=True)
    _import_options(commands.add_parser("import", help="import a .csv or .xlsx file: all of its rows, or none"))
    one = commands.add_parser("list", help="the registers that are loaded")
    client.where(one)
    one = commands.add_parser("show", help="what the registers say of one dossier")
    one.add_argument("code", help="dossier code")
    client.where(one)
    options = parser.parse_args(argv)
    work: Callable[[argparse.Namespace], int] = {"import": _import, "list": _list, "show": _show}[options.command]
    return work(options)


def _import_options(one: argparse.ArgumentParser) -> None:
    one.add_argument("file", type=Path, metavar="FILE", help="CSV or .xlsx")
    one.add_argument("--kind", choices=spec.KINDS, default="archive", help="archive: arranged dossiers (default); "
                     "onestop: dossiers received at the counter")
    one.add_argument("--name", default="", help="name of the register, when an office has several of a kind; it "
                     "stands in metrics, so no person's name")
    one.add_argument("--check-only", action="store_true", help="say what is wrong with the file, change nothing")
    one.add_argument("--add", action="store_true", help="rows join the register of that name instead of taking "
                     "its place; a code that it has is corrected")
    one.add_argument("--replace", action="store_true", help="also where dossiers of the present register are not "
                     "in the file")
    one.add_argument("--accept-good", action="store_true", help="import the good rows though others are refused")
    one.add_argument("--report", type=Path, metavar="CSV", help="file for the refused rows (FILE.report.csv)")
    one.add_argument("--sheet", default="", help="sheet of a workbook, instead of the first that is not hidden")
    one.add_argument("--json", action="store_true", help="the result for programs")
    client.where(one)


def _import(options: argparse.Namespace) -> int:
    settings, socket = _settings(options)
    order = Order(options.file, options.kind, options.name or options.kind, os.environ.get("SUDO_USER")
                  or getpass.getuser(), options.add, options.check_only, options.accept_good, options.replace,
                  options.sheet, options.report)
    if not order.file.is_file():
        raise errors.REGISTER_UNREADABLE.error(file=order.file, reason="không có tệp này / no such file")
    try:
        done = asyncio.run(register_import.run(order, settings, socket))
    except ApplianceError as problem:
        if not options.json:
            _tell(getattr(problem, "__notes__", []))
            raise
        _say({"result": "later" if problem.kind.retry else "refused", "code": problem.code, "vi": problem.vi,
              "en": problem.en})
        return Exit.FAILED
    if options.json:
        _say({"result": "imported", "rows": done.rows, "refused": done.refused, "imported": done.imported})
    else:
        _tell(done.shown)
        sys.stdout.write(_summary(order, done))
    return Exit.HELD if done.refused else Exit.DONE


def _settings(options: argparse.Namespace) -> tuple[Register, Path]:
    """Return the settings of registers and the daemon's socket; with ``--socket`` alone, what ships."""
    if options.socket:
        found = config.load(options.config).register if options.config.is_file() else Register()
        return found, options.socket
    settings = config.load(options.config)
    return settings.register, settings.storage.runtime / "control.sock"


def _say(found: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")


def _tell(lines: list[str]) -> None:
    for line in "\n".join(lines).splitlines():
        sys.stderr.write(f"  {line}\n")


def _summary(order: Order, done: Outcome) -> str:
    lines = [f"{heading}: {name} → Unicode" for heading, name in done.letters.items()]
    if done.refused:
        lines.append(f"{done.refused} dòng bị từ chối, xem / rows refused, see: {done.report}")
    if order.check_only:
        lines.append(f"{order.file.name}: {done.rows} dòng, đều đúng / all good; chưa nhập / not imported")
    else:
        lines.append(f"{order.file.name}: đã nhập / imported; mục lục / register '{order.name}': {done.imported} "
                     "hồ sơ / dossiers")
    if done.released:
        lines.append(f"{done.released} hồ sơ chờ mục lục nay đi tiếp / dossiers that waited go on")
    return "\n".join(lines) + "\n"


def _list(options: argparse.Namespace) -> int:
    found = asyncio.run(client.ask(options, "GET", "/register"))["registers"]
    for one in found:
        sys.stdout.write(f"{spec.kind(one['kind']).vi} '{one['name']}' [{one['kind']}]: {one['rows']} hồ sơ / "
                         f"dossiers, {one['imported'][:19]}, {one['source']}, {one['who']}\n")
    if not found:
        sys.stdout.write("chưa nhập mục lục nào / no register is loaded\n")
    return Exit.DONE


def _show(options: argparse.Namespace) -> int:
    code = quote(options.code.upper(), safe="")
    found = asyncio.run(client.ask(options, "GET", f"/register/entry?code={code}"))
    for one in found["entries"]:
        kind = spec.kind(one["kind"])
        sys.stdout.write(f"{kind.vi} '{one['name']}' [{one['kind']}], dòng / line {one['line']}, "
                         f"{one['imported'][:19]}; hồ sơ / dossier: {one['state'] or 'chưa quét / not scanned'}\n")
        for name, field in kind.fields.items():
            if name in one["fields"]:
                value = one["fields"][name]
                meaning = f" ({field.codes[value]})" if value in field.codes else ""
                sys.stdout.write(f"  {field.vi} [{name}]: {value}{meaning}\n")
    return Exit.DONE
