"""``appliance release`` is killed at every step: one whole generation is left, and the next command mends the rest.

A kill stands for a power cut: what lies on the disk is the same where everything that counts is flushed before it
is named, as the code does it. Every change of a file and every program begun is a step.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from release_stand import HASH, Place, Works

from appliance.release import generation, links, shelf

pytestmark = pytest.mark.slow

STEPS = ("open", "os.rename", "os.symlink", "os.link", "os.mkdir", "os.remove", "os.chmod", "subprocess.Popen")
WRITES = os.O_WRONLY | os.O_RDWR
MANY = 400


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Works:
    return Works(tmp_path_factory.mktemp("works") / "made")


@pytest.fixture(scope="module")
def stage(works: Works, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One host for all tests: with 1.0.0 running and a folder of 1.1.0, and with 1.1.0 prepared."""
    with pytest.MonkeyPatch.context() as patch:
        made = Place(tmp_path_factory.mktemp("stage") / "host", works, patch)
        made.keep("bare")
        made.lay_runtime()
        made.keep("ready")
        assert made.up("1.0.0") == 0
        made.keep("running")
        assert made.run("install", made.release("1.1.0")) == 0
        made.prepare("1.1.0", settings='name = "two"\n')
        made.keep("prepared")
        yield made


def killed(place: Place, step: int, *words: str | Path) -> bool:
    """Run a command in a process that is killed at a step; return whether it came so far."""
    child = os.fork()
    if child == 0:
        left = [step]

        def count(event: str, about: tuple[Any, ...]) -> None:
            if event not in STEPS or (event == "open" and not (isinstance(about[2], int) and about[2] & WRITES)):
                return
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os._exit(place.run(*words))
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def whole(place: Place) -> str:
    """Prove that the host is one whole generation; return its version."""
    now = generation.current(place.host)
    assert now is not None
    assert links.differ(place.host, now) == []
    for name in ("bin/appliance", "systemd/appliance.service", "appliance.toml", "release/INSTALLED"):
        assert (place.host.current / name).exists(), name
    settings = (place.host.current / "appliance.toml").read_text()
    assert ('name = "one"' in settings) == (now.version == "1.0.0")
    return now.version


def steps(place: Place, kept: str, *words: str | Path, stride: int = 1, first: int = 1) -> Iterator[int]:
    """Yield after a command was killed at each of its steps, on a host that is as it was kept."""
    for step in range(first, MANY, stride):
        place.again(kept)
        if not killed(place, step, *words):
            assert step > first
            return
        yield step
    raise AssertionError("the command has no end")


def test_an_activation_cut_off_anywhere_is_done_by_the_next(stage: Place) -> None:
    seen = set()
    for _ in steps(stage, "prepared", "activate", "--gate", "ready", stride=2):
        seen.add(whole(stage))
        assert stage.run("activate", "--gate", "ready") == 0
        assert whole(stage) == stage.running == "1.1.0"
        assert not stage.host.underway.exists()
    assert seen == {"1.0.0", "1.1.0"}


def test_an_activation_cut_off_anywhere_is_left_by_a_rollback(stage: Place) -> None:
    for _ in steps(stage, "prepared", "activate", "--gate", "ready", stride=2, first=2):
        begun = stage.host.underway.exists()
        assert stage.run("rollback") == (0 if begun else 1)
        assert whole(stage) == stage.running == "1.0.0"
        assert not stage.host.underway.exists()


def test_the_way_back_from_a_bad_release_cut_off_anywhere_is_found_again(stage: Place) -> None:
    stage.again("prepared")
    (stage.root / "broken").write_text("1.1.0\n")
    broken = stage.root.with_name("spoilt")
    stage.keep(broken.name)
    for _ in steps(stage, "spoilt", "activate", "--gate", "ready", stride=3, first=12):
        whole(stage)
        assert stage.run("activate", "--gate", "ready") in (0, 1)
        assert whole(stage) == stage.running == "1.0.0"
        assert not stage.host.underway.exists()


def test_a_rollback_cut_off_anywhere_is_done_by_the_next(stage: Place) -> None:
    stage.again("prepared")
    assert stage.run("activate", "--gate", "ready") == 0
    stage.keep("turned")
    for _ in steps(stage, "turned", "rollback", stride=2):
        begun = whole(stage) == "1.1.0" or stage.host.underway.exists()
        assert stage.run("rollback") == (0 if begun else 1)
        assert whole(stage) == stage.running == "1.0.0"


def test_an_installation_cut_off_anywhere_is_done_by_the_next(stage: Place) -> None:
    folder = stage.again("running").release("1.1.0")
    for _ in steps(stage, "running", "install", folder, stride=5):
        assert whole(stage) == stage.running == "1.0.0"
        assert stage.run("install", folder) == 0
        assert (stage.host.releases / "1.1.0/INSTALLED").exists()
        program = stage.host.releases / "1.1.0/venv/bin/appliance"
        assert subprocess.run([program, "check"], check=False, capture_output=True).returncode == 0


def test_a_preparation_cut_off_anywhere_is_done_by_the_next(stage: Place) -> None:
    stage.again("prepared")
    (stage.root / "three.toml").write_text('name = "three"\n')
    stage.keep("asked")
    for _ in steps(stage, "asked", "prepare", "1.1.0", "--settings", stage.root / "three.toml"):
        assert whole(stage) == "1.0.0"
        assert stage.run("prepare", "1.1.0", "--settings", stage.root / "three.toml") == 0
        made = generation.wanted(stage.host)
        assert made is not None
        assert made.settings.read_text() == 'name = "three"\n'


def test_bare_python_installs_a_release_with_its_libraries(stage: Place) -> None:
    stage.again("bare")
    folder = stage.release("1.0.0")
    done = subprocess.run(["/usr/bin/python3", "-I", folder / "installer.pyz", "install", folder, "--root",
                           stage.root, "--json"], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout)["changed"]
    program = stage.host.releases / "1.0.0/venv/bin/python3"
    asked = subprocess.run([program, "-c", "import appliance.cli, tiny_library; print(tiny_library.ANSWER)"],
                           check=True, capture_output=True, text=True)
    assert asked.stdout.strip() == "42"
    assert "nothing starts" in stage.calls
    assert not (stage.root / "usr/sbin/policy-rc.d").exists()
    assert not list(stage.host.runtimes.glob("*/wheels"))


def test_three_generations_are_kept_and_what_they_need(stage: Place, capsys: pytest.CaptureFixture[str]) -> None:
    stage.again("ready")
    for version in ("1.0.0", "1.1.0", "1.2.0", "1.3.0"):
        assert stage.up(version) == 0
    assert stage.run("install", stage.release("1.9.0")) == 0  # for a night to come
    (stage.host.generations / "9.new").mkdir()
    assert stage.run("clean") == 0
    assert stage.run("list") == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["releases"] == ["1.1.0", "1.2.0", "1.3.0", "1.9.0"]
    assert said["runtimes"] == [HASH]
    assert sorted(path.name for path in stage.host.generations.iterdir()) == ["2", "3", "4"]
    assert sorted(path.name for path in stage.host.kernels.iterdir()) == ["1.1.0", "1.2.0", "1.3.0", "1.9.0"]


def test_cleaning_cut_off_anywhere_leaves_nothing_half_that_is_taken_for_whole(stage: Place) -> None:
    stage.again("ready")
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        assert stage.up(version) == 0
    assert stage.run("install", stage.release("1.3.0")) == 0
    stage.prepare("1.3.0")
    stage.keep("four")
    parts = {path.name: sorted(file.relative_to(path) for file in path.rglob("*"))
             for path in stage.host.releases.iterdir()}
    for _ in steps(stage, "four", "activate", "--gate", "none", stride=4):
        for name in shelf.releases(stage.host):
            place = stage.host.releases / name
            assert sorted(file.relative_to(place) for file in place.rglob("*")) == parts[name]
        for one in generation.all_of(stage.host):
            assert {path.name for path in one.folder.iterdir()} >= {"release", "bin", "systemd", "appliance.toml"}
        for words in (("activate", "--gate", "none"), ("clean",)):
            assert stage.run(*words) == 0
        assert sorted(path.name for path in stage.host.releases.iterdir()) == ["1.1.0", "1.2.0", "1.3.0"]
        assert stage.running == "1.3.0"
