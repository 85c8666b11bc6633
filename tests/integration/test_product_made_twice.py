"""The product's layer, made twice from the same commit, is the same file; hosts need not be sent it again."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from appliance.building import release
from appliance.core import files
from appliance.release import unpacking

ROOT = Path(__file__).parents[2]
SOURCES = ("appliance", "firmware_profiles", "systemd", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE")
EPOCH = 1_790_000_000


def copy(place: Path) -> Path:
    """Copy the sources as a checkout at another place and time has them."""
    place.mkdir(parents=True)
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / name, copy_function=shutil.copyfile,
                            ignore=shutil.ignore_patterns("__pycache__", "*.nbi", "*.nbc"))
        else:
            shutil.copyfile(ROOT / name, place / name)
    return place


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two layers, of two copies, the second under another umask."""
    made: list[Path] = []
    for name, umask in (("here", 0o022), ("somewhere/else", 0o077)):
        place = tmp_path_factory.mktemp("made")
        before = os.umask(umask)
        try:
            source = copy(tmp_path_factory.mktemp("source") / name)
            release.app_layer(source, place / "app", place, EPOCH)
        finally:
            os.umask(before)
        (layer,) = place.glob("app-*.tar")
        made.append(layer)
    return made[0], made[1]


def test_two_builds_of_the_product_are_the_same_file(twice: tuple[Path, Path]) -> None:
    assert twice[0].read_bytes() == twice[1].read_bytes()


def test_all_that_a_host_takes_from_the_product_is_in_its_layer(twice: tuple[Path, Path], tmp_path: Path) -> None:
    unpacking.tar(twice[0], tmp_path / "app", files.sha256_of(twice[0]))  # as hosts do
    for name in ("APP.json", "systemd/appliance.service", "systemd/sysusers.conf", "firmware_profiles/virtual.toml",
                 "monitoring/dashboards/appliance-office.json"):
        assert (tmp_path / "app" / name).is_file(), name
    shipped = {path.name for path in (ROOT / "firmware_profiles").glob("*.toml")}
    assert {path.name for path in (tmp_path / "app/firmware_profiles").iterdir()} == shipped


def test_hosts_do_not_get_what_releases_are_made_with(twice: tuple[Path, Path]) -> None:
    with tarfile.open(twice[0]) as tar:
        (wheel,) = [entry for entry in tar if entry.name.endswith(".whl")]
        stream = tar.extractfile(wheel)
        assert stream is not None
        names = zipfile.ZipFile(stream).namelist()
    assert "appliance/release/command.py" in names
    assert not [name for name in names if name.startswith("appliance/building/")]
