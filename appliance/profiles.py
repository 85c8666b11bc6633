"""``appliance profiles``: look at the firmware profiles of this host, and check them."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from appliance.core import config, errors
from appliance.core.errors import ApplianceError, Exit
from appliance.device import catalogue, profile, udev_rules
from appliance.device.catalogue import Catalogue
from appliance.device.profile import FirmwareProfile

DEFAULT = Path("/etc/appliance/appliance.toml")


def main(argv: list[str]) -> int:
    """Run one of list, show, check, match and rules."""
    options = _parser().parse_args(argv)
    verb = {"list": listed, "show": show, "check": check, "match": match, "rules": rules}[options.verb]
    return verb(options)


def listed(options: argparse.Namespace) -> int:
    """Print every profile: name, driver, support, whether it was tested, model."""
    found = _read(options)
    for name, one in found.profiles.items():
        driver = f"{one.driver.backend} {one.driver.sane_backend}".strip()
        tested = "tested" if one.evidence.tested_on != "none" else "-"
        whose = "own" if name in found.own else "shipped"
        sys.stdout.write(f"{name:26} {driver:18} {tested:7} {whose:8} {one.model}\n")
    _complain(found.refused)
    return Exit.DONE


def show(options: argparse.Namespace) -> int:
    """Print every fact of a profile with what it rests on."""
    found = _read(options)
    one = found.get(options.name)
    if one is None:
        raise errors.PROFILE_UNKNOWN.error(name=options.name, reason="no such file",
                                           known=", ".join(found.profiles))
    sys.stdout.write(f"{one.model}  ({options.name}, {'own' if options.name in found.own else 'shipped'})\n")
    for key, value in facts(one):
        text = "yes" if value is True else "no" if value is False else value
        sys.stdout.write(f"  {catalogue.certainty(one, key):10} {key} = {text}   # {purpose(key)}\n")
    for note in one.notes:
        sys.stdout.write(f"  - {note}\n")
    sys.stdout.write(f"source: {one.evidence.source}; tested on: {one.evidence.tested_on} ({one.evidence.date})\n")
    return Exit.DONE


def check(options: argparse.Namespace) -> int:
    """Refuse what is wrong in the files named, or in all profiles of this host; exit 2 when something is."""
    if options.file:
        refused = [problem for path in options.file if (problem := _wrong(path)) is not None]
        good = len(options.file) - len(refused)
    else:
        found = _read(options)
        refused, good = list(found.refused), len(found.profiles)
    _complain(refused)
    sys.stdout.write(f"{good} hợp lệ / valid, {len(refused)} bị từ chối / refused\n")
    return Exit.USAGE if refused else Exit.DONE


def match(options: argparse.Namespace) -> int:
    """Print the profile for a USB id, or for a model's name."""
    found, what = _read(options), options.what
    if re.fullmatch(r"[0-9a-fA-F]{4}:[0-9a-fA-F]{4}", what):
        name = found.by_usb(what.lower(), options.product)
    else:
        name = found.by_model(what)
    if not name:
        sys.stdout.write(f"{what}: không có hồ sơ nào hợp / no profile fits\n")
        return Exit.FAILED
    sys.stdout.write(f"{name}  {found.profiles[name].model}\n")
    return Exit.DONE


def rules(_options: argparse.Namespace) -> int:
    """Print the udev rules for scanners that Debian does not know; from the shipped profiles."""
    sys.stdout.write(udev_rules.rules(catalogue.read().profiles.values()))
    return Exit.DONE


def facts(one: FirmwareProfile) -> Iterator[tuple[str, Any]]:
    """Yield key and value of all that a profile says; what it leaves out is not a fact."""
    named = {*one.evidence.measured, *one.evidence.unconfirmed}
    for key, value, default in _values(one, ""):
        if key.split(".")[0] not in ("name", "model", "notes", "evidence") and (value != default or key in named):
            yield key, ", ".join(map(str, value)) if isinstance(value, tuple) else value


def purpose(key: str) -> str:
    """Return what a key says, from its place in the schema (``consumable[0].reset`` too)."""
    kind: Any = FirmwareProfile
    doc = ""
    for name in re.sub(r"\[\d+\]", "", key).split("."):
        spec = next(spec for spec in fields(kind) if spec.name == name)
        doc, hint = str(spec.metadata.get("doc", "")), get_type_hints(kind)[name]
        kind = next((inner for inner in (*get_args(hint), hint) if is_dataclass(inner)), hint)
    return doc


def _values(table: Any, before: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield key, value and default of everything below a table."""
    for spec in fields(table):
        value, key = getattr(table, spec.name), f"{before}{spec.name}"
        if is_dataclass(value):
            yield from _values(value, f"{key}.")
        elif isinstance(value, tuple) and value and is_dataclass(value[0]):
            for at, item in enumerate(value):
                yield from _values(item, f"{key}[{at}].")
        else:
            yield key, value, spec.default


def _wrong(path: Path) -> ApplianceError | None:
    try:
        profile.checked(path)
    except ApplianceError as problem:
        return problem
    return None


def _read(options: argparse.Namespace) -> Catalogue:
    """Read the profiles of this host: the office's folder is in its settings, where there are any."""
    if options.folder is not None:
        return catalogue.read(options.folder)
    if options.config.is_file():
        return catalogue.read(config.load(options.config).storage.profiles)
    return catalogue.read(config.Storage().profiles)


def _complain(refused: list[ApplianceError] | tuple[ApplianceError, ...]) -> None:
    for problem in refused:
        sys.stderr.write(f"{problem.code}: {problem.vi}\n      {problem.en}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("appliance profiles", description="Look at firmware profiles.")
    parser.add_argument("--config", type=Path, default=DEFAULT, help="settings file, which names the folder")
    parser.add_argument("--folder", type=Path, help="folder of the office's profiles, instead of --config")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("list", help="all profiles of this host")
    verbs.add_parser("show", help="every fact of a profile with its evidence").add_argument("name")
    verbs.add_parser("check", help="refuse what is wrong").add_argument("file", nargs="*", type=Path)
    which = verbs.add_parser("match", help="which profile fits")
    which.add_argument("what", help="USB id (vvvv:pppp) or model")
    which.add_argument("--product", default="", help="product text of the USB device")
    verbs.add_parser("rules", help="print the udev rules for scanners that Debian does not know")
    return parser


