"""Which libraries a release holds: each with version and hash, in one committed file that pip reads.

The file begins with the digest of what pyproject.toml asks for: a lock that was made for something else is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.building import tool
from appliance.core import errors

FILE = Path("ansible/release/requirements.lock")
PRODUCT = "scanner-appliance"
EXTRA = "s3"
"""What offices need beside the product's own dependencies: those that deliver to S3."""

APART = ("eark-validator==1.1.3",)
"""Taken without their dependencies: only schema files of these are used."""

HEAD = "# Made by 'make release-lock' for pyproject.toml "


@dataclass(frozen=True, slots=True, order=True)
class Pin:
    """One library."""

    name: str
    version: str
    sha256: str

    @property
    def line(self) -> str:
        """The line that pip reads."""
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


def read(root: Path) -> tuple[Pin, ...]:
    """Return the libraries of a working copy's lock.

    Raises:
        ApplianceError: LOCK_STALE, where it is missing or made for another pyproject.toml.
    """
    path = root / FILE
    lines = path.read_text("ascii").splitlines() if path.exists() else [""]
    if lines[0] != HEAD + asked(root):
        raise errors.LOCK_STALE.error(path=FILE)
    return tuple(_pin(line) for line in lines if not line.startswith("#"))


def renew(root: Path) -> tuple[Pin, ...]:
    """Ask the registry for the newest libraries that fit, and write the lock."""
    pins = sorted({*_resolved(root, [f"{root}[{EXTRA}]"]), *_resolved(root, ["--no-deps", *APART])})
    text = "".join(f"{line}\n" for line in (HEAD + asked(root), *(pin.line for pin in pins)))
    (root / FILE).write_text(text, "ascii")
    return tuple(pins)


def asked(root: Path) -> str:
    """Return the digest of what pyproject.toml asks for."""
    project: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"][EXTRA], *APART]
    return hashlib.sha256("\n".join(sorted(wanted)).encode()).hexdigest()[:16]


def _resolved(root: Path, wanted: list[str]) -> Iterator[Pin]:
    """Yield what pip would install, the product itself left out.

    Raises:
        ApplianceError: TOOL_FAILED, HASH_MISSING.
    """
    said = tool.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--dry-run",
                     "--ignore-installed", "--only-binary", ":all:", "--report", "-", *wanted], folder=root)
    for one in json.loads(said)["install"]:
        name, version = _plain(one["metadata"]["name"]), one["metadata"]["version"]
        if name == PRODUCT:
            continue
        hashes = one["download_info"].get("archive_info", {}).get("hashes", {})
        if "sha256" not in hashes:
            raise errors.HASH_MISSING.error(name=name)
        yield Pin(name, version, hashes["sha256"])


def _pin(line: str) -> Pin:
    found = re.fullmatch(r"([a-z0-9.-]+)==(\S+) --hash=sha256:([0-9a-f]{64})", line)
    if found is None:
        raise errors.LOCK_STALE.error(path=FILE)
    return Pin(*found.groups())


def _plain(name: str) -> str:
    """Return a name as PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()
