"""``appliance receive rescan``: a reviewer has a page scanned again by the office that sent it."""

from __future__ import annotations

import argparse
import sys

from appliance.core.errors import Exit
from appliance.receiver import commands, rescans, wishes
from appliance.receiver.archive import Archive


def main(argv: list[str], _signature_check: object) -> int:
    """Run one word."""
    parser = argparse.ArgumentParser(prog="appliance receive rescan", description=__doc__)
    words = parser.add_subparsers(required=True)
    asked = commands.word(words, "ask", _ask, "reject a page: a task for its office; prints the id of the task")
    asked.add_argument("package", help="UUID of the package")
    asked.add_argument("doc_code", help="code of the document")
    asked.add_argument("page", type=int, help="number of the page in it")
    asked.add_argument("--reason", required=True, help="what is wrong with it, for the operator")
    asked.add_argument("--by", required=True, help="the reviewer")
    shown = commands.word(words, "list", _list, "show the tasks that wait; --all: also those that are over")
    shown.add_argument("--all", action="store_true", help="also those that were answered or withdrawn")
    commands.word(words, "withdraw", _withdraw, "take a task back").add_argument("task", help="id of the task")
    return commands.run(parser, argv)


def _ask(archive: Archive, given: argparse.Namespace) -> int:
    told = {"package": given.package, "doc_code": given.doc_code, "page": given.page, "reason": given.reason,
            "person": given.by}
    sys.stdout.write(f"{rescans.ask(archive.index, wishes.made(wishes.RescanWish, told))}\n")
    return Exit.DONE


def _list(archive: Archive, given: argparse.Namespace) -> int:
    rows = rescans.listed(archive.index, () if given.all else rescans.OPEN)
    commands.tell(rows, "id", "asked", "office", "package", "doc_code", "page", "state", "reviewer", "answer")
    return Exit.DONE


def _withdraw(archive: Archive, given: argparse.Namespace) -> int:
    rescans.withdraw(archive.index, given.task)
    return Exit.DONE
