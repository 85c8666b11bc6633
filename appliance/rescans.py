"""``appliance rescan``: pages that were scanned again, and what a person decides about those that wait."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from appliance import columns
from appliance.client import ask, where
from appliance.core.errors import Exit

STATES = {"asked": "chờ quét lại / to be scanned", "scanned": "đã quét lại / scanned again",
          "answered": "kho đã nhận / the archive has it", "withdrawn": "kho đã rút / withdrawn"}
SAID = {"take": "lấy / taken", "drop": "đã bỏ, trang cũ giữ nguyên / given up, the old pages stay"}


def main(argv: list[str]) -> int:
    """Run one of the commands about rescans."""
    parser = argparse.ArgumentParser("appliance rescan", description="Pages scanned again (docs/rescan.md).")
    commands = parser.add_subparsers(dest="command", required=True)
    shown = commands.add_parser("list", help="the newest rescans and where they stand")
    where(shown)
    shown.set_defaults(act=_list)
    _decision(commands, "take", "say that a held rescan is right as it is")
    _decision(commands, "drop", "give a rescan up: its pages are taken out of the count, the old ones stay")
    options = parser.parse_args(argv)
    return int(options.act(options))


def _decision(commands: Any, verb: str, text: str) -> None:
    one = commands.add_parser(verb, help=text)
    one.add_argument("name", metavar="RESCAN", help="as 'appliance status' lists it under held")
    one.add_argument("--by", default="", metavar="STAFF", help="staff code of who decides; else the office")
    where(one)

    def act(options: argparse.Namespace) -> int:
        asyncio.run(ask(options, "POST", f"/rescan/{verb}", {"name": options.name, "by": options.by}))
        sys.stdout.write(f"{options.name}: {SAID[verb]}\n")
        return Exit.DONE

    one.set_defaults(act=act)


def _list(options: argparse.Namespace) -> int:
    answer = asyncio.run(ask(options, "GET", "/rescan"))
    for line in asked_for(answer["tasks"]):
        sys.stdout.write(f"{line}\n")
    found = answer["rescans"]
    rows = [(one["name"], str(one["page"] or "–"), str(one["captured"]), one["state"], one["code"], one["at"])
            for one in found]
    for line in columns.aligned([("rescan", "page", "sheets", "state", "code", "at"), *rows]):
        sys.stdout.write(f"{line}\n")
    return Exit.DONE


def asked_for(tasks: list[dict[str, Any]]) -> list[str]:
    """Return what the archive asks for, a line each, with the command that prints the separator for it."""
    lines = []
    for one in tasks:
        state = one["stands"]
        page = f"trang / page {one['page']}" if one["page"] else "cả tài liệu / whole document"
        lines.append(f"{one['file_code']}.{one['ordinal']}  {page}  {STATES[state]}  {one['reason']}")
        if state == "asked":
            at = f" --page {one['page']}" if one["page"] else ""
            lines.append(f"  appliance separator print --kind rescan --code {one['file_code']} "
                         f"--number {one['ordinal']}{at} --out R.pdf")
    return ["kho lưu trữ đề nghị quét lại / the archive asks to scan again:", *lines, ""] if lines else []
