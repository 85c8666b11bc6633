"""What a release holds is locked: a lock for something else, or without a library, makes no release."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from appliance.building import debian, lock
from appliance.core import errors
from appliance.core.errors import ApplianceError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    (tmp_path / lock.FILE).parent.mkdir(parents=True)
    for name in ("pyproject.toml", str(lock.FILE)):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def refused(root: Path) -> str:
    with pytest.raises(ApplianceError) as caught:
        lock.read(root)
    return caught.value.code


def test_the_lock_of_this_repository_holds_every_library_in_a_version_that_is_asked_for() -> None:
    pins = {pin.name: pin for pin in lock.read(ROOT)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"][lock.EXTRA], *lock.APART]
    for wanted in map(Requirement, asked):
        pin = pins[wanted.name.lower().replace("_", "-")]
        assert wanted.specifier.contains(pin.version), wanted


def test_a_library_asked_for_after_the_lock_was_made_is_noticed(copy: Path) -> None:
    assert lock.read(copy)
    path = copy / "pyproject.toml"
    path.write_text(path.read_text("utf-8").replace('  "segno>=1.6,<2",', '  "segno>=1.6,<3",'), "utf-8")
    assert refused(copy) == errors.LOCK_STALE.code


def test_a_change_that_concerns_no_library_needs_no_new_lock(copy: Path) -> None:
    path = copy / "pyproject.toml"
    path.write_text(path.read_text("utf-8").replace("line-length = 116", "line-length = 117"), "utf-8")
    assert lock.read(copy)


def test_a_lock_that_is_missing_or_was_edited_by_hand_is_refused(copy: Path) -> None:
    path = copy / lock.FILE
    path.write_text(path.read_text("ascii") + "segno>=1.6\n", "ascii")
    assert refused(copy) == errors.LOCK_STALE.code
    path.unlink()
    assert refused(copy) == errors.LOCK_STALE.code


def test_what_pip_reads_is_name_version_and_hash() -> None:
    assert lock.Pin("segno", "1.6.6", "ab" * 32).line == f"segno==1.6.6 --hash=sha256:{'ab' * 32}"


def test_a_lock_of_debian_packages_is_read_as_it_was_written(tmp_path: Path) -> None:
    packages = (debian.Package("samba", "2:4.17.12+dfsg-0+deb12u2", "amd64", "cd" * 32),
                debian.Package("acl", "2.3.1-3", "amd64", "ab" * 32))
    path = tmp_path / "debian.lock"
    path.write_text(debian.text(packages), "ascii")
    assert debian.read(path) == tuple(sorted(packages))
    assert packages[0].kept == "samba_2%3a4.17.12+dfsg-0+deb12u2_amd64.deb"
    assert "%" not in packages[0].file
    assert ":" not in packages[0].file


@pytest.mark.parametrize("text", ["", "acl 2.3.1-3\n", "acl 2.3.1-3 amd64 0\n"])
def test_half_a_lock_of_debian_packages_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "debian.lock"
    path.write_text(text, "ascii")
    with pytest.raises(ApplianceError) as caught:
        debian.read(path)
    assert caught.value.code == errors.LOCK_UNREADABLE.code


def test_every_package_is_for_something_and_stands_once() -> None:
    names = [name for group in debian.groups().values() for name in group]
    assert sorted(names) == list(debian.wanted())
