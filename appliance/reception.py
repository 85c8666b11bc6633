"""``appliance reception``: signed components for the reception software: what became of them, and send again."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import Any

from appliance.client import ask, where
from appliance.columns import aligned
from appliance.core.errors import Exit

STATES = {"waiting": "chờ gửi", "sent": "chờ xác nhận", "confirmed": "đã xác nhận", "refused": "bị từ chối",
          "recalling": "đang thu hồi", "withdrawn": "đã rút"}


def main(argv: list[str]) -> int:
    """Run one of the commands about components for the reception software."""
    parser = argparse.ArgumentParser("appliance reception", description="Signed components for the reception "
                                     "software.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("list", help="the newest components; exit 3 when any was refused")
    one.add_argument("--json", action="store_true", help="as one line for programs")
    where(one)
    one.set_defaults(act=_list)
    one = commands.add_parser("again", help="send again what was refused, when its cause is mended")
    one.add_argument("name", metavar="NAME", help="code of the dossier, FILECODE.N, or the id of one component")
    one.add_argument("--by", default="", metavar="STAFF", help="staff code of who says so; else the office")
    where(one)
    one.set_defaults(act=_again)
    options = parser.parse_args(argv)
    return int(options.act(options))


def _list(options: argparse.Namespace) -> int:
    found = asyncio.run(ask(options, "GET", "/reception"))["components"]
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n" if options.json else _table(found))
    return Exit.HELD if any(one["state"] == "refused" for one in found) else Exit.DONE


def _table(found: list[dict[str, Any]]) -> str:
    if not found:
        return "không có / none\n"
    head = ("tài liệu", "thành phần", "trạng thái", "bấm Start", "xác nhận", "lý do")
    rows = [(f"{one['file_code']}.{one['ordinal']}", one["component"] or "-",
             f"{STATES[one['state']]} / {one['state']}", one["started"][:19], one["confirmed"][:19] or "-",
             " ".join(filter(None, (one["code"], one["reason"]))) or "-") for one in found]
    return "\n".join(aligned([head, *rows])) + "\n"


def _again(options: argparse.Namespace) -> int:
    done = asyncio.run(ask(options, "POST", "/reception/again", {"name": options.name, "by": options.by}))
    sys.stdout.write(f"gửi lại / sent again: {done['components']}\n")
    return Exit.DONE
