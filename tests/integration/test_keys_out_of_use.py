"""A key that is taken out of use signs nothing any more, not even what was in hand at that moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from appliance.core import errors
from appliance.core.config import parse
from appliance.core.errors import ApplianceError
from appliance.core.jobs import AGENCY
from appliance.signing import keys, mould
from appliance.signing.holding import Holdings, Opened
from appliance.signing.keys import Key
from appliance.signing.protocol import OpenSession


class Anything:
    """Admits every certificate."""

    async def admit(self, key: Key) -> object:
        return key

    def forget(self, name: str) -> None:
        return


async def nobody(_kind: str, _body: Any) -> None:
    return


async def signs(key: Key) -> str:
    """Return nothing when a key signs, else the code."""
    try:
        await mould.sign(key.signer, b"d" * 32)
    except ApplianceError as problem:
        return problem.code
    return ""


@pytest.fixture
async def opened(tmp_path: Path) -> Opened:
    config = parse({"storage": {"state": str(tmp_path)}})
    source = keys.of_person(config, OpenSession("NV01", "Thảo"))
    return Opened(source, await source.open())


async def test_a_session_that_ends_stops_what_is_in_hand_and_the_next_one_signs_again(opened: Opened) -> None:
    holdings = Holdings(nobody, {}, Anything())
    holdings.opened["NV01"] = opened
    await holdings.admit(opened)
    assert await signs(opened.key) == ""
    await holdings.let_go("NV01", None)
    assert await signs(opened.key) == "K521", "a key in a file is still in memory"
    holdings.opened["NV01"] = opened
    await holdings.admit(opened)
    assert await signs(opened.key) == ""


async def test_a_clock_that_goes_back_stops_what_is_in_hand_until_it_is_right(opened: Opened) -> None:
    wrong = [errors.CLOCK_BACK.error(latest="b", now="a")]

    def clock() -> None:
        if wrong:
            raise wrong[0]

    holdings = Holdings(nobody, {}, Anything(), clock)
    holdings.opened[opened.key.name] = opened
    wrong_one = wrong.pop()
    await holdings.admit(opened)
    wrong.append(wrong_one)
    assert await holdings.look_at_clock() is wrong_one and opened.key.name != AGENCY
    assert await signs(opened.key) == "K518"
    wrong.clear()
    assert await holdings.look_at_clock() is None
    assert await signs(opened.key) == ""
