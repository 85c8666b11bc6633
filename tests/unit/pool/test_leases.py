"""The bookkeeping of jobs and workers, with a clock of our own and no socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from appliance.core.jobs import Job, Outcome
from appliance.core.plain import to_plain
from appliance.leases import REMEMBERED, Leases, Outside
from appliance.pool_wire import Timing


@dataclass
class World:
    """Everything outside the bookkeeping."""

    now: float = 0.0
    sent: list[tuple[bytes, str, dict[str, Any]]] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    unreachable: set[bytes] = field(default_factory=set)
    dead: set[int] = field(default_factory=set)
    ours: bool = True

    def send(self, name: bytes, kind: str, body: dict[str, Any]) -> bool:
        if name in self.unreachable:
            return False
        self.sent.append((name, kind, body))
        return True

    def end(self, pid: int) -> bool:
        if self.ours:
            self.ended.append(pid)
        return self.ours

    def given(self) -> list[tuple[bytes, str, int]]:
        return [(name, body["job"].id, body["job"].attempt) for name, kind, body in self.sent if kind == "job"]


def book(workers: int = 2) -> tuple[World, Leases]:
    world = World()
    outside = Outside(world.send, world.end, lambda pid: pid not in world.dead, world.lost.append,
                      lambda: world.now)
    leases = Leases(outside, Timing(beat=1.0, liveness=10.0))
    for number in range(1, workers + 1):
        leases.heard(b"w%d" % number, "ready", {"pid": number})
    return world, leases


def submit(world: World, leases: Leases, job_id: str, priority: int = 10, seconds: int = 30) -> None:
    leases.submit(Job(job_id, "read", {}, priority, seconds), world.outcomes.append)


def done(leases: Leases, name: bytes, job_id: str, *, ok: bool = True, **body: object) -> None:
    leases.heard(name, "done", {"outcome": to_plain(Outcome(job_id, ok=ok, body=body, code="" if ok else "P703"))})


def pass_time(world: World, leases: Leases, seconds: int, *alive: bytes) -> None:
    for _ in range(seconds):
        world.now += 1.0
        for name in alive:
            leases.heard(name, "beat", {})
        leases.check()


def test_a_worker_gets_one_job_at_a_time() -> None:
    world, leases = book(1)
    submit(world, leases, "a")
    submit(world, leases, "b")
    assert world.given() == [(b"w1", "a", 1)]
    done(leases, b"w1", "a")
    assert world.given()[1:] == [(b"w1", "b", 1)]


def test_jobs_of_one_priority_keep_their_order() -> None:
    world, leases = book(0)
    for job_id, priority in (("c", 20), ("a1", 0), ("b", 10), ("a2", 0)):
        submit(world, leases, job_id, priority)
    leases.heard(b"w", "ready", {"pid": 1})
    for job_id in ("a1", "a2", "b", "c"):
        done(leases, b"w", job_id)
    assert [job_id for _, job_id, _ in world.given()] == ["a1", "a2", "b", "c"]


def test_the_answer_of_a_worker_given_up_is_taken_when_it_comes_first() -> None:
    world, leases = book(2)
    submit(world, leases, "a", seconds=5)
    pass_time(world, leases, 6, b"w1", b"w2")
    assert world.given() == [(b"w1", "a", 1), (b"w2", "a", 2)]
    done(leases, b"w1", "a", text="late but right")
    assert [(o.ok, o.body) for o in world.outcomes] == [(True, {"text": "late but right"})]
    done(leases, b"w2", "a", text="too late")
    assert len(world.outcomes) == 1
    submit(world, leases, "b")
    assert world.given()[-1] == (b"w2", "b", 1)


def test_the_failure_of_a_worker_given_up_decides_nothing() -> None:
    world, leases = book(2)
    submit(world, leases, "a", seconds=5)
    pass_time(world, leases, 6, b"w1", b"w2")
    done(leases, b"w1", "a", ok=False)
    assert world.outcomes == []
    done(leases, b"w2", "a")
    assert [o.ok for o in world.outcomes] == [True]


def test_an_answer_to_no_job_is_harmless() -> None:
    world, leases = book(1)
    done(leases, b"w1", "never asked")
    assert world.outcomes == []
    submit(world, leases, "a")
    assert world.given() == [(b"w1", "a", 1)]


def test_a_job_that_hung_two_workers_is_given_up_and_the_third_never_sees_it() -> None:
    world, leases = book(3)
    submit(world, leases, "a", seconds=5)
    pass_time(world, leases, 20, b"w1", b"w2", b"w3")
    assert world.given() == [(b"w1", "a", 1), (b"w2", "a", 2)]
    assert world.ended == [1, 2]
    assert [(o.ok, o.code) for o in world.outcomes] == [(False, "P702")]
    assert list(leases.workers) == [b"w3"]


def test_a_job_that_hung_one_worker_and_killed_another_says_both() -> None:
    world, leases = book(2)
    submit(world, leases, "a", seconds=5)
    pass_time(world, leases, 6, b"w1", b"w2")
    leases.gone(2)
    assert [o.code for o in world.outcomes] == ["P701"]
    assert "hung, died" in world.outcomes[0].reason


def test_a_hung_worker_that_is_not_ours_is_told_to_stop_and_heard_no_more() -> None:
    world, leases = book(1)
    world.ours = False
    submit(world, leases, "a", seconds=5)
    pass_time(world, leases, 6, b"w1")
    assert (b"w1", "stop", {}) in world.sent
    world.sent.clear()
    leases.heard(b"w1", "ready", {"pid": 1})
    assert world.sent == [(b"w1", "stop", {})]
    assert world.lost == ["hung"]


def test_an_idle_worker_that_falls_silent_is_replaced() -> None:
    world, leases = book(2)
    pass_time(world, leases, 11, b"w1")
    assert world.ended == [2]
    assert world.lost == ["silent"]
    assert list(leases.workers) == [b"w1"]


def test_a_busy_worker_that_falls_silent_has_until_its_deadline_while_its_process_is_there() -> None:
    world, leases = book(1)
    submit(world, leases, "a", seconds=30)
    pass_time(world, leases, 25)
    assert world.lost == []
    pass_time(world, leases, 6)
    assert world.lost == ["hung"]


def test_a_busy_worker_that_falls_silent_is_dead_when_its_process_is_gone() -> None:
    world, leases = book(2)
    submit(world, leases, "a", seconds=300)
    world.dead.add(1)
    pass_time(world, leases, 11, b"w2")
    assert world.lost == ["died"]
    assert world.given()[-1] == (b"w2", "a", 2)


def test_a_worker_out_of_reach_costs_the_job_no_attempt() -> None:
    world, leases = book(2)
    world.unreachable.add(b"w1")
    submit(world, leases, "a")
    assert world.given() == [(b"w2", "a", 1)]
    assert world.lost == ["died"]


def test_two_workers_out_of_reach_at_once_are_both_let_go() -> None:
    world, leases = book(3)
    submit(world, leases, "a")
    world.unreachable |= {b"w1", b"w2"}
    world.now += 1.0
    leases.check()
    assert world.lost == ["died", "died"]
    assert world.given()[-1] == (b"w3", "a", 2)


def test_time_in_which_the_pool_itself_stood_still_is_nobodys_fault() -> None:
    world, leases = book(2)
    submit(world, leases, "a", seconds=30)
    world.now += 3600.0
    leases.check()
    assert world.lost == []
    pass_time(world, leases, 9)
    assert world.lost == []
    pass_time(world, leases, 30)
    assert sorted(world.lost) == ["hung", "silent"]


def test_a_worker_that_leaves_in_order_gives_its_job_back_uncounted() -> None:
    world, leases = book(2)
    submit(world, leases, "a")
    leases.heard(b"w1", "bye", {})
    leases.gone(1)
    assert world.given() == [(b"w1", "a", 1), (b"w2", "a", 1)]
    assert world.lost == []


def test_one_death_reported_twice_counts_once() -> None:
    world, leases = book(2)
    submit(world, leases, "a")
    leases.gone(1)
    leases.gone(1)
    world.unreachable.add(b"w1")
    pass_time(world, leases, 2, b"w2")
    assert world.lost == ["died"]
    assert leases.losses == {"died": 1}


def test_a_stranger_is_asked_who_it_is() -> None:
    world, leases = book(0)
    leases.heard(b"x", "beat", {})
    assert world.sent == [(b"x", "who", {})]


def test_a_worker_that_says_ready_twice_is_one_worker() -> None:
    world, leases = book(1)
    leases.heard(b"w1", "ready", {"pid": 1})
    submit(world, leases, "a")
    submit(world, leases, "b")
    assert world.given() == [(b"w1", "a", 1)]


def test_a_withdrawn_job_is_not_handed_out() -> None:
    world, leases = book(0)
    submit(world, leases, "a")
    leases.withdraw("a")
    submit(world, leases, "b")
    leases.heard(b"w", "ready", {"pid": 1})
    assert world.given() == [(b"w", "b", 1)]


def test_a_withdrawn_job_whose_worker_dies_is_not_tried_again() -> None:
    world, leases = book(2)
    submit(world, leases, "a")
    leases.withdraw("a")
    leases.gone(1)
    assert world.given() == [(b"w1", "a", 1)]
    assert world.outcomes == []


def test_paused_means_that_nothing_is_handed_out() -> None:
    world, leases = book(1)
    leases.pause()
    submit(world, leases, "a")
    assert world.given() == []
    assert [ticket.job.id for ticket in leases.waiting()] == ["a"]


def test_the_memory_of_dismissed_workers_is_bounded() -> None:
    _world, leases = book(0)
    for number in range(REMEMBERED + 50):
        leases.heard(b"n%d" % number, "ready", {"pid": number})
        leases.gone(number)
    assert len(leases._dismissed) == REMEMBERED
