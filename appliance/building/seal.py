"""The manifest of a release, and the signature over it: what a host believes before it unpacks anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.building import tool
from appliance.core import files

MANIFEST, SIGNATURE = "MANIFEST.json", "MANIFEST.json.sig"
NAMESPACE, PRINCIPAL = "appliance-release", "release@appliance"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """What a manifest says beside its files (docs/provisioning.md)."""

    version: str
    commit: str
    made: str
    python: str
    machine: str
    runtime: str
    schema: int
    readable_from: int
    upgrade_from: str


def write(folder: Path, facts: Facts) -> None:
    """Write the manifest of everything that lies in a release's folder."""
    said: dict[str, Any] = {name: getattr(facts, name) for name in facts.__slots__}
    text = json.dumps({"format": FORMAT, **said, "files": _files(folder)}, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", "ascii")


def sign(folder: Path, key: Path) -> None:
    """Sign the manifest with an SSH key; with Ed25519 the same manifest has the same signature.

    Raises:
        ApplianceError: TOOL_FAILED.
    """
    (folder / SIGNATURE).unlink(missing_ok=True)
    tool.run(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", NAMESPACE, folder / MANIFEST])


def believed(public: str) -> str:
    """Return the line of ``release-keys`` that lets hosts believe a public key."""
    kind, key, *_ = public.split()
    return f'{PRINCIPAL} namespaces="{NAMESPACE}" {kind} {key}\n'


def _files(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    named = sorted(path for path in folder.iterdir() if path.name not in (MANIFEST, SIGNATURE))
    return {path.name: {"sha256": files.sha256_of(path), "bytes": path.stat().st_size} for path in named}
