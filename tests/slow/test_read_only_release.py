"""Code that cannot be written: kernels are compiled once, at installation, into a folder of their own."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import appliance
from appliance import kernel_cache

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a copy of the release, and room for its kernels beside it."""
    folder = Path(tempfile.mkdtemp(prefix="ro", dir="/tmp"))
    shutil.copytree(ROOT / "appliance", folder / "code" / "appliance", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "appliance.toml").write_text(
        f'[storage]\nstate = "{folder}/state"\nruntime = "{folder}"\n', encoding="utf-8")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def command(place: Path, *argv: str) -> list[str]:
    """Return a command that runs Python on the copy, which is mounted read-only (root does not heed modes)."""
    program = [sys.executable, *argv]
    if os.geteuid() != 0:
        for path in (place / "code").rglob("*"):
            path.chmod(path.stat().st_mode & ~0o222)
        return program
    code = place / "code"
    script = f'mount --bind "{code}" "{code}" && mount -o remount,ro,bind "{code}" && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, "sh", *program]


def start(place: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    settings = {**os.environ, "PYTHONPATH": str(place / "code"), "NUMBA_CACHE_DIR": str(place / "cache")}
    return subprocess.run(command(place, *argv), env=settings, cwd=place, capture_output=True, text=True,
                          check=False)


LOADED = """
from appliance import kernel_cache
from appliance.core.config import Config
folder = kernel_cache.prepare(Config())
from appliance.imaging import kernels, warm
with kernel_cache.filled(folder):
    warm.warm()
print(*[kernel.__name__ for kernel, _ in kernels.LOADED if sum(kernel.stats.cache_misses.values())])
"""


def test_kernels_of_a_release_that_cannot_be_written_are_compiled_once(place: Path) -> None:
    probe = start(place, "-c", "open('code/appliance/x', 'w')")
    assert "Read-only file system" in probe.stderr or "Permission denied" in probe.stderr, probe.stderr
    done = start(place, "-m", "appliance", "warm")
    assert done.returncode == 0, done.stderr
    own = place / "cache" / appliance.__version__
    assert (own / kernel_cache.SEAL).is_file() and len(list(own.glob("*/*.nbc"))) > 20
    assert not list((place / "code").rglob("*.nb?"))
    again = start(place, "-c", LOADED)
    assert (again.returncode, again.stdout.strip()) == (0, ""), again.stdout + again.stderr
    proved = start(place, "-m", "appliance", "selftest", "--config", str(place / "appliance.toml"))
    assert "ĐẠT  golden" in proved.stdout and "ĐẠT  kernels" in proved.stdout, proved.stdout + proved.stderr


def test_a_worker_killed_while_it_compiles_leaves_nothing_that_the_next_one_loads(place: Path) -> None:
    settings = {**os.environ, "PYTHONPATH": str(place / "code"), "NUMBA_CACHE_DIR": str(place / "cache")}
    own = place / "cache" / appliance.__version__

    async def kill_in_the_middle() -> None:
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "appliance", "warm", env=settings)
        deadline = time.monotonic() + 60
        while len(list(own.glob("*/*.nbc"))) < 3 and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        process.kill()
        await process.wait()

    asyncio.run(kill_in_the_middle())
    left = {path.name for path in own.glob("*/*.nbc")}
    assert len(left) >= 3 and not (own / kernel_cache.SEAL).exists()
    first, second = start(place, "-c", LOADED), start(place, "-c", LOADED)
    assert len(first.stdout.split()) > 20, "what was left is not trusted"
    assert second.stdout.strip() == "", "and the second start finds everything"
