"""``appliance release`` and ``installer.pyz``: install, prepare, activate, go back, look, clean."""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from appliance.core import errors
from appliance.core.errors import ApplianceError, Exit
from appliance.release import activation, gate, generation, laying, manifest, shelf, succession
from appliance.release import packages as debian
from appliance.release.host import Host

Told = dict[str, object]


def main(argv: list[str]) -> int:
    """Run one command on this host; return its exit code."""
    options = parser().parse_args(argv)
    host = Host(options.root)
    mask = os.umask(0o022)  # what releases bring is read by the product's own user
    try:
        with host.alone() if options.command in ALONE else contextlib.nullcontext():
            told = COMMANDS[options.command](host, options)
    except ApplianceError as problem:
        return _refused(problem, options.json)
    except OSError as problem:  # a full disk, a folder of somebody else
        reason = f"{problem.filename or ''}: {problem.strerror or problem}".removeprefix(": ")
        return _refused(errors.HOST_REFUSED.error(step=options.command, reason=reason), options.json)
    finally:
        os.umask(mask)
    _say(sys.stdout, _object(told) if options.json else _words(told))
    return Exit.DONE


def parser() -> argparse.ArgumentParser:
    """Return what the command line may say."""
    made = argparse.ArgumentParser("appliance release", description="Releases on this host (docs/releases.md).")
    made.set_defaults(json=False, root=Path("/"))
    shared = argparse.ArgumentParser(add_help=False)  # said before the command or after it
    for one in (made, shared):
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="one JSON object on stdout")
        one.add_argument("--root", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    commands = made.add_subparsers(dest="command", required=True)
    add = functools.partial(commands.add_parser, parents=[shared])
    for name, text in (("verify", "whether a release may be installed here"), ("install", "lay a release down")):
        one = add(name, help=text)
        one.add_argument("folder", type=Path)
        one.add_argument("--keys", type=Path, help="whose releases are believed")
        one.add_argument("--allow-downgrade", action="store_true", help="also one older than what runs")
        _groups(one)
    one = add("packages", help="install groups of Debian packages that a release carries")
    one.add_argument("version")
    _groups(one)
    one = add("prepare", help="join a release and settings to a generation")
    one.add_argument("version")
    one.add_argument("--settings", type=Path, required=True)
    one.add_argument("--workers", type=int, default=2, help="worker units")
    one.add_argument("--allow-downgrade", action="store_true", help="also one older than what runs")
    one = add("activate", help="run a generation, the one prepared last where none is named")
    one.add_argument("generation", type=int, nargs="?")
    one.add_argument("--gate", choices=gate.GATES, default=gate.LOCAL, help="what it must show before it stays")
    one.add_argument("--minutes", type=int, default=10, help="how long an open batch is waited for; 0: not at all")
    one = add("rollback", help="run the generation before, or another")
    one.add_argument("generation", type=int, nargs="?")
    add("list", help="what lies here")
    one = add("clean", help="remove what no way back leads to")
    one.add_argument("--keep", type=_one_or_more, default=shelf.KEEP, help="generations that stay; 3")
    return made


def _groups(one: argparse.ArgumentParser) -> None:
    one.add_argument("--packages", type=_listed, default=[], metavar="GROUP,...", help="Debian packages for more "
                     "than the least: token, screen, time, network, monitoring, shares")


def _one_or_more(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}: 1, 2, ...")
    return int(text)


def _listed(text: str) -> list[str]:
    return [group for group in text.split(",") if group]


def verify(host: Host, options: argparse.Namespace) -> Told:
    """Say whether a release may be installed here."""
    told = manifest.verified(options.folder, options.keys or host.keys, host.runtimes)
    return {"changed": False, "version": told.version, "runtime": told.runtime, "bytes": told.bytes}


def install(host: Host, options: argparse.Namespace) -> Told:
    """Lay a release down; nothing that runs is touched.

    Raises:
        ApplianceError: of manifest and laying; RELEASE_OLDER, RELEASE_TOO_FAR.
    """
    told = manifest.verified(options.folder, options.keys or host.keys, host.runtimes)
    laying.refuse_other(host, told)
    succession.refuse(host, told, asked=options.allow_downgrade)
    laying.refuse_small_disk(host, told)
    changed = laying.runtime(host, options.folder, told)
    changed |= debian.install(host, host.runtimes / told.runtime / "debian", options.packages)
    changed |= laying.product(host, options.folder, told)
    if options.allow_downgrade:
        succession.remember(host, told)
    return {"changed": changed, "version": told.version, "runtime": told.runtime}


def packages(host: Host, options: argparse.Namespace) -> Told:
    """Install groups of Debian packages from the layer of an installed release."""
    if not manifest.lies(host.releases / options.version):
        raise errors.NO_RELEASE.error(version=options.version)
    runtime = manifest.laid(host.releases / options.version).runtime
    return {"changed": debian.install(host, host.runtimes / runtime / "debian", options.packages)}


def prepare(host: Host, options: argparse.Namespace) -> Told:
    """Join a release and settings to a generation.

    Raises:
        ApplianceError: of generation.prepare; RELEASE_OLDER, RELEASE_TOO_FAR: one that lies here needs no
            installation, so this is where a slip of a version would go back unasked.
    """
    place = host.releases / options.version
    if manifest.lies(place):
        succession.refuse(host, manifest.laid(place), asked=options.allow_downgrade)
    made, new = generation.prepare(host, options.version, options.settings, options.workers)
    now = generation.current(host)
    pending = made != now or host.underway.exists() or not activation.whole(host, made)
    return {"changed": new, "generation": made.number, "version": made.version, "pending": pending}


def activate(host: Host, options: argparse.Namespace) -> Told:
    """Run a generation; once it has held, what no way back leads to any more makes room."""
    chosen = generation.numbered(host, options.generation)
    told = activation.activate(host, chosen, activation.Order(options.gate, options.minutes))
    return {**told, "removed": shelf.tidy(host)} if told["changed"] else told


def rollback(host: Host, options: argparse.Namespace) -> Told:
    """Run an earlier generation."""
    return activation.roll_back(host, options.generation)


def clean(host: Host, options: argparse.Namespace) -> Told:
    """Remove what no way back leads to."""
    gone = shelf.clean(host, options.keep)
    return {"changed": bool(gone), "removed": gone}


COMMANDS: dict[str, Callable[[Host, argparse.Namespace], Told]] = {
    "verify": verify, "install": install, "packages": packages, "prepare": prepare,
    "activate": activate, "rollback": rollback, "list": lambda host, _: shelf.told(host),
    "clean": clean,
}
ALONE = ("install", "packages", "prepare", "activate", "rollback", "clean")


def _refused(problem: ApplianceError, as_json: bool) -> int:
    """Say why not; what was put off is no failure."""
    put_off = problem.kind is errors.RESTART_PUT_OFF
    if as_json:
        back = problem.kind is errors.GATE_FAILED
        told = {"changed": back, "code": problem.code, "vi": problem.vi, "en": problem.en, "deferred": put_off,
                "rolled_back": back}
        _say(sys.stdout, _object(told))
    _say(sys.stderr, f"{problem.code}: {problem.vi}\n      {problem.en}")
    return Exit.HELD if put_off else Exit.FAILED


def _object(told: Told) -> str:
    """Return one JSON object, in letters that stdout has."""
    return json.dumps(told, ensure_ascii=not (sys.stdout.encoding or "").lower().startswith("utf"), sort_keys=True)


def _say(stream: TextIO, text: str) -> None:
    """Write a line, also where the terminal knows no Vietnamese: what was done is done, and is to be told."""
    coding = stream.encoding or "utf-8"
    stream.write(text.encode(coding, "backslashreplace").decode(coding) + "\n")


def _words(told: Told) -> str:
    said = {name: json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
            for name, value in told.items()}
    return "\n".join(f"{name:16} {value}" for name, value in said.items())
