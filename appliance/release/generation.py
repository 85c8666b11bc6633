"""Generations: a release and its settings together, so that one link decides what a host is."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.core import errors
from appliance.release.host import SHOWN, USER, Host, settle, switch
from appliance.release.manifest import lies

SETTINGS, FACTS, RAN, LEFT = "appliance.toml", "GENERATION.json", "RAN", "LEFT"
FILE, FOLDER = 0o640, 0o751
"""Settings are for the product's group alone; others pass through to programs, units and rules of alarms."""


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
    def workers(self) -> int:
        """How many worker units."""
        return sum(unit.startswith("appliance-worker@") for unit in self.units)

    @property
    def settings(self) -> Path:
        """Its settings."""
        return self.folder / SETTINGS


def all_of(host: Host) -> tuple[Generation, ...]:
    """Return the generations of a host, oldest first; what an interrupted command left is none."""
    found = [one for path in host.generations.glob("*") if (one := read(path))]
    return tuple(sorted(found, key=lambda one: one.number))


def read(folder: Path) -> Generation | None:
    """Return the generation in a folder; None where it is not whole, or is the copy of another."""
    try:
        told: dict[str, Any] = json.loads((folder / FACTS).read_text("utf-8"))
        made = Generation(int(told["number"]), str(told["version"]), tuple(told["units"]), folder)
    except (OSError, ValueError, KeyError, TypeError):  # half removed, spoilt by a disk, made by hand
        return None
    return made if str(made.number) == folder.name and made.settings.is_file() else None


def current(host: Host) -> Generation | None:
    """Return what the host is now; None on one that never ran a release, or whose generation somebody removed."""
    return _led(host, host.current)


def wanted(host: Host) -> Generation | None:
    """Return the generation that was prepared last."""
    return _led(host, host.wanted)


def _led(host: Host, link: Path) -> Generation | None:
    """Return where a link leads; None where it leads to nothing whole, so that a new generation can be made."""
    if not link.is_symlink():
        return None
    return read(host.generations / link.readlink().name)


def underway(host: Host) -> dict[str, int]:
    """Return ``to`` and ``back`` of an activation that has not ended; empty where none can be read."""
    try:
        told = json.loads(host.underway.read_text("ascii"))
        return {name: int(told[name]) for name in ("to", "back") if name in told}
    except (OSError, ValueError, TypeError):
        return {}


def numbered(host: Host, number: int | None) -> Generation:
    """Return a generation, the one that was prepared last where no number is given.

    Raises:
        ApplianceError: NO_GENERATION.
    """
    last = wanted(host) if number is None else None
    found = [last] if last else [one for one in all_of(host) if one.number == number]
    if not found:
        asked = errors.both("nào được chuẩn bị", "that was prepared") if number is None else number
        raise errors.NO_GENERATION.error(number=asked)
    return found[0]


def before(host: Host) -> Generation:
    """Return where a way back leads.

    That is where the activation that did not end came from, else the newest that is older, was proved, was not left
    since, and has its release.

    Raises:
        ApplianceError: NO_GENERATION.
    """
    if from_there := came_from(host):
        return from_there
    now = current(host)
    earlier = [one for one in all_of(host) if now and one.number < now.number and proved(one) and has(host, one)]
    if not earlier:
        raise errors.NO_GENERATION.error(number=errors.both("trước", "before this one"))
    return earlier[-1]


def came_from(host: Host) -> Generation | None:
    """Return where an activation that has not ended came from; None where there is none, or it is gone."""
    number = underway(host).get("back")
    return next((one for one in all_of(host) if one.number == number), None)


def has(host: Host, one: Generation) -> bool:
    """Say whether the release of a generation lies here."""
    return lies(host.releases / one.version)


def prepare(host: Host, version: str, settings: Path, workers: int) -> tuple[Generation, bool]:
    """Make a generation, unless the current one or the wanted one is the same; return it, and whether it is new.

    Raises:
        ApplianceError: NO_RELEASE; SETTINGS_REFUSED, where the release refuses its settings.
    """
    if not lies(host.releases / version):
        raise errors.NO_RELEASE.error(version=version)
    text = settings.read_bytes()
    for one in (current(host), wanted(host)):
        if one and (one.version, one.workers, one.settings.read_bytes()) == (version, workers, text):
            want(host, one)
            return one, False
    refuse_wrong(host, version, settings)
    number = max((int(path.name) for path in host.generations.glob("*") if path.name.isdigit()), default=0) + 1
    made = Generation(number, version, units_of(text, workers), host.generations / str(number))
    _lay(host, made, text)
    want(host, made)
    return made, True


def want(host: Host, made: Generation) -> None:
    """Let a generation be what the next activation runs."""
    if wanted(host) != made:
        switch(host.wanted, f"generations/{made.number}")


def units_of(text: bytes, workers: int) -> tuple[str, ...]:
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
        raise errors.SETTINGS_REFUSED.error(version=version, reason=(done.stderr or done.stdout).strip()[-SHOWN:])


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


def proved(one: Generation) -> bool:
    """Say whether a way back may lead to a generation: it was found good, and nobody has gone back from it."""
    return ran(one) and not (one.folder / LEFT).exists()


def ran(one: Generation) -> bool:
    """Say whether a generation has run and was found good, whatever came after."""
    return (one.folder / RAN).exists()


def remember(made: Generation) -> None:
    """Note that a generation has run and was found good: a way back leads to such a one."""
    (made.folder / RAN).touch()
    take(made)
    settle(made.folder)


def leave(one: Generation) -> None:
    """Note that a host went back from a generation: no later way back leads to it."""
    with contextlib.suppress(OSError):  # the disk may be full, and going back is what matters
        (one.folder / LEFT).touch()
        settle(one.folder)


def take(one: Generation) -> None:
    """Forget that a host went back from a generation: somebody wants it again."""
    (one.folder / LEFT).unlink(missing_ok=True)
