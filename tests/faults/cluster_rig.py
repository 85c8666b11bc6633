"""A real Dask cluster on loopback: a scheduler and worker processes that run toys, under TLS where asked."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cluster_keys
from pool_rig import ROOT, TOY, short_folder, until

from appliance.cluster_line import ClusterLine
from appliance.core.config import Cluster
from appliance.core.events import Bus, Fact, WorkerLost
from appliance.core.jobs import Job
from appliance.pool import Pool
from appliance.pool_wire import Timing

SHARED = Timing(beat=0.2, liveness=8.0, slack=60.0)


@dataclass
class ClusterHome:
    """A scheduler and its workers, as processes; ``processes[0]`` is the scheduler."""

    folder: Path
    cluster: Cluster
    processes: list[subprocess.Popen[bytes]]

    def worker(self, name: str, script: Path = TOY) -> subprocess.Popen[bytes]:
        """Start one more worker."""
        words = [sys.executable, str(script), "--config", str(self.folder / "appliance.toml"), "--name", name]
        process = subprocess.Popen(words, env=os.environ | {"PYTHONPATH": str(ROOT)}, start_new_session=True)
        self.processes.append(process)
        return process


@dataclass
class ClusterRig:
    """What a test holds in its hands."""

    home: ClusterHome
    pool: Pool
    facts: list[Fact] = field(default_factory=list)
    count: int = 0

    @property
    def folder(self) -> Path:
        """Where everything of the cluster lies."""
        return self.home.folder

    @property
    def cluster(self) -> Cluster:
        """How the cluster is reached."""
        return self.home.cluster

    @property
    def processes(self) -> list[subprocess.Popen[bytes]]:
        """The scheduler and the workers."""
        return self.home.processes

    def lost(self) -> list[str]:
        """Return why workers were lost, in order."""
        return [fact.reason for fact in self.facts if isinstance(fact, WorkerLost)]

    def job(self, kind: str, *, seconds: int = 60, **body: object) -> Job:
        """Return a new job."""
        self.count += 1
        return Job(f"{kind}-{self.count}", kind, body, 10, seconds)

    async def gated(self, door: Path, attempt: int = 1) -> int:
        """Wait until a ``gate`` job is being worked on; return the pid of its worker."""
        sign = door.with_suffix(f".{attempt}")
        await until(lambda: sign.exists() and sign.read_text() != "", "a worker at the gate")
        return int(sign.read_text())


def scheduler(folder: Path, cluster: Cluster, port: int = 0) -> tuple[subprocess.Popen[bytes], str]:
    """Start a scheduler as an administrator would; return it and its address."""
    told = folder / "scheduler.json"
    told.unlink(missing_ok=True)
    words = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--scheduler-file", str(told), "--host",
             "127.0.0.1", "--port", str(port), "--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
    if cluster.ca:
        words += ["--tls-ca-file", cluster.ca, "--tls-cert", cluster.certificate, "--tls-key", cluster.key]
    with (folder / "scheduler.txt").open("ab") as complaints:
        process = subprocess.Popen(words, stderr=complaints, start_new_session=True)
    return process, cluster_keys.address_in(told, process)


@contextlib.contextmanager
def cluster_home(*, tls: bool = True) -> Iterator[ClusterHome]:
    """Start a scheduler; end it and every worker that was started beside it."""
    folder = short_folder()
    keys = cluster_keys.made(folder / "keys") if tls else Cluster()
    process, address = scheduler(folder, keys)
    cluster = Cluster(address, keys.ca, keys.certificate, keys.key)
    with (folder / "appliance.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'[pool.cluster]\nscheduler = "{address}"\nca = "{keys.ca}"\n'
                       f'certificate = "{keys.certificate}"\nkey = "{keys.key}"\n')
    (folder / "shared").mkdir()
    home = ClusterHome(folder, cluster, [process])
    try:
        yield home
    finally:
        for one in home.processes:
            one.send_signal(signal.SIGKILL)
        for one in home.processes:
            one.wait()
        shutil.rmtree(folder)


@contextlib.asynccontextmanager
async def pool_of(home: ClusterHome, workers: int) -> AsyncIterator[ClusterRig]:
    """Open a pool on a cluster that has, or will have, so many workers."""
    bus, facts = Bus(), list[Fact]()
    bus.listen(facts.append)
    r = ClusterRig(home, Pool(ClusterLine(home.cluster, home.folder / "shared"), bus, SHARED), facts)
    await r.pool.start()
    try:
        await until(lambda: r.pool.capacity() == workers, "workers of the cluster")
        yield r
    finally:
        await r.pool.close()


@contextlib.asynccontextmanager
async def cluster_rig(workers: int = 2, *, tls: bool = True) -> AsyncIterator[ClusterRig]:
    """Start a scheduler, workers, and a pool that uses them."""
    with cluster_home(tls=tls) as home:
        for number in range(workers):
            home.worker(f"w{number}")
        async with pool_of(home, workers) as r:
            yield r
