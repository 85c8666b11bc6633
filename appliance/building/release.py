"""A release from end to end: what ``make release`` does, in order."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from appliance import __version__
from appliance.building import debian, layer, licences, lock, sbom, seal, tool, wheelhouse
from appliance.core import errors
from appliance.release import manifest
from appliance.spool import schema

INSTALLER = ("appliance/__init__.py", "appliance/core/__init__.py", "appliance/core/errors", "appliance/release")
"""What the installer consists of: nothing but Python's standard library below it."""

MAIN = "appliance.release.command:main"
PYTHON, MACHINE = "3.11", "x86_64"
UPGRADE_FROM = "0.1.0"
"""The oldest release that this one may follow."""

BESIDE = (("systemd", "systemd"), ("appliance/monitoring/shipped", "monitoring"),
          ("firmware_profiles", "firmware_profiles"))
"""Folders of the working copy that the product's layer has beside the wheel, and their names there."""

CHANGED = "+changed"
"""Stands behind the commit of a release that was made for trials from something else."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where a release is made.

    Attributes:
        root: the working copy.
        cache: what was brought for earlier releases.
        made: folder of the release.
        packages: lock of Debian packages; none: the newest.
    """

    root: Path
    cache: Path
    made: Path
    packages: Path | None = None

    @property
    def scratch(self) -> Path:
        """Where it is made: the folder of the release is there whole or not at all."""
        return self.made.with_name(f"{self.made.name}.work")

    @property
    def lock(self) -> Path:
        """Which Debian packages it has; lies beside it."""
        return self.made.with_name(f"{self.made.name}.debian.lock")


@dataclass(frozen=True, slots=True)
class Origin:
    """What a release is made of.

    Attributes:
        commit: of the working copy.
        epoch: when that was, seconds: every file of the release is of that time.
    """

    commit: str
    epoch: int


def make(shop: Workshop, key: Path, *, trial: bool) -> Path:
    """Make a release and sign it; return its folder.

    Args:
        shop: where.
        key: signs.
        trial: also from a working copy with changes that no commit holds.

    Raises:
        ApplianceError: LOCK_STALE, LOCK_UNREADABLE, PACKAGE_GONE, TREE_CHANGED, TOOL_FAILED; RELEASE_UNFIT, where
            hosts would not take the version; RELEASE_GIVEN.
    """
    origin = origin_of(shop.root, trial=trial)
    with tool.alone(shop.cache):
        shutil.rmtree(shop.scratch, ignore_errors=True)
        made = shop.scratch / "made"
        made.mkdir(parents=True)
        wheel = app_layer(shop.root, shop.scratch / "app", made, origin.epoch)
        runtime, packages = _runtime(shop, made)
        told = licences.of(shop.scratch / "runtime/debian", packages, shop.cache)
        sbom.write(made / "sbom.cdx.json", wheel, _wheels(shop), told, origin.epoch)
        layer.program(shop.root, sources(shop.root), MAIN, made / "installer.pyz")
        seal.write(made, _facts(runtime, origin))
        manifest.parse((made / seal.MANIFEST).read_bytes())  # what no host takes is not made
        if not trial:
            refuse_given(shop.made, made)
        seal.sign(made, key)
        shutil.rmtree(shop.made, ignore_errors=True)
        made.rename(shop.made)
        shop.lock.write_text(debian.text(packages), "ascii")
        shutil.rmtree(shop.scratch)
    return shop.made


def origin_of(root: Path, *, trial: bool) -> Origin:
    """Return what a working copy is.

    Raises:
        ApplianceError: TREE_CHANGED, TOOL_FAILED.
    """
    commit, epoch = tool.run(["git", "log", "-1", "--format=%H %ct"], folder=root).split()
    changed = tool.run(["git", "status", "--porcelain"], folder=root).splitlines()
    if changed and not trial:
        raise errors.TREE_CHANGED.error(found=changed[0][3:])
    return Origin(commit + (CHANGED if changed else ""), int(epoch))


def refuse_given(before: Path, made: Path) -> None:
    """Raise RELEASE_GIVEN where another release lies under this version: hosts may have it already."""
    old, new = before / seal.MANIFEST, made / seal.MANIFEST
    if old.exists() and old.read_bytes() != new.read_bytes():
        raise errors.RELEASE_GIVEN.error(version=__version__, path=before)


def app_layer(root: Path, scratch: Path, made: Path, epoch: int) -> Path:
    """Make the layer of the product; return its wheel."""
    wheel = wheelhouse.product(root, scratch, epoch)
    ignored = shutil.ignore_patterns("README.md", "__pycache__")
    for source, name in BESIDE:
        shutil.copytree(root / source, scratch / name, ignore=ignored)
    _note(scratch / "APP.json", version=__version__)
    layer.pack(scratch, made / f"app-{__version__}.tar", epoch)
    return wheel


def _runtime(shop: Workshop, made: Path) -> tuple[str, Sequence[debian.Package]]:
    """Make the layer of all that is not ours; return its name and its Debian packages."""
    folder = shop.scratch / "runtime"
    folder.mkdir()
    pins = lock.read(shop.root)
    wheelhouse.bring(pins, shop.cache / "wheels", folder)
    packages = debian.bring(shop.cache / "debian", shop.packages, folder / "debian")
    (folder / "debian.lock").write_text(debian.text(packages), "ascii")
    name = layer.digest(folder)
    _note(folder / "RUNTIME.json", runtime=name, python=PYTHON, machine=MACHINE, wheels=len(pins),
          packages=len(packages))
    layer.pack(folder, made / f"runtime-{name}.tar", layer.EARLIEST)  # alike in every release that has it
    return name, packages


def _facts(runtime: str, origin: Origin) -> seal.Facts:
    made = datetime.fromtimestamp(origin.epoch, UTC).isoformat()
    newest = schema.steps()[-1]
    return seal.Facts(__version__, origin.commit, made, PYTHON, MACHINE, runtime, newest.number,
                      newest.readable_from, UPGRADE_FROM)


def _note(path: Path, **said: object) -> None:
    path.write_text(json.dumps(said, sort_keys=True) + "\n", "ascii")


def _wheels(shop: Workshop) -> Sequence[Path]:
    return sorted((shop.scratch / "runtime/wheels").glob("*.whl"))


def sources(root: Path) -> list[Path]:
    """Return the Python files that the installer consists of."""
    found = [root / name for name in INSTALLER]
    return sorted(file for one in found for file in (one.rglob("*.py") if one.is_dir() else [one]))
