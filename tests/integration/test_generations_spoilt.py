"""Generations half removed, copied by hand or spoilt, a disk that is full: the host can still be turned over."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from release_stand import HASH, SETTINGS, Place, Works
from small_disk import small_disk

from appliance.release import generation, links

Capsys = pytest.CaptureFixture[str]
MAIN = "import sys; from appliance.release.command import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One host for all tests: 1.1.0 runs, 1.0.0 is where it came from, 1.2.0 is prepared."""
    with pytest.MonkeyPatch.context() as patch:
        works = Works(tmp_path_factory.mktemp("works") / "made")
        made = Place(tmp_path_factory.mktemp("stage") / "host", works, patch)
        made.lay_runtime()
        assert made.up("1.0.0") == 0
        assert made.up("1.1.0") == 0
        assert made.run("install", made.release("1.2.0")) == 0
        made.prepare("1.2.0")
        made.keep("prepared")
        yield made


@pytest.fixture
def place(stage: Place) -> Place:
    return stage.again("prepared")


def told(place: Place, capsys: Capsys) -> dict[str, Any]:
    """Return what lies on the host."""
    capsys.readouterr()
    assert place.run("list") == 0
    return dict(json.loads(capsys.readouterr().out.splitlines()[-1]))


def spoil(folder: Path, how: str) -> None:
    """Leave of a generation what a broken disk or a hand leaves."""
    if how == "no facts":
        (folder / "GENERATION.json").unlink()
    elif how == "no settings":
        (folder / "appliance.toml").unlink()
    elif how == "a folder by hand":
        shutil.rmtree(folder)
        (folder / "notes").mkdir(parents=True)
    else:
        (folder / "GENERATION.json").write_text({"empty": "", "another form": "[]", "half": '{"number": 3'}[how])


def here() -> dict[str, str]:
    """Return the environment of such a process: with the stand-ins, and with what is under test."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def words(place: Place, *said: str, script: str = MAIN) -> list[str]:
    """Return the words of a process that runs ``appliance release``."""
    return [sys.executable, "-c", script, *said, "--root", str(place.root), "--json"]


SPOILT = ("no facts", "no settings", "a folder by hand", "empty", "another form", "half")


@pytest.mark.parametrize("how", SPOILT)
def test_a_generation_that_is_spoilt_is_none_and_stands_in_nobodys_way(place: Place, capsys: Capsys,
                                                                       how: str) -> None:
    spoil(place.host.generations / "3", how)
    assert [one["generation"] for one in told(place, capsys)["generations"]] == [1, 2]
    place.prepare("1.2.0")
    assert place.run("activate", "--gate", "ready") == 0
    assert place.running == "1.2.0"
    assert place.run("clean") == 0
    assert place.run("rollback") == 0
    assert place.running == "1.1.0"


def test_a_generation_that_was_copied_by_hand_is_not_taken_for_another(place: Place, capsys: Capsys) -> None:
    shutil.copytree(place.host.generations / "2", place.host.generations / "7", symlinks=True)
    shutil.copytree(place.host.generations / "2", place.host.generations / "2.old", symlinks=True)
    assert [one["generation"] for one in told(place, capsys)["generations"]] == [1, 2, 3]
    place.prepare("1.2.0", settings='name = "two"\n')
    assert place.run("activate", "--gate", "ready") == 0
    assert place.running == "1.2.0"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"back": "one"}', '{"back": 99, "to": 3}'])
def test_a_note_of_an_activation_that_says_nothing_stops_nobody(place: Place, capsys: Capsys, text: str) -> None:
    place.host.underway.write_text(text)
    told(place, capsys)
    assert place.run("activate", "--gate", "ready") == 0
    assert place.running == "1.2.0"
    assert not place.host.underway.exists()
    place.host.underway.write_text(text)
    assert place.run("rollback") == 0
    assert place.running == "1.1.0"


def test_an_old_release_that_somebody_removed_stops_no_new_one(place: Place, capsys: Capsys) -> None:
    shutil.rmtree(place.host.releases / "1.0.0")
    assert place.run("activate", "--gate", "ready") == 0
    assert place.running == "1.2.0"


def test_no_way_back_leads_to_a_release_that_somebody_removed(place: Place, capsys: Capsys) -> None:
    assert place.run("activate", "--gate", "ready") == 0
    shutil.rmtree(place.host.releases / "1.1.0")
    assert told(place, capsys)["rollback_version"] == "1.0.0"
    assert place.run("rollback", "2") == 1
    assert "H914" in capsys.readouterr().err
    assert place.running == "1.2.0"
    assert place.run("rollback") == 0
    assert place.running == "1.0.0"


def test_no_way_back_leads_to_what_was_gone_back_from(place: Place, capsys: Capsys) -> None:
    assert place.run("rollback") == 0  # 1.1.0 was no good
    place.prepare("1.2.0")
    assert place.run("activate", "--gate", "ready") == 0
    assert told(place, capsys)["rollback_version"] == "1.0.0"
    assert place.run("rollback") == 0
    assert place.running == "1.0.0"


def test_who_goes_forward_again_may_come_back_there(place: Place, capsys: Capsys) -> None:
    assert place.run("rollback") == 0
    assert place.run("rollback", "2") == 0
    assert place.running == "1.1.0"
    place.prepare("1.2.0")
    assert place.run("activate", "--gate", "ready") == 0
    assert told(place, capsys)["rollback_version"] == "1.1.0"


def test_a_release_that_was_left_still_holds_the_ledger(place: Place, capsys: Capsys) -> None:
    assert place.run("activate", "--gate", "ready") == 0
    assert place.up("1.3.0", schema=33, readable_from=31) == 0
    assert place.run("rollback") == 0
    assert place.run("install", place.release("1.4.0", schema=30, readable_from=30)) == 0
    place.prepare("1.4.0")
    capsys.readouterr()
    assert place.run("activate") == 1
    assert "H915" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["generations", "releases"])
def test_what_was_half_removed_when_the_power_went_is_not_taken_for_whole(
        place: Place, capsys: Capsys, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    removed = shutil.rmtree

    def cut_off(path: Path, ignore_errors: bool = False) -> None:
        if path.parent.name == kind and not ignore_errors:
            raise OSError(5, "power", str(path))
        removed(path, ignore_errors)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", cut_off)
        assert place.run("activate", "--gate", "ready") == 0
        assert place.up("1.3.0") == 0  # what cannot be removed fails nobody
        assert place.run("clean") == 1
    left = place.host.opt / kind / {"generations": "1", "releases": "1.0.0"}[kind]
    assert left.is_dir()
    said = told(place, capsys)
    assert "1.0.0" not in (said["releases"] if kind == "releases" else
                           [one["version"] for one in said["generations"]])
    assert place.run("clean") == 0
    assert not left.exists()


def test_releases_do_not_pile_up_until_the_disk_is_full(place: Place) -> None:
    for version in ("1.2.0", "1.3.0", "1.4.0", "1.5.0"):
        if version != "1.2.0":
            assert place.run("install", place.release(version)) == 0
            place.prepare(version)
        assert place.run("activate", "--gate", "ready") == 0
    for folder in (place.host.releases, place.host.kernels):
        assert sorted(path.name for path in folder.iterdir()) == ["1.3.0", "1.4.0", "1.5.0"]


def test_changes_of_settings_do_not_wear_out_the_way_back_to_a_release(place: Place, capsys: Capsys) -> None:
    assert place.run("activate", "--gate", "ready") == 0
    for number in range(5):
        place.prepare("1.2.0", settings=f'name = "{number}"\n')
        assert place.run("activate", "--gate", "ready") == 0
    lying = {one["version"]: one["generation"] for one in told(place, capsys)["generations"] if one["ran"]}
    assert place.run("rollback", str(lying["1.1.0"])) == 0
    assert place.running == "1.1.0"


def test_the_libraries_of_a_release_that_is_on_its_way_stay(place: Place) -> None:
    other = place.host.runtimes / "fedcba9876543210"
    shutil.copytree(place.host.runtimes / HASH, other, symlinks=True)
    coming = place.host.opt / "incoming/1.9.0"
    coming.mkdir(parents=True)
    assert place.run("clean") == 0
    assert other.is_dir()
    coming.rmdir()
    assert place.run("clean") == 0
    assert not other.exists()


def test_cleaning_passes_by_what_people_laid_beside(place: Place, tmp_path: Path) -> None:
    shutil.copytree(place.host.releases / "1.0.0", place.host.releases / "1.0.0.bak", symlinks=True)
    (tmp_path / "elsewhere").mkdir()
    (place.host.runtimes / "moved").symlink_to(tmp_path / "elsewhere")
    assert place.run("clean") == 0
    assert (tmp_path / "elsewhere").is_dir()
    assert (place.host.runtimes / HASH / "INSTALLED").exists()


@pytest.mark.parametrize("keep", ["0", "-1", "x"])
def test_a_number_of_generations_that_means_nothing_is_refused(place: Place, keep: str) -> None:
    with pytest.raises(SystemExit) as caught:
        place.run("clean", "--keep", keep)
    assert caught.value.code == 2
    assert len(generation.all_of(place.host)) == 3


def full(place: Place) -> None:
    """Let nothing be written beside the switch, as on a disk without a free block."""
    Path(f"{place.host.underway}.new").mkdir()


def test_a_full_disk_leaves_the_old_release_at_work_and_open_for_batches(place: Place, capsys: Capsys) -> None:
    full(place)
    capsys.readouterr()
    before = len(place.calls)
    assert place.run("activate", "--gate", "ready") == 1
    assert "H907" in capsys.readouterr().err
    assert place.running == "1.1.0"
    calls = place.calls[before:]
    assert calls.index("1.1.0 drain --minutes 10") < calls.index("1.1.0 drain --end")
    assert not [call for call in calls if "restart" in call]
    assert not place.host.underway.exists()


def test_a_full_disk_is_no_reason_to_stay(place: Place) -> None:
    full(place)
    assert place.run("rollback") == 0
    assert place.running == "1.0.0"


def test_a_disk_that_fills_up_at_any_byte_leaves_one_whole_release_at_work(
        place: Place, tmp_path: Path) -> None:
    folder = place.release("1.3.0")
    with small_disk(tmp_path / "small", 4) as small:
        opt = small / "appliance"
        shutil.copytree(place.host.opt, opt, symlinks=True)
        shutil.rmtree(place.host.opt)
        place.host.opt.symlink_to(opt)
        ballast = small / "papers"
        for left in (0, 4096, 20_000, 60_000):
            ballast.unlink(missing_ok=True)
            ballast.write_bytes(bytes(max(shutil.disk_usage(small).free - left, 0)))
            before = shutil.disk_usage(small).free
            assert place.run("install", folder) == 1
            assert shutil.disk_usage(small).free == before
            assert place.run("activate", "--gate", "ready") in (0, 1)
            now = generation.current(place.host)
            assert now is not None
            assert now.version == place.running
            assert links.differ(place.host, now) == []
        ballast.unlink()
        assert place.run("install", folder) == 0
        assert place.run("activate", "--gate", "ready") == 0
        ballast.write_bytes(bytes(shutil.disk_usage(small).free))
        assert place.run("rollback") == 0
        assert place.running == "1.1.0"


def test_who_presses_ctrl_c_while_a_batch_is_waited_for_leaves_batches_free_to_start(place: Place) -> None:
    program = place.host.releases / "1.1.0/venv/bin/appliance"
    place.answers(v1_1_0_drain=(0, ""))
    beside = program.with_name("real")
    program.rename(beside)
    program.write_text('#!/bin/sh\ncase "$*" in "drain --minutes"*) '
                       f'kill -INT $(cat {place.root}/pid); exit 1;; esac\nexec {beside} "$@"\n')
    program.chmod(0o755)
    script = f"import os, pathlib; pathlib.Path({str(place.root / 'pid')!r}).write_text(str(os.getpid())); {MAIN}"
    done = subprocess.run([*words(place, "activate", "--gate", "ready", script=script)], check=False, env=here(),
                          capture_output=True, timeout=50)
    assert done.returncode != 0
    assert "1.1.0 drain --end" in place.calls
    assert place.running == "1.1.0"


def test_a_terminal_that_knows_no_vietnamese_is_told_all_the_same(place: Place) -> None:
    done = subprocess.run(words(place, "prepare", "9.9.9", "--settings", "none"), check=False, capture_output=True,
                          env={**here(), "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 1
    assert json.loads(done.stdout)["vi"].startswith("Bản 9.9.9")


def test_two_who_change_a_host_at_once_get_one_after_the_other(place: Place) -> None:
    (place.root / "s.toml").write_text(SETTINGS + "# new\n")
    asked = words(place, "prepare", "1.2.0", "--settings", str(place.root / "s.toml"))
    both = [subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=here())
            for _ in range(2)]
    said = [json.loads(one.communicate(timeout=60)[0]) for one in both]
    assert sorted(one.returncode for one in both) in ([0, 0], [0, 1])
    assert all(one.get("code", "H912") == "H912" for one in said)
    assert max(one.number for one in generation.all_of(place.host)) == 4
