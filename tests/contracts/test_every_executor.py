"""What every executor promises; run against each of them."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

import pytest
from cluster_rig import ClusterHome, cluster_home, pool_of
from pool_rig import rig
from toy_worker import TOYS

from appliance.core.errors import ApplianceError
from appliance.core.jobs import Job
from appliance.executor import Executor, InProcess


@contextlib.asynccontextmanager
async def in_process() -> AsyncIterator[Executor]:
    executor = InProcess(TOYS, threads=2)
    yield executor
    await executor.close()


@contextlib.asynccontextmanager
async def pool() -> AsyncIterator[Executor]:
    async with rig(2) as r:
        yield r.pool


_homes: list[ClusterHome] = []


@pytest.fixture(scope="module", autouse=True)
def home() -> Iterator[None]:
    """Keep one cluster for all tests here."""
    with contextlib.ExitStack() as stack:
        _homes.append(stack.enter_context(cluster_home()))
        for name in ("w0", "w1"):
            _homes[0].worker(name)
        yield
        _homes.clear()


@contextlib.asynccontextmanager
async def cluster() -> AsyncIterator[Executor]:
    async with pool_of(_homes[0], 2) as r:
        yield r.pool


EVERY = pytest.mark.parametrize("kind", [in_process, pool, cluster], ids=["in_process", "pool", "cluster"])


async def begun(door: Path) -> None:
    async with asyncio.timeout(60):
        while not door.with_suffix(".1").exists():
            await asyncio.sleep(0.02)


@EVERY
async def test_a_job_comes_back_with_its_answer_and_its_times(kind: type) -> None:
    async with kind() as executor:
        outcome = await executor.run(Job("j1", "echo", {"text": "Hồ sơ", "n": [1, 2.5, None, True]}))
    assert (outcome.id, outcome.ok, outcome.code) == ("j1", True, "")
    assert outcome.body["text"] == "Hồ sơ"
    assert outcome.body["n"] == [1, 2.5, None, True]
    assert outcome.body["attempt"] == 1
    assert outcome.wall >= 0
    assert outcome.cpu >= 0


@EVERY
async def test_an_error_of_the_catalogue_comes_back_as_its_code_and_reason(kind: type) -> None:
    async with kind() as executor:
        outcome = await executor.run(Job("j1", "refuse", {}))
    assert (outcome.ok, outcome.code) == (False, "I303")
    assert "1 x 1" in outcome.reason


@EVERY
async def test_an_unexpected_error_tells_its_type_and_no_personal_data(kind: type) -> None:
    async with kind() as executor:
        outcome = await executor.run(Job("j1", "blunder", {}))
    assert (outcome.ok, outcome.code) == (False, "P703")
    assert "ValueError" in outcome.reason
    assert "Nguyễn" not in outcome.reason


@EVERY
async def test_a_job_that_wants_too_much_memory_fails_and_the_next_one_works(kind: type) -> None:
    async with kind() as executor:
        assert (await executor.run(Job("j1", "too_much", {}))).code == "P703"
        assert (await executor.run(Job("j2", "echo", {}))).ok


@EVERY
async def test_a_job_of_an_unknown_kind_fails(kind: type) -> None:
    async with kind() as executor:
        assert (await executor.run(Job("j1", "bake", {}))).code == "P703"


@EVERY
async def test_a_hundred_jobs_at_once_come_back_each_with_its_own_answer(kind: type) -> None:
    async with kind() as executor:
        jobs = [Job(f"j{n}", "echo", {"n": n}) for n in range(100)]
        outcomes = await asyncio.gather(*(executor.run(job) for job in jobs))
    assert [(o.id, o.body["n"]) for o in outcomes] == [(f"j{n}", n) for n in range(100)]


@EVERY
async def test_one_job_asked_for_twice_at_once_is_done_once(kind: type, tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with kind() as executor:
        job = Job("j1", "note", {"file": str(log)})
        first, second = await asyncio.gather(executor.run(job), executor.run(job))
        assert first == second
        assert log.read_text() == "j1\n"
        assert (await executor.run(job)).ok
    assert log.read_text() == "j1\nj1\n"


@EVERY
async def test_a_caller_that_goes_away_disturbs_nobody(kind: type, tmp_path: Path) -> None:
    door = tmp_path / "door"
    async with kind() as executor:
        work = asyncio.create_task(executor.run(Job("j1", "gate", {"door": str(door)})))
        await begun(door)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        assert (await executor.run(Job("j2", "echo", {}))).ok
        door.touch()


@EVERY
async def test_there_is_capacity(kind: type) -> None:
    async with kind() as executor:
        assert executor.capacity() == 2


@EVERY
async def test_draining_finishes_what_was_begun_and_gives_back_the_rest(kind: type, tmp_path: Path) -> None:
    doors = [tmp_path / "a", tmp_path / "b"]
    async with kind() as executor:
        working = [asyncio.create_task(executor.run(Job(door.name, "gate", {"door": str(door)}))) for door in doors]
        for door in doors:
            await begun(door)
        queued = asyncio.create_task(executor.run(Job("late", "echo", {})))
        await asyncio.sleep(0)
        draining = asyncio.create_task(executor.drain())
        with pytest.raises(ApplianceError) as given_back:
            await queued
        assert given_back.value.code == "P704"
        assert not draining.done()
        for door in doors:
            door.touch()
        await draining
        assert [(await task).ok for task in working] == [True, True]
        await executor.drain()


@EVERY
async def test_a_closed_executor_takes_no_job_and_may_be_closed_again(kind: type) -> None:
    async with kind() as executor:
        await executor.close()
        with pytest.raises(ApplianceError) as refused:
            await executor.run(Job("j1", "echo", {}))
        assert refused.value.code == "P704"
        await executor.close()


async def test_an_answer_too_long_to_travel_is_a_failure_that_says_so() -> None:
    async with rig(1) as r:
        outcome = await r.pool.run(r.job("chatter"))
        assert (outcome.ok, outcome.code) == (False, "P703")
        assert "bytes" in outcome.reason
        assert (await r.pool.run(r.job("echo"))).ok


async def test_a_job_too_long_to_travel_is_a_failure_that_says_so() -> None:
    async with rig(1) as r:
        assert (await r.pool.run(r.job("echo", text="x" * (16 << 20)))).code == "P703"
        assert (await r.pool.run(r.job("echo"))).ok
