"""``appliance devices check`` where no daemon runs: each device is asked in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sane_rig
from sane_backend import virtual_fi
from sane_backend.virtual_fi import VirtualFi

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(bool(virtual_fi.why_not()), reason=virtual_fi.why_not() or "-")


class Host:
    """A host with one SANE scanner and a network scanner that is away."""

    def __init__(self, folder: Path) -> None:
        self.device: VirtualFi = virtual_fi.make(folder / "device")
        self.settings = folder / "appliance.toml"
        self.profile = folder / "profiles" / f"{sane_rig.PROFILE}.toml"
        self.profile.parent.mkdir()
        self.profile.write_text(sane_rig.profile_text(sane_backend='"virtualfi"'), encoding="utf-8")
        self.settings.write_text(
            f'[storage]\nstate = "{folder}"\nruntime = "{folder}"\nprofiles = "{folder}/profiles"\n'
            f'[discovery]\nusb = false\n[[device]]\nname = "counter"\nkind = "sane"\n'
            f'profile = "{sane_rig.PROFILE}"\nsane_device = "{virtual_fi.DEVICE}"\n[[device]]\nname = "far"\nurl = "http://127.0.0.1:9/eSCL"\n')

    def check(self, *words: str) -> tuple[int, list[str]]:
        done = subprocess.run(
            [sys.executable, "-m", "appliance", "devices", "--config", str(self.settings), "check", *words],
            capture_output=True, text=True, check=False, timeout=60,
            env={**os.environ, **self.device.environment(), "PYTHONPATH": str(ROOT)})
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout.splitlines()[1:]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_a_device_is_asked_who_it_is_and_the_driver_is_judged(host: Host) -> None:
    code, lines = host.check("counter")
    assert "counter: ok: FUJITSU fi-8170, serial number VIRTUAL8170" in lines
    assert any(line.startswith("counter: ok: options ") for line in lines)
    assert any("SANE loads drivers besides virtualfi" in line and "test" in line for line in lines)
    assert code == 3


def test_one_device_that_is_away_is_wrong_and_the_other_is_told_all_the_same(host: Host) -> None:
    code, lines = host.check()
    assert "far: wrong: is not there: look after power and cable" in lines
    assert any(line.startswith("counter: ok: FUJITSU") for line in lines)
    assert code == 1


def test_what_is_lacking_and_what_is_refused_is_named(host: Host) -> None:
    host.device.control(rename="prepick:other")
    _, lines = host.check("counter")
    assert "counter: warning: its driver lacks options of the profile: prepick" in lines
    host.profile.write_text(host.profile.read_text().replace('value = "Stop"', 'value = "Halt"'))
    code, lines = host.check("counter")
    assert [line for line in lines if "df-action=Halt, allowed: Default | Continue | Stop" in line]
    assert code == 1


def test_a_driver_that_crashes_or_a_hostile_name_harms_nobody(host: Host) -> None:
    host.device.control(model="fi-8170\x1b[2J\x1b]0;x\x07")
    _, lines = host.check("counter")
    assert all(line.isprintable() for line in lines)
    host.device.control(open_crashes=1)
    code, lines = host.check("counter")
    assert ("counter: wrong: its driver ended with -11" in lines, code) == (True, 1)
