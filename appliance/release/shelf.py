"""What lies on a host: releases, runtimes and generations; those that no way back leads to are removed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from appliance.release import generation
from appliance.release.generation import Generation
from appliance.release.host import Host
from appliance.release.laying import INSTALLED
from appliance.release.manifest import MANIFEST

KEEP = 3
"""Generations that stay: the current one, and where two ways back lead."""


def told(host: Host) -> dict[str, object]:
    """Return what lies here, for people and programs."""
    now = generation.current(host)
    lying = [{"generation": one.number, "version": one.version, "current": one == now,
              "ran": (one.folder / "RAN").exists()} for one in generation.all_of(host)]
    underway = json.loads(host.underway.read_text("ascii")) if host.underway.exists() else None
    return {"current": now.version if now else "", "rollback_version": _back(host), "generations": lying,
            "releases": _names(host.releases), "runtimes": _names(host.runtimes), "underway": underway}


def clean(host: Host, keep: int = KEEP) -> dict[str, object]:
    """Remove generations beyond ``keep``, then what no kept generation needs; return what went."""
    kept = _kept(host, keep)
    versions = {one.version for one in kept}
    runtimes = {_runtime(host, version) for version in versions}
    gone = [*_others(host.generations, {str(one.number) for one in kept}), *_others(host.releases, versions),
            *_others(host.runtimes, runtimes), *_others(host.kernels, versions),
            *_others(host.opt / "incoming", set())]
    for path in gone:
        shutil.rmtree(path)
    return {"changed": bool(gone), "removed": [str(path.relative_to(host.root)) for path in gone]}


def _kept(host: Host, keep: int) -> list[Generation]:
    """Return the newest generations, and in any case the current one and that which a way back leads to."""
    found = list(generation.all_of(host))
    now = generation.current(host)
    ran = [one for one in found if (one.folder / "RAN").exists() and now and one.number < now.number]
    wanted = {one.number for one in (*found[-keep:], *ran[-1:], *([now] if now else []))}
    return [one for one in found if one.number in wanted]


def _others(folder: Path, kept: set[str]) -> list[Path]:
    return [path for path in sorted(folder.glob("*")) if path.is_dir() and path.name not in kept]


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*") if (path / INSTALLED).exists())


def _runtime(host: Host, version: str) -> str:
    path = host.releases / version / MANIFEST
    return str(json.loads(path.read_text("ascii"))["runtime"]) if path.exists() else ""


def _back(host: Host) -> str:
    now = generation.current(host)
    ran = [one.version for one in generation.all_of(host)
           if now and one.number < now.number and (one.folder / "RAN").exists()]
    return ran[-1] if ran else ""
