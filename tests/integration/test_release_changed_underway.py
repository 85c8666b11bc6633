"""A release that is changed between being proved and being used, or made to fill a disk: nothing of it is used."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from release_stand import HASH, Place, Works

from appliance.core import files
from appliance.core.errors import ApplianceError
from appliance.release import packages, unpacking

Capsys = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One host for all tests, with libraries."""
    with pytest.MonkeyPatch.context() as patch:
        works = Works(tmp_path_factory.mktemp("works") / "made")
        made = Place(tmp_path_factory.mktemp("stage") / "host", works, patch)
        made.keep("bare")
        made.lay_runtime()
        made.keep("ready")
        yield made


@pytest.fixture
def place(stage: Place) -> Place:
    return stage.again("ready")


def code_of(capsys: Capsys) -> str:
    """Return the code of the last refusal."""
    return str(json.loads(capsys.readouterr().out.splitlines()[-1])["code"])


def meanwhile(patch: Patch, place: Place, folder: Path, program: str, script: str) -> None:
    """Let something happen on the host when a program is first begun, after the release was proved."""
    folder.mkdir()
    stand_in = place.root.with_name("programs") / program
    (folder / program).write_text(f'#!/bin/sh\n{script}\nexec {stand_in} "$@"\n')
    (folder / program).chmod(0o755)
    patch.setenv("PATH", f"{folder}:{stand_in.parent}:/usr/bin:/bin")


@pytest.mark.parametrize("name", ["app-1.0.0.tar", "installer.pyz", "MANIFEST.json"])
def test_a_file_that_is_changed_after_it_was_proved_is_not_installed(
        place: Place, tmp_path: Path, monkeypatch: Patch, capsys: Capsys, name: str) -> None:
    folder = place.release("1.0.0")
    evil = tmp_path / "evil"
    shutil.copy(folder / name, evil)
    with evil.open("ab") as file:
        file.write(b"\n")
    meanwhile(monkeypatch, place, tmp_path / "first", "dpkg-query", f"cp {evil} {folder / name}")
    assert place.run("install", folder, "--packages", "time") == 1
    assert code_of(capsys) == "H902"
    assert not list(place.host.releases.iterdir())


def test_libraries_that_are_changed_after_they_were_proved_are_not_installed(stage: Place, tmp_path: Path) -> None:
    place = stage.again("bare")
    folder = place.release("1.0.0")
    with (folder / f"runtime-{HASH}.tar").open("r+b") as file:
        file.seek(-1, io.SEEK_END)  # behind the end of the archive: it unpacks as before
        file.write(b"x")
    with pytest.raises(ApplianceError) as caught:
        unpacking.tar(folder / f"runtime-{HASH}.tar", tmp_path / "place",
                      json.loads((folder / "MANIFEST.json").read_text())["files"][f"runtime-{HASH}.tar"]["sha256"])
    assert caught.value.code == "H902"


def sparse(size: int) -> bytes:
    """Return a tar whose one file stands for many zeros and takes nothing."""
    entry = tarfile.TarInfo("zeros")
    entry.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "zeros",
                         "GNU.sparse.realsize": str(size)}
    entry.size = 512
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(entry, io.BytesIO(f"1\n{size}\n0\n".encode().ljust(512, b"\0")))
    return made.getvalue()


@pytest.mark.parametrize("kind", ["holes", "compressed", "cut off"])
def test_a_layer_takes_on_the_disk_what_it_took_in_the_release(tmp_path: Path, kind: str) -> None:
    layer, plain = tmp_path / "layer.tar", tmp_path / "plain"
    plain.write_bytes(bytes(100_000))
    with tarfile.open(layer, "w:gz" if kind == "compressed" else "w") as tar:
        tar.add(plain, "plain")
    if kind == "holes":
        layer.write_bytes(sparse(1 << 30))
    if kind == "cut off":
        layer.write_bytes(layer.read_bytes()[:50_000])
    with pytest.raises(ApplianceError) as caught:
        unpacking.tar(layer, tmp_path / "place", files.sha256_of(layer))
    assert caught.value.code == "H902"
    assert sum(path.stat().st_size for path in (tmp_path / "place").iterdir()) < 100_000


def test_what_could_not_be_installed_gives_its_room_back(place: Place, capsys: Capsys) -> None:
    place.answers(v1_0_0_warm=(1, "No space left on device"))
    assert place.run("install", place.release("1.0.0")) == 1
    assert code_of(capsys) == "H907"
    assert not list(place.host.releases.iterdir())


def test_libraries_that_find_no_room_leave_nothing_behind(stage: Place, tmp_path: Path, monkeypatch: Patch,
                                                          capsys: Capsys) -> None:
    place = stage.again("bare")
    meanwhile(monkeypatch, place, tmp_path / "first", "apt-get", 'echo "No space left on device" >&2; exit 100')
    assert place.run("install", place.release("1.0.0")) == 1
    assert code_of(capsys) == "H907"
    assert not list(place.host.runtimes.iterdir())


def test_a_pipe_in_place_of_a_file_is_refused_and_not_waited_for(place: Place, capsys: Capsys) -> None:
    folder = place.release("1.0.0")
    (folder / "sbom.cdx.json").unlink()
    subprocess.run(["mkfifo", folder / "sbom.cdx.json"], check=True)
    assert place.run("verify", folder) == 1
    assert code_of(capsys) == "H902"


def test_a_host_without_ssh_keygen_does_not_blame_the_release(place: Place, monkeypatch: Patch,
                                                              capsys: Capsys) -> None:
    folder = place.release("1.0.0")
    monkeypatch.setattr("appliance.release.host.PLACES", ())
    monkeypatch.setenv("PATH", "/nowhere")
    assert place.run("verify", folder) == 1
    assert code_of(capsys) == "H907"


@pytest.mark.parametrize("about", [{"version": "1.4.0rc1"}, {"version": "1.4.0+local"}, {"version": "1.4"},
                                   {"schema": "31"}, {"upgrade_from": "first"}])
def test_what_is_wrong_with_a_manifest_is_named(place: Place, capsys: Capsys, about: dict[str, str]) -> None:
    folder = place.release("1.0.0")
    place.works.sign_again(folder, about)
    assert place.run("verify", folder) == 1
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    (name, value), = about.items()
    assert said["code"] == "H901"
    assert f"{name} {value!r}" in said["en"]


def test_a_file_without_a_hash_is_refused(place: Place, capsys: Capsys) -> None:
    folder = place.release("1.0.0")
    told = json.loads((folder / "MANIFEST.json").read_text())
    told["files"]["app-1.0.0.tar"].pop("sha256")
    (folder / "MANIFEST.json").write_text(json.dumps(told))
    (folder / "MANIFEST.json.sig").unlink()
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", place.works.key, "-n", "appliance-release",
                    folder / "MANIFEST.json"], check=True, capture_output=True)
    assert place.run("verify", folder) == 1
    assert code_of(capsys) == "H901"


def test_the_tenth_release_follows_the_ninth(place: Place, capsys: Capsys) -> None:
    assert place.up("1.9.0") == 0
    assert place.up("1.10.0") == 0
    assert place.run("install", place.release("1.9.1")) == 1
    assert code_of(capsys) == "H903"
    assert place.run("list") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["releases"] == ["1.9.0", "1.10.0"]


def test_a_key_that_has_expired_signs_nothing_any_more(place: Place, capsys: Capsys) -> None:
    folder = place.release("1.0.0")
    keys = place.host.keys
    keys.write_text(keys.read_text().replace("namespaces=", 'valid-before="20200101",namespaces='))
    assert place.run("verify", folder) == 1
    assert code_of(capsys) == "H900"


@pytest.mark.parametrize("path", [None, "", "stand-ins alone"])
def test_whoever_calls_and_with_whatever_path_the_programs_are_found(
        place: Place, monkeypatch: Patch, path: str | None) -> None:
    folder = place.release("1.0.0")
    stand_ins = str(place.root.with_name("programs"))
    monkeypatch.setattr("appliance.release.host.PLACES", (stand_ins, "/usr/sbin", "/usr/bin", "/sbin", "/bin"))
    if path is None:
        monkeypatch.delenv("PATH")
    else:
        monkeypatch.setenv("PATH", stand_ins if path else "")
    assert place.run("install", folder, "--packages", "time") == 0


def test_libraries_of_who_calls_do_not_lead_pip_astray(stage: Place, tmp_path: Path, monkeypatch: Patch) -> None:
    place = stage.again("bare")
    folder = place.release("1.0.0")
    other = tmp_path / "other/tiny_library-1.0.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-library\nVersion: 1.0\n")
    (tmp_path / "pip.conf").write_text(f"[install]\ntarget = {tmp_path / 'astray'}\n")
    monkeypatch.setenv("PYTHONPATH", str(other.parent))
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    assert place.run("install", folder) == 0
    assert list((place.host.runtimes / HASH).rglob("tiny_library.py"))


def test_upgrades_of_debian_itself_are_waited_for(place: Place, tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.setattr(packages, "LOOK_SECONDS", 0.0)
    busy = "dpkg: error: dpkg frontend lock was locked by another process with pid 7"
    meanwhile(monkeypatch, place, tmp_path / "first", "dpkg",
              f'case "$*" in *configure*) if [ ! -e {tmp_path}/once ]; then\n'
              f'touch {tmp_path}/once; echo "{busy}" >&2; exit 2; fi;; esac')
    assert place.run("install", place.release("1.0.0"), "--packages", "time") == 0
    assert (tmp_path / "once").exists()


def test_a_dpkg_that_fails_for_another_reason_is_not_waited_for(place: Place, tmp_path: Path, monkeypatch: Patch,
                                                                capsys: Capsys) -> None:
    meanwhile(monkeypatch, place, tmp_path / "first", "dpkg",
              'case "$*" in *configure*) echo "dpkg: error: disk" >&2; exit 2;; esac')
    assert place.run("install", place.release("1.0.0"), "--packages", "time") == 1
    assert code_of(capsys) == "H907"
