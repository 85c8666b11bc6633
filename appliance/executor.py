"""What does jobs: one contract for every way to have page work done, and the simplest of them.

tests/contracts/test_every_executor.py is the contract as a program. ``pool.Pool`` stands behind it twice: with
worker processes of this host over ZeroMQ, or with those of a Dask cluster.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from appliance.core import errors
from appliance.core.jobs import Job, Outcome
from appliance.pool_wire import Handlers, perform


class Executor(Protocol):
    """Does jobs somewhere. A distributed engine may stand behind it."""

    async def run(self, job: Job) -> Outcome:
        """Do a job and return what became of it; a failed job is an outcome, not an exception.

        The same job (by id) asked for twice at once is done once. The caller may be cancelled.

        Raises:
            ApplianceError: NO_WORKER when the executor is drained or closed before the job was begun or done.
        """

    def capacity(self) -> int:
        """Return how many jobs can be worked on at the same time, now."""

    async def drain(self) -> None:
        """Begin no more jobs, give back those not begun, and wait for the others; may be called twice."""

    async def close(self) -> None:
        """Let everything go, give back what is not done; may be called twice."""


class InProcess:
    """Does jobs in threads of this process: for tests and small tools. A job that crashes takes us along."""

    def __init__(self, handlers: Handlers, threads: int = 1) -> None:
        self._handlers = handlers
        self._threads = threads
        self._engine = ThreadPoolExecutor(threads, thread_name_prefix="job")
        self._works: dict[str, Future[Outcome]] = {}
        self._answers: dict[str, asyncio.Future[Outcome]] = {}
        self._paused = False

    async def run(self, job: Job) -> Outcome:
        """Do a job; see ``Executor.run``. Threads take jobs in the order they come."""
        if self._paused:
            raise errors.NO_WORKER.error()
        if job.id not in self._answers:
            loop = asyncio.get_running_loop()
            self._answers[job.id] = loop.create_future()
            self._works[job.id] = self._engine.submit(perform, self._handlers, job)
            self._works[job.id].add_done_callback(
                lambda work: loop.call_soon_threadsafe(self._settle, job.id, work))
        return await asyncio.shield(self._answers[job.id])

    def capacity(self) -> int:
        """Return the number of threads."""
        return self._threads

    async def drain(self) -> None:
        """Begin no more jobs and wait for those that are being done."""
        self._paused = True
        for work in list(self._works.values()):
            work.cancel()
        while self._answers:
            await asyncio.wait(list(self._answers.values()))
            await asyncio.sleep(0)

    async def close(self) -> None:
        """Wait for what is being done (a thread cannot be ended) and let the threads go."""
        await self.drain()
        self._engine.shutdown()

    def _settle(self, job_id: str, work: Future[Outcome]) -> None:
        del self._works[job_id]
        answer = self._answers.pop(job_id)
        if work.cancelled():
            answer.set_exception(errors.NO_WORKER.error())
            answer.exception()  # nobody may be waiting any more
        else:
            answer.set_result(work.result())
