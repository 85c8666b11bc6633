"""``appliance inventory``: the inventory of Ansible and the archive's list of offices, from the lists."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

from appliance.core import clock, errors, files
from appliance.core.errors import Exit
from appliance.inventory import archive_list, groups, hosts, rings, strays
from appliance.inventory.fleet import Fleet, Lists, faults, fleet
from appliance.inventory.sheet import Fault
from appliance.monitoring import offices
from appliance.receiver.offices import checked

RINGS = "rings.csv"


def main(argv: list[str]) -> int:
    """Run the command; every mistake is told with its file and row, and then nothing is written."""
    options = _options(argv)
    settings = options.settings or options.offices.parent
    lists, wrong = _lists(options, settings)
    found = fleet(lists, options.day or date.fromisoformat(clock.today()))
    if not wrong:
        wrong = [*faults(lists, found), *groups.clashes(lists), *strays.strays(
            options.out, {row.host for row in lists.hosts.rows}, _group_names(lists, found))]
    if wrong:
        _told(wrong)
    made = {options.out / groups.FILE: groups.text(found)}
    if options.archive:
        made[options.archive] = archive_list.text(found, settings)
    changed = [path for path, content in made.items() if _text(path) != content]
    _refuse_foreign(changed)
    if options.archive:
        _refuse_unreadable(made[options.archive])
    if options.check and changed:
        raise errors.INVENTORY_DIFFERS.error(reason=", ".join(map(str, changed)))
    for path in changed:
        files.make_folder(path.parent)
        files.write_durably(path, made[path].encode(), 0o644)
    _tell(options, found, changed)
    return Exit.DONE


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("appliance inventory", description="The inventory of Ansible, from the lists.")
    parser.add_argument("offices", type=Path, metavar="OFFICES.csv", help="the list of offices (docs/topology.md)")
    parser.add_argument("--hosts", type=Path, metavar="HOSTS.csv", required=True, help="the list of hosts")
    parser.add_argument("--settings", type=Path, metavar="FOLDER",
                        help=f"where {RINGS} and {archive_list.SEATS} lie; else beside the list of offices")
    parser.add_argument("--out", type=Path, metavar="DIR", required=True, help="the inventory directory")
    parser.add_argument("--archive", type=Path, metavar="OFFICES.toml",
                        help="write the archive's list of offices too")
    parser.add_argument("--day", type=date.fromisoformat, metavar="DATE", help="the day it is for (today)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when anything would change")
    parser.add_argument("--json", action="store_true", help="say what was done as one JSON object")
    return parser.parse_args(argv)


def _lists(options: argparse.Namespace, settings: Path) -> tuple[Lists, list[Fault]]:
    listed = offices.look(options.offices)
    of_hosts = hosts.look(options.hosts)
    of_rings, wrong = rings.look(settings / RINGS)
    mistakes = [Fault(options.offices, one.row, one.vi, one.en) for one in listed.mistakes]
    return Lists(listed, of_hosts, of_rings, settings / RINGS), [*mistakes, *of_hosts.faults, *wrong]


def _group_names(lists: Lists, found: Fleet) -> frozenset[str]:
    """Return every group of this day, and those of offices that come or that were: their files may lie ready."""
    kinds = ((kind, getattr(one, kind)) for one in lists.offices.rows for kind in groups.OF_OFFICES)
    scanners = (("scanner", row.profile) for row in lists.hosts.rows if row.profile)
    rolled = (("ring", one) for one in lists.rings)
    return groups.names(found) | {groups.group(*one) for one in (*kinds, *scanners, *rolled)}


def _told(wrong: list[Fault]) -> NoReturn:
    for one in wrong:
        sys.stderr.write(f"{one}\n")
    first = wrong[0]
    raise errors.INVENTORY_WRONG.error(count=len(wrong), path=first.path, row=first.row or "-",
                                       reason=errors.both(first.vi, first.en))


def _refuse_foreign(changed: list[Path]) -> None:
    for path in changed:
        known = _text(path)
        if known and not known.startswith((groups.MADE, archive_list.MADE)):
            raise errors.INVENTORY_FOREIGN.error(path=path)


def _refuse_unreadable(content: str) -> None:
    """Have the archive's own reader look at its list before it lies where the archive reads it."""
    with TemporaryDirectory() as folder:
        place = Path(folder, "offices.toml")
        place.write_text(content, encoding="utf-8")
        checked(place)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _tell(options: argparse.Namespace, found: Fleet, changed: list[Path]) -> None:
    by_ring = Counter(one.office.ring for one in found.members)
    if options.json:
        told = {"changed": bool(changed), "files": [str(path) for path in changed], "day": str(found.day),
                "offices": len(found.offices), "hosts": len(found.members),
                "rings": {ring: by_ring[ring] for ring in found.rings}}
        sys.stdout.write(f"{json.dumps(told, ensure_ascii=False)}\n")
        return
    rolled = ", ".join(f"{ring} {by_ring[ring]}" for ring in found.rings)
    sys.stdout.write(f"đơn vị / offices: {len(found.offices)}, máy / hosts: {len(found.members)} ({rolled})\n")
    sys.stdout.write("".join(f"đã ghi / written: {path}\n" for path in changed) or "không đổi / unchanged\n")
