"""Who asks what of locked batches: anybody locks, only a leader with a PIN decides, and says why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from locked_stand import SECRET, Stand, _Here, office

from appliance.core import errors
from appliance.core.errors import ApplianceError, Kind
from appliance.core.events import BatchLocked, Bus, Fact
from appliance.leaders import Leaders
from appliance.lock_desk import LockDesk, is_day
from appliance.logins import Logins, hashed

A = "01890000-0000-7000-8000-00000000000a"
PIN = "482915"
LINE = hashed(PIN)
PEOPLE = (f'[[operator]]\ncode = "NV01"\nname = "Thảo"\npin = "{LINE}"\n'
          f'[[operator]]\ncode = "LD01"\nname = "Lãnh"\npin = "{LINE}"\nleader = true\n')
SIGNED = {"batch": A, "leader": "LD01", "pin": PIN}


class Room:
    """A desk before a stand."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.facts: list[Fact] = []
        self.woken = 0
        bus = Bus()
        bus.listen(self.facts.append)
        logins = Logins(stand.config.operator, lambda: 1000.0)
        self.desk = LockDesk(stand.config, cast(Any, _Here(stand.ledger)), Leaders(logins), bus, cast(Any, None),
                             self.wake)

    def wake(self) -> None:
        self.woken += 1


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    stand = office(tmp_path, PEOPLE)
    stand.batch(A)
    yield Room(stand)
    stand.ledger.close()


async def refused(room: Room, kind: str, words: dict[str, str]) -> Kind:
    with pytest.raises(ApplianceError) as problem:
        await room.desk.decide(kind, words)
    return problem.value.kind


async def test_anybody_known_locks_a_batch_once_and_it_is_told_once(room: Room) -> None:
    with pytest.raises(ApplianceError) as unknown:
        await room.desk.lock({"batch": A, "code": "NV99"})
    assert unknown.value.kind is errors.STAFF_UNKNOWN
    with pytest.raises(ApplianceError) as nothing:
        await room.desk.lock({"batch": "nothing", "code": "NV01"})
    assert nothing.value.kind is errors.LOCK_REFUSED
    assert await room.desk.lock({"batch": A, "code": "NV01"})
    assert not await room.desk.lock({"batch": A, "code": "NV01"})
    assert room.facts == [BatchLocked(A)] and room.woken
    assert room.stand.noted("batch.lock")[0][0] == "NV01"


async def test_only_a_leader_with_the_pin_decides_and_says_why(room: Room) -> None:
    room.stand.look(room.stand.side(A, 1), SECRET)
    assert await refused(room, "release", {**SIGNED, "reason": "x", "pin": "000000"}) is errors.LOGIN_REFUSED
    assert await refused(room, "release", {**SIGNED, "reason": "x", "leader": "NV01"}) is errors.LEADER_NEEDED
    assert await refused(room, "release", {**SIGNED, "reason": " "}) is errors.LOCK_REFUSED
    for number, day in (("", "21/11/2026"), ("12/QĐ", ""), ("12/QĐ", "31/02/2026"), ("12/QĐ", "2026-11-21")):
        words = {**SIGNED, "number": number, "day": day}
        assert await refused(room, "destroy", words) is errors.LOCK_REFUSED
    assert await refused(room, "release", {**SIGNED, "batch": "other", "reason": "x"}) is errors.LOCK_REFUSED
    assert await room.desk.decide("destroy", {**SIGNED, "number": "12/QĐ", "day": "21/11/2026"})
    assert not await room.desk.decide("destroy", {**SIGNED, "number": "12/QĐ", "day": "21/11/2026"})
    assert await refused(room, "release", {**SIGNED, "reason": "x"}) is errors.LOCK_REFUSED
    ((who, said),) = room.stand.noted("batch.destroy_decided")
    assert (who, said["number"], said["day"]) == ("LD01", "12/QĐ", "21/11/2026")


@pytest.mark.parametrize(("text", "good"), [
    ("21/11/2026", True), ("29/02/2024", True), ("29/02/2026", False), ("1/1/2026", False), ("", False),
    ("21/11/0026", False), ("٢١/11/2026", False)])
def test_a_day_is_one_of_the_calendar(text: str, good: bool) -> None:
    assert is_day(text) is good
