"""Releases that follow the one of this source tree, made in seconds: only the layer of the product differs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ("appliance", "firmware_profiles", "systemd", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE")
MARK = "# The next release."
TABLE = "of_the_next_release"

MAKE = """
import json, os, shutil, sys
from pathlib import Path
from appliance.building import layer, release, seal
base, made, key = map(Path, sys.argv[1:4])
root, told = Path.cwd(), json.loads((base / "MANIFEST.json").read_text())
made.mkdir(parents=True)
origin = release.Origin(told["commit"], 1_800_000_000)
release.app_layer(root, made.with_name(f"{made.name}.app"), made, origin.epoch)
layer.program(root, release.sources(root), release.MAIN, made / "installer.pyz")
runtime = f"runtime-{told['runtime']}.tar"
os.link(base / runtime, made / runtime)
shutil.copy(base / "sbom.cdx.json", made)
seal.write(made, release._facts(told["runtime"], origin))
seal.sign(made, key)
"""
"""What ``make release`` does without the layer of dependencies, which is that of the release before."""


def follow(base: Path, version: str, folder: Path, *, broken: bool = False) -> Path:
    """Return the signed folder of a release with one more schema and a changed unit.

    Args:
        base: the release before; its key lies beside it.
        version: of the new one.
        folder: to make it in.
        broken: its daemon ends as soon as it starts; everything before that is well.
    """
    source, made = folder / f"{version}.source", folder / version
    source.mkdir(parents=True)
    for name in SOURCES:
        one = ROOT / name
        copy = shutil.copytree if one.is_dir() else shutil.copy
        copy(one, source / name)
    _change(source, version, broken=broken)
    done = subprocess.run([sys.executable, "-c", MAKE, str(base), str(made), str(base.parent / "key")], cwd=source,
                          env=os.environ | {"PYTHONPATH": str(source)}, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    shutil.rmtree(source)
    return made


def _change(source: Path, version: str, *, broken: bool) -> None:
    init = source / "appliance/__init__.py"
    lines = [f'__version__ = "{version}"' if line.startswith("__version__") else line
             for line in init.read_text().splitlines()]
    init.write_text("\n".join(lines) + "\n")
    with (source / "systemd/appliance.service").open("a") as unit:
        unit.write(f"{MARK}\n")
    migrations = source / "appliance/spool/migrations"
    newest = sorted(migrations.glob("[0-9]*.sql"))[-1].name[:4]
    (migrations / f"{int(newest) + 1:04}_next.sql").write_text(
        f"-- readable-from: {newest}\nCREATE TABLE {TABLE} (id INTEGER PRIMARY KEY) STRICT;\n")
    if broken:
        with (source / "appliance/daemon.py").open("a") as daemon:
            daemon.write('\nraise SystemExit("this release does not start")\n')
