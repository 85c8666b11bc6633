"""Signatures reach the level that is asked for, and the answer never says more than the file is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from asn1crypto import pem, x509
from pdf_to_sign import openssl_accepts, pdfa_findings, pdfsig_says
from pki_stand import Stand
from pyhanko.pdf_utils.generic import NumberObject
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from stamped_signatures import Desk, authorities, desk

from appliance.core.errors import ApplianceError
from appliance.signing import levels, revisions, whole

LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")


@pytest.fixture
def pki(shared_pki: Stand) -> Iterator[Stand]:
    """The one stand of all tests, well at first and afterwards."""
    shared_pki.reset()
    yield shared_pki
    shared_pki.reset()


@pytest.fixture
async def office(pki: Stand, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(pki, tmp_path) as made:
        yield made


def root_of(stand: Stand) -> x509.Certificate:
    return x509.Certificate.load(pem.unarmor(stand.root.read_bytes())[2])


def level_in(path: str) -> str:
    with open(path, "rb") as stream:
        return levels.of(PdfFileReader(stream)).level


@pytest.mark.parametrize("level", LEVELS)
async def test_every_level_is_reached_and_found_in_the_file(office: Desk, pki: Stand, level: str) -> None:
    done = await office.sign(office.job(level))
    out = Path(done.path)
    assert (done.level, level_in(done.path)) == (level, level)
    assert bool(done.stamped_at) == (level != "B-B")
    assert openssl_accepts(out, pki.root, office.folder)
    assert "Signature is Valid." in pdfsig_says(out)
    if level in ("B-B", "B-T"):
        assert pdfa_findings(out) == []


@pytest.mark.parametrize("level", LEVELS)
async def test_nothing_before_the_signature_is_touched(office: Desk, level: str) -> None:
    job = office.job(level)
    done = await office.sign(job)
    unsigned = Path(job.unsigned).read_bytes()
    assert Path(done.path).read_bytes().startswith(unsigned)
    assert done.size == Path(done.path).stat().st_size


async def test_pyhanko_finds_signature_and_both_time_stamps_sound(office: Desk, pki: Stand) -> None:
    done = await office.sign(office.job("B-LTA"))
    with open(done.path, "rb") as stream:
        reader = PdfFileReader(stream)
        offline = DocumentSecurityStore.read_dss(reader).as_validation_context(
            {"trust_roots": [root_of(pki)], "allow_fetching": False, "revocation_mode": "hard-fail"})
        status = await async_validate_pdf_signature(reader.embedded_regular_signatures[0], offline, offline)
        assert status.bottom_line
        assert status.timestamp_validity is not None and status.timestamp_validity.trusted
        assert status.modification_level in whole.HARMLESS
        stamp = await async_validate_pdf_timestamp(reader.embedded_timestamp_signatures[0], offline)
        assert stamp.valid and stamp.intact and stamp.trusted


async def test_the_archive_level_costs_two_requests_once_everything_is_known(
        office: Desk, pki: Stand) -> None:
    await office.sign(office.job("B-LTA", "first.pdf"))
    pki.reset()
    for number in range(3):
        await office.sign(office.job("B-LTA", f"{number}.pdf"))
    assert dict(pki.requests) == {"tsa": 6}


async def test_a_time_stamp_is_enough_where_revocation_data_do_not_come(office: Desk, pki: Stand) -> None:
    for service in ("ocsp", "crl"):
        pki.trouble(service, "silent")
    done = await office.sign(office.job("B-T", lt_seconds=0.5))
    assert (done.level, level_in(done.path)) == ("B-T", "B-T")


async def test_revocation_data_that_come_in_time_are_put_in(office: Desk) -> None:
    done = await office.sign(office.job("B-T", lt_seconds=10.0))
    assert (done.level, level_in(done.path)) == ("B-LT", "B-LT")


@pytest.mark.parametrize("level", ["B-LT", "B-LTA"])
async def test_a_level_that_is_demanded_is_not_given_without(
        office: Desk, pki: Stand, level: str) -> None:
    for service in ("ocsp", "crl"):
        pki.trouble(service, "error")
    with pytest.raises(ApplianceError) as caught:
        await office.sign(office.job(level))
    assert caught.value.code == "K539"
    assert level in caught.value.en
    assert office.left() == []


async def test_a_revoked_certificate_gets_no_proof(pki: Stand, tmp_path: Path) -> None:
    async with desk(pki, tmp_path, "revoked") as office:
        for level, lt_seconds in (("B-LT", 0.0), ("B-T", 10.0)):
            with pytest.raises(ApplianceError) as caught:
                await office.sign(office.job(level, lt_seconds=lt_seconds))
            assert not caught.value.kind.retry
        assert office.left() == []


async def test_a_document_time_stamp_that_cannot_be_had_leaves_no_file(office: Desk, pki: Stand) -> None:
    await office.sign(office.job("B-LTA", "first.pdf"))
    job = office.job("B-LTA")
    begun = revisions.begin_timestamp
    with pytest.MonkeyPatch.context() as patch:
        def begin(*words: object) -> object:
            pki.trouble("tsa", "rejected")
            return begun(*words)  # type: ignore[arg-type]
        patch.setattr(revisions, "begin_timestamp", begin)
        with pytest.raises(ApplianceError) as caught:
            await office.sign(job)
    assert caught.value.details["key_used"] == "1"
    assert office.left() == ["first.pdf"]


@pytest.mark.parametrize("level", LEVELS)
async def test_a_finished_output_of_any_level_is_adopted(office: Desk, pki: Stand, level: str) -> None:
    job = office.job(level)
    first = await office.sign(job)
    pki.reset()
    again = await office.sign(job)
    assert again.adopted
    assert replace(again, adopted=False, seconds=0.0) == replace(first, seconds=0.0)
    assert dict(pki.requests) == {}


@pytest.mark.parametrize("level", ["B-LT", "B-LTA"])
async def test_an_output_with_a_page_painted_over_is_made_anew(office: Desk, level: str) -> None:
    job = office.job(level)
    first = await office.sign(job)
    out = Path(first.path)
    with out.open("rb") as stream:
        writer = revisions.QuietWriter(stream)
        page = writer.root["/Pages"]["/Kids"][0]
        page["/Rotate"] = NumberObject(180)  # type: ignore[no-untyped-call]
        writer.update_container(page)
        painted = out.with_name("painted.pdf")
        with painted.open("wb") as target:
            writer.write(target)  # type: ignore[no-untyped-call]
    painted.replace(out)
    again = await office.sign(job)
    assert not again.adopted
    assert level_in(again.path) == level


async def test_many_at_once_are_all_whole_and_each_its_own(office: Desk) -> None:
    done = await asyncio.gather(*(office.sign(office.job("B-LTA", f"{number}.pdf")) for number in range(8)))
    assert [one.level for one in done] == ["B-LTA"] * 8
    assert len({one.sha256 for one in done}) == 8


@pytest.mark.parametrize("key", ["office_ec"])
async def test_an_ecdsa_key_reaches_the_archive_level(pki: Stand, tmp_path: Path, key: str) -> None:
    async with desk(pki, tmp_path, key, **authorities(pki)) as office:
        done = await office.sign(office.job("B-LTA"))
        assert level_in(done.path) == "B-LTA"
        assert b"/Version /2.0" not in Path(done.path).read_bytes()
