"""What is inside a wheel beside Python: libraries that lie in it as files, and what it says that it was built of.

A file tells a name; the version is told by the lists that tools of builders leave in a wheel (PEP 770). What was
linked in and is told by no list cannot be seen from outside.
"""

from __future__ import annotations

import email
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

LIBRARY = re.compile(r"[^/]+\.so(?:\.[0-9][0-9a-z.]*)?$")
EXTENSION = re.compile(r"\.(?:cpython-[^/]+|abi3)\.so$")
"""Modules that Python loads: the wheel's own code."""

HASHED = re.compile(r"-[0-9a-f]{8}(?=[.-]|$)")
"""What auditwheel puts into names of libraries."""

LISTS = re.compile(r"[^/]+\.dist-info/sboms/[^/]+\.json$")


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One thing inside a wheel.

    Attributes:
        name: as it is called elsewhere.
        version: empty where nobody says it.
        reference: package URL, or empty.
        licences: what is said of them.
    """

    name: str
    version: str = ""
    reference: str = ""
    licences: tuple[str, ...] = ()


def metadata(wheel: Path) -> Message:
    """Return what a wheel says of itself."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [one for one in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", one)]
        return email.message_from_bytes(archive.read(name))


def parts(wheel: Path) -> tuple[Part, ...]:
    """Return what is inside a wheel beside Python, each once, in order."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        listed = [json.loads(archive.read(name)) for name in names if LISTS.search(name)]
    found = {(part.name, part.version): part for one in listed for part in _listed(one, wheel)}
    found |= {(name, ""): Part(name) for name in _libraries(names)}
    return tuple(found[key] for key in sorted(found))


def _libraries(names: Iterable[str]) -> set[str]:
    """Return the files that are libraries, by the names they have elsewhere."""
    return {HASHED.sub("", found.group()) for name in names
            if not EXTENSION.search(name) and (found := LIBRARY.search(name))}


def _listed(told: Mapping[str, Any], wheel: Path) -> Iterator[Part]:
    """Yield what a list inside a wheel names, the wheel itself left out."""
    own = wheel.name.partition("-")[0].lower()
    for one in told.get("components", ()):
        if one["name"].lower().replace("-", "_") != own:
            yield Part(one["name"], one.get("version") or "", one.get("purl") or "", tuple(_licences(one)))


def _licences(told: Mapping[str, Any]) -> Iterator[str]:
    for one in told.get("licenses", ()):
        licence = one.get("license", {})
        yield one.get("expression") or licence.get("id") or licence.get("name") or ""
