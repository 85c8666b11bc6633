"""``appliance delivery``: packages on their way to the archive, and those that were set aside."""

from __future__ import annotations

import argparse
import asyncio
import sys

from appliance import columns
from appliance.client import ask, where
from appliance.core.errors import Exit

KIB = 1024


def main(argv: list[str]) -> int:
    """Run one of the commands about deliveries."""
    parser = argparse.ArgumentParser("appliance delivery", description="Packages on their way (docs/upload.md).")
    commands = parser.add_subparsers(dest="command", required=True)
    shown = commands.add_parser("list", help="packages that have no receipt yet, the oldest first")
    where(shown)
    shown.set_defaults(act=_list)
    again = commands.add_parser("again", help="send a package again that was set aside, and try now what waits")
    again.add_argument("package", metavar="PACKAGE", nargs="?", default="",
                       help="as 'appliance delivery list' names it; without it: all that are set aside")
    again.add_argument("--by", default="", metavar="STAFF", help="staff code of who decides; else the office")
    where(again)
    again.set_defaults(act=_again)
    options = parser.parse_args(argv)
    return int(options.act(options))


def _list(options: argparse.Namespace) -> int:
    found = asyncio.run(ask(options, "GET", "/delivery"))["deliveries"]
    rows = [(one["package"], one["file_code"], "urgent" if one["urgent"] else "bulk",
             "aside" if one["aside"] else one["state"], one["code"] or "–",
             f"{one['sent_bytes'] // KIB}/{one['size'] // KIB}", one["queued"][:16], one["reason"] or "–")
            for one in found]
    head = ("package", "dossier", "lane", "state", "code", "KiB sent", "queued", "reason")
    for line in columns.aligned([head, *rows]):
        sys.stdout.write(f"{line}\n")
    return Exit.HELD if any(one["aside"] for one in found) else Exit.DONE


def _again(options: argparse.Namespace) -> int:
    done = asyncio.run(ask(options, "POST", "/delivery/again", {"package": options.package, "by": options.by}))
    for name in done["packages"]:
        sys.stdout.write(f"{name}: sẽ nộp lại ngay / sent again now\n")
    if not done["packages"]:
        sys.stdout.write("Không có gói tin nào để riêng; các gói đang chờ được thử ngay. / None was set aside; "
                         "what waits is tried now.\n")
    return Exit.DONE
