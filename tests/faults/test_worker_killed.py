"""A worker that dies costs one attempt at one job, never the job."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest
from pool_rig import is_gone, rig, until


async def test_the_job_of_a_killed_worker_goes_to_another() -> None:
    async with rig() as r:
        door = r.folder / "door"
        work = asyncio.create_task(r.pool.run(r.job("gate", door=str(door))))
        first = await r.gated(door)
        os.kill(first, signal.SIGKILL)
        second = await r.gated(door, attempt=2)
        door.touch()
        outcome = await work
        assert outcome.ok
        assert outcome.body["attempt"] == 2
        assert outcome.body["pid"] == second != first
        assert r.lost() == ["died"]


async def test_a_killed_worker_is_started_again() -> None:
    async with rig() as r:
        victim = r.pool.stats().pids[0]
        os.kill(victim, signal.SIGKILL)
        await until(lambda: r.pool.capacity() == 2 and victim not in r.pool.stats().pids, "a new worker")
        assert r.pool.stats().restarts == 1


async def test_a_job_that_kills_two_workers_is_held_with_its_reason_and_never_meets_a_third() -> None:
    async with rig(3) as r:
        before = set(r.pool.stats().pids)
        outcome = await r.pool.run(r.job("crash"))
        assert (outcome.ok, outcome.code) == (False, "P701")
        assert "died, died" in outcome.reason
        assert r.lost() == ["died", "died"]
        survivors = before & set(r.pool.stats().pids)
        assert len(survivors) == 1
        assert not is_gone(survivors.pop())


async def test_other_jobs_go_on_beside_one_that_kills_its_workers() -> None:
    async with rig() as r:
        poison = asyncio.create_task(r.pool.run(r.job("kill")))
        good = [r.job("echo", n=n) for n in range(20)]
        outcomes = await asyncio.gather(*(r.pool.run(job) for job in good))
        assert [outcome.body["n"] for outcome in outcomes] == list(range(20))
        assert (await poison).code == "P701"


async def test_a_job_that_killed_one_worker_may_succeed_on_the_next() -> None:
    async with rig(1) as r:
        outcome = await r.pool.run(r.job("kill_once"))
        assert outcome.ok
        assert outcome.body["attempt"] == 2


@pytest.mark.slow
async def test_a_worker_asked_to_end_gives_its_job_back_uncounted() -> None:
    async with rig() as r:
        door = r.folder / "door"
        work = asyncio.create_task(r.pool.run(r.job("gate", door=str(door))))
        for _ in range(3):
            pid = await r.gated(door)
            door.with_suffix(".1").unlink()
            os.kill(pid, signal.SIGTERM)
        await r.gated(door)
        door.touch()
        outcome = await work
        assert outcome.ok
        assert outcome.body["attempt"] == 1
        assert r.lost() == []


async def test_a_worker_of_a_supervisor_that_dies_is_noticed_without_a_report() -> None:
    async with rig(ours=False) as r:
        door = r.folder / "door"
        work = asyncio.create_task(r.pool.run(r.job("gate", door=str(door))))
        os.kill(await r.gated(door), signal.SIGKILL)
        await r.gated(door, attempt=2)
        door.touch()
        assert (await work).ok
        assert r.lost() == ["died"]
