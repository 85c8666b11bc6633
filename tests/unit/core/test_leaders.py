"""Who decides what operators may not: a person of the settings, marked as leader, who knows the PIN."""

from __future__ import annotations

import time

import pytest

from appliance.core import config, errors
from appliance.core.errors import ApplianceError
from appliance.leaders import Leaders
from appliance.logins import Logins, hashed

PIN = hashed("271828", b"0123456789abcdef")


def office(*, leader: bool) -> config.Config:
    person = {"code": "LD01", "name": "Trần Thị Lãnh", "pin": PIN, "leader": leader}
    return config.parse({"operator": [person]})


def leaders(*, leader: bool = True) -> Leaders:
    return Leaders(Logins(office(leader=leader).operator, time.monotonic))


async def test_a_leader_with_the_right_pin_is_named() -> None:
    assert (await leaders().named({"leader": "LD01", "pin": "271828"})).name == "Trần Thị Lãnh"


@pytest.mark.parametrize("words", [
    {}, {"leader": "LD01"}, {"leader": "LD01", "pin": "1"}, {"leader": "X", "pin": "271828"}])
async def test_a_wrong_pin_and_an_unknown_code_are_refused_alike(words: dict[str, str]) -> None:
    with pytest.raises(ApplianceError) as refused:
        await leaders().named(words)
    assert refused.value.kind is errors.LOGIN_REFUSED


async def test_an_operator_who_is_no_leader_decides_nothing() -> None:
    with pytest.raises(ApplianceError) as refused:
        await leaders(leader=False).named({"leader": "LD01", "pin": "271828"})
    assert refused.value.kind is errors.LEADER_NEEDED


def test_a_leader_without_a_pin_is_refused_in_the_settings() -> None:
    with pytest.raises(ApplianceError) as refused:
        config.parse({"operator": [{"code": "LD01", "name": "A", "leader": True}]})
    assert refused.value.kind is errors.CONFIG_BAD_VALUE
