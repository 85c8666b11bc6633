"""What a release is made of is laid down: the runtime layer with its Debian packages, and the product above it."""

from __future__ import annotations

import compileall
import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from appliance.core import errors
from appliance.release import unpacking
from appliance.release.host import USER, Host, settle
from appliance.release.manifest import INSTALLED, INSTALLER, MANIFEST, Manifest, lies

ALWAYS = ("base", "scanner", "ocr")
"""Groups of Debian packages that every host has; a role asks for others."""

GROWTH = 5
"""What a layer takes once it is unpacked and installed, as a multiple of its size (measured: 4.3)."""

POLICY = "#!/bin/sh\n# appliance release: packages are unpacked, roles start what they want\nexit 101\n"
"""What keeps Debian from starting services while packages are installed (invoke-rc.d, deb-systemd-invoke)."""

REPLACED = frozenset(("systemd-timesyncd", "ntp", "ntpsec", "openntpd"))
"""Other keepers of time: Debian has one of them on a host, and chrony is the one."""

PROGRAM = """#!{python}
import sys

from appliance.cli import main

if __name__ == "__main__":  # processes that it spawns import it again
    sys.exit(main())
"""


def runtime(host: Host, folder: Path, told: Manifest) -> bool:
    """Lay down the dependencies of a release; return whether that had to be done.

    Raises:
        ApplianceError: HOST_REFUSED, RELEASE_DAMAGED.
    """
    place = host.runtimes / told.runtime
    if lies(place):
        return False
    shutil.rmtree(place, ignore_errors=True)
    unpacking.tar(folder / told.runtime_layer, place)
    packages(host, place / "debian", ALWAYS)
    venv = place / "venv"
    host.run(["/usr/bin/python3", "-m", "venv", venv], step="python3 -m venv")
    host.run([venv / "bin/pip", "install", "--quiet", "--no-index", "--no-deps", "--require-hashes",
              "--disable-pip-version-check", f"--find-links={place / 'wheels'}", "--requirement",
              place / "requirements.txt"], step="pip install")
    shutil.rmtree(place / "wheels")  # what it holds is installed now
    _finish(place, told.runtime)
    return True


def packages(host: Host, repository: Path, groups: Sequence[str]) -> bool:
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
            host.run(["dpkg", "--force-confold", "--configure", "-a"], step="dpkg --configure", more=quiet)
            apt = ["apt-get", "-q", "-y", *own, "install", *missing]
            _refuse_loss(host.run([*apt, "--simulate"], step="apt-get install", more=quiet).stdout)
            host.run(apt, step="apt-get install", more=quiet)
    return True


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
               "APT::Install-Recommends=0", "APT::Sandbox::User=root", "DPkg::Lock::Timeout=300",
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


def product(host: Host, folder: Path, told: Manifest) -> bool:
    """Lay down the product of a release; return whether that had to be done.

    Raises:
        ApplianceError: HOST_REFUSED, RELEASE_DAMAGED.
    """
    place = host.releases / told.version
    if lies(place):
        return False
    shutil.rmtree(place, ignore_errors=True)
    unpacking.tar(folder / told.app_layer, place)
    for name in (MANIFEST, INSTALLER):  # whatever mode they were carried with
        shutil.copyfile(folder / name, place / name)
    _environment(host, place, told)
    user(host, told.version)
    warm(host, told.version)
    _finish(place, told.digest)  # last: whoever finds the mark asks for none of this again
    return True


def user(host: Host, version: str) -> None:
    """Make the product's user and folders as a release wants them."""
    units = host.releases / version / "systemd"
    host.run(["systemd-sysusers", units / "sysusers.conf"], step="systemd-sysusers")
    if (units / "tmpfiles.conf").exists():
        host.run(["systemd-tmpfiles", "--create", units / "tmpfiles.conf"], step="systemd-tmpfiles", fine=(0, 73))


def warm(host: Host, version: str, settings: Path | None = None) -> None:
    """Compile the kernels of a release for this machine, so that its first start is short."""
    cache = host.kernels / version
    host.run(["install", "-d", "-o", USER, "-g", USER, "-m", "0750", cache], step="install -d")
    line = [host.releases / version / "venv/bin/appliance", "warm", *(("--config", settings) if settings else ())]
    host.run(host.as_user(line), step="appliance warm", more={"NUMBA_CACHE_DIR": str(cache)})


def refuse_other(host: Host, told: Manifest) -> None:
    """Raise RELEASE_CHANGED where another release lies under this version."""
    place = host.releases / told.version
    if lies(place) and (place / INSTALLED).read_text("ascii").strip() != told.digest:
        raise errors.RELEASE_CHANGED.error(version=told.version)


def refuse_small_disk(host: Host, told: Manifest) -> None:
    """Raise DISK_SMALL where what is not laid down yet has no room."""
    layers = ((host.runtimes / told.runtime, told.runtime_layer), (host.releases / told.version, told.app_layer))
    need = GROWTH * sum(int(told.files[layer]["bytes"]) for place, layer in layers if not lies(place))
    free = shutil.disk_usage(host.opt).free
    if need and free < need:
        raise errors.DISK_SMALL.error(need=need // 1_000_000, free=free // 1_000_000, path=host.opt)


def _environment(host: Host, place: Path, told: Manifest) -> None:
    """Make the product's own environment: itself, and a line that leads to its runtime."""
    venv = place / "venv"
    host.run(["/usr/bin/python3", "-m", "venv", "--without-pip", venv], step="python3 -m venv")
    (site,) = venv.glob("lib/python3*/site-packages")
    (wheel,) = place.glob("*.whl")
    unpacking.wheel(wheel, site)
    below = host.runtimes / told.runtime / "venv" / site.relative_to(venv)
    (site / "runtime.pth").write_text(f"{below}\n", "utf-8")
    program = venv / "bin/appliance"
    program.write_text(PROGRAM.format(python=venv / "bin/python3"), "utf-8")
    program.chmod(0o755)
    wheel.unlink()
    compileall.compile_dir(site / "appliance", quiet=2, force=True)


def _finish(place: Path, word: str) -> None:
    """Let everything reach the disk, and only then say that it is there."""
    os.sync()
    mark = place / f"{INSTALLED}.new"
    mark.write_text(f"{word}\n", "ascii")
    with mark.open("rb") as file:
        os.fsync(file.fileno())
    mark.rename(place / INSTALLED)
    settle(place)
