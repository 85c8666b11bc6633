"""Compiled kernels are kept, of each release apart: a second start compiles none of them again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import appliance
from appliance import worker
from appliance.core.config import Config

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json
from appliance.imaging import kernels, warm
spent = warm.warm()
again = warm.warm()
missed = [kernel.__name__ for kernel, _ in kernels.LOADED if sum(kernel.stats.cache_misses.values())]
print(json.dumps({"missed": missed, "loaded": len(kernels.LOADED), "spent": spent, "again": again}))
"""


def start() -> dict[str, object]:
    """Warm the kernels in a process of its own, in the folder that ``make test`` fills."""
    place = {**os.environ, "PYTHONPATH": str(ROOT),
             "NUMBA_CACHE_DIR": str(ROOT / "build" / "numba" / appliance.__version__)}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=place, capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_a_second_start_compiles_no_kernel_again() -> None:
    start()
    second = start()
    assert second["missed"] == []
    assert second["loaded"] and second["again"] < second["spent"]  # type: ignore[operator]


def test_each_release_has_its_own_folder_of_kernels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*worker.ONE_THREAD, worker.CACHE):
        monkeypatch.setenv(name, str(tmp_path))
    worker.prepare(Config())
    own = tmp_path / appliance.__version__
    assert os.environ[worker.CACHE] == str(own) and own.is_dir()
    worker.prepare(Config())
    assert os.environ[worker.CACHE] == str(own), "a child's child does not nest"
