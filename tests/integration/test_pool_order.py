"""The pool with real workers: who works next, on what, and what is said about it."""

from __future__ import annotations

import asyncio
import stat
import sys
from pathlib import Path

import pytest
import zmq
import zmq.asyncio

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

from pool_rig import is_gone, rig, toy_argv, until

from appliance.core.errors import ApplianceError
from appliance.core.events import Bus
from appliance.core.jobs import Priority
from appliance.pool import Pool
from appliance.pool_line import ZeroLine


async def test_what_an_operator_waits_for_overtakes_bulk_work() -> None:
    async with rig(1) as r:
        door, log = r.folder / "door", r.folder / "log"
        first = asyncio.create_task(r.pool.run(r.job("gate", door=str(door))))
        await r.gated(door)
        order = [Priority.BULK, Priority.BULK, Priority.PAGE, Priority.OPERATOR, Priority.PAGE]
        jobs = [r.job("note", file=str(log), priority=priority) for priority in order]
        rest = [asyncio.create_task(r.pool.run(job)) for job in jobs]
        await until(lambda: r.pool.stats().waiting == {"note": 5}, "five jobs in the queue")
        assert r.pool.stats().working == {"gate": 1}
        door.touch()
        await asyncio.gather(first, *rest)
        expected = [jobs[at].id for at in (3, 2, 4, 0, 1)]
        assert log.read_text().split() == expected


async def test_the_worker_that_rested_longest_works_next() -> None:
    async with rig(3) as r:
        pids = [(await r.pool.run(r.job("echo"))).body["pid"] for _ in range(9)]
        assert len(set(pids[:3])) == 3
        assert pids == pids[:3] * 3


async def test_only_the_owner_may_speak_to_the_pool() -> None:
    async with rig(1) as r:
        assert stat.S_IMODE((r.folder / "pool.ipc").stat().st_mode) == 0o600


async def test_a_socket_name_too_long_is_refused_with_the_setting_to_change(tmp_path: Path) -> None:
    pool = Pool(ZeroLine(tmp_path / ("x" * 120) / "pool.ipc"), Bus())
    with pytest.raises(ApplianceError) as refused:
        await pool.start()
    assert refused.value.code == "C003"
    assert "storage.runtime" in refused.value.en
    await pool.close()


async def test_nonsense_on_the_socket_disturbs_nobody() -> None:
    async with rig(1) as r:
        with zmq.asyncio.Context() as context, context.socket(zmq.DEALER) as stranger:
            stranger.set(zmq.LINGER, 0)
            stranger.connect(f"ipc://{r.folder / 'pool.ipc'}")
            for words in (b"", b"\xff", b"[]", b'{"v":9,"kind":"ready","pid":1}', b'{"v":1,"kind":"ready"}',
                          b'{"v":1,"kind":"done"}', b'{"v":1,"kind":"done","outcome":{"id":1}}'):
                await stranger.send(words)
            await stranger.send(b'{"v":1,"kind":"beat"}')
            async with asyncio.timeout(30):
                while b'"who"' not in await stranger.recv():
                    continue
            assert (await r.pool.run(r.job("echo"))).ok
            assert r.pool.capacity() == 1


async def test_workers_go_on_with_a_pool_that_was_started_again() -> None:
    async with rig(2) as r:
        pids = set(r.pool.stats().pids)
        r.pool._leases.workers.clear()  # as if killed: nobody is told to stop
        await r.pool.close()
        again = Pool(ZeroLine(r.folder / "pool.ipc"), Bus(), timing=r.pool._timing)
        await again.start()
        await until(lambda: set(again.stats().pids) == pids, "the same workers")
        assert (await again.run(r.job("echo"))).ok
        await again.close()


@pytest.mark.slow
async def test_workers_end_when_the_pool_stays_away() -> None:
    async with rig(2) as r:
        pids = r.pool.stats().pids
        r.pool._leases.workers.clear()
        await r.pool.close()
        await until(lambda: all(is_gone(pid) for pid in pids), "the end of the workers")


async def test_a_worker_that_comes_before_the_pool_waits_for_it() -> None:
    async with rig(0) as r:
        await r.pool.close()
        r.children.start("early", toy_argv(r.folder, "early"))
        await until(lambda: r.children.snapshot()[0].running, "a worker")
        pool = Pool(ZeroLine(r.folder / "pool.ipc"), Bus())
        await pool.start()
        await until(lambda: pool.capacity() == 1, "the early worker")
        assert r.children.snapshot()[0].starts == 1
        await pool.close()


async def test_draining_finishes_what_was_begun_even_when_its_worker_dies() -> None:
    async with rig(1) as r:
        door = r.folder / "door"
        work = asyncio.create_task(r.pool.run(r.job("gate", door=str(door))))
        pid = await r.gated(door)
        draining = asyncio.create_task(r.pool.drain())
        await asyncio.sleep(0)
        r.children.end(pid)
        await draining
        with pytest.raises(ApplianceError) as given_back:
            await work
        assert given_back.value.code == "P704"
