"""The units as systemd sees them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
EXPOSURE = {"appliance.service": 21, "appliance-receiver.service": 17, "appliance-scanner@.service": 25}
"""Highest exposure allowed, in tenths (systemd-analyze security); 5 for units without a network."""

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="not run: needs systemd-analyze")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A root in which the programs of the units exist."""
    program = tmp_path / "opt/appliance/current/bin/appliance"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    units = tmp_path / "etc/systemd/system"
    units.mkdir(parents=True)
    for path in UNITS.iterdir():
        if path.suffix in (".service", ".slice"):
            shutil.copy(path, units)
    lib = tmp_path / "usr/lib/systemd/system"
    lib.mkdir(parents=True)
    for name in ("sysinit.target", "basic.target", "shutdown.target", "multi-user.target", "network.target",
                 "local-fs.target", "-.slice"):
        (lib / name).write_text("[Unit]\nDefaultDependencies=no\n")
    return tmp_path


@pytest.mark.parametrize("name", SERVICES)
def test_systemd_has_nothing_to_say_about_a_unit(name: str, tree: Path) -> None:
    unit = name.replace("@.", "@1.")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", f"--root={tree}", unit],
                          check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_is_no_more_exposed_than_its_work_needs(name: str) -> None:
    limit = EXPOSURE.get(name, 5)
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", f"--threshold={limit}", "--no-pager",
                           str(UNITS / name)], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-600:]


def test_the_daemon_may_ask_how_right_the_clock_is_and_cannot_set_it() -> None:
    text = (UNITS / "appliance.service").read_text()
    assert "SystemCallFilter=clock_adjtime adjtimex\n" in text and "\nCapabilityBoundingSet=\n" in text
    assert "settime" not in text


def test_only_the_worker_may_make_code_at_run_time() -> None:
    without = [name for name in SERVICES if "MemoryDenyWriteExecute=yes" not in (UNITS / name).read_text()]
    assert without == ["appliance-worker@.service"]


def test_the_signer_and_the_workers_have_no_network() -> None:
    for name in ("appliance-signer.service", "appliance-worker@.service"):
        text = (UNITS / name).read_text()
        assert "RestrictAddressFamilies=AF_UNIX\n" in text
        assert "PrivateNetwork=yes" in text


def test_no_unit_waits_for_the_daemon_which_itself_waits_for_a_worker() -> None:
    for name in SERVICES:
        assert "After=appliance.service" not in (UNITS / name).read_text()


def test_the_key_is_out_of_sight_of_every_unit_but_the_signer() -> None:
    blind = [name for name in SERVICES
             if "InaccessiblePaths=-/var/lib/appliance/keys\n" in (UNITS / name).read_text()]
    assert sorted({*SERVICES} - {*blind}) == ["appliance-signer.service"]
