"""``appliance courier``: prepare a disk that a courier carries to the archive, and see what is on it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from appliance.archive.transports import courier
from appliance.archive.transports.courier import Disk
from appliance.columns import aligned
from appliance.core import files
from appliance.core.errors import Exit


def main(argv: list[str]) -> int:
    """Run one of the commands about courier's disks."""
    parser = argparse.ArgumentParser("appliance courier", description="Disks that a courier carries.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("prepare", help="make a mounted disk a courier's disk; what lies on it stays")
    _folder(one)
    one.set_defaults(act=_prepare)
    one = commands.add_parser("list", help="what is on a disk; exit 3 when a package on it is damaged")
    _folder(one)
    one.add_argument("--verify", action="store_true", help="read every package and compare its SHA-256")
    one.add_argument("--json", action="store_true", help="as one line for programs")
    one.set_defaults(act=_list)
    options = parser.parse_args(argv)
    return int(options.act(options))


def _folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the disk is mounted")
    parser.add_argument("--plain", action="store_true", help="the disk need not be encrypted (for trials)")


def _prepare(options: argparse.Namespace) -> int:
    if not options.plain:
        courier.refuse_plain(options.folder)
    name = courier.prepare(options.folder)
    sys.stdout.write(f"đĩa chuyển phát / courier's disk: {name}\n")
    return Exit.DONE


def _list(options: argparse.Namespace) -> int:
    disk = courier.find(options.folder, encrypted=not options.plain)
    found = [_told(disk, record, verify=options.verify) for record in disk.records()]
    if options.json:
        sys.stdout.write(json.dumps({"disk": disk.name, "packages": found}, ensure_ascii=False) + "\n")
    else:
        rows = [(one["package"], one["office"], str(one["size"]), one["state"]) for one in found]
        lines = [f"đĩa / disk: {disk.name}", *aligned([("gói tin", "đơn vị", "byte", "trạng thái"), *rows])]
        sys.stdout.write("\n".join(lines) + "\n")
    return Exit.HELD if any(one["state"] == "damaged" for one in found) else Exit.DONE


def _told(disk: Disk, record: courier.Record, *, verify: bool) -> dict[str, Any]:
    """Return one package and how it stands: growing, whole, damaged, taken (by the archive) or answered."""
    place = disk.whole(record.sha256)
    if disk.receipt(record.sha256).exists():
        state = "answered"
    elif record.taken:
        state = "taken"
    elif not record.written:
        state = "growing"
    elif not place.is_file() or (verify and files.sha256_of(place) != record.sha256):
        state = "damaged"
    else:
        state = "whole"
    return {"package": record.package, "sha256": record.sha256, "office": record.office, "size": record.size,
            "state": state}
