"""``appliance receive search``: people at the archive find and read, under the policy and written down."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from appliance.core.errors import Exit
from appliance.receiver import commands, members, policy, wishes
from appliance.receiver.access import Access
from appliance.receiver.archive import Archive
from appliance.receiver.commands import ARCHIVE
from appliance.receiver.desk import Desk
from appliance.receiver.search import Criteria


def main(argv: list[str], _signature_check: object) -> int:
    """Search, or read with ``--read``."""
    vi, en = policy.load(Access().policy).purposes
    parser = argparse.ArgumentParser(
        prog="appliance receive search", description=__doc__,
        epilog=f"Mục đích (--purpose): {vi}. / Purposes of the shipped policy: {en}.")
    words = parser.add_subparsers(required=True)
    found = commands.word(words, "find", _find, "find dossiers; all that is said must fit")
    for one in fields(Criteria):
        kind: Callable[[str], Any] = int if one.name == "limit" else str
        found.add_argument(f"--{one.name.replace('_', '-')}", type=kind, default=one.default,
                           help=one.metadata["doc"].replace("%", "%%"))
    taken = commands.word(words, "read", _read, "write a package, or one document of it, to a file")
    taken.add_argument("package", help="UUID of the package")
    taken.add_argument("ordinal", type=int, nargs="?", default=0, help="ordinal of the document")
    taken.add_argument("--out", type=Path, required=True, help="the file; it must not be there")
    ended = commands.word(words, "settle", _settle, "say that the dossier of a package is settled")
    ended.add_argument("package", help="UUID of the package")
    for parsed in (found, taken, ended):
        parsed.add_argument("--person", required=True, help="who asks")
        parsed.add_argument("--purpose", required=True, help="what for: see search --help")
        parsed.add_argument("--reason", required=True, help="the case at hand")
    return commands.run(parser, argv)


def _find(archive: Archive, given: argparse.Namespace) -> int:
    criteria = {one.name: getattr(given, one.name) for one in fields(Criteria)}
    wish = wishes.made(wishes.SearchWish, {"asker": _asker(given), "find": criteria})
    found = _desk(archive).search(ARCHIVE, wish)
    rows = [{**dossier, "title": dossier.get("title", ""), "documents": len(dossier["documents"])}
            for dossier in found["dossiers"]]
    commands.tell(rows, "uuid", "file_code", "office", "start_date", "end_date", "mode", "reading", "documents",
                  "title")
    return Exit.DONE


def _read(archive: Archive, given: argparse.Namespace) -> int:
    desk = _desk(archive)
    told = {"asker": _asker(given), "package": given.package, "ordinal": given.ordinal}
    ticket = desk.open(ARCHIVE, wishes.made(wishes.ReadingWish, told))["ticket"]
    opened = desk.fetch(ARCHIVE, ticket)
    with archive.local(opened.sha256) as package:  # a sound copy: its SHA-256 was just proved
        given.out.touch(0o600, exist_ok=False)
        with given.out.open("wb") as sink:
            if opened.member:
                sink.writelines(members.unpacked(package, opened.member, 0, opened.member_size))
            else:
                with package.open("rb") as source:
                    shutil.copyfileobj(source, sink)
    sys.stdout.write(f"{opened.name}\n")
    return Exit.DONE


def _settle(archive: Archive, given: argparse.Namespace) -> int:
    wish = wishes.made(wishes.LeaveWish, {"asker": _asker(given), "package": given.package})
    _desk(archive).settle(ARCHIVE, wish)
    return Exit.DONE


def _desk(archive: Archive) -> Desk:
    return Desk(archive, archive.settings.access.open_policy())


def _asker(given: argparse.Namespace) -> dict[str, str]:
    return {"person": given.person, "purpose": given.purpose, "reason": given.reason}
