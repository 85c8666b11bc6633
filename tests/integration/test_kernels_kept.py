"""Compiled kernels are kept, of each release apart and sealed: a second start compiles none of them again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import appliance
from appliance import kernel_cache
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

AS_A_WORKER = """
import json
from appliance import kernel_cache
from appliance.core.config import Config
folder = kernel_cache.prepare(Config())
from appliance.imaging import kernels, warm
with kernel_cache.filled(folder):
    warm.warm()
missed = [kernel.__name__ for kernel, _ in kernels.LOADED if sum(kernel.stats.cache_misses.values())]
print(json.dumps({"missed": missed}))
"""
KEPT = ROOT / "build" / "numba" / appliance.__version__


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
    for name in (*kernel_cache.ONE_THREAD, kernel_cache.VARIABLE):
        monkeypatch.setenv(name, str(tmp_path))
    kernel_cache.prepare(Config())
    own = tmp_path / appliance.__version__
    assert os.environ[kernel_cache.VARIABLE] == str(own) and own.is_dir()
    kernel_cache.prepare(Config())
    assert os.environ[kernel_cache.VARIABLE] == str(own), "a child's child does not nest"


def loaded(cache: Path) -> dict[str, Any]:
    """Start as a worker starts, with kernels kept in ``cache``; return what was compiled anew."""
    done = subprocess.run([sys.executable, "-c", AS_A_WORKER], capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(cache)})
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kernels that ``make test`` has kept, sealed."""
    loaded(KEPT.parent)
    folder = tmp_path_factory.mktemp("kept")
    shutil.copytree(KEPT, folder / appliance.__version__)
    return folder


@pytest.fixture
def cache(sealed: Path, tmp_path: Path) -> Path:
    """A copy of them that a test may spoil."""
    shutil.copytree(sealed, tmp_path / "numba")
    return tmp_path / "numba"


def one(cache: Path, suffix: str) -> Path:
    """Return a file of one small kernel."""
    return next(cache.glob(f"{appliance.__version__}/*/free.largest_free-*{suffix}"))


@pytest.mark.parametrize("harm", ["flipped", "index cut", *(
    pytest.param(harm, marks=pytest.mark.slow) for harm in ("cut", "empty", "index nonsense"))])
def test_a_damaged_kernel_file_is_never_loaded_and_only_that_kernel_compiled_again(
        cache: Path, harm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = one(cache, ".nbi" if "index" in harm else ".nbc")
    data = bytearray(file.read_bytes())
    if harm == "flipped":
        data[len(data) // 2] ^= 0x40
    spoilt = {"flipped": bytes(data), "cut": bytes(data[:99]), "empty": b"", "index cut": bytes(data[:9]),
              "index nonsense": b"no pickle at all" * 9}
    file.write_bytes(spoilt[harm])
    monkeypatch.setenv(kernel_cache.VARIABLE, str(cache))
    before = kernel_cache.compiled(Config())
    assert loaded(cache)["missed"] == ["largest_free"]
    assert kernel_cache.compiled(Config()) == before + 1, "and monitoring is told"
    with kernel_cache.filled(cache / appliance.__version__):
        assert file.is_file() and file.read_bytes() != spoilt[harm], "and is sealed again"


def test_a_file_that_nobody_sealed_is_not_loaded(cache: Path) -> None:
    """What a process left that was killed in the middle of filling the folder."""
    stray = one(cache, ".nbi").with_name("free.other-1.py311.nbi")
    stray.write_bytes(b"whatever")
    assert loaded(cache)["missed"] == [] and not stray.exists()


def test_kernels_of_another_release_or_machine_are_not_loaded(cache: Path) -> None:
    folder = cache / appliance.__version__
    seal = json.loads((folder / kernel_cache.SEAL).read_text())
    seal["made"]["numba"] = "0.1"
    (folder / kernel_cache.SEAL).unlink()
    (folder / kernel_cache.SEAL).write_text(json.dumps(seal))
    keep = one(cache, ".nbc").read_bytes()
    with kernel_cache.filled(folder):
        assert list(folder.glob("*/*.nb?")) == []
    other = cache / "0.0.9"
    other.mkdir()
    (other / "free.largest_free-14.py311.1.nbc").write_bytes(keep)
    with kernel_cache.filled(folder):
        assert list(folder.glob("*/*.nb?")) == [], "a folder of another release is not looked at"


@pytest.mark.slow
def test_two_workers_that_start_at_once_do_not_both_compile(cache: Path) -> None:
    one(cache, ".nbc").write_bytes(b"")
    with ThreadPoolExecutor(2) as both:
        missed = [found["missed"] for found in both.map(loaded, [cache, cache])]
    assert sorted(missed) == [[], ["largest_free"]]


def test_a_folder_that_cannot_be_written_stops_no_worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for name in kernel_cache.ONE_THREAD:
        monkeypatch.setenv(name, "1")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))

    def start() -> Path:
        monkeypatch.setenv(kernel_cache.VARIABLE, str(tmp_path / "file"))
        folder = kernel_cache.prepare(Config())
        assert folder.is_dir() and os.environ[kernel_cache.VARIABLE] == str(folder)
        return folder

    folder = start()
    assert start() == folder and list((tmp_path / "tmp").iterdir()) == [folder], "each start uses the same"
    folder.chmod(0o777)
    assert start() != folder, "what others may write is not loaded"
    folder.rmdir()
    folder.symlink_to(tmp_path)
    assert start() not in (folder, tmp_path)
