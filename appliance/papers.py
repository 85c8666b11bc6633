"""``appliance paper``: what people say of special papers; and how a dossier is handed over on paper."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

from appliance import leaders
from appliance.client import ask, where
from appliance.core import files
from appliance.core.errors import Exit
from appliance.documents import copies


def main(argv: list[str]) -> int:
    """Run one of the commands about special papers."""
    parser = argparse.ArgumentParser("appliance paper", description="Special papers: notes, fragile, normative.")
    commands = parser.add_subparsers(dest="command", required=True)
    _copy(commands.add_parser("copy", help="say which certified copy of a fragile paper a document is"))
    _pair(commands.add_parser("pair", help="say that both captures of a page with a note are right"))
    _normative(commands.add_parser("normative", help="a leader decides about a legal normative document"))
    _leave(commands.add_parser("leave", help="a leader decides not to digitise an important, fragile paper"))
    options = parser.parse_args(argv)
    return int(options.act(options))


def handover_options(commands: Any) -> None:
    """Add the commands that hand a dossier over on paper to those about dossiers."""
    one = commands.add_parser("to-centre", help="close a dossier that cannot be completed, with a handover note; "
                                                "again: print the note again")
    one.add_argument("code", metavar="CODE", help="code of the dossier")
    one.add_argument("--reason", default="", help="why; recorded and printed")
    one.add_argument("--out", type=Path, required=True, metavar="NOTE.pdf", help="file to write")
    _by(one)
    one.set_defaults(act=_to_centre)
    one = commands.add_parser("at-centre", help="the centre has signed for the paper that was handed over")
    one.add_argument("code", metavar="CODE", help="code of the dossier")
    _by(one)
    one.set_defaults(act=lambda options: _send(options, "/dossier/at-centre", ("code", "by"),
                                               "trung tâm đã nhận / the centre has it"))
    one = commands.add_parser("take-back", help="let a dossier wait again that was handed over by mistake")
    one.add_argument("code", metavar="CODE", help="code of the dossier")
    one.add_argument("--reason", required=True, help="why; it is recorded")
    _by(one)
    one.set_defaults(act=lambda options: _send(options, "/dossier/take-back", ("code", "reason", "by"),
                                               "đã lấy lại / taken back"))


def _copy(one: argparse.ArgumentParser) -> None:
    _document(one)
    one.add_argument("--form", required=True, choices=tuple(copies.FORMS), help="form of the copy")
    one.add_argument("--number", required=True, help="number and notation of the copy, as 15/SY-BHXH")
    one.add_argument("--date", required=True, help="date of the copy, DD/MM/YYYY")
    _by(one)
    names = ("code", "document", "form", "number", "date", "by")
    one.set_defaults(act=lambda options: _send(options, "/paper/copy", names, "đã ghi bản sao / copy noted"))


def _pair(one: argparse.ArgumentParser) -> None:
    _document(one)
    _by(one)
    names = ("code", "document", "by")
    one.set_defaults(act=lambda options: _send(options, "/paper/pair", names, "đã xác nhận / confirmed"))


def _normative(one: argparse.ArgumentParser) -> None:
    _document(one)
    what = one.add_mutually_exclusive_group(required=True)
    what.add_argument("--exclude", dest="what", action="store_const", const="exclude", help="it is not digitised: "
                      "its pages are taken out of the dossier and counted as removed")
    what.add_argument("--ordinary", dest="what", action="store_const", const="ordinary", help="it is an ordinary "
                      "paper of the dossier all the same")
    one.add_argument("--reason", required=True, help="why; it is recorded")
    leaders.options_of(one)
    where(one)
    names = ("code", "document", "what", "reason")
    one.set_defaults(act=lambda options: _send(options, "/paper/normative", names, "đã quyết định / decided"))


def _leave(one: argparse.ArgumentParser) -> None:
    one.add_argument("code", metavar="CODE", help="code of the dossier")
    one.add_argument("component", metavar="COMPONENT", help="code of the component, as its table has it")
    one.add_argument("--reason", required=True, help="why; it is recorded")
    one.add_argument("--date", default="", help="date of the decision, DD/MM/YYYY; today")
    one.add_argument("--withdraw", action="store_const", const="1", default="", help="take the decision back")
    leaders.options_of(one)
    where(one)
    names = ("code", "component", "reason", "date", "withdraw")
    said = {"": "không số hóa / not digitised", "1": "đã rút lại / taken back"}
    one.set_defaults(act=lambda options: _send(options, "/paper/leave", names, said[options.withdraw]))


def _document(one: argparse.ArgumentParser) -> None:
    one.add_argument("code", metavar="CODE", help="code of the dossier")
    one.add_argument("document", metavar="NUMBER", help="number of the document in its dossier")


def _by(one: argparse.ArgumentParser) -> None:
    one.add_argument("--by", default="", metavar="STAFF", help="staff code of who decides; else the office")
    where(one)


def _send(options: argparse.Namespace, path: str, names: tuple[str, ...], said: str) -> int:
    body = {name: getattr(options, name) for name in names}
    if "leader" in options:
        body |= leaders.words_of(options)
    asyncio.run(ask(options, "POST", path, body))
    sys.stdout.write(f"{options.code}: {said}\n")
    return Exit.DONE


def _to_centre(options: argparse.Namespace) -> int:
    from appliance.handover_note import draw_note  # pikepdf: only where something is printed

    body = {name: getattr(options, name) for name in ("code", "reason", "by")}
    note = asyncio.run(ask(options, "POST", "/dossier/to-centre", body))["note"]
    files.write_durably(options.out.absolute(), draw_note(note))
    said = "đã đóng, giao hồ sơ giấy / closed, handed over" if note["new"] else "in lại phiếu / note printed again"
    sys.stdout.write(f"{options.code}: {said}: {options.out}\n")
    return Exit.DONE
