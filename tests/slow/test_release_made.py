"""A whole release: made again it is the same files, and a host that reaches nothing installs from it.

Wheels and Debian packages are kept below build/ between runs; only the first one needs a registry and a mirror.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from debian_host import image, why_not

from appliance.building import debian, layer, lock, release, seal
from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.release import manifest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build"

PROVE = """
set -eu
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*
echo 'deb [trusted=yes] file:/release/debian ./' > /etc/apt/sources.list
apt-get -q update
apt-get -q -y --no-remove --no-install-recommends --download-only install "$@"
apt-get -q -y --no-remove --no-install-recommends --simulate install "$@"
"""


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "release"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, key: Path) -> Path:
    """A whole release; skips where neither what was kept nor a registry gives its parts."""
    shop = release.Workshop(ROOT, BUILD / "release", tmp_path_factory.mktemp("made") / "0.1.0")
    try:
        return release.make(shop, key, trial=True)
    except ApplianceError as problem:
        if problem.code == errors.TOOL_FAILED.code and ("pip download" in problem.en or "apt-get" in problem.en):
            pytest.skip(f"no registry or mirror: {problem.en}")
        raise


def runtime_of(folder: Path) -> Path:
    (found,) = folder.glob("runtime-*.tar")
    return found


def test_a_release_made_again_from_its_lock_and_the_kept_folder_is_the_same(
        made: Path, key: Path, tmp_path: Path) -> None:
    kept = made.with_name("0.1.0.debian.lock")
    shop = release.Workshop(ROOT, BUILD / "release", tmp_path / "0.1.0", packages=kept)
    again = release.make(shop, key, trial=True)
    for path in sorted(made.iterdir()):
        assert (again / path.name).read_bytes() == path.read_bytes(), path.name
    assert sorted(again.iterdir()) == [again / path.name for path in sorted(made.iterdir())]
    assert shop.lock.read_bytes() == kept.read_bytes()
    shutil.rmtree(again)


def test_a_release_holds_what_the_manual_says_and_every_file_is_in_its_manifest(made: Path, key: Path) -> None:
    keys = key.with_name("release-keys")
    keys.write_text(seal.believed(key.with_suffix(".pub").read_text("ascii")), "ascii")
    told = manifest.believed(made, keys)
    assert set(told.files) == {f"runtime-{told.runtime}.tar", f"app-{told.version}.tar", "sbom.cdx.json",
                               "installer.pyz"}
    assert {path.name for path in made.iterdir()} == {*told.files, manifest.MANIFEST, manifest.SIGNATURE}


def test_the_runtime_is_named_by_what_is_in_it(made: Path, tmp_path: Path) -> None:
    with tarfile.open(runtime_of(made)) as tar:
        tar.extractall(tmp_path, filter="data")
    (tmp_path / "RUNTIME.json").unlink()
    assert runtime_of(made).name == f"runtime-{layer.digest(tmp_path)}.tar"
    pins = lock.read(ROOT)
    assert (tmp_path / "requirements.txt").read_text("ascii").splitlines() == [pin.line for pin in sorted(pins)]
    assert len(list((tmp_path / "wheels").glob("*.whl"))) == len(pins)
    assert set(debian.wanted()) <= {package.name for package in debian.read(tmp_path / "debian.lock")}


def test_every_part_of_a_release_is_in_its_list_of_parts(made: Path) -> None:
    named = {(part["name"].lower(), part["version"]) for part in
             json.loads((made / "sbom.cdx.json").read_text("utf-8"))["components"]}
    with tarfile.open(runtime_of(made)) as tar:
        text = tar.extractfile("debian.lock")
        assert text is not None
        packages = [line.split() for line in text.read().decode("ascii").splitlines()]
    assert {(name, version) for name, version, *_ in packages} <= named
    wheels = {(name.replace("_", "-").replace(".", "-"), version) for name, version in named}
    assert {(pin.name, pin.version) for pin in lock.read(ROOT)} <= wheels


@pytest.mark.skipif(bool(why_not()), reason=why_not())
def test_a_bare_host_that_reaches_nothing_has_every_package_from_the_release(made: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "release").mkdir(parents=True)
    subprocess.run(["tar", "-xf", image(BUILD / "slow"), "-C", tree, "--exclude=./dev/*"], check=True)
    subprocess.run(["tar", "-xf", runtime_of(made), "-C", tree / "release", "debian"], check=True)
    (tree / "prove.sh").write_text(PROVE, "ascii")
    groups = debian.groups()
    for names in (debian.wanted(), [*groups["base"], *groups["scanner"], *groups["ocr"]]):
        inside = ["unshare", "--mount", "--net", "chroot", tree, "sh", "/prove.sh", *names]
        done = subprocess.run(inside, check=False, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        installed = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("Inst ")}
        assert "tesseract-ocr-vie" in installed
        assert ("samba" in installed) == ("samba" in names)
