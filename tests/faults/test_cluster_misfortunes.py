"""What befalls a cluster: workers and its scheduler die, hang, are strangers, or do not see the folder."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import ssl
from pathlib import Path

import pytest
from cluster_rig import cluster_rig, scheduler
from pool_rig import until

from appliance import cluster_line
from appliance.cluster_line import ClusterLine
from appliance.core import config
from appliance.core.config import Cluster
from appliance.core.errors import ApplianceError
from appliance.core.events import Bus
from appliance.core.jobs import Job
from appliance.pool import Pool


async def test_a_worker_killed_in_mid_job_costs_one_try_and_the_other_one_does_it() -> None:
    async with cluster_rig(2) as r:
        door = r.folder / "door"
        work = asyncio.create_task(r.pool.run(r.job("gate", door=str(door))))
        os.kill(await r.gated(door), signal.SIGKILL)
        second = await r.gated(door, attempt=2)
        door.touch()
        outcome = await work
        assert (outcome.ok, outcome.body["attempt"], outcome.body["pid"]) == (True, 2, second)
        assert r.lost() == ["died"]


async def test_a_job_that_ends_two_workers_is_given_up_and_others_go_on() -> None:
    async with cluster_rig(3) as r:
        outcome = await r.pool.run(r.job("kill"))
        assert (outcome.ok, outcome.code) == (False, "P701")
        assert (await r.pool.run(r.job("echo"))).ok
        assert r.pool.capacity() == 1
        r.home.worker("w9")
        await until(lambda: r.pool.capacity() == 2, "a new worker")


async def test_a_job_that_hangs_in_c_code_is_ended_by_its_own_worker() -> None:
    async with cluster_rig(2) as r:
        outcome = await r.pool.run(r.job("hang_once", seconds=2))
        assert (outcome.ok, outcome.body["attempt"]) == (True, 2)


async def test_the_scheduler_is_killed_and_comes_back_no_job_is_lost() -> None:
    async with cluster_rig(0, tls=False) as r:
        for name in ("w0", "w1"):
            r.home.worker(name)
        await until(lambda: r.pool.capacity() == 2, "workers")
        r.processes[0].kill()
        await asyncio.to_thread(r.processes[0].wait)
        work = asyncio.create_task(r.pool.run(r.job("echo", text="Hồ sơ")))
        await until(lambda: r.pool.capacity() == 0, "that nobody is there")
        port = int(r.cluster.scheduler.rpartition(":")[2])
        again, _ = await asyncio.to_thread(scheduler, r.folder, Cluster(), port)
        r.processes.append(again)
        r.home.worker("w2")
        assert (await work).body["text"] == "Hồ sơ"


async def test_a_worker_that_does_not_see_the_folder_is_not_used_until_it_does(
        caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_line, "GREET_SECONDS", 0.5)
    async with cluster_rig(1, tls=False) as r:
        elsewhere = Blind(r.cluster, r.folder)
        pool = Pool(elsewhere, Bus())
        await pool.start()
        try:
            await until(lambda: "does not see the folder" in caplog.text, "a refusal")
            assert pool.capacity() == 0
            assert (await r.pool.run(r.job("echo"))).ok, "the other office uses it all the time"
            elsewhere.mount()
            assert (await pool.run(r.job("echo"))).ok
        finally:
            await pool.close()


class Blind(ClusterLine):
    """A line whose sign lies where no worker of the cluster finds it: another host's folder of that name."""

    async def open(self, heard: object) -> None:
        await super().open(heard)  # type: ignore[arg-type]
        self._sign.rename(self._sign.with_suffix(".away"))

    def mount(self) -> None:
        self._sign.with_suffix(".away").rename(self._sign)


async def test_two_offices_share_a_cluster_and_each_gets_its_own_answers() -> None:
    async with cluster_rig(2, tls=False) as r:
        (r.folder / "other").mkdir()
        other = Pool(ClusterLine(r.cluster, r.folder / "other"), Bus())
        await other.start()
        try:
            await until(lambda: other.capacity() == 2, "workers for the other office")
            jobs = [Job(f"j{n}", "echo", {"n": n}) for n in range(20)]
            both = await asyncio.gather(*(pool.run(job) for job in jobs for pool in (r.pool, other)))
        finally:
            await other.close()
        assert [outcome.body["n"] for outcome in both] == [n for n in range(20) for _ in range(2)]
        assert (await r.pool.run(r.job("echo"))).ok, "an office that leaves takes no worker along"


async def test_who_has_no_certificate_of_the_cluster_gets_no_word_from_its_scheduler() -> None:
    async with cluster_rig(0) as r:
        stranger = ssl.create_default_context(cafile=r.cluster.ca)
        host, _, port = r.cluster.scheduler.removeprefix("tls://").partition(":")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.to_thread(first_byte, stranger, (host, int(port)))
        stranger.load_cert_chain(r.cluster.certificate, r.cluster.key)
        assert await asyncio.to_thread(first_byte, stranger, (host, int(port))), "one of the cluster is answered"


def first_byte(context: ssl.SSLContext, place: tuple[str, int]) -> bytes:
    with socket.create_connection(place, 10) as plain, context.wrap_socket(plain, server_hostname=place[0]) as line:
        return line.recv(1)


@pytest.mark.parametrize("address", ["tcp://10.0.0.7:8786", "10.0.0.7:8786", "tls://", "ucx://127.0.0.1:1"])
def test_a_scheduler_without_tls_beyond_this_host_is_refused(address: str) -> None:
    with pytest.raises(ApplianceError) as refused:
        config.parse({"pool": {"cluster": {"scheduler": address}}})
    assert refused.value.code == "C003"


async def test_a_pool_closed_while_the_scheduler_is_away_gives_its_jobs_back() -> None:
    pool = Pool(ClusterLine(Cluster("tcp://127.0.0.1:9"), Path(os.environ.get("TMPDIR", "/tmp"))), Bus())
    await pool.start()
    work = asyncio.create_task(pool.run(Job("j1", "echo", {})))
    await asyncio.sleep(0)
    await pool.close()
    with contextlib.suppress(asyncio.CancelledError), pytest.raises(ApplianceError) as given_back:
        await work
    assert given_back.value.code == "P704"
