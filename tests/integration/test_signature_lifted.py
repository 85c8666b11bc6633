"""A signature that was made while no time stamp could be had gets it later, in the room that was left for it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pdf_to_sign import openssl_accepts, pdfa_findings, pdfsig_says
from pki_stand import Stand
from pyhanko.pdf_utils.reader import PdfFileReader
from stamped_signatures import Desk, authorities, desk

from appliance.core import files
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Signed
from appliance.signing import levels, witness

LATER = "sign_bb_then_lift"


@pytest.fixture
def pki(shared_pki: Stand) -> Iterator[Stand]:
    """The one stand of all tests, well at first and afterwards."""
    shared_pki.reset()
    yield shared_pki
    shared_pki.reset()


@pytest.fixture
async def office(pki: Stand, tmp_path: Path) -> AsyncIterator[Desk]:
    """An office whose only authority is away at first, and back when it lifts."""
    async with desk(pki, tmp_path, **authorities(pki, attempts=1)) as made:
        yield made


@pytest.fixture
async def unstamped(office: Desk, pki: Stand) -> Signed:
    pki.trouble("tsa", "error")
    done = await office.sign(office.job("B-T", without_timestamp=LATER))
    pki.reset()
    return done


def level_in(path: str) -> str:
    with open(path, "rb") as stream:
        return levels.of(PdfFileReader(stream)).level


async def test_without_time_stamp_it_is_signed_and_says_so(unstamped: Signed) -> None:
    assert (unstamped.level, unstamped.stamped_at, level_in(unstamped.path)) == ("B-B", "", "B-B")


@pytest.mark.parametrize("level", ["B-T", "B-LT", "B-LTA"])
async def test_the_lifted_file_is_an_ordinary_one(
        office: Desk, unstamped: Signed, pki: Stand, level: str) -> None:
    done = await office.lift(unstamped, level)
    out = Path(done.path)
    assert (done.path, done.level, level_in(done.path)) == (unstamped.path, level, level)
    assert (done.sha256, done.size) == (files.sha256_of(out), out.stat().st_size)
    assert (done.key, done.signer, done.stamp) == (unstamped.key, unstamped.signer, unstamped.stamp)
    assert done.stamped_at
    assert openssl_accepts(out, pki.root, office.folder)
    assert "Signature is Valid." in pdfsig_says(out)
    assert office.left() == ["s.pdf"]
    if level == "B-T":
        assert done.size == unstamped.size
        assert pdfa_findings(out) == []


async def test_lifted_twice_it_is_adopted_and_nobody_is_asked(office: Desk, unstamped: Signed, pki: Stand) -> None:
    for level in ("B-T", "B-LTA"):
        first = await office.lift(unstamped, level)
        pki.reset()
        again = await office.lift(unstamped, level)
        assert again.adopted
        assert replace(again, adopted=False, seconds=0.0) == replace(first, adopted=False, seconds=0.0)
        assert dict(pki.requests) == {}
        unstamped = first


async def test_while_nobody_answers_the_file_stays_as_it_was(office: Desk, unstamped: Signed, pki: Stand) -> None:
    pki.trouble("tsa", "html")
    with pytest.raises(ApplianceError) as caught:
        await office.lift(unstamped)
    assert caught.value.code == "K532"
    assert files.sha256_of(Path(unstamped.path)) == unstamped.sha256
    assert office.left() == ["s.pdf"]


@pytest.mark.parametrize("spoil", ["flipped", "appended", "truncated", "another"])
async def test_a_file_that_is_not_the_one_in_the_ledger_is_not_lifted(
        office: Desk, unstamped: Signed, spoil: str) -> None:
    out = Path(unstamped.path)
    data = out.read_bytes()
    out.unlink()
    if spoil == "another":
        other = await office.sign(office.job("B-B", "other.pdf"))
        shutil.copyfile(other.path, out)
    else:
        out.write_bytes({"flipped": data[:200] + bytes([data[200] ^ 1]) + data[201:], "appended": data + b"\n",
                         "truncated": data[:-20]}[spoil])
    before = out.read_bytes()
    with pytest.raises(ApplianceError) as caught:
        await office.lift(unstamped)
    assert caught.value.code == "K503"
    assert out.read_bytes() == before


async def test_a_time_stamp_that_does_not_fit_is_told(
        office: Desk, pki: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness, "UNKNOWN_TOKEN", 0)
    pki.trouble("tsa", "error")
    small = await office.sign(office.job("B-T", without_timestamp=LATER))
    pki.reset()
    with pytest.raises(ApplianceError) as caught:
        await office.lift(small)
    assert caught.value.code == "K539"
    assert files.sha256_of(Path(small.path)) == small.sha256


async def test_an_unstamped_output_is_adopted_for_what_it_is(office: Desk, unstamped: Signed, pki: Stand) -> None:
    job = replace(office.job("B-T", without_timestamp=LATER), signed_at=unstamped.stamp.split("\n")[1])
    again = await office.sign(job)
    assert (again.adopted, again.level, again.sha256) == (True, "B-B", unstamped.sha256)
    assert dict(pki.requests) == {}


async def test_an_authority_that_just_failed_is_not_waited_for_again(
        office: Desk, unstamped: Signed, pki: Stand) -> None:
    done = await office.sign(office.job("B-T", "t.pdf", without_timestamp=LATER))
    assert done.level == "B-B"
    assert dict(pki.requests) == {}


async def test_a_proof_that_cannot_be_had_leaves_the_time_stamp_in(pki: Stand, office: Desk) -> None:
    for service in ("ocsp", "crl"):
        pki.trouble(service, "error")
    done = await office.sign(office.job("B-LT", without_timestamp=LATER))
    assert (done.level, level_in(done.path)) == ("B-T", "B-T")
