"""A stage that cannot say what is ready: the others go on, somebody is told once, and it is asked again later."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import Any, cast

import pytest

from appliance.conductor import Conductor
from appliance.core import errors
from appliance.core.events import Bus, Fact, StageFinished, ThingHeld
from appliance.steps.steps import Steps


class Ledger:
    """Pages to analyse without end; some queries fail."""

    def __init__(self, problem: Exception, *failing: str) -> None:
        self.problem, self.failing = problem, failing
        self.asked: Counter[str] = Counter()
        self.analysed = 0
        self.carried = frozenset[str]()
        self.bus, self.facts = Bus(), list[Fact]()
        self.bus.listen(self.facts.append)

    def __getattr__(self, _name: str) -> Any:
        return self

    async def ready(self, query: str, _limit: int) -> list[Any]:
        self.asked[query] += 1
        if query in self.failing or "all" in self.failing:
            raise self.problem
        return [{"id": self.analysed}] if query == "pages_to_analyse" else []

    async def analyse(self, _row: Any) -> str:
        self.analysed += 1
        return "ok"


async def going(ledger: Ledger, conductor: Conductor, least: int) -> None:
    """Let it go round until so many pages are analysed; each wakes it."""
    task = asyncio.create_task(conductor.run())
    async with asyncio.timeout(20):
        while ledger.analysed < least and not task.done():
            await asyncio.sleep(0)
    alive = not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await conductor.stop()
    assert alive, "the conductor ended"


@pytest.mark.parametrize(("problem", "code"), [
    (errors.CONFIG_BAD_VALUE.error(key="device.job", value="gone", allowed="default"), "C003"),
    (RuntimeError("a row that nobody can read"), errors.UNEXPECTED.code)])
async def test_a_stage_that_cannot_be_asked_ends_nothing_and_is_told_once(
    problem: Exception, code: str, caplog: pytest.LogCaptureFixture,
) -> None:
    ledger = Ledger(problem, "batches_unchecked")
    conductor = Conductor(cast(Steps, ledger))
    with caplog.at_level(logging.WARNING, "appliance.conductor"):
        await going(ledger, conductor, 20)
    assert ledger.asked["batches_unchecked"] < ledger.asked["pages_to_analyse"], "it is left alone for a while"
    assert [fact for fact in ledger.facts if not isinstance(fact, StageFinished)] == [ThingHeld("delay", code)]
    assert [record.levelname for record in caplog.records].count("WARNING") == 1
    tries = ledger.asked["batches_unchecked"]
    conductor._later["release"] = (0.0, 1)  # the wait is over, and so is the trouble
    ledger.failing = ()
    await going(ledger, conductor, ledger.analysed + 3)
    assert ledger.asked["batches_unchecked"] > tries
    assert "release" not in conductor._later


async def test_where_no_stage_can_be_asked_the_watchdog_is_told_of_no_round() -> None:
    ledger = Ledger(RuntimeError("the ledger is gone"), "all")
    conductor = Conductor(cast(Steps, ledger))
    conductor.last_round = 0.0
    await conductor._round()
    assert conductor.last_round == 0.0
    ledger.failing = ("batches_unchecked",)
    conductor._later.clear()
    await conductor._round()
    assert conductor.last_round > 0
    await conductor.stop()


async def test_what_was_put_off_and_is_gone_is_forgotten() -> None:
    """A thing that failed and that a person removed since: its mark would stay, and have ever more rows read."""
    ledger = Ledger(RuntimeError())
    conductor = Conductor(cast(Steps, ledger))
    later = 1e12
    conductor._later.update({"analyse 0": (later, 3), "analyse 7": (later, 3), "read 7": (later, 1)})
    await conductor._round()
    assert conductor._later == {"analyse 0": (later, 3)} and ledger.analysed == 0
    await conductor.stop()
