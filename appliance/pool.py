"""The executor: jobs go to worker processes over ZeroMQ and come back as outcomes.

Holds leases only, nothing durable: after a crash the ledger offers the same jobs again. Knows no stage
and imports none, so that the daemon stays free of image and PDF code.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, cast

import zmq
import zmq.asyncio

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.events import BatchStarted, Bus, Fact, WorkerLost, WorkerProved
from appliance.core.jobs import Job, Outcome
from appliance.crew import Outside, Proof, fault_of, unit_of
from appliance.leases import Leases
from appliance.pool_wire import LIMIT, Handlers, Timing, decode, encode, failed, perform

log = logging.getLogger(__name__)

PATH_LIMIT = 107
"""Longest name of an AF_UNIX socket, in bytes."""

QUEUE = 64
"""Messages kept for one worker; it has one job at a time, the rest are signs of life."""


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


def not_ours(_pid: int) -> bool:
    """Say that no worker is our child: an outside supervisor looks after all of them."""
    return False


class Pool:
    """ROUTER broker on an ipc socket. Use it inside one event loop.

    Args:
        path: the socket; its folder exists.
        bus: is told ``WorkerLost`` and ``WorkerProved``; tells us of a press of Start.
        end_worker: kills the process of a pid if it is our child (``Children.end``), else returns false.
        timing: signs of life; workers learn it from us.
        proof: what every worker does first on each day, if anything.
    """

    def __init__(self, path: Path, bus: Bus, end_worker: Callable[[int], bool] = not_ours,
                 timing: Timing | None = None, proof: Proof | None = None) -> None:
        self._path = path
        self._bus = bus
        self._timing = timing or Timing()
        self._context = zmq.asyncio.Context()
        self._socket: zmq.asyncio.Socket | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._answers: dict[str, asyncio.Future[Outcome]] = {}
        self._closed = False
        self._faults: dict[str, ApplianceError] = {}
        outside = Outside(self._send, end_worker, _is_alive, self._lost, time.monotonic, self._judged)
        self._leases = Leases(outside, self._timing, proof)
        bus.listen(self._hear)

    async def start(self) -> None:
        """Open the socket and begin.

        Raises:
            ApplianceError: CONFIG_BAD_VALUE when the socket's name is too long.
            OSError: the socket cannot be made.
        """
        if len(os.fsencode(self._path)) > PATH_LIMIT:
            raise errors.CONFIG_BAD_VALUE.error(key="storage.runtime", value=self._path.parent,
                                                allowed=f"a path so short that {self._path.name} in it "
                                                        f"has at most {PATH_LIMIT} bytes")
        self._socket = self._bind()
        for work in (self._listen(), self._watch()):
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
        """Send the workers home and close the socket."""
        if self._closed:
            return
        self._closed = True
        self._leases.pause()
        for job_id in list(self._answers):
            self._give_back(job_id)
        for name in list(self._leases.workers):
            self._send(name, "stop", {})
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.close(linger=200)
        self._context.term()

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

    def _bind(self) -> zmq.asyncio.Socket:
        socket = self._context.socket(zmq.ROUTER)
        for option, value in ((zmq.ROUTER_MANDATORY, 1), (zmq.ROUTER_HANDOVER, 1), (zmq.LINGER, 0),
                              (zmq.SNDHWM, QUEUE), (zmq.RCVHWM, QUEUE), (zmq.MAXMSGSIZE, LIMIT)):
            socket.set(option, value)
        before = os.umask(0o177)  # no moment in which another user could connect
        try:
            socket.bind(f"ipc://{self._path}")
        finally:
            os.umask(before)
        self._path.chmod(0o600)
        return socket

    async def _listen(self) -> None:
        assert self._socket is not None
        while True:
            name, *rest = await self._socket.recv_multipart()
            try:
                kind, body = decode(b"".join(rest))
                self._leases.heard(name, kind, body)
            except (ValueError, KeyError, TypeError) as problem:
                log.warning("a worker sent what is no message: %s", type(problem).__name__)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._timing.beat)
            self._leases.check()

    def _send(self, name: bytes, kind: str, body: dict[str, Any]) -> bool:
        if self._socket is None or self._socket.closed:
            return False
        sent = self._socket.send_multipart([name, encode(kind, **body)], zmq.NOBLOCK)
        problem = cast(asyncio.Future[Any], sent).exception()  # with NOBLOCK the answer is there at once
        if isinstance(problem, zmq.Again):
            return kind == "beat"  # a sign of life that finds the line full is not needed
        if problem is not None and getattr(problem, "errno", 0) != zmq.EHOSTUNREACH:
            raise problem
        return problem is None

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


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
