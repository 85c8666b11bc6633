"""Why a Start is refused while workers see wrong, and that it is not refused for one that is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.core.events import Bus, Fact, WorkerProved
from appliance.core.jobs import Job, Outcome
from appliance.core.plain import to_plain
from appliance.crew import Proof
from appliance.pool import Pool
from appliance.pool_line import ZeroLine

WRONG: dict[str, object] = {"faults": ["front.jpg skew 2.0, not -1.3"]}
RIGHT: dict[str, object] = {"faults": []}
ONE, TWO = b"worker-1.1.a", b"worker-2.1.a"


class Host:
    """A pool whose workers are a list of what was sent to them."""

    def __init__(self, folder: Path) -> None:
        self.day, self.sent, self.facts = "Monday", list[tuple[bytes, Job]](), list[Fact]()
        bus = Bus()
        bus.listen(self.facts.append)
        proof = Proof(Job("prove", "prove", {}, seconds=60), lambda: self.day)
        self.pool = Pool(ZeroLine(folder / "pool.ipc"), bus, proof=proof)
        self.leases = self.pool._leases
        self.leases._out = replace(self.leases._out, send=self._send, alive=lambda _pid: True)

    def _send(self, name: bytes, kind: str, body: dict[str, Any]) -> bool:
        if kind == "job":
            self.sent.append((name, body["job"]))
        return True

    def comes(self, name: bytes, body: dict[str, object] | None = None) -> None:
        """A worker says ready, and answers its proof with ``body``, if any."""
        self.leases.heard(name, "ready", {"pid": 1})
        if body is not None:
            self.answers(name, body)

    def answers(self, name: bytes, body: dict[str, object]) -> None:
        job = [job.id for whose, job in self.sent if whose == name][-1]
        self.leases.heard(name, "done", {"outcome": to_plain(Outcome(job, ok=True, body=body))})

    def refused(self) -> str:
        problem = self.pool.at_start()
        return problem.code if problem else ""


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    made = Host(tmp_path)
    yield made
    await made.pool.close()


async def test_a_worker_that_saw_wrong_and_is_gone_refuses_no_start_after_midnight(host: Host) -> None:
    host.comes(TWO, WRONG)
    host.comes(ONE, RIGHT)
    host.leases.heard(TWO, "bye", {})
    assert host.refused() == ""
    host.day = "Tuesday"
    assert host.pool.stats().fit == 0 and host.refused() == "", "the one that is there may prove itself"
    host.answers(ONE, RIGHT)
    assert host.pool.stats().fit == 1 and not host.pool._faults


async def test_a_start_that_is_refused_has_whoever_can_prove_it_look_again(host: Host) -> None:
    host.comes(ONE, RIGHT)
    host.day = "Tuesday"
    before = len(host.sent)
    assert host.refused() == "" and len(host.sent) == before + 1
    host.answers(ONE, WRONG)
    assert host.refused() == "P705"


async def test_a_fresh_process_in_the_place_of_one_that_saw_wrong_must_look_first(host: Host) -> None:
    host.comes(ONE, WRONG)
    host.leases.gone(1)
    assert host.refused() == "P705", "while it is started again"
    host.comes(b"worker-1.2.b")
    assert host.refused() == "P705"
    host.answers(b"worker-1.2.b", RIGHT)
    assert host.refused() == ""


async def test_another_worker_that_has_not_looked_yet_may_see_right(host: Host) -> None:
    host.comes(TWO, WRONG)
    assert host.refused() == "P705"
    host.comes(ONE)
    assert host.refused() == ""
    host.answers(ONE, WRONG)
    assert host.refused() == "P705"


@pytest.mark.parametrize("body", [{"faults": [], "trouble": "No space left on device (/tmp/golden1)"}, {}],
                         ids=["full", "no answer"])
async def test_a_host_that_keeps_a_worker_from_looking_is_not_told_as_seeing_wrong(
    host: Host, body: dict[str, object],
) -> None:
    host.comes(ONE, body)
    problem = host.pool.refusal()
    assert problem is not None and problem.code == "P706" and host.pool.stats().fit == 0
    assert str(body.get("trouble", "no answer")) in problem.vi
    proved = [fact for fact in host.facts if isinstance(fact, WorkerProved)]
    assert [fact.code for fact in proved] == ["P706"]
