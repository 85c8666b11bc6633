"""``appliance monitoring``: files for Prometheus and Alertmanager, the list of offices, notes for node_exporter."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

from appliance.core import clock, errors
from appliance.core.errors import Exit
from appliance.monitoring import collectors, notes, offices, place, tree
from appliance.monitoring.tree import Tree, Wanted

VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+\-]{0,60}")
RING = re.compile(r"[a-z0-9][a-z0-9_\-]{0,30}")


def main(argv: list[str]) -> int:
    """Run one of the commands."""
    parser = argparse.ArgumentParser("appliance monitoring", description="What a monitoring team installs.")
    commands = parser.add_subparsers(dest="command", required=True)
    _writing(_where(commands.add_parser("write", help="write everything below a folder")))
    _where(commands.add_parser("check", help="say what differs in a folder; promtool and amtool look at it too"))
    _writing(_where(commands.add_parser("targets", help="write only what follows from the list of offices"),
                    needed=True))
    one = commands.add_parser("offices", help="look at a list of offices: every mistake, and what it holds")
    one.add_argument("list", type=Path, metavar="OFFICES.csv")
    one.add_argument("--day", type=_day, default=None, help="count the offices of this day (today)")
    _note_options(commands.add_parser("note", help="write drift, roll-out or backup for node_exporter"))
    options = parser.parse_args(argv)
    work: dict[str, Callable[[argparse.Namespace], int]] = {
        "write": _write, "targets": _write, "check": _check, "offices": _offices, "note": _note}
    return work[options.command](options)


def _writing(one: argparse.ArgumentParser) -> None:
    one.add_argument("--json", action="store_true", help="say what changed as one JSON object")


def _where(one: argparse.ArgumentParser, *, needed: bool = False) -> argparse.ArgumentParser:
    one.add_argument("folder", type=Path, metavar="DIR", help=f"on hosts: {collectors.CONFIGS}")
    one.add_argument("--offices", type=Path, metavar="OFFICES.csv", required=needed, help="the list of offices; "
                     "without it only what is the same everywhere")
    one.add_argument("--place", type=Path, metavar="PLACE.toml", help="names, addresses, who is told "
                     "(docs/topology.md)")
    one.add_argument("--day", type=_day, default=None, help="targets of this day (today)")
    return one


def _note_options(one: argparse.ArgumentParser) -> None:
    topics = one.add_subparsers(dest="topic", required=True)
    of_drift = topics.add_parser("drift", help="how many tasks of provisioning would change this host")
    of_drift.add_argument("--tasks", type=int, required=True)
    of_rollout = topics.add_parser("rollout", help="how a roll-out to this host ended")
    of_rollout.add_argument("--result", choices=("ok", "failed"), required=True)
    of_rollout.add_argument("--ring", type=_text(RING), required=True)
    of_rollout.add_argument("--version", type=_text(VERSION), required=True)
    of_backup = topics.add_parser("backup", help="a backup of this host was made just now")
    for each in (of_drift, of_rollout, of_backup):
        each.add_argument("--folder", type=Path, default=Path(collectors.TEXTFILES), help="%(default)s")


def _write(options: argparse.Namespace) -> int:
    made, listed = _made(options)
    if options.command == "targets":
        made = {name: content for name, content in made.items() if name.startswith(("lists/", *_OF_LISTS))}
    changed = tree.write(options.folder, made, listed)
    said = f"đã ghi / written: {len(made)} -> {options.folder}"
    sys.stdout.write(f"{json.dumps({'changed': bool(changed), 'files': changed}) if options.json else said}\n")
    return Exit.DONE


def _check(options: argparse.Namespace) -> int:
    made, listed = _made(options)
    wrong = tree.differences(options.folder, made, listed)
    found = [errors.MONITORING_DIFFERS.error(path=options.folder, reason=", ".join(wrong))] if wrong else []
    found += tree.refusals(options.folder)
    for problem in found:
        sys.stderr.write(f"{problem.code}: {problem.vi}\n      {problem.en}\n")
    if not found:
        sys.stdout.write(f"khớp / as it shall be: {len(made)}\n")
    return Exit.FAILED if found else Exit.DONE


def _offices(options: argparse.Namespace) -> int:
    found = offices.look(options.list)
    for one in found.mistakes:
        sys.stderr.write(f"dòng/row {one.row}: {one.vi} / {one.en}\n")
    if found.mistakes:
        return Exit.FAILED
    there = found.on(options.day or _today())
    for name in ("level", "province", "ring"):
        counted = Counter(str(getattr(one, name)) for one in there)
        said = ", ".join(f"{value} {count}" for value, count in sorted(counted.items()))
        sys.stdout.write(f"{name}: {said}\n")
    sys.stdout.write(f"đơn vị / offices: {len(there)}\n")
    return Exit.DONE


def _note(options: argparse.Namespace) -> int:
    now = clock.now()
    figures = {
        "drift": lambda: notes.drift(options.tasks, now),
        "rollout": lambda: notes.rollout(options.result == "ok", options.ring, options.version, now),
        "backup": lambda: notes.backup(now),
    }[options.topic]()
    sys.stdout.write(f"{notes.write(options.folder, options.topic, figures)}\n")
    return Exit.DONE


def _made(options: argparse.Namespace) -> tuple[Tree, bool]:
    listed = offices.read(options.offices) if options.offices else None
    made = tree.tree(Wanted(place.load(options.place), listed, options.day or _today()))
    return made, listed is not None


_OF_LISTS = tuple(f"{name}/" for name in tree.OF_LISTS)


def _today() -> date:
    return date.fromisoformat(clock.today())


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _text(pattern: re.Pattern[str]) -> Callable[[str], str]:
    """Return a reader of an option that must be like a pattern: it becomes the value of a label."""
    def read(text: str) -> str:
        if not pattern.fullmatch(text):
            raise argparse.ArgumentTypeError(f"{text!r}: {pattern.pattern}")
        return text

    return read
