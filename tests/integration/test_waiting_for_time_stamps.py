"""While no time stamp can be had documents wait, safe and unsigned; then one asks for all, and all are signed."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from leave_stand import Stand, day, office

from appliance import inspection, unsigned
from appliance.authorise_desk import AuthoriseDesk
from appliance.core import rules
from appliance.core.events import Bus
from appliance.core.rules import RuleProfile
from appliance.leaders import Leaders
from appliance.logins import Logins, hashed
from appliance.session_desk import SessionDesk
from appliance.signing.protocol import KEY_USED
from appliance.steps import gate

PIN = "482915"
LEADER = f'[[operator]]\ncode = "LD01"\nname = "Lãnh Đạo"\npin = "{hashed(PIN)}"\nleader = true\n'
CODES = ("K530", "K531", "K532", "K533", "K534", "K535", "K536", "K537", "K539")
WAITS = "awaiting_timestamp"


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    """An office whose key a leader has authorised."""
    async with office(tmp_path, LEADER) as made:
        del made.steps._refuse_closed
        made.signer.level = "B-T"
        logins = Logins(made.config.operator, lambda: 1000.0)
        look = SessionDesk(made.steps, logins, lambda: None).look
        desk = AuthoriseDesk(made.config, made.book, Leaders(logins), made.desk, look)
        await desk.grant({"leader": "LD01", "pin": PIN, "keeper": "Văn Thư", "jobs": "kho", "until": day(300)})
        yield made


def profiles(monkeypatch: pytest.MonkeyPatch, **signature: str) -> None:
    """Let every rule profile ask for another signature."""
    load: Callable[[str], RuleProfile] = rules.load
    monkeypatch.setattr(rules, "load", lambda name: replace(
        load(name), signature=replace(load(name).signature, **signature)))  # type: ignore[arg-type]


async def test_every_failure_of_a_time_stamp_lets_the_document_wait_unsigned(stand: Stand) -> None:
    for code in CODES:
        stand.signer.refuse["sign"] = code
        stand.steps.gate.open()
        document = await stand.document(f"D{code}")
        assert (await stand.round())[f"D{code}"] == f"{WAITS} {code}"
        assert stand.store.unsigned(document).is_file()
        assert not stand.store.signed(document).exists()
        assert not await stand.rows("open_intents", document=document)


async def test_a_use_of_the_key_in_vain_stands_on_the_audit_chain(stand: Stand) -> None:
    stand.signer.refuse["sign"] = "K530"
    await stand.document("before")
    await stand.round()
    assert not await stand.chain("key.discarded")
    stand.steps.gate.open()
    stand.signer.details[KEY_USED] = "1"
    document = await stand.document("after")
    await stand.round()
    links = {link["subject"]: link["detail"] for link in await stand.chain("key.discarded")}
    assert "K530" in links[document]


async def test_a_closed_gate_spares_the_key_and_one_document_asks_for_all(
        stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    stand.signer.refuse["sign"] = "K530"
    await stand.document("first")
    await stand.round()
    used = len(await stand.chain("key.intent"))
    for number in range(5):
        await stand.document(f"D{number}")
    states = await stand.round()
    assert set(states.values()) == {f"{WAITS} K530"}
    assert len(await stand.chain("key.intent")) == used
    stand.signer.refuse.clear()
    assert set((await stand.round()).values()) == {f"{WAITS} K530"}, "its time has not come"
    later = time.monotonic() + gate.WAITS[0] + 1
    monkeypatch.setattr("appliance.steps.signing.time.monotonic", lambda: later)
    states = await stand.round()
    assert sorted(states.values()) == [f"{WAITS} K530"] * 5 + ["signed"]
    assert set((await stand.round()).values()) == {"signed"}


async def test_a_pdf_that_cannot_be_signed_is_held_for_a_person(stand: Stand) -> None:
    object.__setattr__(stand.means, "bus", Bus())
    stand.signer.refuse["sign"] = "K538"
    await stand.document("D")
    (state,) = (await stand.round()).values()
    assert state.endswith("K538")
    assert not state.startswith(WAITS)


async def test_signed_below_its_level_it_is_lifted_before_it_is_packed(
        stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles(monkeypatch, without_timestamp="sign_bb_then_lift")
    stand.signer.level = "B-B"
    document = await stand.document("D")
    assert await stand.round() == {"D": "signed"}
    (row,) = await stand.rows("documents_to_lift")
    assert (row["id"], row["level"], row["lift"]) == (document, "B-B", "due")
    assert not await stand.rows("dossiers_to_pack")
    stand.signer.refuse["lift"] = "K530"
    with pytest.raises(Exception, match="K530"):
        await stand.steps.lift(row)
    assert await stand.rows("documents_to_lift")
    (told,) = await stand.book.ask(unsigned.waiting)
    assert (told["code"], told["documents"]) == ("K530", 1) and "đã ký" in told["vi"]
    stand.signer.refuse.clear()
    stand.steps.gate.open()
    assert await stand.steps.lift(row) == "ok"
    assert not await stand.rows("documents_to_lift") and not await stand.book.ask(unsigned.waiting)
    (link,) = await stand.chain("document.lifted")
    assert (link["subject"], '"B-T"' in link["detail"]) == (document, True)


async def test_a_level_that_was_not_reached_yet_is_due_too(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles(monkeypatch, without_timestamp="sign_bb_then_lift", level="B-LTA")
    await stand.document("D")
    assert await stand.round() == {"D": "signed"}
    assert len(await stand.rows("documents_to_lift")) == 1


async def test_the_shipped_profiles_want_a_time_stamp_and_wait_for_it() -> None:
    for name in rules.known():
        asked = rules.load(name).signature
        assert (asked.level, asked.lt_seconds, asked.without_timestamp) == ("B-T", 10.0, "wait"), name


@pytest.mark.parametrize("given", [False, True])
def test_settings_without_an_authority_are_warned_of(
        tmp_path: Path, capsys: pytest.CaptureFixture[str], given: bool) -> None:
    path = tmp_path / "appliance.toml"
    path.write_text('[[job]]\nname = "kho"\n' + ('[[signing.tsa]]\nurl = "http://tsa.example"\n' if given else ""))
    assert inspection.check([str(path)]) == 0
    assert ("K537" in capsys.readouterr().err) == (not given)
