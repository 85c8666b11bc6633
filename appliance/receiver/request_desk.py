"""``appliance receive request``: a person at the archive answers requests to read what is conditional (mode 02)."""

from __future__ import annotations

import argparse

from appliance.core.errors import Exit
from appliance.receiver import commands, leave
from appliance.receiver.archive import Archive


def main(argv: list[str], _signature_check: object) -> int:
    """Run one word."""
    parser = argparse.ArgumentParser(prog="appliance receive request", description=__doc__)
    words = parser.add_subparsers(required=True)
    shown = commands.word(words, "list", _list, "show requests that wait; --all: also granted or refused ones")
    shown.add_argument("--all", action="store_true", help="also those that were answered")
    granted = commands.word(words, "grant", _grant, "let the person who asked read that package for some days")
    granted.add_argument("--days", type=int, choices=range(1, 366), default=30, metavar="1..365",
                         help="so many days (30)")
    refused = commands.word(words, "refuse", _refuse, "refuse it")
    refused.add_argument("--answer", required=True, help="why, for the person who asked")
    for parsed in (granted, refused):
        parsed.add_argument("request", help="id of the request")
        parsed.add_argument("--by", required=True, help="name of the person who answers for this")
    return commands.run(parser, argv)


def _list(archive: Archive, given: argparse.Namespace) -> int:
    rows = leave.listed(archive.index, state="" if given.all else leave.ASKED)
    waiting = commands.tell(rows, "id", "asked", "office", "person", "purpose", "package", "state", "decided", "by",
                            "until", "answer")
    return Exit.HELD if waiting and not given.all else Exit.DONE


def _grant(archive: Archive, given: argparse.Namespace) -> int:
    leave.grant(archive.index, given.request, given.by, given.days)
    return Exit.DONE


def _refuse(archive: Archive, given: argparse.Namespace) -> int:
    leave.refuse(archive.index, given.request, given.by, given.answer)
    return Exit.DONE
