"""Office and bucket know each other by certificates, also after these were renewed; no stranger is believed."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tls_stand import Authority, door

from appliance.archive.transports.bucket import Door, Keys
from appliance.archive.transports.contract import Standing
from appliance.archive.transports.s3 import S3Transport
from appliance.core.delivery import Bucket, Tls
from appliance.core.errors import ApplianceError

pytest.importorskip("boto3", reason="not run: boto3 is not installed (.ci/setup test)")


@pytest.fixture
def national(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "national", "national")


@asynccontextmanager
async def way(url: str, tls: Tls) -> AsyncIterator[S3Transport]:
    opened = Door(Bucket(endpoint=url, bucket="door"), tls, lambda: Keys("access", "secret"))
    try:
        yield S3Transport(opened)
    finally:
        opened.close()


async def find(transport: S3Transport) -> Standing:
    return (await asyncio.wait_for(transport.find("ab" * 32), 30)).standing


async def test_the_bucket_learns_which_office_asks(national: Authority) -> None:
    async with door(national.issue("archive", server=True), national.file) as bucket:
        async with way(bucket.url, national.issue("office-0001")) as transport:
            assert await find(transport) is Standing.UNKNOWN
        assert set(bucket.asked) == {"office-0001"}


def one_visitor(listening: socket.socket, tls: Tls) -> str:
    """Greet one visitor by TLS and hang up; return what it said after that, or why it said nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate, tls.key)
    line, _ = listening.accept()
    with line:
        try:
            with context.wrap_socket(line, server_side=True) as secure:
                return secure.recv(4096).decode()
        except ssl.SSLError as problem:
            return str(problem.reason)


async def test_a_bucket_of_another_authority_is_not_believed(national: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "stranger", "stranger").issue("archive", server=True)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)
        visit = asyncio.create_task(asyncio.to_thread(one_visitor, listening, stranger))
        async with way(f"https://127.0.0.1:{listening.getsockname()[1]}", national.issue("office")) as transport:
            with pytest.raises(ApplianceError) as caught:
                await find(transport)
        assert caught.value.code == "A602"
        assert "UNKNOWN_CA" in await visit


async def test_a_renewed_certificate_is_shown_without_a_restart(national: Authority) -> None:
    tls, renewed = national.issue("old"), national.issue("renewed")
    async with (door(national.issue("archive", server=True), national.file) as bucket,
                way(bucket.url, tls) as transport):
        await find(transport)
        shutil.copy(renewed.certificate, tls.certificate)
        shutil.copy(renewed.key, tls.key)
        await find(transport)
    assert (bucket.asked[0], bucket.asked[-1]) == ("old", "renewed")
