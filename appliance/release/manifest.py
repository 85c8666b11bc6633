"""The manifest of a release: believed by its signature, and every file by the manifest, before one is unpacked."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.core import errors
from appliance.release.host import surroundings

MANIFEST, SIGNATURE = "MANIFEST.json", "MANIFEST.json.sig"
INSTALLER = "installer.pyz"
INSTALLED = "INSTALLED"
"""Written last: a folder without it is what an interrupted installation left."""

NAMESPACE, PRINCIPAL = "appliance-release", "release@appliance"
FORMAT = 1
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
HASH, SHA256 = re.compile(r"[0-9a-f]{16}"), re.compile(r"[0-9a-f]{64}")
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
        prove(folder / name, one["sha256"])
    return told


def lies(place: Path) -> bool:
    """Say whether a runtime or a release was laid down to its end."""
    return (place / INSTALLED).exists()


def believed(folder: Path, keys: Path) -> Manifest:
    """Return a manifest whose signature fits a key of this host.

    Raises:
        ApplianceError: RELEASE_KEYS_MISSING, RELEASE_UNSIGNED, RELEASE_UNFIT, HOST_REFUSED.
    """
    _refuse_no_keys(keys)
    try:
        text = (folder / MANIFEST).read_bytes()
        (folder / SIGNATURE).stat()
    except OSError as problem:
        raise errors.RELEASE_UNSIGNED.error(path=folder, reason=problem) from None
    try:
        done = subprocess.run(["ssh-keygen", "-Y", "verify", "-f", keys, "-I", PRINCIPAL, "-n", NAMESPACE, "-s",
                               folder / SIGNATURE], input=text, check=False, capture_output=True, timeout=60,
                              env=surroundings())
    except (OSError, subprocess.TimeoutExpired) as problem:  # the host's trouble: another copy would not help
        raise errors.HOST_REFUSED.error(step="ssh-keygen", reason=problem) from None
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
        wrong = list(_wrong(made, told["format"]))
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise errors.RELEASE_UNFIT.error(version="?", reason=f"MANIFEST.json: {problem!r}") from None
    if wrong:
        raise errors.RELEASE_UNFIT.error(version=made.version, reason=f"MANIFEST.json: {', '.join(wrong)}")
    return made


def _wrong(told: Manifest, form: object) -> Iterator[str]:
    """Yield what a manifest says that no host takes."""
    said = {"format": (form, form == FORMAT), "version": (told.version, VERSION.fullmatch(told.version)),
            "runtime": (told.runtime, HASH.fullmatch(told.runtime)),
            "upgrade_from": (told.upgrade_from, VERSION.fullmatch(told.upgrade_from)),
            "schema": (told.schema, type(told.schema) is int),
            "readable_from": (told.readable_from, type(told.readable_from) is int)}
    yield from (f"{name} {value!r}" for name, (value, sound) in said.items() if not sound)
    yield from (f"files {name!r}" for name, one in told.files.items()
                if not (NAME.fullmatch(name) and SHA256.fullmatch(one["sha256"]) and type(one["bytes"]) is int))
    needed = {told.runtime_layer, told.app_layer, INSTALLER}  # what is used is proved
    yield from (f"no {name}" for name in sorted(needed - told.files.keys()))


def laid(place: Path) -> Manifest:
    """Return what a release that lies on this host says of itself."""
    return parse((place / MANIFEST).read_bytes())


def order(version: str) -> tuple[int, ...]:
    """Return what versions are compared by."""
    return tuple(int(part) for part in version.split("."))


def prove(path: Path, sha256: str) -> None:
    """Raise RELEASE_DAMAGED where a file is not the one that was signed."""
    digest = hashlib.sha256()
    if not path.is_file():  # also a pipe, which would never end
        raise errors.RELEASE_DAMAGED.error(name=path.name)
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
    except OSError:
        raise errors.RELEASE_DAMAGED.error(name=path.name) from None
    if digest.hexdigest() != sha256:
        raise errors.RELEASE_DAMAGED.error(name=path.name)
