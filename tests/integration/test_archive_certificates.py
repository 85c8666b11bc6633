"""Office and archive know each other by certificates, also after these were renewed; no stranger is believed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import aiohttp
import pytest
from tls_stand import Authority, door

from appliance.archive.transports.contract import Standing
from appliance.archive.transports.identity import Identity
from appliance.archive.transports.tus import TusTransport
from appliance.core.delivery import Tls
from appliance.core.errors import ApplianceError

SHA256 = "ab" * 32


@pytest.fixture
def national(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "national", "national")


async def ask(session: aiohttp.ClientSession, url: str, identity: Identity) -> Standing:
    return (await TusTransport(session, url, identity).find(SHA256)).standing


async def refused(session: aiohttp.ClientSession, url: str, identity: Identity) -> str:
    with pytest.raises(ApplianceError) as caught:
        await ask(session, url, identity)
    return caught.value.code


async def test_the_archive_learns_which_office_asks(national: Authority) -> None:
    async with door(national.issue("archive", server=True), national.file) as archive, \
            aiohttp.ClientSession() as session:
        assert await ask(session, archive.url, Identity(national.issue("office-0001"))) is Standing.UNKNOWN
        assert archive.asked == ["office-0001"]


async def test_an_archive_of_another_authority_is_not_believed(national: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "stranger", "stranger")
    async with door(stranger.issue("archive", server=True), national.file) as archive, \
            aiohttp.ClientSession() as session:
        assert await refused(session, archive.url, Identity(national.issue("office"))) == "A602"
        assert not archive.asked


async def test_a_certificate_for_another_name_is_not_believed(national: Authority) -> None:
    async with door(national.issue("archive"), national.file) as archive, aiohttp.ClientSession() as session:
        assert await refused(session, archive.url, Identity(national.issue("office"))) == "A602"


async def test_an_office_without_a_certificate_or_with_a_strangers_is_not_let_in(
        national: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "stranger", "stranger").issue("office")
    async with door(national.issue("archive", server=True), national.file) as archive:
        for tls in (Tls(ca=str(national.file)), Tls(str(national.file), stranger.certificate, stranger.key)):
            async with aiohttp.ClientSession() as session:
                assert await refused(session, archive.url, Identity(tls)) == "A602"
        assert not archive.asked


async def test_a_renewed_certificate_is_used_without_a_restart(national: Authority) -> None:
    tls, renewed = national.issue("old"), national.issue("renewed")
    async with door(national.issue("archive", server=True), national.file) as archive, \
            aiohttp.ClientSession() as session:
        identity = Identity(tls)
        await ask(session, archive.url, identity)
        shutil.copy(renewed.certificate, tls.certificate)  # for a moment certificate and key do not fit
        await ask(session, archive.url, identity)
        shutil.copy(renewed.key, tls.key)
        await ask(session, archive.url, identity)
        await ask(session, archive.url, identity)
    assert archive.asked == ["old", "old", "renewed", "renewed"]


async def test_a_renewal_that_is_half_written_or_gone_leaves_the_old_one_in_use(national: Authority) -> None:
    tls = national.issue("office")
    async with door(national.issue("archive", server=True), national.file) as archive, \
            aiohttp.ClientSession() as session:
        identity = Identity(tls)
        await ask(session, archive.url, identity)
        Path(tls.certificate).write_text("-----BEGIN CERT")
        await ask(session, archive.url, identity)
        Path(tls.key).unlink()
        await ask(session, archive.url, identity)
    assert archive.asked == ["office"] * 3


async def test_a_renewal_whose_files_show_no_new_time_is_seen(national: Authority) -> None:
    """Copied with its times, or made readable afterwards: neither shows in size and time of a file."""
    tls, renewed = national.issue("old"), national.issue("renewed")
    async with door(national.issue("archive", server=True), national.file) as archive, \
            aiohttp.ClientSession() as session:
        identity = Identity(tls)
        await ask(session, archive.url, identity)
        before = Path(tls.key).stat()
        shutil.copy(renewed.certificate, tls.certificate)
        await ask(session, archive.url, identity)
        assert identity.trouble is not None
        shutil.copy(renewed.key, tls.key)
        os.utime(tls.key, ns=(before.st_atime_ns, before.st_mtime_ns))
        await ask(session, archive.url, identity)
        assert identity.trouble is None
    assert archive.asked == ["old", "old", "renewed"]


async def test_another_authority_in_the_file_is_the_only_one_believed_from_then_on(
        national: Authority, tmp_path: Path) -> None:
    async with door(national.issue("archive", server=True), national.file) as archive, \
            aiohttp.ClientSession() as session:
        tls = national.issue("office")
        pinned = tmp_path / "pinned.pem"
        shutil.copy(tls.ca, pinned)
        identity = Identity(Tls(str(pinned), tls.certificate, tls.key))
        await ask(session, archive.url, identity)
        shutil.copy(Authority(tmp_path / "next", "next").file, pinned)
        assert await refused(session, archive.url, identity) == "A602"


@pytest.mark.parametrize("name", ["ca", "certificate", "key"])
async def test_files_that_cannot_be_used_are_told_and_tried_again(
        national: Authority, tmp_path: Path, name: str) -> None:
    good = national.issue("office")
    places = {"ca": good.ca, "certificate": good.certificate, "key": good.key}
    kept = tmp_path / "kept"
    shutil.copy(places[name], kept)
    identity = Identity(good)
    async with door(national.issue("archive", server=True), national.file) as archive, \
            aiohttp.ClientSession() as session:
        Path(places[name]).write_text("nothing of the kind")
        assert await refused(session, archive.url, identity) == "A628"
        Path(places[name]).unlink()
        assert await refused(session, archive.url, identity) == "A628"
        shutil.copy(kept, places[name])
        assert await ask(session, archive.url, identity) is Standing.UNKNOWN


async def test_where_certificates_are_named_nothing_is_sent_in_the_open(national: Authority) -> None:
    async with door(national.issue("archive", server=True), national.file, plain=True) as archive, \
            aiohttp.ClientSession() as session:
        assert await refused(session, archive.url, Identity(national.issue("office"))) == "A628"
        assert not archive.asked


def test_the_end_of_the_offices_certificate_is_known(national: Authority) -> None:
    assert Identity(national.issue("office", days=10)).end() is not None
    assert Identity(Tls()).end() is None
