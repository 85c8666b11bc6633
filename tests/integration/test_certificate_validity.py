"""A certificate is looked at before it signs: against a real PKI on loopback, with everything that befalls one."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from pki_stand import Stand
from pyhanko_certvalidator.registry import SimpleCertificateStore

from appliance.core import clock
from appliance.core.config import parse
from appliance.core.errors import ApplianceError
from appliance.messenger import Messenger
from appliance.signing import validity
from appliance.signing.keys import Key
from appliance.signing.protocol import Fetch, Fetched
from appliance.signing.validity import Standing


def held(stand: Stand, name: str, chain: bool = True) -> Key:
    """A key of the stand as the signer holds it, whether or not it may be held."""
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    for other in stand.chain(name)[:-1] if chain else []:
        store.register(asn1_x509.Certificate.load(other.public_bytes(Encoding.DER)))
    return cast("Key", SimpleNamespace(certificate=stand.certificate(name), development=False, trust_root="",
                                       signer=SimpleNamespace(cert_registry=store)))


class Look:
    """Looks at keys as one signer process would; ``anew`` is the next process."""

    def __init__(self, stand: Stand, state: Path, **more: Any) -> None:
        self.stand = stand
        self.config = parse({"signing": stand.signing("", **more), "storage": {"state": str(state)}})
        self.pause = 0.0

    def at(self, name: str, *more: Callable[[], object], chain: bool = True) -> Standing:
        """Look at a key; then let something happen and look again in the same process; return the last."""
        return asyncio.run(self._at(held(self.stand, name, chain), more))

    async def _at(self, key: Key, more: tuple[Callable[[], object], ...]) -> Standing:
        messenger = Messenger(self.config.signing)
        trust = validity.trust_of(self.config, messenger)
        trust.enquiries.pause = self.pause
        try:
            standing = await validity.refuse_invalid(key, trust)
            for happen in more:
                happen()
                standing = await validity.refuse_invalid(key, trust)
            return standing
        finally:
            await messenger.close()


@pytest.fixture
def stand(shared_pki: Stand) -> Stand:
    shared_pki.reset()
    return shared_pki


@pytest.fixture
def look(stand: Stand, tmp_path: Path) -> Look:
    return Look(stand, tmp_path / "state")


def refused(look: Look, name: str, *more: Callable[[], object]) -> ApplianceError:
    with pytest.raises(ApplianceError) as caught:
        look.at(name, *more)
    return caught.value


@pytest.mark.parametrize("name", ["office", "office_ec", "officer", "soon_over"])
def test_a_good_certificate_stands_with_what_says_so(look: Look, name: str) -> None:
    standing = look.at(name)
    assert standing.revocation == "good"
    assert len(standing.chain) == 2
    assert standing.ocsps
    assert standing.crls
    assert standing.checked < standing.until <= standing.checked + validity.EVERY


@pytest.mark.parametrize(("name", "code"), [
    ("expired", "K540"), ("not_yet_valid", "K541"), ("revoked", "K542"), ("wrong_usage", "K543"),
    ("stranger", "K544"), ("self_signed", "K545"), ("weak_rsa", "K546"), ("sha1", "K546"),
])
def test_what_may_not_sign_is_refused_with_its_own_word(look: Look, name: str, code: str) -> None:
    problem = refused(look, name)
    assert problem.code == code
    assert not problem.kind.retry
    assert "hãy" in problem.kind.vi.lower()


def test_no_message_names_a_person(look: Look) -> None:
    from pki_stand import OFFICE
    for name in ("revoked", "stranger", "expired"):
        problem = refused(look, name)
        assert OFFICE not in str(problem)


def test_an_issuer_that_is_not_beside_the_key_is_fetched(look: Look) -> None:
    assert len(look.at("office", chain=False).chain) == 2
    assert look.stand.requests["certificate"] >= 1


def test_an_issuer_that_cannot_be_fetched_is_not_an_unknown_one(look: Look) -> None:
    look.stand.trouble("certificate", "error")
    with pytest.raises(ApplianceError) as caught:
        look.at("office", chain=False)
    assert caught.value.code == "K547"
    assert caught.value.kind.retry


@pytest.mark.parametrize("what", ["error", "html", "large", "nothing", "empty", "garbage", "cut", "try_later",
                                  "unauthorized", "wrong_signature"])
def test_without_ocsp_the_list_is_asked(look: Look, what: str) -> None:
    look.stand.trouble("ocsp", what)
    standing = look.at("office")
    assert standing.revocation == "good"
    assert len(standing.crls) == 2


def test_without_ocsp_a_revoked_certificate_is_found_on_the_list(look: Look) -> None:
    look.stand.trouble("ocsp", "nothing")
    assert refused(look, "revoked").code == "K542"


@pytest.mark.parametrize("what", ["error", "html", "nothing", "garbage", "cut", "wrong_signature"])
def test_with_neither_nothing_is_signed_and_it_is_tried_again(look: Look, what: str) -> None:
    look.stand.trouble("ocsp", what)
    look.stand.trouble("crl", what)
    problem = refused(look, "office")
    assert problem.code == "K547"
    assert problem.kind.retry
    look.stand.clear()
    assert look.at("office").revocation == "good"


class Impostor:
    """Between the signer and the network: OCSP says "good" of everything, signed by another authority's man."""

    def __init__(self, stand: Stand, messenger: Messenger) -> None:
        self.stand, self.messenger = stand, messenger

    async def fetch(self, asked: Fetch) -> Fetched:
        if asked.purpose != "ocsp":
            return await self.messenger.fetch(asked)
        request = ocsp.load_der_ocsp_request(base64.b64decode(asked.body))
        (issuer,) = [one for one in self.stand.chain("office") if one.subject != one.issuer]
        (leaf,) = [one for one in map(self.stand.certificate, ("office", "revoked"))
                   if one.serial_number == request.serial_number]
        now = datetime.now(UTC)
        answer = ocsp.OCSPResponseBuilder().add_response(
            leaf, issuer, hashes.SHA1(), ocsp.OCSPCertStatus.GOOD, now, now + timedelta(hours=1), None, None,
        ).responder_id(ocsp.OCSPResponderEncoding.NAME, self.stand.certificate("other_tsa")).certificates(
            [self.stand.certificate("other_tsa")]).sign(self.stand.key("other_tsa"), hashes.SHA256())
        return Fetched(asked.number, 200, "application/ocsp-response",
                       base64.b64encode(answer.public_bytes(Encoding.DER)).decode())

    async def close(self) -> None:
        await self.messenger.close()


async def deceived(look: Look, name: str) -> Standing:
    outside = Impostor(look.stand, Messenger(look.config.signing))
    try:
        return await validity.refuse_invalid(held(look.stand, name), validity.trust_of(look.config, outside))
    finally:
        await outside.close()


async def test_an_answer_signed_by_the_wrong_party_is_no_answer(look: Look) -> None:
    assert len((await deceived(look, "office")).crls) == 2
    with pytest.raises(ApplianceError) as caught:
        await deceived(look, "revoked")
    assert caught.value.code == "K542"


async def test_with_nothing_but_an_answer_of_the_wrong_party_nothing_is_signed(look: Look) -> None:
    look.stand.trouble("crl", "error")
    with pytest.raises(ApplianceError) as caught:
        await deceived(look, "office")
    assert caught.value.code == "K547"


def test_answers_that_have_run_out_are_none(look: Look) -> None:
    look.stand.trouble("ocsp", "stale", seconds=13 * 3600)
    look.stand.trouble("crl", "stale", seconds=200 * 86400)
    assert refused(look, "office").code == "K547"


def test_where_the_settings_let_it_pass_the_standing_says_that_nobody_could_be_asked(
        stand: Stand, tmp_path: Path) -> None:
    look = Look(stand, tmp_path / "state", revocation="when_reachable")
    stand.trouble("ocsp", "nothing")
    stand.trouble("crl", "nothing")
    standing = look.at("office")
    assert standing.revocation == "unknown"
    assert standing.missing
    stand.clear()
    assert look.at("office").revocation == "good"
    assert refused(look, "revoked").code == "K542"


@pytest.mark.parametrize(("what", "seconds"), [("stale", 200 * 86400), ("wrong_signature", 0)])
def test_where_the_settings_let_it_pass_worthless_answers_are_none(
        stand: Stand, tmp_path: Path, what: str, seconds: float) -> None:
    for service in ("ocsp", "crl"):
        stand.trouble(service, what, seconds=seconds)
    standing = Look(stand, tmp_path / "state", revocation="when_reachable").at("office")
    assert standing.revocation == "unknown"
    assert standing.missing


def test_an_address_that_the_settings_do_not_name_is_told(stand: Stand, tmp_path: Path) -> None:
    problem = refused(Look(stand, tmp_path / "state", addresses=[]), "office")
    assert problem.code == "K547"
    assert "not among the settings" in str(problem)
    assert not stand.requests


def test_nobody_is_asked_twice_while_an_answer_holds_even_over_a_restart(look: Look) -> None:
    look.at("office", lambda: None, lambda: None)
    asked = dict(look.stand.requests)
    assert asked == {"ocsp": 1, "crl": 1}
    look.at("office")
    assert dict(look.stand.requests) == asked


def test_a_kept_answer_serves_while_the_network_is_away(look: Look) -> None:
    look.at("office")
    for service in ("ocsp", "crl"):
        look.stand.trouble(service, "nothing")
    age(look, 86400)
    assert look.at("office").revocation == "good"
    assert look.stand.requests["ocsp"] == 2


def age(look: Look, seconds: float) -> None:
    """Let kept answers have been fetched a while ago."""
    then = clock.now().timestamp() - seconds
    for path in (look.config.storage.state / "revocation").iterdir():
        os.utime(path, (then, then))


def test_a_revocation_is_seen_when_the_kept_answer_is_renewed(stand: Stand, look: Look) -> None:
    look.at("office")
    stand.revoke("office")
    try:
        assert look.at("office").revocation == "good"
        age(look, 86400)
        assert refused(look, "office").code == "K542"
    finally:
        stand.restore("office")


@pytest.mark.parametrize("damage", [b"", b"\x30\x03\x02\x01\x63", b"not an answer"])
def test_a_kept_answer_that_was_damaged_is_asked_for_again(look: Look, damage: bytes) -> None:
    look.at("office")
    for path in (look.config.storage.state / "revocation").iterdir():
        path.chmod(0o640)
        path.write_bytes(damage)
    assert look.at("office").revocation == "good"
    assert look.stand.requests["ocsp"] == 2


def test_a_kept_answer_that_somebody_forged_is_asked_for_again(look: Look) -> None:
    look.at("office")
    for path in (look.config.storage.state / "revocation").iterdir():
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.chmod(0o640)
        path.write_bytes(data)
        then = clock.now().timestamp() - 60
        os.utime(path, (then, then))
    before = look.stand.requests["crl"]
    assert look.at("office").revocation == "good"
    assert look.stand.requests["crl"] > before


def test_a_host_whose_clock_is_wrong_is_told_by_the_certificates_days(
        look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() - timedelta(days=1000))
    assert refused(look, "office").code == "K541"
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=1200))
    assert refused(look, "office").code == "K540"


def test_somebody_silent_is_left_alone_for_a_while(look: Look) -> None:
    look.pause = 60.0
    for service in ("ocsp", "crl"):
        look.stand.trouble(service, "error")

    async def thrice() -> None:
        messenger = Messenger(look.config.signing)
        trust = validity.trust_of(look.config, messenger)
        for _ in range(3):
            with pytest.raises(ApplianceError):
                await validity.refuse_invalid(held(look.stand, "office"), trust)
        await messenger.close()

    asyncio.run(thrice())
    assert dict(look.stand.requests) == {"crl": 1}


def test_many_who_ask_at_once_cost_one_question(look: Look) -> None:
    async def many() -> None:
        messenger = Messenger(look.config.signing)
        trust = validity.trust_of(look.config, messenger)
        key = held(look.stand, "office")
        await asyncio.gather(*(validity.refuse_invalid(key, trust) for _ in range(8)))
        await messenger.close()

    asyncio.run(many())
    assert dict(look.stand.requests) == {"ocsp": 1, "crl": 1}


@pytest.mark.parametrize("path", ["nowhere.pem", "no.pem"])
def test_a_root_that_cannot_be_read_is_named(stand: Stand, tmp_path: Path, path: str) -> None:
    (tmp_path / "no.pem").write_text("no certificate")
    problem = refused(Look(stand, tmp_path / "state", trust=[str(tmp_path / path)]), "office")
    assert problem.code == "K548"
    assert path in str(problem)
