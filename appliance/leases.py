"""Who works on what: the queue, the idle workers, the leases and their deadlines.

Pure bookkeeping: it is told what was heard and reads the time from the clock it is given; what it wants
done goes out through ``Outside``. A job is never with two workers on purpose, and a job that
ended two workers is given up instead of ending a third. With a ``Proof`` a worker gets jobs only on a day for
which it has proved itself. While paper is fed, one of several workers takes no job that lasts.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from appliance.core.jobs import Job, Outcome, Priority
from appliance.core.plain import from_plain
from appliance.crew import ATTENDED, BETWEEN, Outside, Proof, Ticket, Worker, fault_of, forgive, given_up
from appliance.pool_wire import Timing

ENDINGS = 2
"""A job that ended this many workers is held."""

REMEMBERED = 256
"""How many dismissed workers are remembered, so that a late word of theirs is known as such."""

__all__ = ["ENDINGS", "REMEMBERED", "Leases", "Outside"]


class Leases:
    """Jobs and workers, brought together."""

    def __init__(self, outside: Outside, timing: Timing, proof: Proof | None = None) -> None:
        self.open: dict[str, Ticket] = {}
        self.workers: dict[bytes, Worker] = {}
        self.losses: Counter[str] = Counter()
        self.paused = False
        self._out = outside
        self._timing = timing
        self._waiting: list[Ticket] = []
        self._idle: dict[bytes, Worker] = {}
        self._dismissed: dict[bytes, None] = {}
        self._order = itertools.count()
        self._checked = outside.clock()
        self._proof, self._until = proof, 0.0

    def submit(self, job: Job, finish: Callable[[Outcome], None]) -> None:
        """Take a job; ``finish`` is called once with its outcome."""
        ticket = Ticket(job, next(self._order), finish)
        self.open[job.id] = ticket
        heapq.heappush(self._waiting, ticket)
        if job.priority == Priority.OPERATOR:
            self._until = self._out.clock() + BETWEEN
        self._hand_out()

    def expect(self) -> None:
        """Get ready for an operator's pages: Start was pressed."""
        self._until = self._out.clock() + ATTENDED
        self._prove()

    def fit(self) -> int:
        """Return how many workers have proved themselves today."""
        today = self._proof.day() if self._proof else ""
        return sum(worker.proved == today and worker.unfit is None for worker in self.workers.values())

    def withdraw(self, job_id: str) -> None:
        """Forget a job nobody waits for any more; a worker that has it may finish it in vain."""
        self.open.pop(job_id, None)

    def heard(self, name: bytes, kind: str, body: dict[str, Any]) -> None:
        """Take in one message of a worker; any message is a sign of life."""
        if kind == "done":
            self._done(name, body)
        if name in self._dismissed:
            self._out.send(name, "stop", {})
            return
        if kind == "gone":
            self.gone(int(body["pid"]))
        elif kind == "ready":
            self._welcome(name, body)
        elif kind == "bye":
            self._leave(name)
        elif name in self.workers:
            self.workers[name].seen = self._out.clock()
        else:
            self._out.send(name, "who", {})

    def gone(self, pid: int) -> None:
        """Take in that a process has ended."""
        for worker in [worker for worker in self.workers.values() if worker.pid == pid]:
            self._lose(worker, "died")

    def check(self) -> None:
        """Look at deadlines and silences and give every worker a sign of life; call it once a beat."""
        now = self._out.clock()
        if (stood_still := now - self._checked - self._timing.beat) > self._timing.beat:
            forgive(self.workers.values(), stood_still)
        self._checked = now
        for worker in list(self.workers.values()):
            if worker.name not in self.workers:
                continue  # lost while another was looked at
            silent = now - worker.seen > self._timing.liveness
            if worker.ticket is not None and now > worker.deadline:
                self._dismiss(worker, "hung")
            elif worker.unfit is not None and now - worker.unfit > self._timing.rest:
                self._dismiss(worker, "unfit")
            elif silent and worker.ticket is None:
                self._dismiss(worker, "silent")
            # A busy worker may be in C code that keeps the interpreter lock; only its deadline judges that.
            elif (silent and not self._out.alive(worker.pid)) or not self._out.send(worker.name, "beat", {}):
                self._lose(worker, "died")
        self._prove()
        self._hand_out()

    def pause(self) -> None:
        """Hand out no more jobs."""
        self.paused = True

    def waiting(self) -> list[Ticket]:
        """Return the jobs that no worker has."""
        held = {id(worker.ticket) for worker in self.workers.values()}
        return [ticket for ticket in self.open.values() if id(ticket) not in held]

    def busy(self) -> list[Worker]:
        """Return the workers that have a job."""
        return [worker for worker in self.workers.values() if worker.ticket is not None]

    def _hand_out(self) -> None:
        """Give the first jobs to the workers that have rested longest."""
        while self._idle and (ticket := self._first()) is not None:
            worker = next(iter(self._idle.values()))
            if not self._must_prove(worker):
                heapq.heappop(self._waiting)
                self._give(worker, ticket)

    def _first(self) -> Ticket | None:
        """Return the job that is next, if one may be begun."""
        while self._waiting and self.open.get(self._waiting[0].job.id) is not self._waiting[0]:
            heapq.heappop(self._waiting)
        if self.paused or not self._waiting or (self._waiting[0].lasting and not self._spare()):
            return None
        return self._waiting[0]

    def _spare(self) -> bool:
        """Say whether one more worker may take a job that lasts: not the last one while paper is fed."""
        if len(self.workers) < 2 or self._out.clock() >= self._until:
            return True
        return sum(worker.ticket is None or not worker.ticket.lasting for worker in self.workers.values()) > 1

    def _give(self, worker: Worker, ticket: Ticket) -> None:
        del self._idle[worker.name]
        if self._out.send(worker.name, "job", {"job": ticket.job}):
            worker.ticket = ticket
            worker.deadline = self._out.clock() + ticket.job.seconds + self._timing.slack
        else:
            self._put_back(ticket)
            self._lose(worker, "died")

    def _must_prove(self, worker: Worker) -> bool:
        """Let a worker that has not proved itself today do that now; say whether it had to."""
        if self.paused or self._proof is None or worker.proved == self._proof.day():
            return False
        job = replace(self._proof.job, id=f"{self._proof.job.kind}-{next(self._order)}")
        ticket = Ticket(job, next(self._order), partial(self._judge, worker, self._proof.day()), proof=True)
        self.open[job.id] = ticket
        self._give(worker, ticket)
        return True

    def _prove(self) -> None:
        """Let every idle worker prove itself that has not yet today: on a new day nobody need ask for it."""
        for worker in list(self._idle.values()):
            self._must_prove(worker)

    def _judge(self, worker: Worker, day: str, outcome: Outcome) -> None:
        """Take in how a worker did in its proof; one that failed gets no job any more."""
        if fault_of(outcome) is not None:
            worker.unfit = self._out.clock()
        else:
            worker.proved = day
        self._out.judged(worker.name, outcome)

    def _welcome(self, name: bytes, body: dict[str, Any]) -> None:
        if name in self.workers:
            return
        worker = Worker(name, int(body["pid"]), self._out.clock())
        beat, liveness = self._timing.beat, self._timing.liveness
        if self._out.send(name, "welcome", {"beat": beat, "liveness": liveness}):
            self.workers[name] = self._idle[name] = worker
            self._must_prove(worker)
            self._hand_out()

    def _done(self, name: bytes, body: dict[str, Any]) -> None:
        """Take the first valid answer to a job; a second one changes nothing."""
        outcome = from_plain(Outcome, body.get("outcome"))
        worker = self.workers.get(name)
        held = worker is not None and worker.ticket is not None and worker.ticket.job.id == outcome.id
        if outcome.id in self.open and (held or outcome.ok):
            self.open.pop(outcome.id).finish(outcome)
        if worker is not None and held:
            worker.ticket = None
            if worker.unfit is None:
                self._idle[name] = worker
            self._hand_out()

    def _leave(self, name: bytes) -> None:
        """Let a worker go that ends in order: its job goes back and does not count against it."""
        worker = self.workers.pop(name, None)
        self._idle.pop(name, None)
        self._remember(name)
        if worker is not None and worker.ticket is not None:
            self._put_back(worker.ticket)

    def _dismiss(self, worker: Worker, reason: str) -> None:
        """End a worker that does not answer; one that is not ours is told to stop and heard no more."""
        if not self._out.end(worker.pid):
            self._out.send(worker.name, "stop", {})
        self._lose(worker, reason)

    def _lose(self, worker: Worker, reason: str) -> None:
        if self.workers.pop(worker.name, None) is None:
            return
        self._idle.pop(worker.name, None)
        self._remember(worker.name)
        self.losses[reason] += 1
        if worker.ticket is not None:
            self._count_ending(worker.ticket, reason)
        self._out.lost(reason)

    def _remember(self, name: bytes) -> None:
        self._dismissed[name] = None
        while len(self._dismissed) > REMEMBERED:
            del self._dismissed[next(iter(self._dismissed))]

    def _count_ending(self, ticket: Ticket, reason: str) -> None:
        """Give a job whose worker was lost to another worker, or give the job up."""
        ticket.endings.append(reason)
        if len(ticket.endings) < ENDINGS and not ticket.proof:
            ticket.job = replace(ticket.job, attempt=ticket.job.attempt + 1)
            self._put_back(ticket)
        elif self.open.get(ticket.job.id) is ticket:
            self.open.pop(ticket.job.id).finish(given_up(ticket))

    def _put_back(self, ticket: Ticket) -> None:
        if ticket.proof:
            self.open.pop(ticket.job.id, None)
        elif self.open.get(ticket.job.id) is ticket:
            heapq.heappush(self._waiting, ticket)
            self._hand_out()
