"""A host without a mirror installs from the packages of a release; nobody but Debian puts one among them."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from appliance.building import debian
from appliance.building.apt import Apt
from appliance.core import errors
from appliance.core.errors import ApplianceError

CONTROL = """\
Package: {name}
Version: {version}
Architecture: all
Maintainer: O <o@example.vn>
{more}Description: {name}
"""


def made(folder: Path, name: str, version: str, more: str = "") -> Path:
    tree = folder / f"{name}-{version.replace(':', '-')}"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN").chmod(0o755)
    (tree / "DEBIAN/control").write_text(CONTROL.format(name=name, version=version, more=more), "ascii")
    path = folder / f"{name}_{version.replace(':', '%3a')}_all.deb"
    subprocess.run(["dpkg-deb", "--build", tree, path], check=True, capture_output=True)
    return path


def mirror(folder: Path, origin: str, *packages: tuple[str, ...]) -> str:
    """Make a mirror of somebody; return its line for apt."""
    (folder / "pool").mkdir(parents=True)
    for package in packages:
        path = made(folder / "pool", *package)
        path.rename(folder / path.name.replace("%3a", "_"))
    debian.index(folder)
    index = (folder / "Packages").read_bytes()
    (folder / "Release").write_text(f"Origin: {origin}\nDate: Sun, 22 Nov 2026 00:00:00 UTC\nSHA256:\n"
                                    f" {hashlib.sha256(index).hexdigest()} {len(index)} Packages\n", "ascii")
    return f"deb [trusted=yes] file:{folder} ./\n"


def apt(folder: Path, *sources: str) -> Apt:
    folder.mkdir()
    (folder / "sources.list").write_text("".join(sources), "ascii")
    one = Apt(folder, folder / "sources.list")
    one.update()
    return one


def test_the_index_that_is_made_is_one_that_apt_installs_from(tmp_path: Path) -> None:
    line = mirror(tmp_path / "mirror", "Debian", ("reader", "1:2.0", "Depends: words (>= 1.5)\n"), ("words", "1.5"))
    host = apt(tmp_path / "host", line)
    said = host.ask("--simulate", "install", "reader")
    assert "Inst reader (1:2.0" in said
    assert "Inst words (1.5" in said
    before = (tmp_path / "mirror/Packages").read_bytes()
    debian.index(tmp_path / "mirror")
    assert (tmp_path / "mirror/Packages").read_bytes() == before


def test_a_newer_package_of_somebody_else_does_not_come_to_offices(tmp_path: Path) -> None:
    ours = mirror(tmp_path / "debian", "Debian", ("reader", "2.0"))
    theirs = mirror(tmp_path / "vendor", "Somebody", ("reader", "9.0"), ("gift", "1.0"))
    host = apt(tmp_path / "host", ours, theirs)
    assert list(host.closure(["reader"])) == ["reader_2.0_all.deb"]
    with pytest.raises(ApplianceError) as caught:
        host.closure(["gift"])
    assert caught.value.code == errors.TOOL_FAILED.code


def test_what_was_brought_before_is_still_part_of_the_release(tmp_path: Path) -> None:
    host = apt(tmp_path / "host", mirror(tmp_path / "mirror", "Debian", ("reader", "2.0")))
    before = host.closure(["reader"])
    (host.folder / "archives/reader_2.0_all.deb").write_bytes((tmp_path / "mirror/reader_2.0_all.deb").read_bytes())
    assert host.closure(["reader"]) == before != {}


def locked(folder: Path) -> tuple[Path, debian.Package]:
    (folder / "archives").mkdir(parents=True)
    path = made(folder / "archives", "reader", "1:2.0")
    package = debian.Package("reader", "1:2.0", "all", hashlib.sha256(path.read_bytes()).hexdigest())
    lock = folder / "debian.lock"
    lock.write_text(debian.text([package]), "ascii")
    return lock, package


def test_the_packages_of_an_earlier_release_are_brought_again_without_a_mirror(tmp_path: Path) -> None:
    lock, package = locked(tmp_path / "cache")
    assert debian.bring(tmp_path / "cache", lock, tmp_path / "repository") == (package,)
    assert {path.name for path in (tmp_path / "repository").iterdir()} == {package.file, "Packages", "GROUPS.json"}
    assert json.loads((tmp_path / "repository/GROUPS.json").read_text("ascii")) == debian.groups()
    assert f"Filename: ./{package.file}" in (tmp_path / "repository/Packages").read_text("utf-8")


def test_a_kept_package_that_was_changed_or_lost_makes_no_release(tmp_path: Path) -> None:
    lock, package = locked(tmp_path / "cache")
    kept = tmp_path / "cache/archives" / package.kept
    kept.write_bytes(kept.read_bytes() + b"!")
    for place in ("first", "second"):
        with pytest.raises(ApplianceError) as caught:
            debian.bring(tmp_path / "cache", lock, tmp_path / place)
        assert caught.value.code == errors.PACKAGE_GONE.code
        kept.unlink(missing_ok=True)
