"""What lies on a host: releases, runtimes and generations; those that no way back leads to are removed."""

from __future__ import annotations

import shutil
from pathlib import Path

from appliance.core.errors import ApplianceError
from appliance.release import generation
from appliance.release.generation import Generation
from appliance.release.host import Host
from appliance.release.manifest import VERSION, laid, lies, order

KEEP = 3
"""Generations that stay: the current one, and where two ways back lead."""


def told(host: Host) -> dict[str, object]:
    """Return what lies here, for people and programs."""
    now = generation.current(host)
    lying = [{"generation": one.number, "version": one.version, "current": one == now,
              "ran": generation.proved(one)} for one in generation.all_of(host)]
    underway = generation.underway(host) or None
    return {"current": now.version if now else "", "rollback_version": _back(host), "generations": lying,
            "releases": _names(host.releases), "runtimes": _names(host.runtimes), "underway": underway}


def clean(host: Host, keep: int = KEEP) -> dict[str, object]:
    """Remove generations beyond ``keep``, then what no kept generation needs; return what went.

    A release that is newer than the one that runs stays too: it lies there for a night to come.
    """
    kept = _kept(host, keep)
    versions = {one.version for one in kept} | _to_come(host)
    runtimes = {_runtime(host, version) for version in versions}
    gone = [*_others(host.generations, {str(one.number) for one in kept}), *_others(host.releases, versions),
            *_others(host.runtimes, runtimes), *_others(host.kernels, versions),
            *_others(host.opt / "incoming", _on_the_way(host))]
    for path in gone:
        shutil.rmtree(path)
    return {"changed": bool(gone), "removed": [str(path.relative_to(host.root)) for path in gone]}


def _kept(host: Host, keep: int) -> list[Generation]:
    """Return the newest generations, and in any case those that run, are wanted, or a way back leads to."""
    found = list(generation.all_of(host))
    now = generation.current(host)
    ran = [one for one in found if generation.proved(one) and now and one.number < now.number]
    asked = generation.wanted(host)
    wanted = {one.number for one in (*found[-keep:], *ran[-1:], now, asked) if one}
    wanted |= set(generation.underway(host).values())
    return [one for one in found if one.number in wanted]


def _others(folder: Path, kept: set[str]) -> list[Path]:
    return [path for path in sorted(folder.glob("*")) if path.is_dir() and path.name not in kept]


def _to_come(host: Host) -> set[str]:
    now = generation.current(host)
    return {name for name in _names(host.releases) if now is None or order(name) > order(now.version)}


def _on_the_way(host: Host) -> set[str]:
    """Return versions whose files are being brought: newer than what runs, and not installed."""
    now, known = generation.current(host), _names(host.releases)
    names = {path.name for path in (host.opt / "incoming").glob("*") if VERSION.fullmatch(path.name)}
    return {name for name in names - {*known} if now is None or order(name) > order(now.version)}


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*") if lies(path))


def _runtime(host: Host, version: str) -> str:
    return laid(host.releases / version).runtime if lies(host.releases / version) else ""


def _back(host: Host) -> str:
    try:
        return generation.before(host).version
    except ApplianceError:
        return ""
