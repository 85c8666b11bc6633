"""Licences of Debian packages, from the file that each must bring (``/usr/share/doc/NAME/copyright``)."""

from __future__ import annotations

import json
import re
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path

from appliance.building.debian import Package

FORM = re.compile(r"\AFormat(?:-Specification)?: ", re.IGNORECASE)
"""Files that begin so name licences in fields; others are prose, which names none for certain."""

FIELD = re.compile(r"^License: *(\S.*?) *$", re.MULTILINE)
KEPT = "licences.json"


def of(folder: Path, packages: Iterable[Package], cache: Path) -> list[tuple[Package, tuple[str, ...]]]:
    """Return packages with the names of their licences.

    Args:
        folder: where the packages lie.
        packages: which of them.
        cache: keeps what was found, by SHA-256: unpacking all takes most of a minute.
    """
    file = cache / KEPT
    known: dict[str, list[str]] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    found: list[tuple[Package, tuple[str, ...]]] = []
    for package in packages:
        names = known.get(package.sha256)
        if names is None:
            names = known[package.sha256] = stated(_copyright(folder / package.file))
        found.append((package, tuple(names)))
    file.write_text(json.dumps(known, sort_keys=True) + "\n", "utf-8")
    return found


def stated(text: str) -> list[str]:
    """Return the licences that a copyright file names, each once, in order."""
    return sorted(set(FIELD.findall(text))) if FORM.search(text) else []


def _copyright(package: Path) -> str:
    """Return the copyright file of a .deb; empty where another package brings it."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as unpacked:
        assert unpacked.stdout is not None
        with tarfile.open(fileobj=unpacked.stdout, mode="r|") as tar:
            for entry in tar:
                if re.fullmatch(r"\./usr/share/doc/[^/]+/copyright", entry.name) and entry.isreg():
                    file = tar.extractfile(entry)
                    assert file is not None
                    return file.read().decode("utf-8", "replace")
    return ""
