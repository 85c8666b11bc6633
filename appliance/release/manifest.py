"""The manifest of a release: believed by its signature, and every file by the manifest, before one is unpacked."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.core import errors

MANIFEST, SIGNATURE = "MANIFEST.json", "MANIFEST.json.sig"
NAMESPACE, PRINCIPAL = "appliance-release", "release@appliance"
FORMAT = 1
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
HASH = re.compile(r"[0-9a-f]{16}")
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release says of itself (docs/provisioning.md)."""

    version: str
    commit: str
    python: str
    machine: str
    runtime: str
    schema: int
    readable_from: int
    upgrade_from: str
    files: Mapping[str, Mapping[str, Any]]
    digest: str

    @property
    def bytes(self) -> int:
        """Size of all files, bytes."""
        return sum(int(one["bytes"]) for one in self.files.values())


def verified(folder: Path, keys: Path) -> Manifest:
    """Return the manifest of a release that may be installed here.

    Raises:
        ApplianceError: RELEASE_UNSIGNED, RELEASE_UNFIT, RELEASE_DAMAGED.
    """
    told = believed(folder, keys)
    here = (".".join(platform.python_version_tuple()[:2]), platform.machine())
    if here != (told.python, told.machine):
        raise errors.RELEASE_UNFIT.error(version=told.version, reason=f"{told.python} {told.machine}, not "
                                                                      f"{' '.join(here)}")
    for name, one in told.files.items():
        _prove(folder / name, one)
    return told


def believed(folder: Path, keys: Path) -> Manifest:
    """Return a manifest whose signature fits a key of this host.

    Raises:
        ApplianceError: RELEASE_UNSIGNED, RELEASE_UNFIT.
    """
    try:
        text = (folder / MANIFEST).read_bytes()
        done = subprocess.run(["ssh-keygen", "-Y", "verify", "-f", keys, "-I", PRINCIPAL, "-n", NAMESPACE, "-s",
                               folder / SIGNATURE], input=text, check=False, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise errors.RELEASE_UNSIGNED.error(path=folder, reason=problem) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or done.stdout.decode(errors="replace").strip()
        raise errors.RELEASE_UNSIGNED.error(path=folder, reason=said)
    return parse(text)


def parse(text: bytes) -> Manifest:
    """Return what a manifest says.

    Raises:
        ApplianceError: RELEASE_UNFIT, where it is of another form.
    """
    try:
        told = json.loads(text)
        given = {name: told[name] for name in Manifest.__slots__ if name != "digest"}
        made = Manifest(**given, digest=hashlib.sha256(text).hexdigest())
        sound = told["format"] == FORMAT and VERSION.fullmatch(made.version) and HASH.fullmatch(made.runtime)
        if not sound or not all(NAME.fullmatch(name) for name in made.files):
            raise ValueError(told["format"])
    except (ValueError, KeyError, TypeError) as problem:
        raise errors.RELEASE_UNFIT.error(version="?", reason=f"MANIFEST.json: {problem!r}") from None
    return made


def order(version: str) -> tuple[int, ...]:
    """Return what versions are compared by."""
    return tuple(int(part) for part in version.split("."))


def _prove(path: Path, told: Mapping[str, Any]) -> None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
    except OSError:
        raise errors.RELEASE_DAMAGED.error(name=path.name) from None
    if digest.hexdigest() != told["sha256"]:
        raise errors.RELEASE_DAMAGED.error(name=path.name)
