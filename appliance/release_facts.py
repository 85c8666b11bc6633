"""Which release runs, as far as its installation says: nothing of it is imported for that."""

from __future__ import annotations

import hashlib
import platform
from importlib import metadata
from pathlib import Path

from appliance import __version__

DISTRIBUTION = "scanner-appliance"
DIGITS = 16
"""Digits of the digest that are shown."""

COMMIT = Path(__file__).with_name("COMMIT")
"""Where the build of a release leaves the commit it was made of."""


def facts() -> dict[str, str]:
    """Return version, commit, python, numba and release_digest; what is not known is empty."""
    return {"version": __version__, "commit": _commit(), "python": platform.python_version(),
            "numba": _version_of("numba"), "release_digest": _digest()}


def _version_of(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _digest() -> str:
    """Return the digest of the list of installed files, which names each with its hash."""
    try:
        listed = metadata.distribution(DISTRIBUTION).read_text("RECORD")
    except metadata.PackageNotFoundError:
        return ""
    return hashlib.sha256(listed.encode()).hexdigest()[:DIGITS] if listed else ""


def _commit() -> str:
    """Return the commit that the build left, or that a working copy stands at."""
    for place in (COMMIT, *_head()):
        try:
            return place.read_text("ascii").strip()[:DIGITS]
        except (OSError, ValueError):
            continue
    return ""


def _head() -> list[Path]:
    """Return where a working copy that this module lies in says its commit."""
    folder = Path(__file__).parents[1] / ".git"
    try:
        word, _, name = (folder / "HEAD").read_text("ascii").strip().partition(" ")
    except (OSError, ValueError):
        return []
    return [folder / name] if word == "ref:" else [folder / "HEAD"]
