"""The executor of the product: jobs go to worker processes over a line and come back as outcomes.

Holds leases only, nothing durable: after a crash the ledger offers the same jobs again. Knows no stage
and imports none, so that the daemon stays free of image and PDF code. Who carries the messages is the line's part:
ZeroMQ to processes of this host (``pool_line``), or a Dask cluster (``cluster_line``).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.events import BatchStarted, Bus, Fact, WorkerLost, WorkerProved
from appliance.core.jobs import Job, Outcome
from appliance.crew import Outside, Proof, fault_of, unit_of
from appliance.leases import Leases
from appliance.pool_line import Line
from appliance.pool_wire import Timing, encode, failed

log = logging.getLogger(__name__)

@dataclass(frozen=True, slots=True)
class PoolStats:
    """How the pool stands. ``waiting`` and ``working`` count jobs by kind, ``lost`` workers by reason.

    ``fit`` counts workers that have proved today that they see right.
    """

    waiting: dict[str, int]
    working: dict[str, int]
    idle: int
    busy: int
    lost: dict[str, int]
    pids: tuple[int, ...]
    fit: int = 0

    @property
    def restarts(self) -> int:
        """How many workers were lost since the start."""
        return sum(self.lost.values())


class Pool:
    """The broker. Use it inside one event loop.

    Args:
        line: carries messages to and from workers.
        bus: is told ``WorkerLost`` and ``WorkerProved``; tells us of a press of Start.
        timing: signs of life; workers learn it from us.
        proof: what every worker does first on each day, if anything.
    """

    def __init__(self, line: Line, bus: Bus, timing: Timing | None = None, proof: Proof | None = None) -> None:
        self._line = line
        self._bus = bus
        self._timing = timing or Timing()
        self._tasks: list[asyncio.Task[None]] = []
        self._answers: dict[str, asyncio.Future[Outcome]] = {}
        self._closed = False
        self._faults: dict[str, ApplianceError] = {}
        outside = Outside(line.send, line.end, line.alive, self._lost, time.monotonic, self._judged)
        self._leases = Leases(outside, self._timing, proof)
        bus.listen(self._hear)

    async def start(self) -> None:
        """Open the line and begin; errors as ``Line.open``."""
        await self._line.open(self._leases.heard)
        for work in (self._line.keep(), self._watch()):
            task = asyncio.create_task(work)
            task.add_done_callback(self._broken)
            self._tasks.append(task)

    async def run(self, job: Job) -> Outcome:
        """Do a job; see ``Executor.run``. It waits as long as there is no worker."""
        if self._leases.paused:
            raise errors.NO_WORKER.error()
        if job.id not in self._answers:
            try:
                encode("job", job=job)
            except ValueError as problem:
                return failed(job.id, str(problem))
            self._answers[job.id] = asyncio.get_running_loop().create_future()
            self._answers[job.id].add_done_callback(partial(self._forget, job.id))
            self._leases.submit(job, partial(self._finish, job.id))
        return await asyncio.shield(self._answers[job.id])

    def capacity(self) -> int:
        """Return how many workers there are."""
        return len(self._leases.workers)

    async def drain(self) -> None:
        """Hand out no more jobs and wait for those that workers have; the caller sets the time limit."""
        self._leases.pause()
        while True:
            for ticket in self._leases.waiting():  # a job whose worker is lost meanwhile waits again
                self._give_back(ticket.job.id)
            await asyncio.sleep(0)
            if not self._answers:
                return
            await asyncio.wait(list(self._answers.values()), timeout=self._timing.beat)

    async def close(self) -> None:
        """Send the workers home and close the line."""
        if self._closed:
            return
        self._closed = True
        self._leases.pause()
        for job_id in list(self._answers):
            self._give_back(job_id)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._line.close(list(self._leases.workers))

    def worker_gone(self, pid: int) -> None:
        """Take in that a child process has ended; call it inside the event loop.

        What the worker said last may still be on its way, so that is heard first.
        """
        asyncio.get_running_loop().call_later(self._timing.beat / 4, self._leases.gone, pid)

    def stats(self) -> PoolStats:
        """Return how the pool stands."""
        busy = self._leases.busy()
        kinds = [worker.ticket.job.kind for worker in busy if worker.ticket is not None]
        waiting = Counter(ticket.job.kind for ticket in self._leases.waiting())
        pids = tuple(worker.pid for worker in self._leases.workers.values())
        return PoolStats(dict(waiting), dict(Counter(kinds)), len(pids) - len(busy), len(busy),
                         dict(self._leases.losses), pids, self._leases.fit())

    def refusal(self) -> ApplianceError | None:
        """Return why no page can be looked at: what is known is seen wrong, and by no worker right; else None.

        A worker that has not looked yet, or not yet today, may see right, unless the one before it did not.
        """
        workers = self._leases.workers.values()
        if any(worker.unfit is None and unit_of(worker.name) not in self._faults for worker in workers):
            return None
        return next(iter(self._faults.values()), None)

    def at_start(self) -> ApplianceError | None:
        """Return why a Start is refused; whoever has not proved itself today does that now."""
        self._leases.expect()
        return self.refusal()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._timing.beat)
            self._leases.check()

    def _finish(self, job_id: str, outcome: Outcome) -> None:
        answer = self._answers.get(job_id)
        if answer is not None and not answer.done():
            answer.set_result(outcome)

    def _give_back(self, job_id: str) -> None:
        self._leases.withdraw(job_id)
        answer = self._answers[job_id]
        if not answer.done():
            answer.set_exception(errors.NO_WORKER.error())
            answer.exception()  # nobody may be waiting any more

    def _forget(self, job_id: str, _answer: asyncio.Future[Outcome]) -> None:
        self._answers.pop(job_id, None)

    def _lost(self, reason: str) -> None:
        log.warning("a worker was lost: %s", reason)
        self._bus.tell(WorkerLost(reason))

    def _judged(self, name: bytes, outcome: Outcome) -> None:
        """Remember what a worker sees wrong until one of that name, a later process it may be, sees right.

        Of workers that have left nothing is remembered once another one sees right.
        """
        worker, fault = unit_of(name), fault_of(outcome)
        if fault is not None:
            log.error("worker %s and the golden pages: %s", worker, fault.en)
            self._faults[worker] = fault
        else:
            here = {unit_of(other) for other in self._leases.workers} - {worker}
            self._faults = {unit: known for unit, known in self._faults.items() if unit in here}
        faults, code = (str(fault.details["reason"]), fault.code) if fault is not None else ("", "")
        self._bus.tell(WorkerProved(worker, faults, outcome.wall, code))

    def _hear(self, fact: Fact) -> None:
        if isinstance(fact, BatchStarted):
            self._leases.expect()

    def _broken(self, task: asyncio.Task[None]) -> None:
        """Refuse all work when a loop of the pool itself has failed: that must be seen, not waited for."""
        if task.cancelled() or self._closed:
            return
        log.critical("the pool has failed", exc_info=task.exception())
        self._leases.pause()
        for job_id in list(self._answers):
            self._give_back(job_id)
