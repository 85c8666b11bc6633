"""Between leave and signature time passes: what has changed meanwhile is not signed; nothing goes in circles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from leave_stand import ARCHIVE, COUNTER, OTHER, SEAL, Stand, day, facts, office, refused, until

from appliance import unsigned
from appliance.authorise_desk import AuthoriseDesk
from appliance.core import rules
from appliance.core.jobs import Signed
from appliance.leaders import Leaders
from appliance.logins import Logins, hashed
from appliance.session_desk import SessionDesk
from appliance.signing.desk import AT_ONCE
from appliance.spool import filing, locks
from appliance.steps import signing

PIN = "482915"
PEOPLE = (f'[[operator]]\ncode = "LD01"\nname = "Lãnh Đạo"\npin = "{hashed(PIN)}"\nleader = true\n'
          '[[operator]]\ncode = "NV02"\nname = "Bình"\ntoken = "pkcs11:token=binh"\n')
WAITS = "awaiting_signer"


class Clock:
    """A monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr(signing, "time", moved)
    return moved


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    """An office whose key a leader has authorised."""
    async with office(tmp_path, PEOPLE) as made:
        await grant(made, "kho")
        yield made


async def grant(stand: Stand, jobs: str) -> None:
    logins = Logins(stand.config.operator, lambda: 1000.0)
    sessions = SessionDesk(stand.steps, logins, lambda: None)
    desk = AuthoriseDesk(stand.config, stand.book, Leaders(logins), stand.desk, sessions.look)
    await desk.grant({"leader": "LD01", "pin": PIN, "keeper": "Văn Thư", "jobs": jobs, "until": day(300)})


async def test_a_document_that_is_locked_while_it_waits_for_its_turn_is_not_signed(stand: Stand) -> None:
    """A state secret found in the stack: no key is used for it, whatever was on its way."""
    stand.signer.hold.clear()
    documents = [await stand.document(f"A{at:02}", "NV01") for at in range(AT_ONCE + 2)]
    rows = await stand.rows("documents_to_sign")
    turns = [asyncio.create_task(stand.steps.sign(row)) for row in rows]
    await until(lambda: len(stand.signer.tasks) == AT_ONCE)
    last = [row for row in rows if row["id"] == documents[-1]]
    pages = await stand.rows("pages_of_document", document=last[0]["id"])
    await stand.book.ask(locks.lock, pages[0]["batch"])
    stand.signer.hold.set()
    done = await asyncio.gather(*turns, return_exceptions=True)
    assert documents[-1] not in [document for document, _ in stand.signer.signed]
    assert [result for result in done if result != "ok"]
    assert (await stand.states())[f"A{AT_ONCE + 1:02}"] == "locked"
    assert not await stand.rows("open_intents", document=documents[-1])


async def test_a_document_that_was_made_anew_meanwhile_is_not_held_and_not_signed(stand: Stand) -> None:
    document = await stand.document("A", "NV01")
    (row,) = await stand.rows("documents_to_sign")
    await stand.book.ask(lambda ledger: ledger.put("document", document, unsigned_sha256="f" * 64))
    assert await refused(stand.steps.sign(row)) == "S204"
    assert await stand.states() == {"A": "assembled"} and not stand.signer.signed
    assert not await stand.chain("key.intent")


async def test_leave_for_one_certificate_is_none_for_the_next_token_that_is_put_in(stand: Stand) -> None:
    await stand.document("A", "NV01")
    (row,) = await stand.rows("documents_to_sign")
    permit = await stand.steps.permits.of(row, rules.load(ARCHIVE))
    await stand.says("hello", facts(fingerprint=OTHER))
    assert await refused(stand.steps._intended(row, rules.load(ARCHIVE), permit)) == "K520"
    assert not await stand.chain("key.intent")


async def test_the_signer_is_told_which_certificate_there_is_leave_for(stand: Stand) -> None:
    await stand.document("A", "NV01")
    (row,) = await stand.rows("documents_to_sign")
    profile = rules.load(ARCHIVE)
    job = await stand.steps._intended(row, profile, await stand.steps.permits.of(row, profile))
    assert job.certificate == SEAL


async def test_a_session_that_was_closed_and_opened_again_gives_its_leave_anew(stand: Stand) -> None:
    await stand.steps.sessions.open("NV02", "123456", "test")
    await stand.document("P", "NV02", job="quay", rules=COUNTER)
    (row,) = await stand.rows("documents_to_sign")
    profile = rules.load(COUNTER)
    permit = await stand.steps.permits.of(row, profile)
    await stand.steps.sessions.close("NV02", "test")
    assert await refused(stand.steps._intended(row, profile, permit)) == "K521"
    await stand.steps.sessions.open("NV02", "123456", "test")
    assert await refused(stand.steps._intended(row, profile, replace(permit, opened="2026-01-01"))) == "K521"
    assert not await stand.chain("key.intent")


@pytest.mark.parametrize("code", ["K516", "K519", "K541", "K546"])
async def test_a_key_that_is_there_and_does_not_sign_is_asked_by_one_document_and_ever_more_seldom(
    code: str, stand: Stand, clock: Clock,
) -> None:
    stand.signer.refuse["sign"] = code
    for at in range(5):
        await stand.document(f"A{at}", "NV01")
    assert set((await stand.round()).values()) == {f"{WAITS} {code}"}
    asked = len(await stand.chain("key.intent"))
    for _ in range(20):
        await stand.round()
    assert len(await stand.chain("key.intent")) <= asked + 1, "nothing goes round at every look"
    for _ in range(60):  # one hour
        clock.now += 60
        await stand.round()
    assert len(await stand.chain("key.intent")) <= asked + 12
    tried = {row["subject"] for row in (await stand.chain("key.intent"))[asked:]}
    assert len(tried) > 1, "not the same document each time: it may be the one that is wrong"
    stand.signer.refuse.clear()
    clock.now += 900
    await stand.round()
    assert set((await stand.round()).values()) == {"signed"}


async def test_a_person_who_has_done_something_need_not_wait_for_the_next_try(stand: Stand, clock: Clock) -> None:
    stand.signer.refuse["sign"] = "K516"
    await stand.document("A", "NV01")
    for _ in range(5):
        await stand.round()
    stand.signer.refuse.clear()
    assert await stand.round() == {"A": f"{WAITS} K516"}
    await SessionDesk(stand.steps, Logins(stand.config.operator, clock.monotonic), lambda: None).unlock("1", "root")
    assert await stand.round() == {"A": "signed"}


async def test_a_profile_that_cannot_be_signed_now_stops_no_other_and_is_not_tried_by_its_success(
    stand: Stand, clock: Clock, monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, one = stand.desk.sign, asyncio.Lock()

    async def sign(job: Any) -> Any:
        async with one:  # what the signer refuses is said for all who ask at that moment
            stand.signer.refuse = {"sign": "K544"} if job.document.startswith("B") else {}
            return await made(job)

    monkeypatch.setattr(stand.desk, "sign", sign)
    await stand.document("B", "NV01", rules="demo")
    for at in range(10):
        await stand.document(f"A{at}", "NV01")
        assert (await stand.round())[f"A{at}"] == "signed"
    tries = [row for row in await stand.chain("key.intent") if row["subject"].startswith("B")]
    assert len(tries) <= 2




async def test_a_time_stamp_that_comes_after_the_lock_is_written_nowhere(stand: Stand) -> None:
    document = await stand.document("A", "NV01")
    assert await stand.round() == {"A": "signed"}
    (page,) = await stand.rows("pages_of_document", document=document)
    await stand.book.ask(locks.lock, page["batch"])
    done = Signed("x", "c" * 64, 6, "B-T", "S", "stamp", True)
    with pytest.raises(Exception, match="S204"):
        await stand.book.ask(filing.lifted, document, done)


async def test_a_file_that_cannot_be_signed_is_told_of_and_does_not_fill_the_audit_chain(
    stand: Stand, clock: Clock,
) -> None:
    stand.signer.refuse["sign"] = "K503"
    await stand.document("A", "NV01")
    (row,) = await stand.rows("documents_to_sign")
    for _ in range(60):  # the conductor tries once a minute at most
        assert await refused(stand.steps.sign(row)) == "K503"
        clock.now += 60
    assert len(await stand.chain("key.intent")) <= 10
    (told,) = await stand.book.ask(unsigned.waiting)
    assert (told["code"], told["documents"]) == ("K503", 1)
    stand.signer.refuse.clear()
    clock.now += 900
    assert await stand.round() == {"A": "signed"} and not await stand.book.ask(unsigned.waiting)
