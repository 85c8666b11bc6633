"""Debian packages of a release are installed: from its own layer alone, and nothing is started by it."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.release.host import Host

ALWAYS = ("base", "scanner", "ocr")
"""Groups of Debian packages that every host has; a role asks for others."""

BUSY_SECONDS, LOOK_SECONDS = 300, 5.0
"""How long Debian's own upgrades are waited for, and between two looks whether they have ended."""

LOCKED = "locked by another process"

POLICY = "#!/bin/sh\n# appliance release: packages are unpacked, roles start what they want\nexit 101\n"
"""What keeps Debian from starting services while packages are installed (invoke-rc.d, deb-systemd-invoke)."""

REPLACED = frozenset(("systemd-timesyncd", "ntp", "ntpsec", "openntpd"))
"""Other keepers of time: Debian has one of them on a host, and chrony is the one."""


def install(host: Host, repository: Path, groups: Sequence[str]) -> bool:
    """Install groups of Debian packages from a layer alone, no mirror is asked; return whether any was missing.

    Raises:
        ApplianceError: HOST_REFUSED.
    """
    known: dict[str, list[str]] = json.loads((repository / "GROUPS.json").read_text("ascii"))
    if strange := [group for group in groups if group not in known]:
        raise errors.HOST_REFUSED.error(step="--packages", reason=f"{strange[0]}: not in {', '.join(known)}")
    _clear_policy(host)
    brought = _versions(repository)
    missing = [name for group in groups for name in known[group] if not _there(host, name, brought[name])]
    if not missing:
        return False
    with _scratch(repository.parent / "apt") as scratch:
        own = _alone(repository, scratch)
        quiet = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
        host.run(["apt-get", "-q", *own, "update"], step="apt-get update", more=quiet)
        with _nothing_started(host):
            _end_interrupted(host, quiet)
            apt = ["apt-get", "-q", "-y", *own, "install", *missing]
            _refuse_loss(host.run([*apt, "--simulate"], step="apt-get install", more=quiet).stdout)
            host.run(apt, step="apt-get install", more=quiet)
    return True


def _end_interrupted(host: Host, quiet: Mapping[str, str]) -> None:
    """Let dpkg end what a power cut broke off; where the host itself installs something meanwhile, wait for it."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            host.run(["dpkg", "--force-confold", "--configure", "-a"], step="dpkg --configure", more=quiet)
        except ApplianceError as problem:
            if LOCKED not in str(problem.details["reason"]) or time.monotonic() > deadline:
                raise
            time.sleep(LOOK_SECONDS)
            continue
        return


def _refuse_loss(simulated: str) -> None:
    """Raise HOST_REFUSED where apt would remove more than what chrony takes the place of."""
    lost = {line.split()[1] for line in simulated.splitlines() if line.startswith("Remv ")} - REPLACED
    if lost:
        raise errors.HOST_REFUSED.error(step="apt-get install", reason=f"it would remove {', '.join(sorted(lost))}")


def _alone(repository: Path, scratch: Path) -> list[str]:
    """Return options by which apt knows this repository and no other; the host's own lists stay as they are."""
    source, lists = scratch / "sources.list", scratch / "lists"
    (lists / "partial").mkdir(parents=True)
    source.write_text(f"deb [trusted=yes] file:{repository} ./\n", "utf-8")
    options = (f"Dir::Etc::sourcelist={source}", "Dir::Etc::sourceparts=-", f"Dir::State::lists={lists}",
               "Dir::Cache::pkgcache=", "Dir::Cache::srcpkgcache=", f"APT::ExtractTemplates::TempDir={scratch}",
               "APT::Install-Recommends=0", "APT::Sandbox::User=root", f"DPkg::Lock::Timeout={BUSY_SECONDS}",
               "Dpkg::Options::=--force-confold")
    return [part for option in options for part in ("-o", option)]


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Give a folder that a power cut leaves to the next who asks."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@contextlib.contextmanager
def _nothing_started(host: Host) -> Iterator[None]:
    """Keep Debian from starting what it installs; where the host says itself what may start, that stays."""
    policy = host.root / "usr/sbin/policy-rc.d"
    if policy.exists():
        yield
        return
    policy.parent.mkdir(parents=True, exist_ok=True)
    policy.write_text(POLICY, "ascii")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)


def _clear_policy(host: Host) -> None:
    """Remove what an interrupted installation left; what is not ours stays."""
    policy = host.root / "usr/sbin/policy-rc.d"
    if policy.exists() and policy.read_text("utf-8", errors="replace") == POLICY:
        policy.unlink()


def _versions(repository: Path) -> dict[str, str]:
    """Return the version of each package of a repository."""
    text = (repository / "Packages").read_text("utf-8")
    return dict(zip(re.findall(r"^Package: (.+)$", text, re.MULTILINE),
                    re.findall(r"^Version: (.+)$", text, re.MULTILINE), strict=True))


def _there(host: Host, name: str, version: str) -> bool:
    """Say whether a package is installed in this version or a newer one."""
    form = "${db:Status-Status} ${Version}"
    asked = host.run(["dpkg-query", "-W", "-f", form, name], step="dpkg-query", fine=(0, 1))
    status, _, found = asked.stdout.partition(" ")
    compared = ["dpkg", "--compare-versions", found, "ge", version]
    return status == "installed" and not host.run(compared, step="dpkg", fine=(0, 1)).returncode
