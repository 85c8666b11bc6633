"""What lies on a host: releases, runtimes and generations; those that no way back leads to are removed."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from appliance.core.errors import ApplianceError
from appliance.release import generation
from appliance.release.generation import Generation
from appliance.release.host import Host, settle
from appliance.release.manifest import INSTALLED, VERSION, laid, lies, order

KEEP = 3
"""Generations that stay: the current one, and where two ways back lead."""


def told(host: Host) -> dict[str, object]:
    """Return what lies here, for people and programs."""
    now = generation.current(host)
    lying = [{"generation": one.number, "version": one.version, "current": one == now,
              "ran": generation.proved(one)} for one in generation.all_of(host)]
    home = _home(host)
    return {"current": now.version if now else "", "rollback_version": home.version if home else "",
            "generations": lying, "releases": releases(host), "runtimes": _names(host.runtimes),
            "underway": generation.underway(host) or None}


def clean(host: Host, keep: int = KEEP) -> list[str]:
    """Remove generations beyond ``keep``, then what no kept generation needs; return what went.

    A release that is newer than the one that runs stays too: it lies there for a night to come.
    """
    kept = _kept(host, keep)
    versions, coming = {one.version for one in kept} | _to_come(host), _on_the_way(host)
    runtimes = {_runtime(host, version) for version in versions}
    if coming:  # its runtime may lie here, which is why it is not brought
        runtimes |= set(_names(host.runtimes))
    gone = [*_others(host.generations, {str(one.number) for one in kept}), *_others(host.releases, versions),
            *_others(host.runtimes, runtimes), *_others(host.kernels, versions),
            *_others(host.opt / "incoming", coming)]
    for path in gone:
        _unmark(path)
        shutil.rmtree(path)
    return [str(path.relative_to(host.root)) for path in gone]


def tidy(host: Host) -> list[str]:
    """Remove as ``clean`` does; what cannot be removed disturbs nobody until the room is needed."""
    with contextlib.suppress(ApplianceError, OSError):
        return clean(host)
    return []


def _kept(host: Host, keep: int) -> list[Generation]:
    """Return the newest generations, and in any case those that run, are wanted, or a way back leads to.

    Settings make generations too: where the newest are all of one release, the last of another stays.
    """
    found = list(generation.all_of(host))
    now, asked = generation.current(host), generation.wanted(host)
    others = [one for one in found if generation.proved(one) and now and one.version != now.version]
    wanted = {one.number for one in (*found[-keep:], *others[-1:], _home(host), now, asked) if one}
    wanted |= set(generation.underway(host).values())
    return [one for one in found if one.number in wanted]


def _others(folder: Path, kept: set[str]) -> list[Path]:
    return [path for path in sorted(folder.glob("*"))
            if path.is_dir() and not path.is_symlink() and path.name not in kept]


def _unmark(path: Path) -> None:
    """Let a folder be nothing before it goes: where the power goes too, what is left is not taken for whole."""
    for name in (INSTALLED, generation.FACTS):
        (path / name).unlink(missing_ok=True)
    settle(path)


def _to_come(host: Host) -> set[str]:
    now = generation.current(host)
    return {name for name in releases(host) if now is None or order(name) > order(now.version)}


def _on_the_way(host: Host) -> set[str]:
    """Return versions whose files are being brought: newer than what runs, and not installed."""
    now, known = generation.current(host), releases(host)
    names = {path.name for path in (host.opt / "incoming").glob("*") if VERSION.fullmatch(path.name)}
    return {name for name in names - {*known} if now is None or order(name) > order(now.version)}


def releases(host: Host) -> list[str]:
    """Return the versions that lie here, oldest first; a folder that somebody copied beside is none of them."""
    return sorted(filter(VERSION.fullmatch, _names(host.releases)), key=order)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*") if lies(path))


def _runtime(host: Host, version: str) -> str:
    return laid(host.releases / version).runtime if lies(host.releases / version) else ""


def _home(host: Host) -> Generation | None:
    """Return where a way back leads, if anywhere."""
    try:
        return generation.before(host)
    except ApplianceError:
        return None
