"""A slow card with many documents waiting is not taken for a driver that hangs; one that hangs is."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import pytest

from appliance.core.errors import ApplianceError
from appliance.signing.keys import library
from appliance.signing.keys.library import Library


async def test_who_waits_for_a_turn_longer_than_a_call_may_take_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "SECONDS", 2.0)
    card = Library(Path("slow.so"))

    def sign(number: int) -> int:
        time.sleep(0.5)
        return number

    assert await asyncio.gather(*(card.run(sign, number) for number in range(6))) == list(range(6))
    assert not card.stuck


async def test_a_call_that_hangs_lets_nobody_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "SECONDS", 0.2)
    card, free = Library(Path("hung.so")), threading.Event()
    calls = [card.run(free.wait), card.run(int)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    free.set()
    assert [getattr(one, "code", "") for one in outcomes if isinstance(one, ApplianceError)] == ["K516", "K516"]
    assert card.stuck
