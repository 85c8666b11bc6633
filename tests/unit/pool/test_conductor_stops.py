"""The conductor stops when it is told to, at whatever moment its work wakes it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from appliance.conductor import Conductor
from appliance.steps.steps import Steps


class Nothing:
    """A ledger in which nothing is ready."""

    def __init__(self) -> None:
        self.asked = 0
        self.carried = frozenset[str]()

    def __getattr__(self, _name: str) -> Any:
        return self

    async def ready(self, _query: str, _limit: int) -> list[Any]:
        self.asked += 1
        return []


@pytest.mark.parametrize("steps_of_the_loop", range(6))
async def test_it_stops_although_it_is_woken_in_the_same_moment(steps_of_the_loop: int) -> None:
    ledger = Nothing()
    conductor = Conductor(cast(Steps, ledger))
    going = asyncio.create_task(conductor.run())
    async with asyncio.timeout(5):
        while not (conductor._wake._waiters or going.done()):  # it sleeps
            await asyncio.sleep(0)
    conductor.wake()
    for _ in range(steps_of_the_loop):
        await asyncio.sleep(0)
    going.cancel()
    done, _ = await asyncio.wait({going}, timeout=5)
    going.cancel()
    assert done and going.cancelled()
