"""``appliance lot``: dossiers that are accepted together by a sample. Make a lot, note what was found, decide."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Callable

from appliance import client, columns
from appliance.core.errors import Exit
from appliance.planning.asking import Asking
from appliance.planning.report_table import RESULTS

STATES = {"open": "đang kiểm tra / being checked", "accepted": "nghiệm thu / accepted",
          "rejected": "không nghiệm thu / refused"}

HEADS = ("số / no", "hồ sơ / dossier", "tài liệu / document", "trang / pages", "kết quả / result", "lỗi / fault")


def main(argv: list[str]) -> int:
    """Run one of the commands about lots."""
    parser = argparse.ArgumentParser("appliance lot", description="Lots (lô) that are accepted by a sample.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("make", help="make a lot of what the archive took in some days, and draw its sample")
    one.add_argument("--since", required=True, metavar="DATE", help="first day of the receipts, 2026-11-01")
    one.add_argument("--until", required=True, metavar="DATE", help="their last day")
    _who(one)
    client.where(commands.add_parser("list", help="every lot (daemon or not)"))
    client.where(_numbered(commands.add_parser("show", help="a lot and its sample (daemon or not)")))
    one = _numbered(commands.add_parser("check", help="say what was found of a document of the sample"))
    one.add_argument("place", type=int, help="its number in the sample")
    found = one.add_mutually_exclusive_group(required=True)
    found.add_argument("--good", action="store_true", help="it is as the paper is")
    found.add_argument("--fault", metavar="TEXT", help="what is wrong with it; no personal data")
    _who(one)
    one = _numbered(commands.add_parser("decide", help="accept a lot whose whole sample was checked, or refuse it"))
    found = one.add_mutually_exclusive_group(required=True)
    found.add_argument("--accept", action="store_true", help="it is accepted")
    found.add_argument("--reject", action="store_true", help="it is refused; its dossiers may be in another lot")
    one.add_argument("--remark", default="", metavar="TEXT", help="stands in the record; no personal data")
    _who(one)
    options = parser.parse_args(argv)
    work: dict[str, Callable[[argparse.Namespace], int]] = {
        "make": _make, "list": _list, "show": _show, "check": _check, "decide": _decide}
    return work[options.command](options)


def _numbered(one: argparse.ArgumentParser) -> argparse.ArgumentParser:
    one.add_argument("number", type=int, help="number of the lot")
    return one


def _who(one: argparse.ArgumentParser) -> None:
    one.add_argument("--by", default="", metavar="CODE", help="staff code of who says so")
    client.where(one)


def _said(options: argparse.Namespace) -> dict[str, str]:
    return {"by": options.by, "who": os.environ.get("SUDO_USER") or getpass.getuser()}


def _make(options: argparse.Namespace) -> int:
    asking = Asking(options)
    number = asking.post("/lot", {"since": options.since, "until": options.until, **_said(options)})["lot"]
    return _told(asking, number)


def _list(options: argparse.Namespace) -> int:
    for one in Asking(options).lots():
        sys.stdout.write(f"{one['id']}: {one['dossiers']} hồ sơ / dossiers, {one['good']} + {one['faulty']} / "
                         f"{one['drawn']} mẫu / sample, {STATES[one['state']]}\n")
    return Exit.DONE


def _show(options: argparse.Namespace) -> int:
    return _told(Asking(options), options.number)


def _check(options: argparse.Namespace) -> int:
    asking = Asking(options)
    asking.post(f"/lot/{options.number}/check",
                {"place": options.place, "good": options.good, "fault": options.fault or "", **_said(options)})
    return Exit.DONE


def _decide(options: argparse.Namespace) -> int:
    asking = Asking(options)
    asking.post(f"/lot/{options.number}/decide",
                {"good": options.accept, "remark": options.remark, **_said(options)})
    return Exit.DONE


def _told(asking: Asking, number: int) -> int:
    found = asking.lot(number)
    sys.stdout.write(
        f"lô / lot {found['id']}: {found['dossiers']} hồ sơ / dossiers, {found['documents']} tài liệu / documents, "
        f"{found['pages']} trang / pages; {STATES[found['state']]}\n")
    rows = [HEADS]
    rows += [(str(one["place"]), one["file_code"], str(one["ordinal"]), str(one["pages"]), RESULTS[one["result"]],
              one["fault"]) for one in found["sample"]]
    sys.stdout.writelines(f"{line}\n" for line in columns.aligned(rows))
    return Exit.DONE
