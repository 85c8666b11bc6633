"""A remote signing service (CSC): few requests, one leave for each batch, and every way to be let down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import csc_service
import pytest
from csc_service import CscService
from pki_stand import Stand

from appliance.core.config import parse
from appliance.core.errors import ApplianceError
from appliance.messenger import Messenger
from appliance.signing import keys
from appliance.steps.signing import FOR_SIGNER


@pytest.fixture
def service(shared_pki: Stand) -> Iterator[CscService]:
    chain = [shared_pki.certificate("office"), *shared_pki.chain("office")]
    with CscService(shared_pki.key("office"), chain) as service:
        yield service


@dataclass
class Office:
    """The office's way to the service."""

    source: keys.Source
    credentials: Path


@pytest.fixture
async def office(service: CscService, shared_pki: Stand, tmp_path: Path,
                 monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "remote-token").write_text(f"{csc_service.TOKEN}\n")
    (tmp_path / "remote-pin").write_text(f"{csc_service.PIN}\n")
    config = parse({"storage": {"state": str(tmp_path / "state")}, "signing": {
        "trust": [str(shared_pki.root)], "remote": {"url": service.url, "credential": csc_service.CREDENTIAL}}})
    messenger = Messenger(config.signing)
    yield Office(keys.of_office(config, messenger), tmp_path)
    await messenger.close()


async def signed(key: keys.Key, number: int) -> bytes:
    return await key.signer.async_sign_raw(b"document %d" % number, "sha256")


async def test_documents_that_come_together_go_in_few_requests_with_a_leave_each(
    office: Office, service: CscService
) -> None:
    key = await office.source.open()
    await asyncio.gather(*(signed(key, number) for number in range(12)))
    assert service.batches == [5, 5, 2], "no more at once than the service takes"
    assert service.calls == {"credentials/info": 1, "credentials/authorize": 3, "signatures/signHash": 3}


async def test_one_that_is_no_longer_waited_for_does_not_hold_up_the_others(
    office: Office, service: CscService
) -> None:
    key = await office.source.open()
    waiting = [asyncio.create_task(signed(key, number)) for number in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    made = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(each, bytes) for each in made] == [True, False, True]
    assert service.batches == [2]


@pytest.mark.parametrize("trouble", ["down", "html", "short", "refuse", "token"])
async def test_a_service_that_fails_lets_every_document_wait(
    trouble: str, office: Office, service: CscService
) -> None:
    key = await office.source.open()
    service.trouble = trouble
    outcomes = await asyncio.gather(*(signed(key, number) for number in range(3)), return_exceptions=True)
    assert [getattr(outcome, "code", "") for outcome in outcomes] == ["K519"] * 3
    assert not any("Nguyen" in str(outcome) for outcome in outcomes), "what a service writes may name people"
    service.trouble = ""
    assert await signed(key, 4)


async def test_a_signature_over_something_else_is_refused(office: Office, service: CscService) -> None:
    key = await office.source.open()
    service.trouble = "wrong"
    with pytest.raises(ApplianceError) as caught:
        await signed(key, 1)
    assert caught.value.code == "K516"


async def test_a_key_that_wants_a_person_each_time_is_refused_at_once(office: Office, service: CscService) -> None:
    service.mode = "oauth2code"
    with pytest.raises(ApplianceError) as caught:
        await office.source.open()
    assert caught.value.code in FOR_SIGNER
    assert "person" in str(caught.value)


async def test_a_key_without_a_pin_asks_for_none(office: Office, service: CscService) -> None:
    service.mode = "implicit"
    (office.credentials / "remote-pin").unlink()
    assert await signed(await office.source.open(), 1)


async def test_without_its_pin_the_key_waits_for_a_person_who_types_it(office: Office) -> None:
    (office.credentials / "remote-pin").unlink()
    with pytest.raises(ApplianceError) as caught:
        await office.source.open()
    assert caught.value.code == "K511"
    key = await office.source.open(csc_service.PIN)
    assert await signed(key, 1)
    await office.source.close(key)
    with pytest.raises(ApplianceError):
        await office.source.open()


async def test_a_pin_that_was_right_and_is_no_longer_is_tried_once(office: Office, service: CscService) -> None:
    key = await office.source.open()
    assert await signed(key, 1)
    service.pin = "changed"
    with pytest.raises(ApplianceError) as caught:
        await signed(key, 2)
    assert caught.value.code == "K512"
    await office.source.close(key, caught.value)
    for _ in range(3):
        with pytest.raises(ApplianceError):
            await office.source.open()
    assert service.wrong_pins == 1


async def test_a_wrong_pin_is_tried_once_however_many_documents_come_together(
    office: Office, service: CscService
) -> None:
    key = await office.source.open()
    service.pin = "changed"
    outcomes = await asyncio.gather(*(signed(key, number) for number in range(12)), return_exceptions=True)
    assert [getattr(outcome, "code", "") for outcome in outcomes] == ["K512"] * 12
    assert service.wrong_pins == 1


async def test_a_service_without_its_access_token_says_so(office: Office) -> None:
    (office.credentials / "remote-token").unlink()
    with pytest.raises(ApplianceError) as caught:
        await office.source.open()
    assert caught.value.code == "K519"
