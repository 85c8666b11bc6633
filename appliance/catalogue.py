"""``appliance field``: the catalogue fields of a document; what is not sure is said by a person."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys
from typing import Any

from appliance import client
from appliance.columns import aligned
from appliance.core.errors import Exit

FROM = {"page": "trang giấy / page", "person": "người nhập / person", "doubtful": "chưa chắc / not sure",
        "left_empty": "để trống / left empty"}


def main(argv: list[str]) -> int:
    """Run one of the commands about catalogue fields."""
    parser = argparse.ArgumentParser("appliance field", description="Catalogue fields of documents.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("show", help="what is known of a document's fields, from where and how surely")
    one.add_argument("document", help="id of the document, as the error names it")
    client.where(one)
    one = commands.add_parser("set", help="say what a field is; without a value: it stays empty")
    one.add_argument("document", help="id of the document, as the error names it")
    one.add_argument("field", help="name of the field, as 'appliance field show' says it")
    one.add_argument("value", nargs="?", default="",
                     help="what the paper says; -: one line of standard input, for numbers of persons")
    client.where(one)
    one = commands.add_parser("accept", help="let every field that is not sure stay empty; the document goes on")
    one.add_argument("document", help="id of the document, as the error names it")
    client.where(one)
    options = parser.parse_args(argv)
    body = {"document": options.document, "by": os.environ.get("SUDO_USER") or getpass.getuser()}
    if options.command == "set":
        value = sys.stdin.readline().rstrip("\r\n") if options.value == "-" else options.value
        body |= {"field": options.field, "value": value}
    answer = asyncio.run(client.ask(options, "POST", f"/field/{options.command}", body))
    return _told(options, answer)


def _told(options: argparse.Namespace, answer: dict[str, Any]) -> int:
    if options.command == "set":
        sys.stdout.write(f"đã ghi / set: {options.document} {options.field}\n")
    elif options.command == "accept":
        sys.stdout.write(f"đã chấp nhận để trống / accepted as empty: {options.document}\n")
    elif answer["fields"]:
        rows = [(one["name"], one["value"] or "–", f"{one['certainty']:.2f}", FROM.get(one["from"], one["from"]))
                for one in answer["fields"]]
        head = ("trường / field", "giá trị / value", "chắc chắn / certainty", "nguồn / from")
        sys.stdout.write("\n".join(aligned([head, *rows])) + "\n")
    else:
        sys.stdout.write("chưa có trường nào / no field is known yet\n")
    return Exit.DONE
