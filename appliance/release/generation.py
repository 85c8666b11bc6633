"""Generations: a release and its settings together, so that one link decides what a host is."""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.core import errors
from appliance.release.host import USER, Host, settle

SETTINGS, FACTS = "appliance.toml", "GENERATION.json"
FILE, FOLDER = 0o640, 0o750


@dataclass(frozen=True, slots=True)
class Generation:
    """One state of a host.

    Attributes:
        number: later ones have higher numbers.
        version: of its release.
        units: what is started with the daemon.
    """

    number: int
    version: str
    units: tuple[str, ...]
    folder: Path

    @property
    def settings(self) -> Path:
        """Its settings."""
        return self.folder / SETTINGS


def all_of(host: Host) -> tuple[Generation, ...]:
    """Return the generations of a host, oldest first; what an interrupted command left is none."""
    found = [read(path) for path in host.generations.glob("*") if path.name.isdigit() and (path / FACTS).exists()]
    return tuple(sorted(found, key=lambda one: one.number))


def read(folder: Path) -> Generation:
    """Return the generation in a folder."""
    told: dict[str, Any] = json.loads((folder / FACTS).read_text("utf-8"))
    return Generation(told["number"], told["version"], tuple(told["units"]), folder)


def current(host: Host) -> Generation | None:
    """Return what the host is now; None on one that never ran a release."""
    return read(host.generations / host.current.readlink().name) if host.current.is_symlink() else None


def numbered(host: Host, number: int | None) -> Generation:
    """Return a generation, the newest where no number is given.

    Raises:
        ApplianceError: NO_GENERATION.
    """
    found = [one for one in all_of(host) if number in (None, one.number)]
    if not found:
        raise errors.NO_GENERATION.error(number=number or "")
    return found[-1]


def before(host: Host) -> Generation:
    """Return the generation that ran before the current one, as the newest that is older and was proved.

    Raises:
        ApplianceError: NO_GENERATION.
    """
    now = current(host)
    earlier = [one for one in all_of(host) if now and one.number < now.number and (one.folder / "RAN").exists()]
    if not earlier:
        raise errors.NO_GENERATION.error(number="trước/before")
    return earlier[-1]


def prepare(host: Host, version: str, settings: Path, workers: int) -> tuple[Generation, bool]:
    """Make a generation, unless the newest one or the current one is the same; return it, and whether it is new.

    Raises:
        ApplianceError: SETTINGS_REFUSED, where the release refuses its settings.
    """
    text = settings.read_bytes()
    units = wanted(text, workers)
    known = [one for one in (current(host), *reversed(all_of(host)[-1:])) if one]
    for one in known:
        if (one.version, one.units, one.settings.read_bytes()) == (version, units, text):
            return one, False
    refuse_wrong(host, version, settings)
    number = max((one.number for one in all_of(host)), default=0) + 1
    made = Generation(number, version, units, host.generations / str(number))
    _lay(host, made, text)
    return made, True


def wanted(text: bytes, workers: int) -> tuple[str, ...]:
    """Return the units that settings ask for beside the daemon."""
    devices = tomllib.loads(text.decode()).get("device", [])
    return ("appliance-signer.service", *(f"appliance-worker@{number}.service" for number in range(1, workers + 1)),
            *(f"appliance-scanner@{device['name']}.service" for device in devices))


def refuse_wrong(host: Host, version: str, settings: Path) -> None:
    """Have a release look at its settings before anything is changed.

    Raises:
        ApplianceError: SETTINGS_REFUSED.
    """
    program = host.releases / version / "venv/bin/appliance"
    done = host.run([program, "check", settings], step="appliance check", fine=range(256))
    if done.returncode:
        raise errors.SETTINGS_REFUSED.error(version=version, reason=(done.stderr or done.stdout).strip())


def _lay(host: Host, made: Generation, text: bytes) -> None:
    """Write a generation beside, and give it its name when it is whole."""
    beside = made.folder.with_name(f"{made.number}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    release = Path("../../releases") / made.version
    for name, target in (("release", release), ("bin", release / "venv/bin"), ("systemd", release / "systemd")):
        (beside / name).symlink_to(target)
    facts = {"number": made.number, "version": made.version, "units": made.units}
    for name, data in ((SETTINGS, text), (FACTS, json.dumps(facts).encode())):
        _write(beside / name, data)
    host.run(["chgrp", "-R", "--no-dereference", USER, beside], step="chgrp")
    beside.chmod(FOLDER)
    settle(beside)
    beside.rename(made.folder)
    settle(host.generations)


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        os.fchmod(file.fileno(), FILE)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def remember(made: Generation) -> None:
    """Note that a generation has run and was found good: a way back leads to such a one."""
    (made.folder / "RAN").touch()
    settle(made.folder)
