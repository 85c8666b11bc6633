"""A key that is away takes no authorisation with it, and monitoring sees what waits and for what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from leave_stand import COUNTER, OTHER, SEAL, Stand, facts, office, until

from appliance.core import clock, errors
from appliance.exporter.metrics import Metrics
from appliance.exporter.signing import SigningReading
from appliance.outlook import Outlook
from appliance.readings import Readings
from appliance.signing.protocol import Gone
from appliance.spool import authorisations, figures
from appliance.spool.authorisations import Grant
from appliance.timekeeper import Timekeeper

LATE = clock.iso(clock.now().replace(year=2090))


class Room:
    """What is seen of a stand whose agency has leave for one job."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        means = SimpleNamespace(timekeeper=Timekeeper())
        conductor = SimpleNamespace(steps=SimpleNamespace(signing=stand.steps, means=means))
        processes = SimpleNamespace(signer=stand.desk, conductor=conductor)
        nothing = cast(Any, None)
        self.outlook = Outlook(stand.config, stand.store, stand.book, nothing, cast(Any, processes))

    async def grant(self, key: str = SEAL, subject: str = "Con dấu") -> None:
        now = clock.iso(clock.now())
        await self.stand.book.ask(authorisations.grant, Grant(
            "LD01", "Lãnh Đạo", "Văn Thư", key, subject, "kho", now, LATE))

    async def away(self, code: str) -> None:
        await self.stand.says("gone", Gone("agency", code, "test"))

    async def leave(self) -> tuple[str, bool]:
        found = await self.outlook.leave()
        return found["authorised"][0]["number"], found["ready"]

    async def listed(self) -> list[str]:
        key = self.stand.desk
        return [one["standing"] for one in await self.stand.book.ask(
            lambda ledger: authorisations.listed(ledger, key.known, ready=key.key is not None))]

    async def reading(self) -> SigningReading:
        return await Readings(self.outlook, cast(Any, None), cast(Any, None)).signing()

    async def queues(self) -> tuple[int, int]:
        found = await self.stand.book.ask(figures.queues)
        return found["sign"][0], found["pack"][0]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with office(tmp_path) as stand:
        yield Room(stand)


async def test_with_the_token_out_the_authorisation_stands_and_the_key_is_what_is_missing(room: Room) -> None:
    await room.grant()
    assert await room.leave() == ("1", True) and await room.listed() == ["in_force"]
    await room.away("K510")
    assert await room.leave() == ("1", False) and await room.listed() == ["key_away"]
    reading = await room.reading()
    assert reading.authorised == {"kho": clock.parse(LATE).timestamp()} and reading.trouble == "K510"


async def test_where_persons_alone_sign_nobody_misses_the_offices_key_or_its_authorisation(room: Room) -> None:
    config = room.stand.config
    jobs = tuple(replace(job, rules="onestop-ttvpcp-2023") for job in config.job)
    room.outlook = replace(room.outlook, config=replace(config, job=jobs))
    await room.away("K510")
    reading = await room.reading()
    assert (reading.authorised, reading.trouble) == ({}, "")


async def test_after_a_restart_the_ledger_knows_which_key_it_was(room: Room) -> None:
    await room.grant()
    await room.grant(OTHER, "")  # for a key that is to come
    await room.away("K511")
    room.stand.desk.known = ""
    assert await room.leave() == ("1", False) and await room.listed() == ["key_away", "other_key"]


async def test_a_key_that_signed_since_is_the_last_one_also_after_a_restart(room: Room) -> None:
    await room.grant()
    await room.grant(OTHER, "")
    await room.stand.document("A", "NV01")
    now = clock.iso(clock.now().replace(year=2089))
    await room.stand.book.ask(lambda ledger: ledger._db.execute(
        "UPDATE document SET signing_key = ?, signed_at = ?", (OTHER, now)))
    await room.away("K510")
    room.stand.desk.known = ""
    assert await room.leave() == ("2", False) and await room.listed() == ["other_key", "key_away"]


async def test_another_key_in_the_signer_has_no_leave_by_the_first_one(room: Room) -> None:
    await room.grant()
    await room.stand.signer.line.send("hello", facts(fingerprint=OTHER))
    await until(lambda: room.stand.desk.known == OTHER)
    assert await room.leave() == ("", True) and await room.listed() == ["other_key"]
    await room.away("K510")
    assert await room.leave() == ("", False) and await room.listed() == ["other_key"]


async def test_where_nothing_was_authorised_nothing_is_said_to_be(room: Room) -> None:
    await room.away("K510")
    room.stand.desk.known = ""
    assert await room.leave() == ("", False) and await room.listed() == []


async def test_a_signer_that_is_not_there_at_all_is_trouble_too(room: Room) -> None:
    assert (await room.reading()).trouble == ""
    await room.stand.signer.line.close()
    await until(lambda: room.stand.desk.key is None)
    assert (await room.reading()).trouble == errors.SIGNER_AWAY.code


async def test_monitoring_sees_by_code_what_waits_for_a_signature(room: Room) -> None:
    for number in range(3):
        await room.stand.document(f"A{number}", "NV01")
    await room.stand.document("P", "NV01", job="quay", rules=COUNTER)
    await room.stand.round()
    reading = await room.reading()
    assert reading.waiting == {"K520": 3, "K521": 1}
    text = Metrics().show(signing=reading).decode()
    assert 'appliance_signing_waiting_documents{code="K520"} 3.0' in text
    assert "appliance_signer_trouble{" not in text
    text = Metrics().show(signing=SigningReading(trouble="K510")).decode()
    assert 'appliance_signer_trouble{code="K510"} 1.0' in text


async def test_a_dossier_waits_for_its_package_only_once_everything_in_it_is_signed(room: Room) -> None:
    await room.stand.document("A", "NV01")
    room.stand.signer.level = "B-T"
    assert await room.queues() == (1, 0), "assembled"
    await room.stand.round()
    assert await room.queues() == (1, 0), "waits for leave"
    await room.grant()
    await room.stand.round()
    await room.stand.round()
    assert await room.stand.states() == {"A": "signed"} and await room.queues() == (0, 1)
    await room.stand.book.ask(lambda ledger: ledger._db.execute("UPDATE document SET lift = 'due', code = 'K530'"))
    assert await room.queues() == (1, 0) and (await room.reading()).waiting == {"K530": 1}


async def test_whose_pin_is_wanted_is_told_with_the_command_for_that_key(room: Room) -> None:
    await room.away("K513")
    refusal = room.stand.desk.refusal
    assert refusal is not None and "(appliance sign unlock --again)" in refusal.vi
