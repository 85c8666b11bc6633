"""What a release is made of is laid down: the runtime layer with its Debian packages, and the product above it."""

from __future__ import annotations

import compileall
import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from appliance.core import errors
from appliance.release import unpacking
from appliance.release.host import USER, Host, settle
from appliance.release.manifest import MANIFEST, Manifest

ALWAYS = ("base", "scanner", "ocr")
"""Groups of Debian packages that every host has; a role asks for others."""

INSTALLED = "INSTALLED"
"""Written last: a folder without it is what an interrupted installation left."""

GROWTH = 5
"""What a layer takes once it is unpacked and installed, as a multiple of its size (measured: 4.3)."""

PROGRAM = """#!{python}
import sys

from appliance.cli import main

sys.exit(main())
"""


def runtime(host: Host, folder: Path, told: Manifest) -> bool:
    """Lay down the dependencies of a release; return whether that had to be done.

    Raises:
        ApplianceError: DISK_SMALL, HOST_REFUSED, RELEASE_DAMAGED.
    """
    place = host.runtimes / told.runtime
    if (place / INSTALLED).exists():
        return False
    layer = folder / f"runtime-{told.runtime}.tar"
    refuse_small_disk(host, GROWTH * layer.stat().st_size)
    shutil.rmtree(place, ignore_errors=True)
    unpacking.tar(layer, place)
    packages(host, place / "debian", ALWAYS)
    venv = place / "venv"
    host.run(["/usr/bin/python3", "-m", "venv", venv], step="python3 -m venv")
    host.run([venv / "bin/pip", "install", "--quiet", "--no-index", "--no-deps", "--require-hashes",
              "--disable-pip-version-check", f"--find-links={place / 'wheels'}", "--requirement",
              place / "requirements.txt"], step="pip install")
    shutil.rmtree(place / "wheels")  # what it holds is installed now
    _finish(place, told.runtime)
    return True


def packages(host: Host, repository: Path, groups: Iterable[str]) -> bool:
    """Install groups of Debian packages from a layer alone, no mirror is asked; return whether any was missing.

    Raises:
        ApplianceError: HOST_REFUSED.
    """
    known: dict[str, list[str]] = json.loads((repository / "GROUPS.json").read_text("ascii"))
    missing = [name for group in groups for name in known[group] if not _there(host, name)]
    if not missing:
        return False
    with tempfile.TemporaryDirectory(dir=repository.parent) as scratch:
        source, lists = Path(scratch, "sources.list"), Path(scratch, "lists")
        (lists / "partial").mkdir(parents=True)
        source.write_text(f"deb [trusted=yes] file:{repository} ./\n", "utf-8")
        own = [part for option in (f"Dir::Etc::sourcelist={source}", "Dir::Etc::sourceparts=-",
                                   f"Dir::State::lists={lists}", "APT::Install-Recommends=0",
                                   "APT::Sandbox::User=root", "DPkg::Lock::Timeout=300",
                                   "Dpkg::Options::=--force-confold") for part in ("-o", option)]
        quiet = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
        host.run(["apt-get", "-q", *own, "update"], step="apt-get update", more=quiet)
        host.run(["apt-get", "-q", "-y", *own, "--no-remove", "install", *missing], step="apt-get install",
                 more=quiet)
    return True


def _there(host: Host, name: str) -> bool:
    asked = host.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", name], step="dpkg-query", fine=(0, 1))
    return asked.stdout == "installed"


def product(host: Host, folder: Path, told: Manifest) -> bool:
    """Lay down the product of a release; return whether that had to be done.

    Raises:
        ApplianceError: RELEASE_CHANGED, DISK_SMALL, HOST_REFUSED, RELEASE_DAMAGED.
    """
    place = host.releases / told.version
    if (place / INSTALLED).exists():
        if (place / INSTALLED).read_text("ascii").strip() != told.digest:
            raise errors.RELEASE_CHANGED.error(version=told.version)
        return False
    layer = folder / f"app-{told.version}.tar"
    refuse_small_disk(host, GROWTH * layer.stat().st_size)
    shutil.rmtree(place, ignore_errors=True)
    unpacking.tar(layer, place)
    shutil.copy(folder / MANIFEST, place / MANIFEST)
    shutil.copy(folder / "installer.pyz", place / "installer.pyz")
    _environment(host, place, told)
    _finish(place, told.digest)
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


def refuse_small_disk(host: Host, need: int) -> None:
    """Raise DISK_SMALL where so many bytes have no room."""
    host.opt.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(host.opt).free
    if free < need:
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
