"""A register of a hundred thousand dossiers: in little memory, whole or not at all, while the daemon goes on."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from rig import DEADLINE, ROOT, Rig, escl, job

pytestmark = pytest.mark.slow

ROWS = 100_000
HEAD = ("Mã hồ sơ", "Tiêu đề hồ sơ", "Thời hạn bảo quản", "Chế độ sử dụng", "Từ ngày", "Đến ngày",
        "Mã hồ sơ gốc giấy", "Đã chỉnh lý", "Ghi chú")
LITTLE = 160 << 20
"""Bytes of memory that no process may need."""


def write(path: Path, year: int) -> Path:
    stream = io.StringIO(newline="")
    rows = csv.writer(stream, delimiter=";")
    rows.writerow(HEAD)
    for number in range(ROWS):
        rows.writerow([f"H49.64.33.{year}.{number}", f"Hồ sơ hưởng chế độ thai sản năm {year} số {number}",
                       "vĩnh viễn", "01", "03/02/2001", "31/12/2001", f"KHO1.{number}", "có", "ghi chú, " * 16])
    path.write_text(stream.getvalue(), encoding="utf-8-sig")
    return path


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    found = Rig(tmp_path_factory.mktemp("long") / "rig", {"device": [escl()], "job": [job()]})
    yield found
    found.stop()


def start(rig: Rig, path: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "appliance", "register", "import", str(path), "--json", "--config",
         str(rig.place.settings), *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)


def peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) << 10


def test_a_long_list_is_imported_in_little_memory_while_the_daemon_answers(rig: Rig, tmp_path: Path) -> None:
    with start(rig, write(tmp_path / "ml.csv", 2001)) as process:
        most = 0
        while process.poll() is None:
            assert rig.status()["idle"]
            with_it = psutil.pid_exists(process.pid)
            most = max(most, peak(process.pid) if with_it and process.poll() is None else 0)
            time.sleep(0.2)
        assert process.stdout is not None
        said = json.loads(process.stdout.read())
    assert said == {"result": "imported", "rows": ROWS, "refused": 0, "imported": ROWS}
    assert 0 < most < LITTLE
    assert peak(rig.pid) < LITTLE


def test_an_import_that_is_killed_leaves_the_old_register_whole(rig: Rig, tmp_path: Path) -> None:
    before = rig.status()["registers"]
    process = start(rig, write(tmp_path / "neu.csv", 2001), "--replace")
    end = time.monotonic() + DEADLINE
    while rig.rows("SELECT count(*) FROM register_row") < [(ROWS + 2000,)]:
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert rig.status()["registers"] == before
    rig.kill("daemon")
    rig.start("daemon")
    assert rig.status()["registers"] == before
    end = time.monotonic() + DEADLINE
    while rig.rows("SELECT count(*) FROM register_row") != [(ROWS,)]:
        assert time.monotonic() < end, "what was half loaded is not cleared away"
        time.sleep(0.1)
