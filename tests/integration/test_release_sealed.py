"""What is signed says what it was made of, and hosts believe it: maker and host have the same words for it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from appliance import __version__
from appliance.building import release, seal
from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.release import manifest

RUNTIME = "0123456789abcdef"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "release"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    path.with_name("release-keys").write_text(seal.believed(path.with_suffix(".pub").read_text("ascii")), "ascii")
    return path


@pytest.fixture
def sealed(tmp_path: Path, key: Path) -> Path:
    folder = tmp_path / "0.1.0"
    folder.mkdir()
    for name in (f"runtime-{RUNTIME}.tar", "app-0.1.0.tar", "sbom.cdx.json", "installer.pyz"):
        (folder / name).write_text(name, "ascii")
    python = ".".join(platform.python_version_tuple()[:2])
    facts = seal.Facts("0.1.0", "0" * 40, "2026-11-22T00:00:00+00:00", python, platform.machine(), RUNTIME, 31, 29,
                       "0.1.0")
    seal.write(folder, facts)
    seal.sign(folder, key)
    return folder


def test_a_host_believes_what_was_signed_here(sealed: Path, key: Path) -> None:
    told = manifest.believed(sealed, key.with_name("release-keys"))
    assert (told.version, told.runtime, told.schema, told.readable_from) == ("0.1.0", RUNTIME, 31, 29)
    assert set(told.files) == {f"runtime-{RUNTIME}.tar", "app-0.1.0.tar", "sbom.cdx.json", "installer.pyz"}


def test_a_key_of_other_namespaces_signs_no_release(sealed: Path, key: Path, tmp_path: Path) -> None:
    public = key.with_suffix(".pub").read_text("ascii")
    keys = tmp_path / "keys"
    keys.write_text(seal.believed(public).replace(seal.NAMESPACE, "git"), "ascii")
    with pytest.raises(ApplianceError) as caught:
        manifest.believed(sealed, keys)
    assert caught.value.code == errors.RELEASE_UNSIGNED.code


def test_the_same_manifest_has_the_same_signature(sealed: Path, key: Path) -> None:
    before = (sealed / seal.SIGNATURE).read_bytes()
    seal.sign(sealed, key)
    assert (sealed / seal.SIGNATURE).read_bytes() == before
    told = json.loads((sealed / seal.MANIFEST).read_text("ascii"))
    assert told["format"] == 1
    assert seal.SIGNATURE not in told["files"]


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.vn", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_release_for_offices_is_not_made_of_what_no_commit_holds(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "code.py").write_text("1\n", "ascii")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert release.origin_of(tmp_path, trial=False).commit == commit
    (tmp_path / "code.py").write_text("2\n", "ascii")
    with pytest.raises(ApplianceError) as caught:
        release.origin_of(tmp_path, trial=False)
    assert caught.value.code == errors.TREE_CHANGED.code
    assert "code.py" in caught.value.en
    assert release.origin_of(tmp_path, trial=True).commit == commit + release.CHANGED


def test_another_release_under_a_version_that_was_made_takes_its_place_only_where_somebody_removed_it(
        sealed: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    shutil.copytree(sealed, made)
    release.refuse_given(sealed, made)
    release.refuse_given(tmp_path / "none", made)
    told = (made / seal.MANIFEST).read_text("ascii")
    (made / seal.MANIFEST).write_text(told.replace("0" * 40, "1" * 40), "ascii")
    with pytest.raises(ApplianceError) as caught:
        release.refuse_given(sealed, made)
    assert caught.value.code == errors.RELEASE_GIVEN.code


def test_the_version_of_this_repository_is_one_that_hosts_take() -> None:
    for version in (__version__, release.UPGRADE_FROM):
        assert manifest.VERSION.fullmatch(version)


def test_what_programs_say_is_read_alike_under_every_locale() -> None:
    asked = r"from appliance.building import tool; print(ascii(tool.run(['printf', r'\303\220'])))"
    env = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", asked], env=env, check=False, capture_output=True, text=True)
    assert done.stdout.strip() == r"'\xd0'", done.stderr
