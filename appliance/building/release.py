"""A release from end to end: what ``make release`` does, in order."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from appliance import __version__
from appliance.building import debian, layer, lock, sbom, seal, tool, wheelhouse
from appliance.spool import schema

INSTALLER = ("appliance/__init__.py", "appliance/core/__init__.py", "appliance/core/errors", "appliance/release")
"""What the installer consists of: nothing but Python's standard library below it."""

MAIN = "appliance.release.command:main"
PYTHON, MACHINE = "3.11", "x86_64"
UPGRADE_FROM = "0.1.0"
"""The oldest release that this one may follow."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where a release is made.

    Attributes:
        root: the working copy.
        cache: what was brought for earlier releases.
        made: folder of the release.
    """

    root: Path
    cache: Path
    made: Path

    @property
    def scratch(self) -> Path:
        """What layers are packed from."""
        return self.made.with_name(f"{self.made.name}.work")


def make(shop: Workshop, key: Path) -> Path:
    """Make a release and sign it; return its folder.

    Raises:
        ApplianceError: LOCK_STALE, TOOL_FAILED.
    """
    for folder in (shop.made, shop.scratch):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    epoch = int(tool.run(["git", "log", "-1", "--format=%ct"], folder=shop.root))
    runtime = _runtime(shop, epoch)
    wheel = _app(shop, epoch)
    packages = sorted((shop.scratch / "runtime/debian").glob("*.deb"))
    sbom.write(shop.made / "sbom.cdx.json", wheel, _wheels(shop), packages, epoch)
    layer.program(shop.root, _sources(shop.root), MAIN, shop.made / "installer.pyz")
    seal.write(shop.made, _facts(shop, runtime, epoch))
    seal.sign(shop.made, key)
    shutil.rmtree(shop.scratch)
    return shop.made


def _runtime(shop: Workshop, epoch: int) -> str:
    """Make the layer of all that is not ours; return its name."""
    folder = shop.scratch / "runtime"
    folder.mkdir()
    pins = lock.read(shop.root)
    wheelhouse.bring(pins, shop.cache / "wheels", folder)
    packages = debian.bring(shop.cache / "debian", folder / "debian")
    name = lock.digest(pins, packages)
    (folder / "debian.lock").write_text("".join(f"{line}\n" for line in packages), "ascii")
    (folder / "RUNTIME.json").write_text(f'{{"runtime": "{name}"}}\n', "ascii")
    layer.pack(folder, shop.made / f"runtime-{name}.tar", epoch)
    return name


def _app(shop: Workshop, epoch: int) -> Path:
    """Make the layer of the product; return its wheel."""
    folder = shop.scratch / "app"
    folder.mkdir()
    wheel = wheelhouse.product(shop.root, folder, epoch)
    ignored = shutil.ignore_patterns("README.md", "__pycache__")
    for source, name in (("systemd", "systemd"), ("appliance/monitoring/shipped", "monitoring"),
                         ("firmware_profiles", "firmware_profiles")):
        shutil.copytree(shop.root / source, folder / name, ignore=ignored)
    (folder / "APP.json").write_text(f'{{"version": "{__version__}"}}\n', "ascii")
    layer.pack(folder, shop.made / f"app-{__version__}.tar", epoch)
    return wheel


def _facts(shop: Workshop, runtime: str, epoch: int) -> seal.Facts:
    commit = tool.run(["git", "rev-parse", "HEAD"], folder=shop.root).strip()
    made = datetime.fromtimestamp(epoch, UTC).isoformat()
    newest = schema.steps()[-1]
    return seal.Facts(__version__, commit, made, PYTHON, MACHINE, runtime, newest.number, newest.readable_from,
                      UPGRADE_FROM)


def _wheels(shop: Workshop) -> Sequence[Path]:
    return sorted((shop.scratch / "runtime/wheels").glob("*.whl"))


def _sources(root: Path) -> list[Path]:
    found = [root / name for name in INSTALLER]
    return sorted(file for one in found for file in (one.rglob("*.py") if one.is_dir() else [one]))
