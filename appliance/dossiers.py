"""``appliance dossier``: what a person decides about a dossier that waits."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

from appliance import papers
from appliance.client import ask, where
from appliance.core.errors import Exit

SAID = {
    "rename": "đã đổi mã / renamed", "discard": "đã bỏ, hãy quét lại giấy / given up, scan the paper again",
    "resend": "sẽ đóng gói và nộp lại / will be packed and sent again",
    "supplement": "lượt quét tới của mã này là tài liệu bổ sung / the next scan of this code is an addition",
    "release": "đã xác nhận số tờ / count confirmed", "restore": "đã lấy lại từ gói tin / brought back",
}


def main(argv: list[str]) -> int:
    """Run one of the commands about a dossier."""
    parser = argparse.ArgumentParser("appliance dossier", description="Dossiers that wait for a person.")
    commands = parser.add_subparsers(dest="command", required=True)
    _rename(commands)
    _discard(commands)
    _release(commands)
    _resend(commands)
    _supplement(commands)
    _restore(commands)
    papers.handover_options(commands)
    options = parser.parse_args(argv)
    return int(options.act(options))


def _rename(commands: Any) -> None:
    one = commands.add_parser("rename", help="correct the code of a held dossier: its separator bore a wrong one")
    one.add_argument("code", metavar="OLD", help="code that it has")
    one.add_argument("to", metavar="NEW", help="code that it should have")
    _decided(one, "rename", ("code", "to"))


def _discard(commands: Any) -> None:
    one = commands.add_parser("discard", help="give a held dossier up: its pages are taken out of the count")
    one.add_argument("code", metavar="CODE", help="code of the dossier")
    one.add_argument("--reason", required=True, help="why; it is recorded")
    _decided(one, "discard", ("code", "reason"))


def _release(commands: Any) -> None:
    one = commands.add_parser("release", help="confirm the sheets captured where the declared number was wrong")
    one.add_argument("code", metavar="CODE", help="code of the dossier")
    one.add_argument("--reason", required=True, help="why; it is recorded, and stands in the package")
    _decided(one, "release", ("code", "reason"))


def _resend(commands: Any) -> None:
    one = commands.add_parser("resend", help="send a dossier that the archive refused, or that could not be "
                                             "packed, anew as it is: the cause was at the archive, or in the "
                                             "settings")
    one.add_argument("code", metavar="CODE", help="code of the dossier")
    one.add_argument("--reason", required=True, help="why; it is recorded, and stands in the package")
    _decided(one, "resend", ("code", "reason"))


def _supplement(commands: Any) -> None:
    one = commands.add_parser("supplement", help="let the next scan of a delivered dossier's code be documents "
                                                 "that are added to it")
    one.add_argument("code", metavar="CODE", help="code of the dossier")
    given = one.add_mutually_exclusive_group(required=True)
    given.add_argument("--reason", help="why; it is recorded, and stands in the package")
    given.add_argument("--withdraw", action="store_const", const="1", help="no addition comes after all")
    _decided(one, "supplement", ("code", "reason", "withdraw"))


def _restore(commands: Any) -> None:
    one = commands.add_parser("restore", help="bring the local copies of a delivered dossier back from its "
                                              "package, for pages that were scanned again")
    one.add_argument("code", metavar="CODE", help="code of the dossier")
    one.add_argument("package", metavar="PACKAGE.zip", type=_place, help="the package, as the archive has it")
    _decided(one, "restore", ("code", "package"))


def _place(text: str) -> str:
    return str(Path(text).absolute())


def _decided(parser: argparse.ArgumentParser, verb: str, names: tuple[str, ...]) -> None:
    """Let a command say who decides, and send its words to the daemon."""
    parser.add_argument("--by", default="", metavar="STAFF", help="staff code of who decides; else the office")
    where(parser)

    def act(options: argparse.Namespace) -> int:
        body = {name: getattr(options, name) or "" for name in (*names, "by")}
        answer = asyncio.run(ask(options, "POST", f"/dossier/{verb}", body))
        said = "không chờ tài liệu bổ sung nữa / no addition is awaited" if body.get("withdraw") else SAID[verb]
        sys.stdout.write(f"{options.code}: {said}\n")
        if held := answer.get("held"):
            sys.stdout.write(f"vẫn bị giữ vì {held} / still held for {held}: appliance status\n")
            return Exit.HELD
        return Exit.DONE

    parser.set_defaults(act=act)
