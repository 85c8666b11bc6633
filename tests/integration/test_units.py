"""The units as systemd sees them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "systemd"
MANUAL = (UNITS.parent / "docs/units.md").read_text(encoding="utf-8")
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
KINDS = (".service", ".slice", ".socket", ".timer")
OTHERS = sorted(path.name for path in UNITS.iterdir() if path.suffix in KINDS[1:])
ALWAYS = [name for name in SERVICES if "Type=oneshot" not in (UNITS / name).read_text()]
"""What runs for ever."""

EXPOSURE = {"appliance.service": 21, "appliance-scanner@.service": 17, "appliance-receiver.service": 16,
            "appliance-worker@.service": 5, "appliance-signer.service": 4, "appliance-backup.service": 4,
            "appliance-credentials.service": 11}
"""Exposure of each, in tenths (systemd-analyze security): it may fall, and then this falls with it."""

LATER = ("notify-reload", "RestartSteps", "RestartMaxDelaySec", "ImportCredential", "MemoryPressureWatch",
         "PrivatePIDs", "OpenFile", "FileDescriptorStorePreserve", "SurviveFinalKillSignal")
"""What systemd 252 does not know; it only warns of it, and goes on without."""

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="not run: needs systemd-analyze")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A root in which the programs of the units exist."""
    for name in ("opt/appliance/current/bin/appliance", "bin/sh"):
        program = tmp_path / name
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    units = tmp_path / "etc/systemd/system"
    units.mkdir(parents=True)
    for path in UNITS.iterdir():
        if path.suffix in KINDS:
            shutil.copy(path, units)
    lib = tmp_path / "usr/lib/systemd/system"
    lib.mkdir(parents=True)
    for name in ("sysinit.target", "basic.target", "shutdown.target", "multi-user.target", "network.target",
                 "local-fs.target", "sockets.target", "timers.target", "time-sync.target",
                 "time-set.target", "-.slice"):
        (lib / name).write_text("[Unit]\nDefaultDependencies=no\n")
    return tmp_path


@pytest.mark.parametrize("name", [*SERVICES, *OTHERS])
def test_systemd_has_nothing_to_say_about_a_unit(name: str, tree: Path) -> None:
    unit = name.replace("@.", "@1.")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", f"--root={tree}", unit],
                          check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_is_no_more_exposed_than_its_work_needs(name: str) -> None:
    limit = EXPOSURE[name]
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", f"--threshold={limit}", "--no-pager",
                           str(UNITS / name)], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-600:]
    shown = name.replace("scanner@.", "scanner@NAME.").replace("worker@.", "worker@N.")
    (row,) = [line for line in MANUAL.splitlines() if line.startswith(f"| `{shown}` |")]
    assert row.split("|")[-2].strip() == str(limit / 10)


@pytest.mark.parametrize("name", ALWAYS)
def test_a_unit_says_when_it_is_ready_is_watched_never_given_up_and_leaves_no_image_of_memory(name: str) -> None:
    lines = (UNITS / name).read_text().splitlines()
    for wanted in ("Type=notify", "NotifyAccess=main", "Restart=always", "StartLimitIntervalSec=0", "LimitCORE=0"):
        assert wanted in lines, wanted
    assert {"WatchdogSec", "MemoryMax", "TimeoutStartSec", "TimeoutStopSec"} <= {
        line.partition("=")[0] for line in lines}


@pytest.mark.parametrize("name", [*SERVICES, *OTHERS])
def test_no_unit_asks_for_what_the_systemd_of_debian_12_does_not_know(name: str) -> None:
    assert [word for word in LATER if word in (UNITS / name).read_text()] == []


def test_everything_at_an_office_shares_one_limit_that_leaves_memory_for_the_system() -> None:
    assert "MemoryMax=85%" in (UNITS / "appliance.slice").read_text()
    slices = {name: [line for line in (UNITS / name).read_text().splitlines() if line.startswith("Slice=")]
              for name in ALWAYS if name != "appliance-receiver.service"}
    assert slices.pop("appliance-worker@.service") == ["Slice=appliance-worker.slice"]
    assert set(map(tuple, slices.values())) == {("Slice=appliance.slice",)}


def test_a_stop_of_the_daemon_closes_its_socket_too_so_that_no_caller_starts_it_again() -> None:
    daemon = (UNITS / "appliance.service").read_text()
    assert "PropagatesStopTo=appliance.socket\n" in daemon
    assert "appliance.socket" not in "".join(line for line in daemon.splitlines() if line.startswith("Wants="))


@pytest.mark.skipif(os.geteuid() != 0, reason="not run: needs root")
def test_users_and_folders_are_made_with_the_modes_that_keep_what_is_secret(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for words in (["systemd-sysusers", f"--root={tmp_path}", str(UNITS / "sysusers.conf")],
                  ["systemd-tmpfiles", f"--root={tmp_path}", "--create", str(UNITS / "tmpfiles.conf")]):
        done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
    people = (tmp_path / "etc/passwd").read_text().splitlines()
    user = next(line for line in people if line.startswith("appliance:"))
    modes = {}
    for folder in ("etc/appliance", "etc/appliance/pki", "var/lib/appliance", "var/lib/appliance/keys",
                   "var/cache/appliance/numba"):
        found = (tmp_path / folder).stat()
        modes[folder] = (oct(found.st_mode & 0o777), found.st_uid == int(user.split(":")[2]))
    assert modes == {"etc/appliance": ("0o755", False), "etc/appliance/pki": ("0o755", False),
                     "var/lib/appliance": ("0o750", True),
                     "var/lib/appliance/keys": ("0o700", True), "var/cache/appliance/numba": ("0o750", True)}


def test_what_a_unit_may_not_see_is_there_before_it_starts_or_it_would_see_what_comes_later() -> None:
    made = {line.split()[1] for line in (UNITS / "tmpfiles.conf").read_text().splitlines() if line.startswith("d ")}
    hidden = {path.lstrip("-") for name in SERVICES for line in (UNITS / name).read_text().splitlines()
              if line.startswith("InaccessiblePaths=") for path in line.partition("=")[2].split()}
    assert hidden - made <= {"/var/lib/appliance/locked"}, "a backup leaves out by itself what is locked"


def test_every_secret_of_a_unit_is_looked_at_before_it_starts() -> None:
    wanted = {line.partition("=")[2] for name in SERVICES for line in (UNITS / name).read_text().splitlines()
              if line.startswith("LoadCredentialEncrypted=")}
    (row,) = [line for line in (UNITS / "appliance-credentials.sh").read_text().splitlines()
              if line.startswith("for name in ")]
    assert set(row.removeprefix("for name in ").removesuffix("; do").split()) == wanted
    for name in SERVICES:
        text = (UNITS / name).read_text()
        if "LoadCredentialEncrypted=" in text:
            ordered = [line.partition("=")[0] for line in text.splitlines() if "appliance-credentials" in line]
            assert ordered == ["After", "Wants"], name


def test_a_start_that_takes_minutes_is_not_broken_off_to_begin_anew_for_ever() -> None:
    assert "\nTimeoutStartSec=15min\n" in (UNITS / "appliance.service").read_text()


def test_the_journal_never_fills_the_disk_that_scans_lie_on() -> None:
    text = (UNITS / "journald.conf").read_text()
    assert "\nSystemMaxUse=1G\n" in text and "\nSystemKeepFree=1G\n" in text


def test_certificates_of_the_daemon_are_out_of_sight_of_those_that_open_what_comes_from_outside() -> None:
    for name in ("appliance-worker@.service", "appliance-scanner@.service", "appliance-signer.service"):
        assert "-/etc/appliance/pki" in (UNITS / name).read_text()


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
             if "InaccessiblePaths=-/var/lib/appliance/keys" in (UNITS / name).read_text()]
    assert sorted({*SERVICES} - {*blind}) == ["appliance-signer.service"]
