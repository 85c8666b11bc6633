"""``appliance reprocess`` on a real cluster of product workers: one killed, a run cut short, a run done twice."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

import cluster_keys
import pytest
from cluster_rig import scheduler
from filed_packages import filed_package

from appliance.core.config import Cluster
from appliance.documents import page_text

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PACKAGES, PAGES = 6, 2
DEADLINE = 240.0


@dataclass
class Office:
    """A cluster with TLS, its settings file, and packages."""

    folder: Path
    cluster: Cluster
    settings: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def worker(self, name: str) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "appliance", "worker", "--config", str(self.settings), "--name", name]
        self.processes.append(subprocess.Popen(words, cwd=ROOT))
        return self.processes[-1]

    def begin(self, out: Path) -> subprocess.Popen[str]:
        words = [sys.executable, "-m", "appliance", "reprocess", "--config", str(self.settings),
                 "--from", str(self.folder / "packages"), "--out", str(out)]
        return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, out: Path) -> str:
        process = self.begin(out)
        told, complaints = process.communicate(timeout=DEADLINE)
        assert process.returncode == 0, complaints
        return told


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("cluster")
    for number in range(1, PACKAGES + 1):
        filed_package(folder, number, PAGES)
    keys = cluster_keys.made(folder / "keys")
    process, address = scheduler(folder, keys)
    settings = folder / "appliance.toml"
    settings.write_text(f'[ocr]\nlanguages = "vie"\n[storage]\nstate = "{folder / "state"}"\n'
                        f'runtime = "{folder / "run"}"\n[pool.cluster]\nscheduler = "{address}"\nca = "{keys.ca}"\n'
                        f'certificate = "{keys.certificate}"\nkey = "{keys.key}"\n')
    made = Office(folder, keys, settings, [process])
    try:
        made.worker("w0")
        made.worker("w1")
        yield made
    finally:
        for one in made.processes:
            one.kill()
            one.wait()


def texts(out: Path) -> dict[str, str]:
    """Return what was read, by the hash of the image."""
    return {path.stem: " ".join(word.text for line in page_text.load(path).lines for word in line.words)
            for path in out.rglob("*.text")}


def records(out: Path) -> list[Path]:
    return sorted(out.glob("*/packages/*/*.json"))


def more_than(out: Path, had: int) -> bool:
    return len(texts(out)) > had


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def test_a_worker_killed_in_mid_run_costs_no_page_and_nothing_is_read_twice(office: Office, tmp_path: Path) -> None:
    run = office.begin(tmp_path)
    until(lambda: len(texts(tmp_path)) >= 2, "first pages")
    office.processes[1].send_signal(signal.SIGKILL)
    office.worker("w2")
    told, complaints = run.communicate(timeout=DEADLINE)
    assert run.returncode == 0, complaints
    found = texts(tmp_path)
    assert len(found) == PACKAGES * PAGES
    assert {match[0] for text in found.values() if (match := re.search(r"hồ sơ \d+ trang \d+", text))} == {
        f"hồ sơ {number} trang {page}" for number in range(1, PACKAGES + 1) for page in range(PAGES)}
    assert len(records(tmp_path)) == PACKAGES
    assert f"trang / pages {PACKAGES * PAGES}" in told
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    again = office.run(tmp_path)
    assert f"đã có / known {PACKAGES}" in again and "read now 0" in again
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_run_cut_short_goes_on_where_it_stood_with_the_same_texts(office: Office, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    office.run(whole)
    cut = tmp_path / "cut"
    for fault in (signal.SIGTERM, signal.SIGKILL):
        run = office.begin(cut)
        until(partial(more_than, cut, len(texts(cut))), "another page")
        run.send_signal(fault)
        run.communicate(timeout=DEADLINE)
        assert run.returncode != 0
    office.run(cut)
    assert texts(cut) == texts(whole)
    for one, other in zip(records(cut), records(whole), strict=True):
        assert json.loads(one.read_bytes()) == json.loads(other.read_bytes())


def test_a_package_that_is_no_package_is_told_and_the_others_are_read(office: Office, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    os.link(sorted((office.folder / "packages").glob("*.zip"))[0], packages / "good.zip")
    (packages / "bad.zip").write_bytes(b"PK\x03\x04 nothing")
    words = [sys.executable, "-m", "appliance", "reprocess", "--config", str(office.settings),
             "--from", str(packages), "--out", str(tmp_path / "out")]
    told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert told.returncode == 3, told.stderr
    assert "P708 bad.zip" in told.stderr
    assert len(texts(tmp_path / "out")) == PAGES
