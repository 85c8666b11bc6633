"""Firmware profiles: what a scanner model can do and how it errs, as data (firmware_profiles/*.toml).

No ``if model ==`` stands in code. firmware_profiles/README.md explains every key and is tested
against profile_tables.py. Every fact has its evidence: measured on a device, from a source, or unverified.

An office may put profiles of its own beside the settings: each replaces the shipped one of its name. One
that is wrong is refused with file and line, and the shipped one stays.
"""

from __future__ import annotations

import logging
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.tables import build, setting
from appliance.device.profile_tables import (
    Consumable,
    Counters,
    Driver,
    Evidence,
    Firmware,
    Identity,
    Imprint,
    Match,
    Options,
    PaperArea,
    Push,
    Start,
    StatusSplit,
    Throughput,
    Transport,
)

log = logging.getLogger(__name__)

MOST_BYTES = 1 << 18
"""A profile file larger than this is refused."""


@dataclass(frozen=True, slots=True)
class FirmwareProfile:
    """One scanner model, or a family of models that differ in nothing that matters here."""

    match: Match
    name: str = setting(doc="Name of the profile; equals the file name.", pattern=r"[a-z0-9][a-z0-9_\-]{0,63}")
    model: str = setting(doc="The model as people call it.")
    driver: Driver = field(default_factory=Driver)
    identity: Identity = field(default_factory=Identity)
    firmware: Firmware = field(default_factory=Firmware)
    options: Options = field(default_factory=Options)
    start: Start = field(default_factory=Start)
    status_split: tuple[StatusSplit, ...] = setting((), doc="Words of the driver with several causes.")
    geometry: PaperArea = field(default_factory=PaperArea)
    throughput: Throughput = field(default_factory=Throughput)
    transport: Transport = field(default_factory=Transport)
    imprint: Imprint = field(default_factory=Imprint)
    push: Push = field(default_factory=Push)
    counters: Counters = field(default_factory=Counters)
    consumable: tuple[Consumable, ...] = setting((), doc="Parts that wear out.")
    never_set: tuple[str, ...] = setting((), doc="Options that must stay untouched.")
    notes: tuple[str, ...] = setting((), doc="Quirks that no key can hold, in words.")
    evidence: Evidence = field(default_factory=Evidence)


def folder() -> Path:
    """Return where the profiles lie: inside an installed package, else beside it in a source tree."""
    package = Path(__file__).parents[1]
    inside = package / "firmware_profiles"
    return inside if inside.is_dir() else package.parent / "firmware_profiles"


def known(place: Path | None = None) -> list[str]:
    """Return the names of the profiles in ``place`` (default: ``folder()``), sorted."""
    return sorted(path.stem for path in (place or folder()).glob("*.toml"))


def load(name: str, place: Path | None = None, overrides: Path | None = None) -> FirmwareProfile:
    """Read a firmware profile from ``overrides``, else from ``place`` (default: ``folder()``).

    Raises:
        ApplianceError: PROFILE_UNKNOWN, CONFIG_UNREADABLE, a settings error that names the key, or
            PROFILE_REFUSED for a wrong override that no shipped profile can stand in for.
    """
    place = place or folder()
    names = known(place)
    if overrides is not None and name in known(overrides):
        try:
            return checked(overrides / f"{name}.toml")
        except ApplianceError as problem:
            if name not in names:
                raise
            log.warning("%s: %s", problem.code, problem.en)
    if name not in names:
        raise errors.PROFILE_UNKNOWN.error(name=name, reason="no such file", known=", ".join(names))
    path = place / f"{name}.toml"
    return parse(name, _text(path))


def checked(path: Path) -> FirmwareProfile:
    """Read one file.

    Raises:
        ApplianceError: PROFILE_REFUSED with path, line (0: the whole file) and reason.
    """
    text = ""
    try:
        text = _text(path)
        return parse(path.stem, text)
    except ApplianceError as problem:
        line = line_of(text, problem)
        raise errors.PROFILE_REFUSED.error(path=path, line=line, reason=_short(problem)) from None


def parse(name: str, text: str) -> FirmwareProfile:
    """Build a profile from the text of its file; errors as ``load``."""
    try:
        profile = build(FirmwareProfile, tomllib.loads(text), name)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise errors.CONFIG_UNREADABLE.error(path=f"{name}.toml", reason=problem) from None
    if profile.name != name:
        raise errors.CONFIG_BAD_VALUE.error(key=f"{name}.name", value=profile.name, allowed=name)
    for key in ("model", "escl"):
        _check_pattern(f"{name}.match.{key}", getattr(profile.match, key))
    if bool(profile.match.usb_vendor) != bool(profile.match.usb_product):
        raise errors.CONFIG_BAD_VALUE.error(key=f"{name}.match.usb_vendor", value=profile.match.usb_vendor,
                                            allowed="usb_vendor and usb_product together, or neither")
    return profile


def line_of(text: str, problem: ApplianceError) -> int:
    """Return the line (1 is the first) where ``problem`` stands in a TOML text; 0 when that cannot be said.

    A key that is missing is said to stand where its table begins.
    """
    if found := re.search(r"at line (\d+)", str(problem.details.get("reason", ""))):
        return int(found[1])
    wanted = str(problem.details.get("key", "")).partition(".")[2]
    table, best, counts = "", 0, dict[str, int]()
    for number, line in enumerate(text.splitlines(), 1):
        if head := re.match(r"\s*(\[\[?)\s*([\w.\-]+)\s*\]", line):
            table = head[2]
            if head[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = f"{table}[{counts[table]}]"
            if wanted.startswith(f"{table}."):
                best = number
        elif key := re.match(r"\s*([\w\-]+)\s*=", line):
            whole = f"{table}.{key[1]}" if table else key[1]
            if wanted == whole or re.fullmatch(re.escape(whole) + r"\[\d+\]", wanted):
                return number
    return best


def _short(problem: ApplianceError) -> str:
    """Return an error as a part of another's sentence."""
    return f"{problem.code}: {problem.en}".rstrip(".")


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise errors.CONFIG_UNREADABLE.error(path=path, reason=f"larger than {MOST_BYTES} bytes")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise errors.CONFIG_UNREADABLE.error(path=path, reason=problem) from None


def _check_pattern(key: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as problem:
        raise errors.CONFIG_BAD_VALUE.error(key=key, value=pattern,
                                            allowed=f"a regular expression ({problem})") from None
