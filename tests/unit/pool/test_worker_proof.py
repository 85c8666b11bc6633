"""A worker proves each day that it sees right before it is given a page; while paper is fed, one stays free."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from appliance.core.jobs import Job, Outcome, Priority
from appliance.core.plain import to_plain
from appliance.crew import ATTENDED, BETWEEN, Outside, Proof
from appliance.leases import Leases
from appliance.pool_wire import Timing

REST = 30.0
GOOD: dict[str, object] = {"faults": [], "seconds": 0.1}
BAD: dict[str, object] = {"faults": ["front.jpg skew 2.0, not -1.3"]}


@dataclass
class World:
    """Everything outside the bookkeeping."""

    now: float = 100.0
    day: str = "2026-11-21"
    given: list[tuple[bytes, str, str]] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    judged: list[tuple[bytes, bool]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def send(self, name: bytes, kind: str, body: dict[str, Any]) -> bool:
        if kind == "job":
            self.given.append((name, body["job"].kind, body["job"].id))
        return True

    def end(self, pid: int) -> bool:
        self.ended.append(pid)
        return True

    def kinds(self) -> list[str]:
        return [kind for _, kind, _ in self.given]


def book(workers: int = 1, *, proof: bool = True) -> tuple[World, Leases]:
    world = World()
    outside = Outside(world.send, world.end, lambda _pid: True, world.lost.append, lambda: world.now,
                      lambda name, outcome: world.judged.append((name, not outcome.body.get("faults", ["died"]))))
    order = Proof(Job("prove", "prove", {}, seconds=60), lambda: world.day) if proof else None
    leases = Leases(outside, Timing(beat=1.0, liveness=1000.0, rest=REST), order)
    for number in range(1, workers + 1):
        leases.heard(b"w%d" % number, "ready", {"pid": number})
    return world, leases


def submit(world: World, leases: Leases, name: str, priority: Priority = Priority.BACKLOG) -> None:
    leases.submit(Job(name, "analyse" if priority < Priority.PAGE else "read", {}, priority), world.outcomes.append)


def answer(world: World, leases: Leases, body: dict[str, object] | None = None) -> None:
    """Let the worker that was given something last answer it."""
    name, _, job = world.given[-1]
    leases.heard(name, "done", {"outcome": to_plain(Outcome(job, ok=True, body=body or {}))})


def test_a_worker_sees_the_golden_pages_before_anything_else() -> None:
    world, leases = book()
    submit(world, leases, "page")
    assert world.kinds() == ["prove"] and leases.fit() == 0
    answer(world, leases, GOOD)
    assert world.kinds() == ["prove", "analyse"] and leases.fit() == 1
    assert world.judged == [(b"w1", True)]


def test_a_worker_that_sees_wrong_is_given_no_page_and_a_fresh_one_takes_its_place() -> None:
    world, leases = book()
    submit(world, leases, "page")
    answer(world, leases, BAD)
    world.now += REST - 1
    leases.check()
    assert world.kinds() == ["prove"] and not world.ended and leases.fit() == 0
    world.now += 2
    leases.check()
    assert world.ended == [1] and world.lost == ["unfit"]
    leases.heard(b"w1b", "ready", {"pid": 2})
    answer(world, leases, GOOD)
    assert world.given[-1][:2] == (b"w1b", "analyse")


def test_one_worker_that_sees_right_does_the_work_of_both() -> None:
    world, leases = book(2)
    (one, two) = world.given
    leases.heard(one[0], "done", {"outcome": to_plain(Outcome(one[2], ok=True, body=BAD))})
    leases.heard(two[0], "done", {"outcome": to_plain(Outcome(two[2], ok=True, body=GOOD))})
    for name in ("a", "b"):
        submit(world, leases, name)
        assert world.given[-1][0] == b"w2"
        answer(world, leases)
    assert leases.fit() == 1


def test_after_midnight_an_idle_worker_proves_itself_before_anybody_asks_for_it() -> None:
    world, leases = book()
    answer(world, leases, GOOD)
    world.day = "2026-11-22"
    assert leases.fit() == 0
    leases.check()
    assert world.kinds() == ["prove", "prove"]
    answer(world, leases, GOOD)
    leases.check()
    assert leases.fit() == 1 and world.kinds() == ["prove", "prove"], "once a day"


def test_the_first_page_of_a_new_day_waits_for_a_new_proof() -> None:
    world, leases = book()
    answer(world, leases, GOOD)
    world.day = "2026-11-22"
    submit(world, leases, "page")
    assert world.kinds() == ["prove", "prove"]
    answer(world, leases, GOOD)
    assert world.kinds() == ["prove", "prove", "analyse"]


def test_a_press_of_start_has_the_proof_done_before_the_first_sheet_is_through() -> None:
    world, leases = book(2)
    for name, _, job in list(world.given):
        leases.heard(name, "done", {"outcome": to_plain(Outcome(job, ok=True, body=GOOD))})
    world.day = "2026-11-22"
    leases.expect()
    assert world.kinds() == ["prove"] * 4
    leases.expect()
    assert world.kinds() == ["prove"] * 4, "each once"


@pytest.mark.parametrize("ending", ["died", "hung"])
def test_golden_pages_that_end_a_worker_are_given_to_no_other_and_count_as_seen_wrong(ending: str) -> None:
    world, leases = book(2)
    leases.heard(b"w2", "done", {"outcome": to_plain(Outcome(world.given[1][2], ok=True, body=GOOD))})
    if ending == "died":
        leases.gone(1)
    else:
        for _ in range(62):
            world.now += 1
            leases.check()
    assert world.judged == [(b"w2", True), (b"w1", False)]
    assert world.kinds() == ["prove", "prove"] and leases.waiting() == []


def test_a_worker_that_leaves_in_order_is_no_failure() -> None:
    world, leases = book()
    leases.heard(b"w1", "bye", {})
    assert world.judged == [] and leases.waiting() == [] and not leases.open


def test_while_paper_is_fed_the_last_free_worker_takes_nothing_that_lasts() -> None:
    world, leases = book(2, proof=False)
    leases.expect()
    for name in ("one", "two"):
        submit(world, leases, name, Priority.PAGE)
    assert [job for _, _, job in world.given] == ["one"]
    submit(world, leases, "fed", Priority.OPERATOR)
    assert [job for _, _, job in world.given] == ["one", "fed"]
    answer(world, leases)
    submit(world, leases, "old", Priority.BACKLOG)
    assert [job for _, _, job in world.given] == ["one", "fed", "old"]
    answer(world, leases)
    world.now += BETWEEN
    leases.check()
    assert [job for _, _, job in world.given] == ["one", "fed", "old", "two"], "nobody feeds any more"


def test_after_start_the_free_worker_waits_longer_than_between_two_sheets() -> None:
    world, leases = book(2, proof=False)
    leases.expect()
    for name in ("one", "two"):
        submit(world, leases, name, Priority.PAGE)
    world.now += BETWEEN
    leases.check()
    assert [job for _, _, job in world.given] == ["one"]
    world.now += ATTENDED - BETWEEN
    leases.check()
    assert [job for _, _, job in world.given] == ["one", "two"], "no paper came"


def test_a_lone_worker_does_everything_while_paper_is_fed() -> None:
    world, leases = book(1, proof=False)
    leases.expect()
    submit(world, leases, "text", Priority.PAGE)
    assert world.kinds() == ["read"]
