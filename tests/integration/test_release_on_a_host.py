"""A release on a host: believed, laid down, switched to, looked at, and left again when it does not hold."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from release_stand import HASH, SETTINGS, UNITS, Place, Works

from appliance.core.errors import ApplianceError
from appliance.release import generation, unpacking

Capsys = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Works:
    return Works(tmp_path_factory.mktemp("works") / "made")


@pytest.fixture(scope="module")
def stage(works: Works, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One host for all tests, kept as it is bare, with libraries, with 1.0.0 running, and with 1.1.0 prepared."""
    with pytest.MonkeyPatch.context() as patch:
        made = Place(tmp_path_factory.mktemp("stage") / "host", works, patch)
        made.keep("bare")
        made.lay_runtime()
        made.keep("ready")
        assert made.up("1.0.0") == 0
        made.keep("running")
        assert made.run("install", made.release("1.1.0")) == 0
        made.prepare("1.1.0")
        made.keep("prepared")
        yield made


@pytest.fixture
def bare(stage: Place) -> Place:
    return stage.again("bare")


@pytest.fixture
def place(stage: Place) -> Place:
    return stage.again("ready")


@pytest.fixture
def running(stage: Place) -> Place:
    return stage.again("running")


@pytest.fixture
def prepared(stage: Place) -> Place:
    return stage.again("prepared")


def told(capsys: Capsys) -> dict[str, Any]:
    """Return what the last command said."""
    return dict(json.loads(capsys.readouterr().out.splitlines()[-1]))


def refusal(place: Place, capsys: Capsys, *words: str | Path) -> str:
    """Run a command that must fail; return the code of its error."""
    capsys.readouterr()
    assert place.run(*words) == 1
    return str(told(capsys)["code"])


def test_the_second_time_nothing_is_done(place: Place, capsys: Capsys) -> None:
    folder = place.release("1.0.0")
    assert place.run("install", folder) == 0
    assert told(capsys)["changed"]
    place.prepare("1.0.0")
    assert place.run("activate", "--gate", "ready") == 0
    assert told(capsys)["changed"]
    again = ("prepare", "1.0.0", "--settings", place.root / "wanted.toml")
    for words in (("install", folder), again, ("activate",), ("clean",)):
        assert place.run(*words) == 0
        assert not told(capsys)["changed"], words


def test_the_layer_of_libraries_is_not_carried_twice(place: Place) -> None:
    folder = place.release("1.0.0")
    (folder / f"runtime-{HASH}.tar").unlink()
    assert place.run("install", folder) == 0
    assert place.host.kernels.joinpath("1.0.0").is_dir()


def test_without_its_layer_of_libraries_a_new_host_refuses(bare: Place, capsys: Capsys) -> None:
    folder = bare.release("1.0.0")
    (folder / f"runtime-{HASH}.tar").unlink()
    assert refusal(bare, capsys, "install", folder) == "H902"


def spoil_byte(folder: Path) -> None:
    """Change one byte of the product's layer."""
    path = folder / "app-1.0.0.tar"
    data = bytearray(path.read_bytes())
    data[600] ^= 1
    path.write_bytes(data)


def spoil_manifest(folder: Path) -> None:
    """Change what was signed."""
    path = folder / "MANIFEST.json"
    path.write_text(path.read_text().replace("c0ffee", "c0ffef"))


MISFORTUNES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a byte": (spoil_byte, "H902"), "a file": (lambda folder: (folder / "installer.pyz").unlink(), "H902"),
    "the manifest": (spoil_manifest, "H900"),
    "no signature": (lambda folder: (folder / "MANIFEST.json.sig").unlink(), "H900"),
    "no manifest": (lambda folder: (folder / "MANIFEST.json").unlink(), "H900"),
}


@pytest.mark.parametrize("name", MISFORTUNES)
def test_a_spoilt_release_is_refused_before_anything_is_unpacked(place: Place, capsys: Capsys, name: str) -> None:
    folder = place.release("1.0.0")
    spoil, code = MISFORTUNES[name]
    spoil(folder)
    assert refusal(place, capsys, "verify", folder) == code
    assert refusal(place, capsys, "install", folder) == code
    assert not place.host.releases.exists()


def test_a_release_by_an_unknown_key_is_refused(place: Place, tmp_path: Path, capsys: Capsys) -> None:
    stranger = Works(tmp_path / "stranger")
    assert refusal(place, capsys, "install", stranger.release("1.0.0", place.root)) == "H900"


def test_a_signature_for_another_purpose_is_refused(place: Place, capsys: Capsys) -> None:
    folder = place.release("1.0.0")
    (folder / "MANIFEST.json.sig").unlink()
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", place.works.key, "-n", "file",
                    folder / "MANIFEST.json"], check=True, capture_output=True)
    assert refusal(place, capsys, "install", folder) == "H900"


@pytest.mark.parametrize("about", [{"python": "3.13"}, {"machine": "aarch64"}, {"version": "../1"},
                                   {"runtime": "../../../etc"}])
def test_a_release_for_other_hosts_is_refused(place: Place, capsys: Capsys, about: dict[str, str]) -> None:
    folder = place.release("1.0.0")
    place.works.sign_again(folder, about)
    assert refusal(place, capsys, "install", folder) == "H901"


def test_a_layer_that_the_manifest_does_not_name_is_never_used(place: Place, capsys: Capsys) -> None:
    folder = place.release("1.0.0")
    layer = (folder / "app-1.0.0.tar").rename(folder / "app-1.0.0.tar.away")
    place.works.sign_again(folder, {})
    layer.rename(folder / "app-1.0.0.tar")
    assert refusal(place, capsys, "install", folder) == "H901"


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    """Return an entry of a tar."""
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


@pytest.mark.parametrize("bad", [
    entry("../outside"), entry("/outside"), entry("a/../../outside"), entry("link", tarfile.SYMTYPE, "/etc/passwd"),
    entry("hard", tarfile.LNKTYPE, "good"), entry("device", tarfile.BLKTYPE), entry("pipe", tarfile.FIFOTYPE),
    entry("good"),
], ids=["up", "absolute", "up within", "link", "hard link", "device", "pipe", "twice"])
def test_a_layer_writes_nothing_outside_its_place(tmp_path: Path, bad: tarfile.TarInfo) -> None:
    layer = tmp_path / "layer.tar"
    with tarfile.open(layer, "w") as made:
        made.addfile(entry("good"))
        made.addfile(bad)
    with pytest.raises(ApplianceError) as caught:
        unpacking.tar(layer, tmp_path / "deep/place", "")
    assert caught.value.code == "H902"
    assert not list(tmp_path.rglob("outside"))
    assert {path.name for path in (tmp_path / "deep/place").iterdir()} == {"good"}


def test_an_older_release_is_installed_only_where_that_is_meant(place: Place, capsys: Capsys) -> None:
    assert place.up("1.2.0") == 0
    older = place.release("1.1.0")
    assert refusal(place, capsys, "install", older) == "H903"
    assert place.run("install", older, "--allow-downgrade") == 0
    place.prepare("1.1.0")  # asked once is asked
    assert place.run("activate", "--gate", "ready") == 0
    assert place.running == "1.1.0"


def test_a_slip_in_the_version_of_an_inventory_does_not_go_back_to_what_lies_here(
        running: Place, capsys: Capsys) -> None:
    assert running.up("1.1.0") == 0
    words = ("prepare", "1.0.0", "--settings", running.root / "wanted.toml")
    assert refusal(running, capsys, *words) == "H903"
    assert running.run("activate") == 0
    assert running.running == "1.1.0"
    assert running.run(*words, "--allow-downgrade") == 0
    assert running.run("activate", "--gate", "ready") == 0
    assert running.running == "1.0.0"


def test_a_release_that_lies_here_is_not_prepared_across_a_gap(running: Place, capsys: Capsys) -> None:
    assert running.up("1.5.0") == 0
    assert running.run("install", running.release("2.0.0", upgrade_from="1.5.0")) == 0
    assert running.run("rollback") == 0
    assert refusal(running, capsys, "prepare", "2.0.0", "--settings", running.root / "wanted.toml") == "H904"


def test_a_release_that_is_too_far_is_refused(running: Place, capsys: Capsys) -> None:
    assert refusal(running, capsys, "install", running.release("2.0.0", upgrade_from="1.5.0")) == "H904"


def test_a_release_is_never_changed_under_its_version(running: Place, capsys: Capsys) -> None:
    assert refusal(running, capsys, "install", running.release("1.0.0", commit="another")) == "H905"


def test_a_small_disk_is_told_how_much_is_missing(place: Place, monkeypatch: pytest.MonkeyPatch,
                                                  capsys: Capsys) -> None:
    folder = place.release("1.0.0")
    usage = shutil.disk_usage(place.root)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert refusal(place, capsys, "install", folder) == "H906"
    assert not place.host.releases.exists()


def test_settings_that_the_release_refuses_make_no_generation(running: Place, capsys: Capsys) -> None:
    for said, settings in (((2, "C003: no such job"), SETTINGS + "bad = 1\n"), ((2, "C001: no TOML"), "[[[")):
        running.answers(v1_0_0_check=said)
        wanted = running.root / "bad.toml"
        wanted.write_text(settings)
        assert refusal(running, capsys, "prepare", "1.0.0", "--settings", wanted) == "H911"
    assert [one.number for one in generation.all_of(running.host)] == [1]


def test_a_half_installed_release_is_never_prepared(place: Place, capsys: Capsys) -> None:
    assert place.run("install", place.release("1.0.0")) == 0
    (place.host.releases / "1.0.0/INSTALLED").unlink()
    (place.root / "s.toml").write_text(SETTINGS)
    assert refusal(place, capsys, "prepare", "1.0.0", "--settings", place.root / "s.toml") == "H914"


def test_a_release_that_could_not_be_made_ready_is_installed_again(place: Place, capsys: Capsys) -> None:
    place.answers(v1_0_0_warm=(1, "no room for kernels"))
    folder = place.release("1.0.0")
    assert refusal(place, capsys, "install", folder) == "H907"
    place.answers()
    assert place.run("install", folder) == 0
    assert told(capsys)["changed"]


def test_generations_that_somebody_removed_do_not_stop_a_new_one(running: Place, capsys: Capsys) -> None:
    shutil.rmtree(running.host.generations)
    assert running.run("list") == 0
    running.prepare("1.0.0")
    assert running.run("activate", "--gate", "ready") == 0
    assert running.running == "1.0.0" and generation.current(running.host) is not None


def test_on_a_hardened_host_the_product_reads_its_settings_and_nobody_else(place: Place) -> None:
    os.umask(0o077)
    assert place.up("1.0.0") == 0
    folder = place.host.generations / "1"
    assert folder.joinpath("appliance.toml").stat().st_mode & 0o777 == 0o640
    assert folder.stat().st_mode & 0o777 == 0o751
    for path in (place.host.releases / "1.0.0").rglob("*"):
        mode = path.lstat().st_mode
        assert path.is_symlink() or (mode & 0o044 == 0o044 and not mode & 0o022), path


def test_everything_changes_with_one_link(running: Place) -> None:
    links = {path for path in running.host.units.iterdir() if path.is_symlink()}
    assert {path.name for path in links} == {name for name in UNITS if name.endswith(".service")}
    assert all(str(path.readlink()) == f"/opt/appliance/current/systemd/{path.name}" for path in links)
    rule = running.root / "etc/polkit-1/rules.d/60-appliance-pcscd.rules"
    assert str(rule.readlink()) == "/opt/appliance/current/systemd/60-appliance-pcscd.rules"
    assert str(running.host.settings.readlink()) == "/opt/appliance/current/appliance.toml"
    assert sorted(path.name for path in (running.host.units / "appliance.service.wants").iterdir()) == [
        "appliance-scanner@desk.service", "appliance-signer.service", "appliance-worker@1.service",
        "appliance-worker@2.service"]


def test_a_unit_that_the_new_release_has_not_goes(place: Place) -> None:
    assert place.up("1.0.0", units=(*UNITS, "appliance-old.service")) == 0
    assert (place.host.units / "appliance-old.service").is_symlink()
    assert place.up("1.1.0", settings='name = "two"\n') == 0
    assert not (place.host.units / "appliance-old.service").is_symlink()
    assert not (place.host.units / "appliance.service.wants/appliance-scanner@desk.service").is_symlink()


def test_settings_that_somebody_wrote_are_kept(running: Place) -> None:
    running.host.settings.unlink()
    running.host.settings.write_text("# by hand\n")
    running.prepare("1.0.0", settings='name = "two"\n')
    assert running.run("activate", "--gate", "none") == 0
    assert running.host.settings.is_symlink()
    assert running.host.settings.with_name("appliance.toml.1").read_text() == "# by hand\n"


def test_a_release_proves_itself_before_anything_stops(prepared: Place, capsys: Capsys) -> None:
    prepared.answers(v1_1_0_selftest=(1, "the fonts are missing"))
    assert refusal(prepared, capsys, "activate") == "H907"
    assert prepared.running == "1.0.0"
    assert not [call for call in prepared.calls if "drain" in call]


def test_a_batch_that_is_being_scanned_puts_it_off(prepared: Place, capsys: Capsys) -> None:
    prepared.answers(v1_0_0_drain=(3, "a batch is open"))
    capsys.readouterr()
    assert prepared.run("activate", "--minutes", "1") == 3
    assert told(capsys)["deferred"]
    assert prepared.running == "1.0.0"
    assert "1.0.0 drain --end" in prepared.calls
    assert prepared.run("activate", "--minutes", "0") == 0
    assert prepared.running == "1.1.0"


def test_a_release_that_does_not_start_is_left_again(prepared: Place, capsys: Capsys) -> None:
    (prepared.root / "broken").write_text("1.1.0\n")
    assert prepared.run("activate", "--gate", "ready") == 1
    said = told(capsys)
    assert (said["rolled_back"], said["code"], said["changed"]) == (True, "H909", True)
    assert "Job for appliance.service failed" in said["en"]
    assert prepared.running == "1.0.0"
    assert not prepared.host.underway.exists()
    assert prepared.run("list") == 0
    assert told(capsys)["current"] == "1.0.0"


def test_a_synthetic_dossier_that_is_not_packed_sends_it_back(prepared: Place, capsys: Capsys) -> None:
    prepared.answers(v1_1_0_heartbeat=(1, "T010: the reading differs"))
    assert prepared.run("activate", "--gate", "local") == 1
    assert "T010" in told(capsys)["vi"]
    assert prepared.running == "1.0.0"


def test_where_nobody_may_sign_the_gate_says_so_and_passes(place: Place, capsys: Capsys) -> None:
    place.answers(v1_0_0_heartbeat=(3, "K070: no leave to sign"))
    assert place.up("1.0.0", gate="archive") == 0
    assert "K070" in str(told(capsys)["note"])


PASSING = "  Đóng gói               pack          0.40 s\n  Chuyển                 upload       99.00 s\nA001: away"


@pytest.mark.parametrize(("gate", "code"), [("local", 0), ("archive", 1)])
def test_an_archive_that_is_away_fails_only_the_gate_that_asks_it(prepared: Place, gate: str, code: int) -> None:
    prepared.answers(v1_1_0_heartbeat=(1, PASSING))
    assert prepared.run("activate", "--gate", gate) == code


def test_where_the_old_one_does_not_start_either_that_is_said(prepared: Place, capsys: Capsys) -> None:
    (prepared.root / "broken").write_text("1.0.0\n1.1.0\n")
    assert prepared.run("activate", "--gate", "ready") == 1
    assert told(capsys)["code"] == "H913"
    (prepared.root / "broken").write_text("")
    assert prepared.run("rollback") == 0
    assert prepared.running == "1.0.0"


def test_a_first_release_that_fails_has_no_way_back(place: Place, capsys: Capsys) -> None:
    (place.root / "broken").write_text("1.0.0\n")
    assert place.up("1.0.0") == 1
    assert told(capsys)["code"] == "H907"
    assert refusal(place, capsys, "rollback") == "H910"


def test_the_way_back_by_hand_takes_settings_and_units_along(running: Place, capsys: Capsys) -> None:
    assert running.up("1.1.0", settings='name = "two"\n') == 0
    assert running.run("list") == 0
    assert told(capsys)["rollback_version"] == "1.0.0"
    assert running.run("rollback") == 0
    assert running.running == "1.0.0"
    assert 'name = "one"' in (running.host.current / "appliance.toml").read_text()
    assert (running.host.units / "appliance.service.wants/appliance-scanner@desk.service").is_symlink()
    assert running.run("activate") == 0
    assert running.running == "1.0.0"


def test_settings_that_were_taken_back_are_not_run(running: Place) -> None:
    running.prepare("1.0.0", settings='name = "two"\n')
    running.prepare("1.0.0")
    assert running.run("activate") == 0
    assert 'name = "one"' in (running.host.current / "appliance.toml").read_text()


def test_a_release_that_the_ledger_has_left_behind_is_not_run(running: Place, capsys: Capsys) -> None:
    assert running.up("1.1.0", schema=33, readable_from=32) == 0
    assert refusal(running, capsys, "rollback") == "H915"
    assert running.running == "1.1.0"


def test_a_link_that_somebody_replaced_is_laid_again(running: Place, capsys: Capsys) -> None:
    unit = running.host.units / "appliance.service"
    unit.unlink()
    unit.write_text("# by hand\n")
    capsys.readouterr()
    assert running.run("prepare", "1.0.0", "--settings", running.root / "wanted.toml") == 0
    assert told(capsys)["pending"]
    assert running.run("activate", "--gate", "none") == 0
    assert unit.is_symlink()


def test_more_debian_packages_come_from_what_lies_here(place: Place, capsys: Capsys) -> None:
    assert place.run("install", place.release("1.0.0")) == 0
    for changed in (True, False):
        capsys.readouterr()
        assert place.run("packages", "1.0.0", "--packages", "token,time") == 0
        assert told(capsys)["changed"] is changed
    assert refusal(place, capsys, "packages", "1.0.0", "--packages", "games") == "H907"


def test_a_package_of_the_host_is_never_lost_to_one_of_ours(running: Place, capsys: Capsys) -> None:
    words = ("packages", "1.0.0", "--packages", "time")
    (running.root / "remv").write_text("Inst chrony (4.3)\nRemv openssh-server [9]\nRemv ntp [4]\n")
    assert refusal(running, capsys, *words) == "H907"
    (running.root / "remv").write_text("Remv systemd-timesyncd [252]\n")
    assert running.run(*words) == 0


def test_two_changes_at_once_are_refused(place: Place, capsys: Capsys) -> None:
    with place.host.alone():
        assert refusal(place, capsys, "clean") == "H912"
