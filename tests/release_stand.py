"""Small signed releases, and a host that is a folder: systemd, apt and root are stand-ins on its PATH.

Under test is ``appliance release`` as it is; what real systemd makes of it is in tests/slow. The product is a wheel
of one module that notes what it was asked and answers as the test wants.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from appliance.building import debian, layer, release, seal
from appliance.core import files
from appliance.release import command
from appliance.release.host import Host

ROOT = Path(__file__).parents[1]
HASH = "0123456789abcdef"
UNITS = ("appliance.service", "appliance-signer.service", "appliance-worker@.service", "appliance-scanner@.service",
         "sysusers.conf", "60-appliance-pcscd.rules")
SETTINGS = 'name = "one"\n\n[[device]]\nname = "desk"\n'

PRODUCT = '''
import json, pathlib, sys

ROOT, VERSION = pathlib.Path({root!r}), {version!r}

def main():
    words = sys.argv[1:]
    with (ROOT / "calls").open("a") as log:
        log.write(" ".join([VERSION, *words]) + "\\n")
    said = json.loads((ROOT / "answers").read_text()).get(VERSION + " " + words[0], [0, ""])
    print(said[1], flush=True)
    return said[0]
'''

LIBRARY = {
    "tiny_library.py": "ANSWER = 42\n",
    "tiny_library-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny-library\nVersion: 1.0\n",
    "tiny_library-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "tiny_library-1.0.dist-info/RECORD": "",
}

PROGRAMS = {
    "runuser": 'shift 3; exec "$@"',
    "install": 'for last; do :; done; exec mkdir -p "$last"',
    "systemctl": r'''
units=ROOT/etc/systemd/system
verb=$1; shift
case $verb in
  is-active) [ "$1" = --quiet ] && exec test -e ROOT/running
    [ -e ROOT/running ] || exit 3
    for unit; do echo active; done;;
  enable) mkdir -p $units/appliance.service.wants; shift; shift
    for unit; do ln -sf "../$unit" "$units/appliance.service.wants/$unit"; done;;
  disable) for unit; do rm -f "$units/appliance.service.wants/$unit"; done;;
  restart) version=$(basename "$(readlink ROOT/opt/appliance/current/release)")
    if grep -qx "$version" ROOT/broken; then
      rm -f ROOT/running; echo "Job for appliance.service failed" >&2; exit 1
    fi
    echo "$version" > ROOT/running;;
esac''',
    "dpkg-query": 'for last; do :; done; grep -qx "$last" ROOT/debian || exit 1; printf "installed 1.0"',
    "dpkg": '[ "$1" = --compare-versions ] && exec /usr/bin/dpkg "$@"; true',
    "apt-get": '''[ -e ROOT/usr/sbin/policy-rc.d ] && echo "nothing starts" >> ROOT/calls
case "$*" in *--simulate) cat ROOT/remv; exit 0;; esac
case "$*" in *" install "*) for word; do echo "$word"; done >> ROOT/debian;; esac''',
    **dict.fromkeys(("chgrp", "udevadm", "journalctl", "systemd-sysusers", "systemd-tmpfiles"), ""),
}
"""What each does instead; ROOT is the host's folder. ``running`` says which version systemd runs."""


class Works:
    """Where releases are made and signed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = folder / "key"
        folder.mkdir(parents=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        self.installer = folder / "installer.pyz"
        sources = [file for name in release.INSTALLER for file in _python(ROOT / name)]
        layer.program(ROOT, sources, release.MAIN, self.installer)

    @property
    def keys(self) -> str:
        """What hosts believe."""
        return seal.believed(self.key.with_suffix(".pub").read_text())

    def release(self, version: str, root: Path, **about: Any) -> Path:
        """Make a release whose product notes in ``root`` what it is asked; ``about`` are facts of its manifest."""
        made, scratch = self.folder / f"{version}", self.folder / "scratch"
        for folder in (made, scratch):
            shutil.rmtree(folder, ignore_errors=True)
        made.mkdir()
        self._app(scratch / "app", version, root, about.pop("units", UNITS))
        layer.pack(scratch / "app", made / f"app-{version}.tar", 0)
        self._runtime(scratch / "runtime")
        layer.pack(scratch / "runtime", made / f"runtime-{HASH}.tar", 0)
        shutil.copy(self.installer, made)
        (made / "sbom.cdx.json").write_text("{}")
        facts = {"version": version, "commit": "c0ffee", "made": "2026-01-01T00:00:00+00:00", "python": "3.11",
                 "machine": "x86_64", "runtime": HASH, "schema": 31, "readable_from": 30, "upgrade_from": "1.0.0"}
        self._sign(made, {**facts, **about})
        return made

    def sign_again(self, folder: Path, about: Mapping[str, Any]) -> None:
        """Sign a manifest of what lies there now, with other facts."""
        told = json.loads((folder / "MANIFEST.json").read_text())
        self._sign(folder, {**{name: told[name] for name in told if name not in ("format", "files")}, **about})

    def _sign(self, folder: Path, facts: Mapping[str, Any]) -> None:
        seal.write(folder, seal.Facts(**facts))
        seal.sign(folder, self.key)

    def _app(self, folder: Path, version: str, root: Path, units: tuple[str, ...]) -> None:
        (folder / "systemd").mkdir(parents=True)
        for unit in units:
            (folder / "systemd" / unit).write_text(f"# {version}\n")
        with zipfile.ZipFile(folder / f"scanner_appliance-{version}-py3-none-any.whl", "w") as wheel:
            wheel.writestr("appliance/__init__.py", "")
            wheel.writestr("appliance/cli.py", PRODUCT.format(root=str(root), version=version))

    def _runtime(self, folder: Path) -> None:
        (folder / "debian").mkdir(parents=True)
        (folder / "wheels").mkdir()
        wheel = folder / "wheels/tiny_library-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as file:
            for name, text in LIBRARY.items():
                file.writestr(zipfile.ZipInfo(name), text)
        digest = files.sha256_of(wheel)
        (folder / "requirements.txt").write_text(f"tiny-library==1.0 --hash=sha256:{digest}\n")
        groups = debian.groups()
        (folder / "debian/GROUPS.json").write_text(json.dumps(groups))
        names = sorted({name for group in groups.values() for name in group})
        (folder / "debian/Packages").write_text("\n".join(f"Package: {name}\nVersion: 1.0\n" for name in names))


class Place:
    """A host below one folder."""

    def __init__(self, root: Path, works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.works, self.host = root, works, Host(root)
        self._programs(root.with_name("programs"))
        monkeypatch.setenv("PATH", f"{root.with_name('programs')}:{os.environ['PATH']}")
        self.host.keys.parent.mkdir(parents=True)
        self.host.units.mkdir(parents=True)
        self.host.keys.write_text(works.keys)
        for name, text in (("answers", "{}"), ("broken", ""), ("debian", ""), ("remv", ""), ("calls", "")):
            (root / name).write_text(text)

    def keep(self, name: str) -> None:
        """Keep the host as it is now, under a name."""
        shutil.copytree(self.root, self.root.with_name(name), symlinks=True)

    def again(self, name: str) -> Place:
        """Let the host be as it was kept."""
        shutil.rmtree(self.root)
        shutil.copytree(self.root.with_name(name), self.root, symlinks=True)
        return self

    def run(self, *words: str | Path) -> int:
        """Run ``appliance release`` here; return its exit code."""
        return command.main([*map(str, words), "--root", str(self.root), "--json"])

    def release(self, version: str, **about: Any) -> Path:
        """Make a release for this host."""
        return self.works.release(version, self.root, **about)

    def lay_runtime(self) -> None:
        """Let the runtime of all releases lie here: most tests are not about it."""
        place = self.host.runtimes / HASH
        (place / "venv/lib/python3.11/site-packages").mkdir(parents=True)
        self.works._runtime(place / "made")
        shutil.copytree(place / "made/debian", place / "debian")
        (place / "INSTALLED").write_text(f"{HASH}\n")

    def up(self, version: str, settings: str = SETTINGS, gate: str = "ready", **about: Any) -> int:
        """Install, prepare and activate a release; return the exit code of the last."""
        assert self.run("install", self.release(version, **about)) == 0
        self.prepare(version, settings)
        return self.run("activate", "--gate", gate)

    def prepare(self, version: str, settings: str = SETTINGS) -> None:
        """Join a release and settings."""
        wanted = self.root / "wanted.toml"
        wanted.write_text(settings)
        assert self.run("prepare", version, "--settings", wanted) == 0

    def answers(self, **said: tuple[int, str]) -> None:
        """Let the product answer: ``v1_1_0_check=(1, "no")``."""
        found = {name[1:].replace("_", ".", 2).replace("_", " ", 1): told for name, told in said.items()}
        (self.root / "answers").write_text(json.dumps(found))

    @property
    def running(self) -> str:
        """Which version systemd runs."""
        path = self.root / "running"
        return path.read_text().strip() if path.exists() else ""

    @property
    def calls(self) -> list[str]:
        """What the product and the stand-ins noted."""
        return (self.root / "calls").read_text().splitlines()

    def _programs(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        for name, text in PROGRAMS.items():
            note = f'echo "{name} $*" >> ROOT/calls\n'
            (folder / name).write_text(f"#!/bin/sh\n{note}{text}\n".replace("ROOT", str(self.root)))
            (folder / name).chmod(0o755)


def _python(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]
