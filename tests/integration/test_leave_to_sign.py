"""Nothing is signed without leave: an authorisation for the agency's key, for a person's own key their session."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from leave_stand import ARCHIVE, COUNTER, OTHER, SEAL, Stand, day, facts, office, refused, until

from appliance import inspection, sessions, unsigned
from appliance.authorise_desk import AuthoriseDesk
from appliance.core import clock, errors, rules
from appliance.core.errors import ApplianceError
from appliance.core.jobs import AGENCY
from appliance.leaders import Leaders
from appliance.logins import SHIFT_SECONDS, Logins, hashed
from appliance.session_desk import SessionDesk
from appliance.sessions import Sessions
from appliance.signing.protocol import Gone
from appliance.spool import authorisations

PIN = "482915"
LINE = hashed(PIN)
LEADER = f'[[operator]]\ncode = "LD01"\nname = "Lãnh Đạo"\npin = "{LINE}"\nleader = true\n'
PEOPLE = (LEADER +
          f'[[operator]]\ncode = "NV01"\nname = "Thảo"\npin = "{LINE}"\n'
          '[[operator]]\ncode = "NV02"\nname = "Bình"\ntoken = "pkcs11:token=binh"\n'
          '[[operator]]\ncode = "NV03"\nname = "An"\n')
WAITS, SIGNED = "awaiting_signer", "signed"


class Room:
    """The desks before a stand, and a clock of the sessions that the test moves."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.now = 1000.0
        stand.steps.sessions = Sessions(stand.book, stand.desk, stand.config.operator, lambda: self.now)
        object.__setattr__(stand.steps.permits, "sessions", stand.steps.sessions)
        logins = Logins(stand.config.operator, lambda: 1000.0)
        self.sessions = SessionDesk(stand.steps, logins, lambda: None)
        self.desk = AuthoriseDesk(stand.config, stand.book, Leaders(logins), stand.desk, self.sessions.look)

    async def grant(self, **changes: str) -> int:
        words = {"leader": "LD01", "pin": PIN, "keeper": "Văn Thư", "jobs": "kho", "until": day(300), **changes}
        return int((await self.desk.grant(words))["number"])

    async def revoke(self, number: int, **changes: str) -> bool:
        return await self.desk.revoke({"leader": "LD01", "pin": PIN, "number": str(number), **changes})

    async def waiting(self) -> list[dict[str, Any]]:
        return await self.stand.book.ask(unsigned.waiting)

    async def counter(self, code: str, *operators: str) -> str:
        return await self.stand.document(code, *operators, job="quay", rules=COUNTER)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with office(tmp_path, PEOPLE) as stand:
        yield Room(stand)


async def test_without_an_authorisation_nothing_is_signed_and_it_is_said_once_with_the_command(room: Room) -> None:
    for number in range(3):
        await room.stand.document(f"A{number}", "NV01")
    states = await room.stand.round()
    assert states == dict.fromkeys(("A0", "A1", "A2"), f"{WAITS} K520")
    assert not room.stand.signer.signed and not await room.stand.rows("open_intents", document="A0.1.r1")
    (told,) = await room.waiting()
    assert (told["code"], told["documents"], told["id"]) == ("K520", 3, "kho")
    assert told["vi"].startswith("3 tài liệu chờ.")
    assert "appliance authorise" in told["vi"] and "--job kho" in told["en"]


async def test_what_waited_is_signed_after_the_grant_and_the_intent_names_the_authorisation(room: Room) -> None:
    document = await room.stand.document("A", "NV01")
    assert await room.stand.round() == {"A": f"{WAITS} K520"}
    number = await room.grant()
    assert await room.stand.states() == {"A": "assembled"}, "the grant itself looks at what waits"
    assert await room.stand.round() == {"A": SIGNED}
    assert room.stand.signer.signed == [(document, AGENCY)] and not await room.waiting()
    (intent,) = await room.stand.chain("key.intent")
    assert f'"leave": "authorisation {number}"' in intent["detail"] and SEAL in intent["detail"]
    (link,) = await room.stand.chain("authorisation.granted")
    assert (link["who"], link["subject"]) == ("LD01", str(number))
    assert all(text in link["detail"] for text in ("Văn Thư", SEAL, '"jobs": "kho"', "until", "since"))


async def test_a_development_key_needs_an_authorisation_too(room: Room) -> None:
    assert room.stand.desk.key is not None and room.stand.desk.key.development
    await room.stand.document("A", "NV01")
    assert await room.stand.round() == {"A": f"{WAITS} K520"}


async def test_a_revocation_stops_the_very_next_signature(room: Room) -> None:
    number = await room.grant()
    room.stand.signer.hold.clear()
    documents = [await room.stand.document(f"A{at:02}", "NV01") for at in range(20)]
    signing = asyncio.create_task(room.stand.round())
    await until(lambda: len(room.stand.signer.tasks) == 16)
    assert await room.revoke(number, reason="văn thư nghỉ")
    assert not await room.revoke(number), "the second time changes nothing"
    room.stand.signer.hold.set()
    states = await signing
    waits = sorted(code for code, state in states.items() if state == f"{WAITS} K520")
    assert waits == [f"A{at:02}" for at in range(16, 20)], "sixteen were under way, no other had its turn"
    assert {name for name, _ in room.stand.signer.signed} == set(documents[:16])
    links = await room.stand.rows("audit")
    revoked = next(row["seq"] for row in links if row["what"] == "authorisation.revoked")
    assert not [row for row in links if row["what"] == "key.intent" and row["seq"] > revoked]


async def test_leave_taken_away_between_permit_and_intent_leaves_no_intent(room: Room) -> None:
    number = await room.grant()
    await room.stand.document("A", "NV01")
    (row,) = await room.stand.rows("documents_to_sign")
    first = room.stand.steps.permits.of

    async def slow(*given: Any) -> Any:
        permit = await first(*given)
        await room.revoke(number)
        return permit

    room.stand.steps.permits = type("Slow", (), {"of": staticmethod(slow)})()
    assert await room.stand.steps.sign(row) == "waits"
    assert await room.stand.states() == {"A": f"{WAITS} K520"} and not await room.stand.chain("key.intent")


async def test_an_authorisation_counts_for_its_jobs_its_key_and_its_time_only(room: Room) -> None:
    await room.stand.document("A", "NV01")
    await room.grant(key=OTHER)
    assert await room.stand.round() == {"A": f"{WAITS} K520"}
    await room.grant(since=day(1), until=day(2))
    assert await room.stand.round() == {"A": f"{WAITS} K520"}
    found = await room.stand.book.ask(authorisations.listed, SEAL)
    assert [one["standing"] for one in found] == ["other_key", "not_yet"]
    await room.grant(jobs="*")
    assert await room.stand.round() == {"A": SIGNED}


async def test_an_authorisation_that_is_over_stays_over_when_the_clock_is_set_back(
    room: Room, monkeypatch: pytest.MonkeyPatch,
) -> None:
    await room.grant()
    monkeypatch.setattr(authorisations, "_now", lambda: "2999-01-01T00:00:00+07:00")
    assert await room.stand.book.ask(authorisations.in_force, SEAL, "kho") is None
    await room.stand.steps.look()
    monkeypatch.undo()
    assert await room.stand.book.ask(authorisations.in_force, SEAL, "kho") is None
    assert [row["subject"] for row in await room.stand.chain("authorisation.expired")] == ["1"]


async def test_only_a_leader_grants_and_every_refusal_is_on_the_audit_chain(room: Room) -> None:
    assert await refused(room.grant(pin="000000")) == "C016"
    assert await refused(room.grant(leader="NV01")) == "C021"
    assert await refused(room.revoke(1, leader="NV01")) == "C021"
    for changes in ({"keeper": " "}, {"jobs": ""}, {"jobs": "none"}, {"jobs": "quay"}, {"jobs": "* kho"},
                    {"key": "abc"}, {"until": "31/02/2027"}, {"until": "01/01/2020"}, {"since": "01/01/2020"},
                    {"until": day(367)}):
        assert await refused(room.grant(**changes)) == "K524", changes
        assert await refused(room.grant(**changes, pin="000000")) == "K524", "said before any PIN is judged"
    assert await refused(room.revoke(7)) == "K524"
    links = await room.stand.chain("authorisation.refused")
    assert [row["who"] for row in links] == ["LD01", "NV01", "NV01", *(["LD01"] * 21)]
    assert PIN not in str([dict(row) for row in links]) and not await room.stand.chain("authorisation.granted")


async def test_a_request_is_looked_at_without_a_pin_and_grants_nothing_then(room: Room) -> None:
    answer = await room.desk.grant({"leader": "LD01", "keeper": "Văn Thư", "jobs": "kho", "until": day(300),
                                    "check": "1"})
    assert answer["number"] == 0 and not await room.stand.chain("authorisation.granted")


async def test_each_language_of_a_refusal_has_its_own_words(room: Room) -> None:
    with pytest.raises(ApplianceError) as caught:
        await room.grant(jobs="none")
    assert "không có công việc none" in caught.value.vi and "there is no job" not in caught.value.vi
    assert "there is no job none" in caught.value.en and "công việc" not in caught.value.en


async def test_an_authorisation_is_never_altered_and_never_removed(room: Room) -> None:
    number = await room.grant()
    for sql in ("UPDATE authorisation SET until = '2999'", "UPDATE authorisation SET ended = 'x', jobs = '*'",
                "DELETE FROM authorisation"):
        with pytest.raises(Exception, match="never"):
            await room.stand.book.ask(lambda ledger, text: ledger._db.execute(text), sql)
    await room.revoke(number)
    with pytest.raises(Exception, match="ends once"):
        await room.stand.book.ask(lambda ledger: ledger._db.execute("UPDATE authorisation SET ended = ''"))


async def test_a_standing_authorisation_never_covers_a_personal_signature(room: Room) -> None:
    await room.grant(jobs="*")
    await room.counter("P", "NV01")
    assert await room.stand.round() == {"P": f"{WAITS} K521"}
    (told,) = await room.waiting()
    assert (told["code"], told["id"]) == ("K521", "NV01") and "appliance sign open NV01" in told["vi"]


async def test_a_person_signs_what_that_very_person_has_scanned_and_nothing_else(room: Room) -> None:
    own = await room.counter("OWN", "NV01", "NV01")
    others = {"OTHER": ("NV03",), "BOTH": ("NV01", "NV03"), "NOBODY": (), "HALF": ("NV01", "")}
    for code, operators in others.items():
        await room.counter(code, *operators)
    states = await room.stand.round()
    assert states == {"OWN": f"{WAITS} K521", "OTHER": f"{WAITS} K521", "BOTH": f"{WAITS} K522",
                      "NOBODY": f"{WAITS} K523", "HALF": f"{WAITS} K522"}
    answer = await room.sessions.open("NV01", PIN, "test")
    assert (answer["waiting"], answer["documents"]) == (1, ["OWN.1"])
    states = await room.stand.round()
    assert states["OWN"] == SIGNED and room.stand.signer.signed == [(own, "NV01")]
    assert {state for code, state in states.items() if code != "OWN"} == {f"{WAITS} K521", f"{WAITS} K522",
                                                                          f"{WAITS} K523"}
    (intent,) = await room.stand.chain("key.intent")
    assert f"session of {answer['opened']}" in intent["detail"] and answer["key"] in intent["detail"]
    assert {one["code"]: one["documents"] for one in await room.waiting()} == {"K521": 1, "K522": 2, "K523": 1}


async def test_a_session_ends_with_its_shift_its_token_its_signer_and_its_person(room: Room) -> None:
    async def opened() -> None:
        await room.sessions.open("NV02", "123456", "test")
        assert room.sessions.sessions.of("NV02") is not None

    await opened()
    room.now += SHIFT_SECONDS
    assert room.sessions.sessions.of("NV02") is None
    await room.stand.steps.look()
    await opened()
    await room.stand.says("gone", Gone("NV02", "K506", "token"))
    assert room.sessions.sessions.of("NV02") is None
    await room.stand.steps.look()
    await opened()
    assert await room.sessions.sessions.close("NV02", "test")
    assert not await room.sessions.sessions.close("NV02", "test")
    await opened()
    await room.sessions.sessions.stop()
    await opened()
    await room.stand.signer.line.close()
    await until(lambda: room.stand.desk.key is None)
    assert room.sessions.sessions.of("NV02") is None
    await room.stand.steps.look()
    closed = [row["detail"] for row in await room.stand.chain("session.closed")]
    assert [json.loads(text)["why"] for text in closed] == [
        "shift_over", "key_gone K506", "closed", "daemon_stops", "key_gone"]
    assert len(await room.stand.chain("session.opened")) == 5


async def test_a_session_that_closes_stops_the_very_next_signature(room: Room) -> None:
    await room.sessions.open("NV01", PIN, "test")
    room.stand.signer.hold.clear()
    for at in range(18):
        await room.counter(f"P{at:02}", "NV01")
    signing = asyncio.create_task(room.stand.round())
    await until(lambda: len(room.stand.signer.tasks) == 16)
    await room.sessions.sessions.close("NV01", "test")
    room.stand.signer.hold.set()
    states = await signing
    assert sorted(code for code, state in states.items() if state == f"{WAITS} K521") == ["P16", "P17"]


async def test_what_is_missing_is_told_anew_when_it_is_something_else(room: Room) -> None:
    """A token that is taken out in mid signature ends the session: then the session is what is missing."""
    await room.sessions.open("NV02", "123456", "test")
    await room.counter("P", "NV02")
    room.stand.signer.refuse["sign"] = "K501"
    assert await room.stand.round() == {"P": f"{WAITS} K501"}
    await room.stand.says("gone", Gone("NV02", "K510", "token"))
    assert await room.stand.round() == {"P": f"{WAITS} K521"}
    assert await room.stand.round() == {"P": f"{WAITS} K521"}
    assert len(await room.stand.chain("document.assembled")) == 2, "asked once more, and not again and again"


async def test_a_signer_that_hangs_keeps_no_session_open_and_nobody_waiting(
    room: Room, monkeypatch: pytest.MonkeyPatch,
) -> None:
    await room.sessions.open("NV02", "123456", "test")
    monkeypatch.setattr(sessions, "PATIENCE", 0.05)
    room.stand.signer.silent.add("close")
    assert await room.sessions.sessions.close("NV02", "test")
    assert room.sessions.sessions.of("NV02") is None and len(await room.stand.chain("session.closed")) == 1


async def test_a_session_that_cannot_be_written_down_is_not_open(room: Room) -> None:
    await room.stand.book.ask(lambda ledger: ledger._db.execute(
        "CREATE TRIGGER full BEFORE INSERT ON audit WHEN NEW.what = 'session.opened' "
        "BEGIN SELECT RAISE(ABORT, 'disk full'); END"))
    with pytest.raises(Exception, match="disk full"):
        await room.sessions.open("NV02", "123456", "test")
    assert room.sessions.sessions.of("NV02") is None


async def test_who_may_not_open_a_session_is_refused_and_it_is_on_the_audit_chain(room: Room) -> None:
    assert await refused(room.sessions.open("NV99", PIN, "test")) == errors.STAFF_UNKNOWN.code
    assert await refused(room.sessions.open("NV01", "000000", "test")) == "C016", "no token: the PIN of the page"
    assert await refused(room.sessions.open("NV02", "", "test")) == "K525", "an empty PIN never reaches a token"
    assert not room.stand.signer.opened
    room.stand.signer.refuse["open"] = "K503"
    assert await refused(room.sessions.open("NV02", "123456", "test")) == "K503"
    room.stand.signer.refuse.clear()
    room.stand.signer.person = facts("NV02", SEAL)
    assert await refused(room.sessions.open("NV02", "123456", "test")) == "K525", "the agency's own key"
    room.stand.signer.person = None
    await room.sessions.open("NV02", "123456", "test")
    assert await refused(room.sessions.open("NV02", "123456", "test")) == "K525", "open already"
    links = await room.stand.chain("session.refused")
    assert [row["who"] for row in links] == ["-", "NV01", "NV02", "NV02", "NV02", "NV02"]
    text = str([dict(row) for row in await room.stand.rows("audit")])
    assert "123456" not in text and PIN not in text


async def test_an_office_with_a_real_key_gives_nobody_a_development_key(tmp_path: Path) -> None:
    async with office(tmp_path, PEOPLE, facts(development=False)) as stand:
        room = Room(stand)
        assert await refused(room.sessions.open("NV03", "", "test")) == "K525"
        assert await refused(room.sessions.open("NV01", "000000", "test")) == "K525", "whatever the page's PIN is"
        assert await refused(room.sessions.sessions.check("NV01", "test")) == "K525", "before a PIN is asked for"
        await room.sessions.sessions.check("NV02", "test")
        assert (await room.sessions.open("NV02", "123456", "test"))["code"] == "NV02"


async def test_the_pin_of_the_offices_token_is_given_on_and_kept_nowhere(room: Room) -> None:
    assert (await room.sessions.unlock("77665544", "root")).fingerprint == SEAL
    room.stand.signer.refuse["unlock"] = "K501"
    assert await refused(room.sessions.unlock("77665544", "root")) == "K501"
    links = await room.stand.chain("key.unlocked", "key.unlock_refused")
    assert len(links) == 2 and "77665544" not in str([dict(row) for row in links])


async def test_a_signed_file_that_a_stop_left_is_adopted_when_leave_is_there_again(room: Room) -> None:
    """Not a second use of the key: what was signed by a former authorisation stays signed at its own time."""
    number = await room.grant()
    document = await room.stand.document("A", "NV01")
    (row,) = await room.stand.rows("documents_to_sign")
    profile = rules.load(ARCHIVE)
    job = await room.stand.steps._intended(row, profile, await room.stand.steps.permits.of(row, profile))
    Path(job.out).parent.mkdir(parents=True, exist_ok=True)
    Path(job.out).write_bytes(b"signed before the stop")
    await room.revoke(number)
    assert await room.stand.round() == {"A": f"{WAITS} K520"}
    assert len(await room.stand.rows("open_intents", document=document)) == 1
    await room.grant()
    assert clock.iso(await room.stand.steps._signing_time(document)) == job.signed_at


@pytest.mark.parametrize(("people", "job", "warned"), [
    ("", "archive-tt05-2025", True), (LEADER, "archive-tt05-2025", False), ("", COUNTER, False)])
def test_settings_with_nobody_who_could_authorise_are_warned_of(
    people: str, job: str, warned: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "appliance.toml"
    path.write_text(f'{people}[[job]]\nname = "a"\nrules = "{job}"\n', encoding="utf-8")
    assert inspection.check([str(path)]) == 0
    assert ("K520" in capsys.readouterr().err) is warned
