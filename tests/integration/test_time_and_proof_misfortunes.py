"""Authorities that err, answers that do not verify, proofs that come late: no level is told that is not there."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from asn1crypto import cms, crl, ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from pki_stand import Stand
from pyhanko.pdf_utils.reader import PdfFileReader
from stamped_signatures import Desk, authorities, desk

from appliance import messenger, refusal_words
from appliance.core import clock
from appliance.signing import levels, long_lists, revisions, verify, witness
from appliance.signing.answers import Answers
from appliance.signing.enquiries import Enquiries, Question
from appliance.signing.growing import GrowingFile
from appliance.signing.protocol import Fetch, Fetched
from appliance.steps.gate import Gate
from appliance.steps.signing import SigningSteps

LATER = "sign_bb_then_lift"


@pytest.fixture
def pki(shared_pki: Stand) -> Iterator[Stand]:
    """The one stand of all tests, well at first and afterwards."""
    shared_pki.reset()
    yield shared_pki
    shared_pki.reset()


@pytest.fixture
async def office(pki: Stand, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(pki, tmp_path, **authorities(pki, attempts=1)) as made:
        yield made


async def test_a_time_stamp_that_does_not_cover_the_proof_makes_no_archive_level(office: Desk, pki: Stand) -> None:
    done = await office.sign(office.job("B-T"))
    token = await office.witness.times.meet()
    proof = await office.witness.proofs.of(witness.party_of(office.key), witness.authority_of(token))
    path = office.folder / "early.pdf"
    with path.open("x+b") as stream:
        growing = GrowingFile(stream)
        growing.copy(Path(done.path))
        await office.witness.stamp(growing, None)
        revisions.append_proof(growing, proof)
        assert levels.of(PdfFileReader(stream)).level == "B-LT"
    report = await verify.async_verify(path, [pki.root])
    assert (report.level, report.covers_whole_file) == ("B-LT", True)


async def test_what_is_hidden_in_the_room_beside_an_archive_time_stamp_is_told(office: Desk, pki: Stand) -> None:
    done = await office.sign(office.job("B-LTA"))
    data = bytearray(Path(done.path).read_bytes())
    end = data.rindex(b"00>")
    data[end - 40] = ord("7")
    path = office.folder / "hidden.pdf"
    path.write_bytes(data)
    report = await verify.async_verify(path, [pki.root])
    assert (report.valid, report.reason) == (False, "the room left beside a time stamp is not empty")
    assert refusal_words.why(report.reason) == "phần trống cạnh dấu thời gian bị ghi thêm"


async def test_room_is_left_for_the_time_stamp_of_another_authority(office: Desk, pki: Stand) -> None:
    office.witness.times.authorities[0].size = 100
    pki.trouble("tsa", "error")
    done = await office.sign(office.job("B-T", without_timestamp=LATER))
    pki.reset()
    with open(done.path, "rb") as stream:
        _, first, second, _ = PdfFileReader(stream).embedded_regular_signatures[0].byte_range
    assert second - first - 2 == office.key.reserved + 2 * witness.UNKNOWN_TOKEN
    assert (await office.lift(done)).level == "B-T"


async def test_an_authority_whose_certificate_is_revoked_is_left_for_the_next(pki: Stand, tmp_path: Path) -> None:
    pki.revoke("tsa")
    try:
        async with desk(pki, tmp_path, **authorities(pki, "tsa", "tsa2", attempts=1)) as made:
            first = await made.sign(made.job("B-LT"))
            second = await made.sign(made.job("B-LTA", "second.pdf"))
        assert (first.level, second.level) == ("B-LT", "B-LTA")
        assert (await verify.async_verify(Path(second.path), [pki.root])).valid
    finally:
        pki.restore("tsa")


async def test_kept_answers_that_do_not_verify_are_asked_for_anew(office: Desk) -> None:
    await office.sign(office.job("B-LT", "first.pdf"))
    answers = office.witness.proofs.trust.enquiries.answers
    for name, answer in list(answers._known.items()):
        answers._known[name] = replace(answer, data=_flipped(name, answer.data),
                                       fetched=answer.fetched - timedelta(seconds=5))
    office.witness.proofs._kept.clear()
    assert (await office.sign(office.job("B-LT", "second.pdf"))).level == "B-LT"


def _flipped(name: str, data: bytes) -> bytes:
    """Spoil the signature of an answer; it still says until when it holds."""
    kind = name.partition("-")[0]
    if kind == "certificate":
        return data
    signed = ocsp.OCSPResponse.load(data).basic_ocsp_response if kind == "ocsp" else crl.CertificateList.load(data)
    signature = signed["signature"].native
    place = data.index(signature)
    return data[:place] + bytes([signature[0] ^ 1]) + data[place + 1:]


async def test_a_time_stamp_whose_signature_was_spoilt_is_not_adopted(office: Desk) -> None:
    job = office.job("B-T")
    first = await office.sign(job)
    out = Path(first.path)
    data = out.read_bytes()
    with out.open("rb") as stream:
        signer = PdfFileReader(stream).embedded_regular_signatures[0].signer_info
        token = levels.token_of(signer)
    assert isinstance(token, cms.ContentInfo)
    mark = token["content"]["signer_infos"][0]["signature"].native.hex().upper().encode()
    assert data.count(mark) == 1
    out.chmod(0o640)
    out.write_bytes(data.replace(mark, mark[:-2] + (b"00" if mark[-2:] != b"00" else b"01")))
    again = await office.sign(job)
    assert (again.adopted, again.level) == (False, "B-T")


async def test_a_lifted_signature_keeps_its_time_stamp_while_the_proof_cannot_be_had(
        office: Desk, pki: Stand) -> None:
    pki.trouble("tsa", "error")
    done = await office.sign(office.job("B-LT", without_timestamp=LATER))
    pki.reset()
    for service in ("ocsp", "crl"):
        pki.trouble(service, "error")
    lifted = await office.lift(done, "B-LT")
    assert (lifted.level, lifted.adopted, bool(lifted.stamped_at)) == ("B-T", False, True)
    again = await office.lift(done, "B-LT")  # as after a crash before the ledger knew
    assert (again.level, again.adopted, again.sha256) == ("B-T", True, lifted.sha256)
    pki.reset()
    office.witness.proofs.trust.enquiries._silent.clear()
    assert (await office.lift(lifted, "B-LT")).level == "B-LT"


async def test_nobody_is_given_up_for_waiting_behind_slow_time_stamps(
        pki: Stand, office: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messenger, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(messenger, "AT_ONCE_A_HOST", 1)
    pki.trouble("tsa", "late", seconds=0.5)
    asked = [office.witness.times.authorities[0].token(bytes([number]) * 32) for number in range(3)]
    assert len(await asyncio.gather(*asked)) == 3


@dataclass
class TwoAddresses:
    """Gives each address its own answer."""

    answers: dict[str, bytes]

    async def fetch(self, asked: Fetch) -> Fetched:
        return Fetched(asked.number, 200, "", base64.b64encode(self.answers[asked.url]).decode())

    async def close(self) -> None:
        """Nothing is open."""


async def test_an_answer_that_ran_out_is_not_taken_where_another_address_has_a_good_one(pki: Stand) -> None:
    over, good = _listed(pki, -2), _listed(pki, 0)
    asked = Enquiries(TwoAddresses({"http://a/": over, "http://b/": good}), Answers(None))
    question = Question("crl", "crl-x", ("http://a/", "http://b/"), lambda data: data)
    assert (await asked.ask(question)).data == good


async def test_an_answer_that_ran_out_does_not_take_the_place_of_one_that_holds(
        pki: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    good = _listed(pki, 0)
    outside = TwoAddresses({"http://a/": good})
    asked = Enquiries(outside, Answers(None))
    question = Question("crl", "crl-x", ("http://a/",), lambda data: data)
    await asked.ask(question)
    outside.answers["http://a/"] = _listed(pki, -2)
    later = datetime.now(UTC) + timedelta(hours=13)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert (await asked.ask(question)).data == good


def _listed(pki: Stand, days: int, count: int = 0) -> bytes:
    """Return a revocation list of ``count`` entries that was made ``days`` from now and holds for a day."""
    key: Any = pki.key("office")
    begin = datetime.now(UTC) + timedelta(days=days)
    builder = x509.CertificateRevocationListBuilder().issuer_name(pki.certificate("office").subject)
    builder = builder.last_update(begin).next_update(begin + timedelta(days=1))
    for number in range(count):
        entry = x509.RevokedCertificateBuilder().serial_number(7 << number % 150).revocation_date(begin)
        reason = x509.CRLReason(x509.ReasonFlags.key_compromise)
        builder = builder.add_revoked_certificate(
            (entry.add_extension(reason, critical=False) if number % 2 else entry).build())
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_while_no_time_stamp_can_be_had_each_document_has_its_turn_to_try() -> None:
    tried = []
    for tries in (1, 2, 3):
        steps: Any = SimpleNamespace(gate=Gate(tries=tries))
        tried += SigningSteps._chosen(steps, ["a", "b", "c"])
    assert sorted(tried) == ["a", "b", "c"]
    steps = SimpleNamespace(gate=Gate())
    assert SigningSteps._chosen(steps, ["a", "b"]) == ["a", "b"]


@pytest.mark.parametrize("count", [0, 1, 300])
def test_a_long_list_is_looked_through_and_its_entries_are_not_kept(pki: Stand, count: int) -> None:
    data = _listed(pki, 0, count)
    light, plain = long_lists.load(data), crl.CertificateList.load(data)
    entries = light["tbs_cert_list"]["revoked_certificates"]
    expected = [one.dump() for one in plain["tbs_cert_list"]["revoked_certificates"] or ()]
    assert [one.dump() for one in (entries if count else ())] == expected
    assert len(expected) == count
    assert getattr(entries, "children", None) is None
    assert (light.dump(), light.issuer) == (data, plain.issuer)


def test_an_entry_that_ends_too_early_is_refused(pki: Stand) -> None:
    data = _listed(pki, 0, 2)
    entries = long_lists.load(data)["tbs_cert_list"]["revoked_certificates"]
    entries._contents = entries.contents[:-1]
    with pytest.raises(ValueError, match=r"."):
        list(entries)
