"""What is told of clock, disk and release is what they say, and nothing is told that they do not say."""

from __future__ import annotations

import ctypes
import errno
import platform
import subprocess
import time
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from appliance import release_facts, system_clock
from appliance.exporter.host import HostReading
from appliance.exporter.metrics import Metrics
from appliance.system_clock import ClockReading

ROOT = Path(__file__).parents[3]


def kernel(monkeypatch: pytest.MonkeyPatch, answer: int, **fields: int) -> None:
    """Let the kernel answer so; the record is laid out as linux/timex.h has it."""
    def adjtimex(record: Any) -> int:
        found = record._obj
        assert found.modes == 0, "nothing is set"
        for name, value in fields.items():
            setattr(found, name, value)
        return answer

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(adjtimex=adjtimex))


def shown(reading: HostReading) -> dict[str, str]:
    lines = Metrics().show(host=reading).decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if line.startswith(("appliance_clock_", "appliance_spool_")))


def test_a_clock_that_counts_in_microseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel(monkeypatch, 0, offset=-1500, maxerror=250_000, status=0x0001)
    assert system_clock.read() == ClockReading(pytest.approx(-0.0015), 0.25, synchronised=True)  # type: ignore[arg-type]


def test_a_clock_that_counts_in_nanoseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel(monkeypatch, 0, offset=-1500, maxerror=250_000, status=0x2001)
    found = system_clock.read()
    assert found is not None and found.offset == pytest.approx(-1.5e-6)


def test_a_clock_that_nobody_sets_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel(monkeypatch, 5, maxerror=16_000_000, status=0x0040)
    assert system_clock.read() == ClockReading(0.0, 16.0, synchronised=False)


def test_a_sandbox_that_forbids_asking_gives_no_series(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel(monkeypatch, -1)
    assert system_clock.read() is None
    assert not [name for name in shown(HostReading(None)) if "clock" in name]


def forbidden() -> bool:
    """Say whether a sandbox forbids the call, asked by its other name, clock_adjtime(2)."""
    libc, record = ctypes.CDLL(None, use_errno=True), ctypes.create_string_buffer(1024)
    return libc.clock_adjtime(time.CLOCK_REALTIME, record) == -1 and ctypes.get_errno() == errno.EPERM


def test_this_kernel_answers() -> None:
    if forbidden():
        pytest.skip("not run: this sandbox lets nobody ask the kernel for its clock")
    found = system_clock.read()
    assert found is not None and found.most >= 0 and abs(found.offset) <= 1
    assert shown(HostReading(found))["appliance_clock_synchronised"] == str(float(found.synchronised))


def test_level_and_capacity_of_the_disk_are_two_series() -> None:
    found = shown(HostReading(None, 30, 120, 90))
    assert found == {"appliance_spool_bytes": "30.0", "appliance_spool_limit_bytes": "120.0"}


def test_the_release_is_what_is_installed() -> None:
    found = release_facts.facts()
    assert found["python"] == platform.python_version() and found["numba"] == metadata.version("numba")
    assert set(found) == {"version", "commit", "python", "numba", "release_digest"}


def test_a_working_copy_says_the_commit_it_stands_at() -> None:
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("no working copy")
    assert release_facts.facts()["commit"] in ("", done.stdout[:release_facts.DIGITS])


def test_a_wheel_says_the_commit_it_was_made_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "COMMIT").write_text("0123456789abcdef0123\n", "ascii")
    monkeypatch.setattr(release_facts, "COMMIT", tmp_path / "COMMIT")
    assert release_facts.facts()["commit"] == "0123456789abcdef"


def test_another_installed_file_is_another_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    digests = set()
    for listed in ("a,sha256=x,1\n", "a,sha256=y,1\n", None):
        monkeypatch.setattr(metadata, "distribution", lambda _name, said=listed: SimpleNamespace(
            version="1", read_text=lambda _file: said))
        digests.add(release_facts.facts()["release_digest"])
    assert len(digests) == 3 and "" in digests
