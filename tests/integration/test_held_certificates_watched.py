"""A key that is held is looked at again: out of use at once when its certificate may no longer sign, and back."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pki_stand import Stand

from appliance.core import clock
from appliance.core.config import parse
from appliance.core.errors import ApplianceError
from appliance.core.jobs import AGENCY
from appliance.messenger import Messenger
from appliance.signing import keys, standings, validity
from appliance.signing.keys import Key
from appliance.signing.protocol import Gone, KeyFacts
from appliance.signing.standings import Standings

SECONDS = 30.0


class Signer:
    """What the signer process has of keys, with the daemon's ear."""

    def __init__(self, stand: Stand, state: Path) -> None:
        self.settings = parse({"signing": stand.signing("office"), "storage": {"state": str(state)}})
        self.messenger = Messenger(self.settings.signing)
        self.held: dict[str, Key] = {}
        self.told: list[tuple[str, Any]] = []
        trust = validity.trust_of(self.settings, self.messenger)
        trust.enquiries.pause = 0.0
        self.answers = trust.enquiries.answers
        self.standings = Standings(trust, self.held, self.tell)
        self.key = keys.from_settings(self.settings)

    async def tell(self, kind: str, body: Any) -> None:
        self.told.append((kind, body))

    async def hold(self) -> None:
        await self.standings.admit(self.key)
        self.held[self.key.name] = self.key

    def forget_answers(self) -> None:
        """Let every answer have been fetched a day ago: the next look asks again."""
        then = clock.now().timestamp() - 86400
        assert self.answers.folder is not None
        for path in self.answers.folder.iterdir():
            os.utime(path, (then, then))
        self.answers._known.clear()

    async def until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(SECONDS):
            while not reached():
                await asyncio.sleep(0.01)


@pytest.fixture
async def signer(shared_pki: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Signer]:
    """A signer that looks again ten times a second."""
    shared_pki.reset()
    shared_pki.restore("office")
    monkeypatch.setattr(standings, "PAUSES", (0.1,))
    monkeypatch.setattr(standings, "_due", lambda _standing: time.monotonic() + 0.1)
    made = Signer(shared_pki, tmp_path / "state")
    watching = asyncio.create_task(made.standings.watch())
    yield made
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await made.messenger.close()
    shared_pki.reset()
    shared_pki.restore("office")


async def test_a_certificate_that_is_revoked_takes_its_key_out_of_use_and_one_that_is_good_again_brings_it_back(
        signer: Signer, shared_pki: Stand) -> None:
    await signer.hold()
    assert signer.standings.of(AGENCY) is not None
    shared_pki.revoke("office")
    signer.forget_answers()
    await signer.until(lambda: bool(signer.told))
    kind, gone = signer.told[0]
    assert kind == "gone"
    assert isinstance(gone, Gone)
    assert (gone.name, gone.code) == (AGENCY, "K542")
    assert AGENCY not in signer.held
    assert signer.standings.of(AGENCY) is None
    shared_pki.restore("office")
    signer.answers._known.clear()
    for path in (signer.settings.storage.state / "revocation").iterdir():
        path.unlink()
    await signer.until(lambda: AGENCY in signer.held)
    kind, facts = signer.told[1]
    assert kind == "hello"
    assert isinstance(facts, KeyFacts)
    assert facts.name == AGENCY


async def test_while_nobody_can_be_asked_the_key_stays_for_as_long_as_the_last_answer_holds(
        signer: Signer, shared_pki: Stand) -> None:
    await signer.hold()
    for service in ("ocsp", "crl"):
        shared_pki.trouble(service, "error")
    signer.forget_answers()
    asked = shared_pki.requests["ocsp"]
    await signer.until(lambda: shared_pki.requests["ocsp"] >= asked + 2)
    assert AGENCY in signer.held
    assert not signer.told


async def test_once_the_last_answer_is_gone_too_it_is_said_once_and_tried_until_somebody_answers(
        signer: Signer, shared_pki: Stand) -> None:
    await signer.hold()
    for service in ("ocsp", "crl"):
        shared_pki.trouble(service, "error")
    signer.answers._known.clear()
    for path in (signer.settings.storage.state / "revocation").iterdir():
        path.unlink()
    await signer.until(lambda: bool(signer.told))
    assert (signer.told[0][0], signer.told[0][1].code) == ("gone", "K547")
    asked = shared_pki.requests["crl"]
    await signer.until(lambda: shared_pki.requests["crl"] >= asked + 3)
    assert len(signer.told) == 1
    shared_pki.clear()
    await signer.until(lambda: AGENCY in signer.held)


async def test_a_key_that_may_not_sign_is_not_admitted_and_not_watched(
        signer: Signer, shared_pki: Stand) -> None:
    shared_pki.revoke("office")
    with pytest.raises(ApplianceError) as caught:
        await signer.standings.admit(signer.key)
    assert caught.value.code == "K542"
    assert signer.standings.of(AGENCY) is None


async def test_a_token_that_was_taken_out_is_not_brought_back_by_its_certificate(
        signer: Signer, shared_pki: Stand) -> None:
    await signer.hold()
    shared_pki.revoke("office")
    signer.forget_answers()
    await signer.until(lambda: bool(signer.told))
    signer.standings.forget(AGENCY)
    shared_pki.restore("office")
    for path in (signer.settings.storage.state / "revocation").iterdir():
        path.unlink()
    signer.answers._known.clear()
    other = keys.from_settings(signer.settings)
    await signer.standings.admit(other)
    assert AGENCY not in signer.held
