"""What a release is made of is laid down: the runtime layer with its libraries, and the product above it."""

from __future__ import annotations

import compileall
import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.release import packages, unpacking
from appliance.release.host import USER, Host, settle
from appliance.release.manifest import INSTALLED, INSTALLER, MANIFEST, Manifest, lies, prove

GROWTH = 5
"""What a layer takes once it is unpacked and installed, as a multiple of its size (measured: 4.3)."""

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
    with _given_back(place):
        unpacking.tar(folder / told.runtime_layer, place, told.files[told.runtime_layer]["sha256"])
        packages.install(host, place / "debian", packages.ALWAYS)
        _libraries(host, place)
        shutil.rmtree(place / "wheels")  # what it holds is installed now
        _finish(place, told.runtime)
    return True


def _libraries(host: Host, place: Path) -> None:
    """Install the wheels of a layer and nothing else, whatever pip is told by this host's own settings."""
    venv = place / "venv"
    host.run(["/usr/bin/python3", "-I", "-m", "venv", venv], step="python3 -m venv")
    host.run([venv / "bin/python3", "-I", "-m", "pip", "install", "--isolated", "--quiet", "--no-index",
              "--no-deps", "--require-hashes", "--disable-pip-version-check", f"--find-links={place / 'wheels'}",
              "--requirement", place / "requirements.txt"], step="pip install",
             more={"PIP_CONFIG_FILE": os.devnull})


@contextlib.contextmanager
def _given_back(place: Path) -> Iterator[None]:
    """Begin a folder anew, and give its room back where it does not come to its end: papers want the same disk."""
    shutil.rmtree(place, ignore_errors=True)
    try:
        yield
    except (ApplianceError, OSError):
        shutil.rmtree(place, ignore_errors=True)
        raise


def product(host: Host, folder: Path, told: Manifest) -> bool:
    """Lay down the product of a release; return whether that had to be done.

    Raises:
        ApplianceError: HOST_REFUSED, RELEASE_DAMAGED.
    """
    place = host.releases / told.version
    if lies(place):
        return False
    with _given_back(place):
        unpacking.tar(folder / told.app_layer, place, told.files[told.app_layer]["sha256"])
        for name, sha256 in ((MANIFEST, told.digest), (INSTALLER, told.files[INSTALLER]["sha256"])):
            shutil.copyfile(folder / name, place / name)  # whatever mode they were carried with
            prove(place / name, sha256)
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
    host.run(["/usr/bin/python3", "-I", "-m", "venv", "--without-pip", venv], step="python3 -m venv")
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
