"""A pool with real worker processes that run toys."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from appliance.children import Backoff, Children, Rung
from appliance.core.events import Bus, Fact, WorkerLost
from appliance.core.jobs import Job
from appliance.pool import Pool
from appliance.pool_line import ZeroLine, not_ours
from appliance.pool_wire import Timing

TOY = Path(__file__).with_name("toy_worker.py")
ROOT = TOY.parents[2]
QUICK = Timing(beat=0.2, liveness=4.0)
PATIENCE = 60.0
"""Seconds after which a test gives up waiting; only a failing test waits that long."""


async def until(true: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not true():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"never came: {what}") from None


def is_gone(pid: int) -> bool:
    """Say whether a process has ended; a zombie has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def toy_argv(folder: Path, name: str) -> list[str]:
    """Return the command of a toy worker whose pool listens in ``folder``."""
    return [sys.executable, str(TOY), "--config", str(folder / "appliance.toml"), "--name", name]


def short_folder() -> Path:
    """Return a folder with a settings file, and a name short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="rig", dir="/tmp"))
    (folder / "appliance.toml").write_text(
        f'[storage]\nstate = "{folder / "state"}"\nruntime = "{folder}"\n', encoding="utf-8")
    return folder


@dataclass
class Rig:
    """What a test holds in its hands."""

    folder: Path
    pool: Pool
    children: Children
    facts: list[Fact] = field(default_factory=list)
    count: int = 0

    def lost(self) -> list[str]:
        """Return why workers were lost, in order."""
        return [fact.reason for fact in self.facts if isinstance(fact, WorkerLost)]

    def job(self, kind: str, *, seconds: int = 60, priority: int = 10, **body: object) -> Job:
        """Return a new job."""
        self.count += 1
        return Job(f"{kind}-{self.count}", kind, body, priority, seconds)

    async def gated(self, door: Path, attempt: int = 1) -> int:
        """Wait until a ``gate`` job is being worked on; return the pid of its worker."""
        sign = door.with_suffix(f".{attempt}")
        await until(lambda: sign.exists() and sign.read_text() != "", "a worker at the gate")
        return int(sign.read_text())


@contextlib.asynccontextmanager
async def rig(workers: int = 2, *, ours: bool = True, timing: Timing = QUICK) -> AsyncIterator[Rig]:
    """Start a pool and workers; ``ours`` false: the pool takes them for a supervisor's."""
    os.environ["PYTHONPATH"] = str(ROOT)
    folder = short_folder()
    bus = Bus()
    facts: list[Fact] = []
    bus.listen(facts.append)
    children = Children(lambda _name, pid, _code: pool.worker_gone(pid) if ours else None, Backoff(first=0.1))
    pool = Pool(ZeroLine(folder / "pool.ipc", children.end if ours else not_ours), bus, timing)
    await pool.start()
    try:
        for number in range(workers):
            children.start(f"worker {number}", toy_argv(folder, f"w{number}"))
        await until(lambda: pool.capacity() == workers, "workers that are ready")
        yield Rig(folder, pool, children, facts)
    finally:
        await pool.close()
        await children.stop_all((Rung(signal.SIGTERM, 2.0),))
        shutil.rmtree(folder)
