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
INSTALLER = "installer.pyz"
INSTALLED = "INSTALLED"
"""Written last: a folder without it is what an interrupted installation left."""

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
    def runtime_layer(self) -> str:
        """File of all that is not ours."""
        return f"runtime-{self.runtime}.tar"

    @property
    def app_layer(self) -> str:
        """File of the product."""
        return f"app-{self.version}.tar"

    @property
    def bytes(self) -> int:
        """Size of all files, bytes."""
        return sum(int(one["bytes"]) for one in self.files.values())


def verified(folder: Path, keys: Path, runtimes: Path) -> Manifest:
    """Return the manifest of a release that may be installed here.

    Args:
        folder: what was brought; the layer of a runtime that lies here already may lack.
        keys: whose releases are believed.
        runtimes: the runtimes of this host.

    Raises:
        ApplianceError: RELEASE_KEYS_MISSING, RELEASE_UNSIGNED, RELEASE_UNFIT, RELEASE_DAMAGED.
    """
    told = believed(folder, keys)
    here = (".".join(platform.python_version_tuple()[:2]), platform.machine())
    if here != (told.python, told.machine):
        raise errors.RELEASE_UNFIT.error(version=told.version, reason=f"{told.python} {told.machine}, not "
                                                                      f"{' '.join(here)}")
    for name, one in told.files.items():
        if name == told.runtime_layer and not (folder / name).exists() and lies(runtimes / told.runtime):
            continue
        _prove(folder / name, one)
    return told


def lies(place: Path) -> bool:
    """Say whether a runtime or a release was laid down to its end."""
    return (place / INSTALLED).exists()


def believed(folder: Path, keys: Path) -> Manifest:
    """Return a manifest whose signature fits a key of this host.

    Raises:
        ApplianceError: RELEASE_KEYS_MISSING, RELEASE_UNSIGNED, RELEASE_UNFIT.
    """
    _refuse_no_keys(keys)
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


def _refuse_no_keys(keys: Path) -> None:
    """Raise RELEASE_KEYS_MISSING where no line says whose releases are believed: a bare public key says nothing."""
    try:
        lines = keys.read_text("utf-8", errors="replace").splitlines()
    except OSError as problem:
        raise errors.RELEASE_KEYS_MISSING.error(path=keys, reason=problem.strerror) from None
    if not any(line.startswith(f"{PRINCIPAL} ") for line in lines):
        raise errors.RELEASE_KEYS_MISSING.error(path=keys, reason=f"{PRINCIPAL} ...?")


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
        named = all(NAME.fullmatch(name) for name in made.files)
        whole = {made.runtime_layer, made.app_layer, INSTALLER} <= made.files.keys()  # what is used is proved
        if not (sound and named and whole and order(made.upgrade_from) and made.bytes):
            raise ValueError(told["format"])
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise errors.RELEASE_UNFIT.error(version="?", reason=f"MANIFEST.json: {problem!r}") from None
    return made


def laid(place: Path) -> Manifest:
    """Return what a release that lies on this host says of itself."""
    return parse((place / MANIFEST).read_bytes())


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
