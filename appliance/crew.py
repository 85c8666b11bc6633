"""Who works on what, as values: a worker, a job in hand, when a worker must prove itself, and the world outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Job, Outcome, Priority

ATTENDED = 15.0
"""Seconds after Start for which the first page of the stack is expected."""

BETWEEN = 4.0
"""Seconds after a page of a stack for which the next one is expected: slow feeders take 20 sheets a minute."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the bookkeeping may do to the world.

    Attributes:
        send: send (worker, kind, body); false when that worker is out of reach.
        end: end the process of that pid if it is ours; false when it is not.
        alive: say whether a process of that pid is there.
        lost: tell that a worker was lost, with the reason.
        clock: seconds, never going back.
        judged: tell what became of a worker's proof (the worker's name, the outcome).
    """

    send: Callable[[bytes, str, dict[str, Any]], bool]
    end: Callable[[int], bool]
    alive: Callable[[int], bool]
    lost: Callable[[str], None]
    clock: Callable[[], float]
    judged: Callable[[bytes, Outcome], None] = lambda _name, _outcome: None


@dataclass(slots=True, eq=False)
class Ticket:
    """One job in hand; ``endings`` says how workers ended on it. A ``proof`` is for one worker only."""

    job: Job
    order: int
    finish: Callable[[Outcome], None]
    endings: list[str] = field(default_factory=list)
    proof: bool = False

    @property
    def lasting(self) -> bool:
        """Whether it may keep a worker for seconds."""
        return self.job.priority >= Priority.SAMPLE

    def __lt__(self, other: Ticket) -> bool:
        return (self.job.priority, self.order) < (other.job.priority, other.order)


@dataclass(slots=True, eq=False)
class Worker:
    """One worker that has said ready.

    Attributes:
        proved: the day for which it has proved that it sees right; "" when it has not yet.
        unfit: when its proof failed, or None.
    """

    name: bytes
    pid: int
    seen: float
    ticket: Ticket | None = None
    deadline: float = 0.0
    proved: str = ""
    unfit: float | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What every worker must do before it does anything else on a day, and again after each start.

    Attributes:
        job: the job; its answer names faults, or the trouble that kept the worker from looking.
        day: today, as text; called often.
    """

    job: Job
    day: Callable[[], str]


def fault_of(outcome: Outcome) -> ApplianceError | None:
    """Return what a proof found wrong, or what of the host kept a worker from looking; None: all is well."""
    faults = outcome.body.get("faults")
    if not outcome.ok or (trouble := outcome.body.get("trouble")):
        return errors.GOLDEN_PAGE_UNSEEN.error(reason=trouble if outcome.ok else outcome.reason or outcome.code)
    if not isinstance(faults, (list, tuple)):
        return errors.GOLDEN_PAGE_UNSEEN.error(reason="no answer")
    return errors.GOLDEN_PAGE_WRONG.error(reason=", ".join(map(str, faults))) if faults else None


def unit_of(name: bytes) -> str:
    """Return whose name a worker bears: that of its unit, which its processes have one after the other."""
    return name.decode(errors="replace").partition(".")[0]


def forgive(workers: Iterable[Worker], seconds: float) -> None:
    """Count no time in which the pool itself did not run: nobody could be heard then."""
    for worker in workers:
        worker.seen += seconds
        worker.deadline += seconds


def given_up(ticket: Ticket) -> Outcome:
    """Return the outcome of a job that ended its workers."""
    if set(ticket.endings) == {"hung"}:
        error = errors.JOB_TIMEOUT.error(seconds=ticket.job.seconds)
    else:
        error = errors.JOB_POISONED.error(reason=", ".join(ticket.endings))
    return Outcome(ticket.job.id, ok=False, code=error.code, reason=error.en)
