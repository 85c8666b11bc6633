"""``appliance stamp``: what a leader decides about the room for a stamp on page 1."""

from __future__ import annotations

import argparse
import asyncio
import sys

from appliance import leaders
from appliance.client import ask, where
from appliance.core.errors import Exit


def main(argv: list[str]) -> int:
    """Run one of the commands about stamps."""
    parser = argparse.ArgumentParser("appliance stamp", description="Room for the stamp on page 1.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("strip", help="let an empty strip be added above page 1, where nothing at its top is "
                                            "free; the page itself keeps its scale")
    one.add_argument("document", metavar="DOCUMENT", help="id of the document, as 'appliance status' lists it")
    one.add_argument("--reason", required=True, help="why; it is recorded")
    leaders.options_of(one)
    where(one)
    options = parser.parse_args(argv)
    body = {"document": options.document, "reason": options.reason, **leaders.words_of(options)}
    answer = asyncio.run(ask(options, "POST", "/stamp/strip", body))
    sys.stdout.write(f"{answer['document']}: cho thêm dải trắng phía trên trang 1 / strip above page 1 allowed\n")
    return Exit.DONE
