"""``appliance locked``: batches in which a state secret is suspected, and what a leader decides about them."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable

from appliance import client, leaders
from appliance.console.words import moment
from appliance.core.errors import Exit


def main(argv: list[str]) -> int:
    """Run one of list, add, release and destroy."""
    parser = argparse.ArgumentParser(
        "appliance locked", description="Batches that are locked: a state secret is suspected (docs/secrets.md).")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    client.where(verbs.add_parser("list", help="the locked batches, and which sheets are suspected"))
    one = _about(verbs, "add", "lock a batch: somebody has seen a secret paper in it")
    one.add_argument("--code", required=True, help="staff code of who says so")
    one = _about(verbs, "release", "the mark was none: the batch goes on as if nothing had been")
    one.add_argument("--reason", required=True, help="why, for the audit chain")
    leaders.options_of(one)
    one = _about(verbs, "destroy", "destroy every image of a batch (tiêu hủy)")
    one.add_argument("--decision", required=True, metavar="NUMBER", help="number of the decision")
    one.add_argument("--date", required=True, metavar="DD/MM/YYYY", help="its date")
    one.add_argument("--reason", default="", help="a remark, for the audit chain")
    leaders.options_of(one)
    options = parser.parse_args(argv)
    work: Callable[[argparse.Namespace], int] = {"list": _list, "add": _add}.get(options.verb, _decide)
    return work(options)


def _about(verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str,
           text: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=text)
    parser.add_argument("batch", help="id of the batch, as 'appliance locked list' says it")
    client.where(parser)
    return parser


def _list(options: argparse.Namespace) -> int:
    found = asyncio.run(client.ask(options, "GET", "/locked"))["locked"]
    for one in found:
        sheets = ", ".join(one["sheets"]) or "–"
        sys.stdout.write(f"{one['batch']}  {one['device']}  {moment(one['started'])}\n"
                         f"  {one['pages']} mặt / sides; nghi ngờ / suspected: {sheets}\n")
        if one["decided"]:
            sys.stdout.write(f"  đã quyết định, đang thực hiện / decided, under way: {one['decided']}\n")
    if not found:
        sys.stdout.write("không có lượt quét nào bị khóa / no batch is locked\n")
    return Exit.HELD if found else Exit.DONE


def _add(options: argparse.Namespace) -> int:
    asyncio.run(client.ask(options, "POST", "/locked/add", {"batch": options.batch, "code": options.code}))
    sys.stdout.write(f"đã khóa / locked: {options.batch}\n")
    return Exit.DONE


def _decide(options: argparse.Namespace) -> int:
    words = {"batch": options.batch, "reason": options.reason, **leaders.words_of(options)}
    if options.verb == "destroy":
        words |= {"number": options.decision, "day": options.date}
    asyncio.run(client.ask(options, "POST", f"/locked/{options.verb}", words))
    said = {"release": "đã cho tiếp tục / released", "destroy": "đã ra lệnh tiêu hủy / to be destroyed"}
    sys.stdout.write(f"{said[options.verb]}: {options.batch}\n")
    return Exit.DONE
