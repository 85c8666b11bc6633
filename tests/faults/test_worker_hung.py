"""A worker that does not come back by its deadline is ended, and its job goes to another."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest
from pool_rig import is_gone, rig, until


async def test_the_job_of_a_hung_worker_goes_to_another_and_the_hung_one_is_ended() -> None:
    async with rig() as r:
        before = r.pool.stats().pids
        outcome = await r.pool.run(r.job("hang_once", seconds=2))
        assert outcome.ok
        assert outcome.body["attempt"] == 2
        assert r.lost() == ["hung"]
        (hung,) = [pid for pid in before if pid not in r.pool.stats().pids]
        await until(lambda: is_gone(hung), "the end of the hung worker")


@pytest.mark.parametrize("kind", [pytest.param("hang", marks=pytest.mark.slow), "hang_locked"])
async def test_a_job_that_hangs_two_workers_is_held_as_too_slow(kind: str) -> None:
    async with rig(1) as r:
        outcome = await r.pool.run(r.job(kind, seconds=1))
        assert (outcome.ok, outcome.code) == (False, "P702")
        assert "1 seconds" in outcome.reason
        assert r.lost() == ["hung", "hung"]
        assert (await r.pool.run(r.job("echo"))).ok


@pytest.mark.slow
async def test_a_worker_in_long_c_code_is_not_taken_for_dead_before_its_deadline() -> None:
    async with rig(1) as r:
        work = asyncio.create_task(r.pool.run(r.job("hang_locked", seconds=60)))
        await until(lambda: r.pool.stats().busy == 1, "a busy worker")
        (pid,) = r.pool.stats().pids
        silence = r.pool._timing.liveness * 1.5
        await asyncio.sleep(silence)
        assert r.pool.stats().pids == (pid,)
        assert not work.done()
        r.children.end(pid)
        work.cancel()


@pytest.mark.slow
async def test_an_idle_worker_that_stands_still_is_replaced() -> None:
    async with rig(1) as r:
        (pid,) = r.pool.stats().pids
        os.kill(pid, signal.SIGSTOP)
        await until(lambda: r.pool.capacity() == 1 and pid not in r.pool.stats().pids, "a new worker")
        assert r.lost() == ["silent"]
        assert is_gone(pid)


@pytest.mark.slow
async def test_a_hung_worker_of_a_supervisor_is_told_to_stop_and_not_used_again() -> None:
    async with rig(1, ours=False) as r:
        (pid,) = r.pool.stats().pids
        outcome = asyncio.create_task(r.pool.run(r.job("hang", seconds=1)))
        await until(lambda: is_gone(pid), "the end of the hung worker by its own hand")
        assert (await outcome).code == "P702"
