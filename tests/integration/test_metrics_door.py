"""The door for collectors: who is answered, what with, and what happens while its files are wrong."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from office_certificates import Authority

from appliance.console.metrics_door import MetricsDoor
from appliance.core.exposure import Exposure

SECONDS = 20.0


async def page() -> bytes:
    return b"appliance_build_info 1\n"


def where(authority: Authority, certificate: Path) -> Exposure:
    return Exposure(host="127.0.0.1", port=0, certificate=str(certificate), ca=str(authority.file))


@asynccontextmanager
async def opened(exposure: Exposure, healthy: Callable[[], bool] = lambda: True) -> AsyncIterator[MetricsDoor]:
    door = MetricsDoor(exposure, page, healthy, look_seconds=0.05)
    work = asyncio.create_task(door.run())
    try:
        yield door
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not true():
            await asyncio.sleep(0.02)


async def ask(address: str, context: ssl.SSLContext, path: str = "/metrics") -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(address + path, ssl=context) as answer:
        return answer.status, await answer.text()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca")


async def test_a_collector_with_a_certificate_reads_metrics_and_nothing_else(authority: Authority) -> None:
    collector = authority.client(authority.issue("collector"))
    async with opened(where(authority, authority.issue("host")), healthy=lambda: False) as door:
        await until(lambda: bool(door.address))
        assert await ask(door.address, collector) == (200, "appliance_build_info 1\n")
        assert (await ask(door.address, collector, "/healthz"))[0] == 503
        for path in ("/", "/api/v1/status", "/page.js", "/start"):
            assert (await ask(door.address, collector, path))[0] == 404


async def test_nobody_without_a_certificate_of_the_authority_is_answered(
        authority: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "other", "Another authority")
    wrong = authority.client(None)
    wrong.load_cert_chain(stranger.issue("collector"))
    async with opened(where(authority, authority.issue("host"))) as door:
        await until(lambda: bool(door.address))
        for context in (authority.client(None), wrong):
            with pytest.raises((aiohttp.ClientError, ssl.SSLError)):
                await ask(door.address, context)
        with pytest.raises(aiohttp.ClientError):
            async with aiohttp.ClientSession() as session:
                await session.get(door.address.replace("https", "http") + "/metrics")


async def test_renewed_certificates_are_taken_up_without_a_restart(authority: Authority) -> None:
    collector, host = authority.client(authority.issue("collector")), authority.issue("host")
    async with opened(where(authority, host)) as door:
        await until(lambda: bool(door.address))
        port = int(door.address.rsplit(":", 1)[1])

        async def serial() -> str:
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=collector)
            shown = writer.get_extra_info("peercert")["serialNumber"]
            writer.close()
            return str(shown)

        before = await serial()
        authority.issue("host")
        assert await serial() != before
        host.write_text("half of a certificate")
        assert await serial() != before, "a file half written does not shut the door"
        assert (await ask(door.address, collector))[0] == 200


async def test_the_door_opens_by_itself_once_its_files_are_there(authority: Authority, tmp_path: Path,
                                                                 caplog: pytest.LogCaptureFixture) -> None:
    made = authority.issue("host")
    late = tmp_path / "late.pem"
    async with opened(where(authority, late)) as door:
        await until(lambda: "M870" in caplog.text)
        assert not door.address
        await asyncio.sleep(0.2)
        assert caplog.text.count("M870") == 1, "said once, not every time"
        late.write_bytes(made.read_bytes())
        await until(lambda: bool(door.address))
        assert (await ask(door.address, authority.client(authority.issue("collector"))))[0] == 200


async def test_a_port_that_is_taken_is_waited_for(authority: Authority) -> None:
    other = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    exposure = replace(where(authority, authority.issue("host")), port=port)
    async with opened(exposure) as door:
        await asyncio.sleep(0.2)
        assert not door.address
        other.close()
        await other.wait_closed()
        await until(lambda: bool(door.address))
        assert (await ask(door.address, authority.client(authority.issue("collector"))))[0] == 200


async def test_no_host_no_door() -> None:
    await asyncio.wait_for(MetricsDoor(Exposure(), page, lambda: True).run(), SECONDS)
