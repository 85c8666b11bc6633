"""``appliance backup``: make one, list and verify what there is, bring one back, settle what that left open."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from appliance.backup import bringing, making, unsure
from appliance.backup.shelf import Manifest, Shelf
from appliance.client import SETTINGS
from appliance.core import clock, config, errors
from appliance.core.errors import ApplianceError, Exit
from appliance.monitoring import notes
from appliance.spool.ledger import Ledger
from appliance.spool.store import Store

NAMED = 20
"""So many names of files are told; how many there are is always said."""


def main(argv: list[str]) -> int:
    """Run one of the commands."""
    parser = argparse.ArgumentParser("appliance backup", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    _make_options(commands.add_parser("make", help="copy the ledger and what the archive does not have yet; the "
                                                   "daemon may run"))
    for name, text in (("list", "what lies in a folder of backups"), ("verify", "read every byte of one again")):
        one = commands.add_parser(name, help=text)
        _common(one)
        if name == "verify":
            one.add_argument("--set", default="", metavar="NAME", help="which one (the newest)")
    _restore_options(commands.add_parser("restore", help="bring one back onto a host that has no ledger"))
    one = commands.add_parser("settle", help="after a restore: let what waited go on, but for what the archive has")
    one.add_argument("list", type=Path, metavar="LIST", help="JSON of 'appliance receive search', or a code a line")
    _settings(one)
    options = parser.parse_args(argv)
    work: dict[str, Callable[[argparse.Namespace], int]] = {
        "make": _make, "list": _list, "verify": _verify, "restore": _restore, "settle": _settle}
    return work[options.command](options)


def _make_options(one: argparse.ArgumentParser) -> None:
    _common(one)
    _settings(one)
    one.add_argument("--keep", type=int, default=14, metavar="N", help="how many backups stay (%(default)s)")
    one.add_argument("--mounted", action="store_true", help="refuse a folder on the disk of the state folder")
    one.add_argument("--with-keys", action="store_true", help="copy state/keys too: a development key. Keys of an "
                                                              "office are in tokens, certificates are made anew")
    one.add_argument("--note", type=Path, metavar="DIR", help="tell node_exporter in this folder that it was made")


def _restore_options(one: argparse.ArgumentParser) -> None:
    _common(one)
    _settings(one)
    one.add_argument("--set", default="", metavar="NAME", help="which one (the newest)")
    one.add_argument("--office", default="", metavar="CODE", help="whose backup it is, where that office "
                                                                  "has another code by now (that of the settings)")
    one.add_argument("--delivered", type=Path, metavar="LIST", help="what the archive has: see settle")


def _common(one: argparse.ArgumentParser) -> None:
    one.add_argument("folder", type=Path, metavar="FOLDER")
    one.add_argument("--json", action="store_true", help="for programs")


def _settings(one: argparse.ArgumentParser) -> None:
    one.add_argument("--config", type=Path, default=SETTINGS, help="settings file")
    if "--json" not in one.format_usage():
        one.add_argument("--json", action="store_true", help="for programs")


def _refuse_root(state: Path) -> None:
    """Refuse root where the ledger is another's: its log would be root's, and the daemon could not open it.

    Raises:
        ApplianceError: REQUEST_REFUSED.
    """
    there = state if state.is_dir() else state.parent
    if os.geteuid() == 0 and there.is_dir() and there.stat().st_uid != 0:
        whose = there.owner()
        raise errors.REQUEST_REFUSED.error(reason=errors.both(
            f"hãy chạy bằng: sudo -u {whose}", f"run it by: sudo -u {whose}"))


def _make(options: argparse.Namespace) -> int:
    settings = config.load(options.config)
    _refuse_root(settings.storage.state)
    wish = making.Wish(max(1, options.keep), options.with_keys, options.mounted)
    made = making.make(settings, Shelf(options.folder), wish)
    one = made.manifest
    _tell(options, {**_summary(one), "changed": True, "added": made.added, "pruned": made.pruned,
                    "withdrawn": made.withdrawn, "same_disk": made.same_disk, "missing": list(one.missing),
                    "not_here": list(one.not_here), "damaged": list(made.damaged)},
          f"đã sao lưu / backed up: {one.set}, {len(one.files)} tệp/files, {_mb(one.bytes)} MB "
          f"(mới/new {_mb(made.added)} MB)")
    if made.same_disk:
        _complain(errors.BACKUP_SAME_DISK.error(path=options.folder))
    for name in made.damaged:
        _complain(errors.BACKUP_DAMAGED.error(name=name, reason=errors.both("không đọc được", "it cannot be read")))
    if one.missing:
        _complain(_lacking(one))
    if one.missing or made.damaged:
        return Exit.FAILED
    if options.note and options.note.is_dir():  # a host that nobody watches has no such folder
        notes.write(options.note, "backup", notes.backup(clock.now()))
    return Exit.DONE


def _list(options: argparse.Namespace) -> int:
    shelf = Shelf(options.folder)
    shelf.said()
    found = [_summary(shelf.manifest(name)) for name in shelf.names()]
    _tell(options, {"sets": found, "changed": False},
          "\n".join(f"{one['set']} {one['made']} {one['files']} tệp/files {one['mb']} MB" for one in found) or "-")
    return Exit.DONE


def _verify(options: argparse.Namespace) -> int:
    shelf = Shelf(options.folder)
    shelf.said()
    one = shelf.newest(options.set)
    read = bringing.verify(shelf, one)
    _tell(options, {**_summary(one), "changed": False, "missing": list(one.missing)},
          f"nguyên vẹn / whole: {one.set}, {read} tệp/files")
    if one.missing:
        _complain(_lacking(one))
    return Exit.FAILED if one.missing else Exit.DONE


def _restore(options: argparse.Namespace) -> int:
    settings, shelf = config.load(options.config), Shelf(options.folder)
    _refuse_root(settings.storage.state)
    shelf.said()
    there = None if options.delivered is None else unsure.read(options.delivered)
    done = bringing.restore(settings, shelf, shelf.newest(options.set), options.office)
    one = done.manifest
    told = {**_summary(one), "changed": True, "unsure": done.unsure, "missing": list(one.missing),
            "last": one.last, "not_here": list(one.not_here)}
    if there is not None:
        told |= _settled(settings, there)
    _tell(options, told, _restored(one, told))
    return Exit.HELD if told["unsure"] or one.missing else Exit.DONE


def _restored(one: Manifest, told: Mapping[str, Any]) -> str:
    last = "-" if not one.last else (
        f"{one.last['device']}, {one.last['captured']}: {one.last['batch']}/{one.last['sheet']}{one.last['side']}")
    lines = [f"đã khôi phục / restored: {one.set}, {len(one.files)} tệp/files; audit {one.audit[0]}",
             f"mặt giấy cuối cùng trong bản sao / last side in the backup: {last}",
             "giấy quét sau đó: hãy quét lại / paper scanned after that: scan it again"]
    lines += [f"thiếu / missing: {name}" for name in one.missing[:NAMED]]
    if told["unsure"]:
        kind = errors.RESTORED_UNSURE.error()
        lines.append(f"{told['unsure']} × {kind.code}: {kind.vi}\n      {kind.en}")
    return "\n".join(lines)


def _settle(options: argparse.Namespace) -> int:
    there = unsure.read(options.list)
    told = _settled(config.load(options.config), there)
    _tell(options, {**told, "changed": True}, (
        f"đi tiếp / gone on with: {told['went_on']}; kho đã có / the archive has: {len(told['had'])}; "
        f"ghi nhận / written down: {len(told['known'])}; còn chờ / still waits: {', '.join(told['waits']) or '-'}"))
    return Exit.HELD if told["unsure"] else Exit.DONE


def _settled(settings: config.Config, there: list[unsure.AtArchive]) -> dict[str, Any]:
    store = Store(settings.storage.state)
    _refuse_root(store.root)
    with bringing.alone(store):
        ledger = Ledger(store.ledger, who="restore")
        try:
            done = unsure.settle(ledger, there)
        finally:
            ledger.close()
    return {"unsure": len(done.unsure), "waits": list(done.unsure), "had": list(done.had), "went_on": done.went_on,
            "known": list(done.known)}


def _summary(one: Manifest) -> dict[str, Any]:
    return {"set": one.set, "made": one.made, "office": one.office, "version": one.version, "files": len(one.files),
            "mb": _mb(one.bytes), "still": one.still, "sides": one.sides, "audit": one.audit[0],
            "locked": one.locked, "keys": one.keys}


def _lacking(one: Manifest) -> ApplianceError:
    names = ", ".join(one.missing[:NAMED])
    return errors.BACKUP_INCOMPLETE.error(name=one.set, n=len(one.missing), names=names)


def _mb(size: int) -> float:
    return round(size / 1e6, 1)


def _tell(options: argparse.Namespace, said: Mapping[str, Any], text: str) -> None:
    sys.stdout.write(f"{json.dumps(said, ensure_ascii=False) if options.json else text}\n")


def _complain(problem: ApplianceError) -> None:
    sys.stderr.write(f"{problem.code}: {problem.vi}\n      {problem.en}\n")
