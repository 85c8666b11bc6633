"""Kernels for a fleet of unequal processors: the same code everywhere, and none that a host cannot run."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from appliance import kernel_cache, processor
from appliance.core.config import Config, Pool

ROOT = Path(__file__).parents[2]

def told(folder: Path, words: str) -> Path:
    made = folder / "cpuinfo"
    made.write_text(f"processor : 0\nflags : {words}\nbugs :\n", "ascii")
    return made


def test_the_hosts_own_processor_is_left_to_numba() -> None:
    assert processor.environment("host") == {}


def test_a_level_is_taken_without_what_the_host_has_beyond_it(tmp_path: Path) -> None:
    having = told(tmp_path, " ".join([*processor.V3, "avx512f"]))
    assert processor.environment("x86-64-v3", having) == {"NUMBA_CPU_NAME": "x86-64-v3", "NUMBA_CPU_FEATURES": ""}


@pytest.mark.parametrize("lost", ["avx2", "fma", "movbe"])
def test_a_host_that_lacks_a_word_of_the_level_gets_code_for_any_and_says_so(
    lost: str, tmp_path: Path, caplog: pytest.LogCaptureFixture,
) -> None:
    lacking = told(tmp_path, " ".join(processor.V3 - {lost}))
    assert processor.environment("x86-64-v3", lacking)["NUMBA_CPU_NAME"] == "generic"
    assert lost in caplog.text


def test_a_kernel_of_a_level_is_made_without_what_only_this_host_has(tmp_path: Path) -> None:
    program = (
        "import json, sys\n"
        "from appliance import kernel_cache\n"
        "from appliance.core.config import Config, Pool\n"
        "kernel_cache.prepare(Config(pool=Pool(processor=sys.argv[1])))\n"
        "import numba\n"
        "@numba.njit('f4(f4[::1], f4[::1])', fastmath=True)\n"
        "def dot(a, b):\n"
        "    total = numba.float32(0)\n"
        "    for at in range(a.size):\n"
        "        total += a[at] * b[at]\n"
        "    return total\n"
        "print(json.dumps(''.join(dot.inspect_asm().values())))\n")

    def made(level: str) -> str:
        place = {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(tmp_path)}
        done = subprocess.run([sys.executable, "-c", program, level], env=place, capture_output=True, text=True,
                              check=True, timeout=120)
        return str(json.loads(done.stdout))

    assert "ymm" not in made("generic") and "zmm" not in made("generic")
    if processor.flags(processor.CPUINFO) >= processor.V3:
        code = made("x86-64-v3")
        assert "ymm" in code and "zmm" not in code


def test_kernels_of_one_processor_are_not_taken_for_those_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in (kernel_cache.VARIABLE, *kernel_cache.ONE_THREAD, processor.NAME, processor.FEATURES):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv(kernel_cache.VARIABLE, str(tmp_path))
    monkeypatch.delenv(processor.NAME)
    folder = kernel_cache.prepare(Config())
    with kernel_cache.filled(folder):
        (folder / "kernels").mkdir()
        (folder / "kernels" / "page.nbc").write_bytes(hashlib.sha256().digest())
    kernel_cache.prepare(Config(pool=Pool(processor="generic")))
    with kernel_cache.filled(folder):
        assert not (folder / "kernels" / "page.nbc").exists()
