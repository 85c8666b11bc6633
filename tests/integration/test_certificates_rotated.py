"""A rotation, also of the authority itself, while archive, metrics and page stay open; nobody is restarted."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from certificate_stand import Host, Root, authority
from reading_stand import is_signed

from appliance.archive.transports.contract import Standing
from appliance.archive.transports.identity import Identity
from appliance.archive.transports.tus import TusTransport
from appliance.console.metrics_door import MetricsDoor
from appliance.console.tls_door import TlsDoor
from appliance.core import errors
from appliance.core.delivery import Tls
from appliance.core.errors import ApplianceError
from appliance.core.exposure import Exposure
from appliance.core.server_tls import TlsFiles
from appliance.receiver.access import Access
from appliance.receiver.archive import open_archive
from appliance.receiver.front import Front
from appliance.receiver.judges import ThreadJudges
from appliance.receiver.service import Receiver
from appliance.receiver.settings import Settings

SECONDS = 30.0
OFFICE, CENTRE, ARCHIVE = "office-0311.example", "centre.example", "receiver"
PURPOSES = ("archive", "metrics", "page")
OFFICES = f"[[office]]\ncode = '0311'\ncertificates = ['dns:{OFFICE}']\n"


@dataclass
class Fleet:
    """An archive, a centre and an office, each with certificates of its own."""

    archive: Host
    centre: Host
    office: Host
    url: str = ""
    metrics: str = ""
    page: str = ""

    def all(self) -> list[tuple[Host, str]]:
        """Return every certificate there is."""
        return [(self.archive, ARCHIVE), (self.centre, "monitoring"), *((self.office, one) for one in PURPOSES)]

    def begin(self, root: Root) -> None:
        for host, purpose in self.all():
            host.provision(purpose, root)

    def identity(self) -> Identity:
        return Identity(Tls(*self.office.files("archive")))

    async def well(self, identity: Identity) -> None:
        """Meet everybody: the office its archive, the centre the office's metrics, a browser its page."""
        async with aiohttp.ClientSession() as session:
            assert (await TusTransport(session, self.url, identity).find("ab" * 32)).standing is Standing.UNKNOWN
        roots, certificate, key = self.centre.files("monitoring")
        collector = ssl.create_default_context(cafile=roots)
        collector.load_cert_chain(certificate, key)
        assert await asked(self.metrics + "/metrics", collector) == (200, "m 1\n")
        assert await asked(self.page, ssl.create_default_context(cafile=roots)) == (200, "trang")


async def asked(address: str, context: ssl.SSLContext) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(address, ssl=context) as answer:
        return answer.status, await answer.text()


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> tuple[Root, Root]:
    folder = tmp_path_factory.mktemp("ca")
    return authority(folder, "until-2026"), authority(folder, "from-2027", kind="ec")


@pytest.fixture
async def fleet(tmp_path: Path, roots: tuple[Root, Root]) -> AsyncIterator[Fleet]:
    made = Fleet(Host(tmp_path / "archive"), Host(tmp_path / "centre", {"monitoring": [CENTRE]}),
                 Host(tmp_path / "office", {"archive": [OFFICE]}))
    made.begin(roots[0])
    async with AsyncExitStack() as stack:
        made.url = await stack.enter_async_context(archive(tmp_path, made.archive))
        made.metrics = await stack.enter_async_context(metrics(made.office))
        made.page = await stack.enter_async_context(page(made.office))
        yield made


@asynccontextmanager
async def archive(root: Path, host: Host) -> AsyncIterator[str]:
    (root / "offices.toml").write_text(OFFICES)
    believed, certificate, key = host.files(ARCHIVE)
    access = Access(certificate=certificate, key=key, authorities=believed, offices=str(root / "offices.toml"))
    with open_archive(Settings(root / "kept", port=0, access=access)) as opened:
        front = Front(opened)
        receiver = Receiver(opened, ThreadJudges(is_signed, opened.work), front.demands)
        receiver.parts.append(front)
        runner = web.AppRunner(receiver.app(front.layers), shutdown_timeout=1.0)
        await runner.setup()
        server, url = await front.listen(runner)
        try:
            yield url
        finally:
            server.close()
            await runner.cleanup()


@asynccontextmanager
async def metrics(host: Host) -> AsyncIterator[str]:
    async def shown() -> bytes:
        return b"m 1\n"

    believed, certificate, key = host.files("metrics")
    door = MetricsDoor(Exposure("127.0.0.1", 0, certificate, key, believed), shown, lambda: True)
    work = asyncio.create_task(door.run())
    try:
        async with asyncio.timeout(SECONDS):
            while not door.address:
                await asyncio.sleep(0.02)
        yield door.address
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


@asynccontextmanager
async def page(host: Host) -> AsyncIterator[str]:
    async def shown(_request: web.BaseRequest) -> web.Response:
        return web.Response(text="trang")

    _, certificate, key = host.files("page")
    runner = web.ServerRunner(web.Server(shown))
    await runner.setup()
    door = TlsDoor("127.0.0.1", 0, TlsFiles(Path(certificate), Path(key), None), "the page", errors.PAGE_DOOR_SHUT)
    try:
        yield await door.open(runner)
    finally:
        await runner.cleanup()


def renew(host: Host, purpose: str, old: Root, _new: Root) -> None:
    host.provision(purpose, old, renew=True)


def believe_both(host: Host, purpose: str, old: Root, new: Root) -> None:
    host.install(purpose, old, new)


def renew_by_the_new_one(host: Host, purpose: str, old: Root, new: Root) -> None:
    host.provision(purpose, old, new, renew=True)


def forget_the_old_one(host: Host, purpose: str, _old: Root, new: Root) -> None:
    host.install(purpose, new)


async def test_everybody_is_met_before_during_and_after_a_rotation_of_the_authority(
        fleet: Fleet, roots: tuple[Root, Root]) -> None:
    identity = fleet.identity()
    await fleet.well(identity)
    for change in (renew, believe_both, renew_by_the_new_one, forget_the_old_one):
        for host, purpose in fleet.all():
            change(host, purpose, *roots)
            await fleet.well(identity)
            assert identity.trouble is None


async def test_a_certificate_of_the_authority_that_was_is_not_believed_afterwards(
        fleet: Fleet, roots: tuple[Root, Root], tmp_path: Path) -> None:
    old, new = roots
    for change in (renew_by_the_new_one, forget_the_old_one):
        for host, purpose in fleet.all():
            change(host, purpose, *roots)
    await fleet.well(fleet.identity())
    stranger = Host(tmp_path / "stranger", {"archive": [OFFICE]})
    stranger.provision("archive", old)
    _, certificate, key = stranger.files("archive")
    async with aiohttp.ClientSession() as session:
        stranded = TusTransport(session, fleet.url, Identity(Tls(str(new.certificate), certificate, key)))
        with pytest.raises(ApplianceError) as caught:
            await stranded.find("0" * 64)
    assert caught.value.code == "A602"
    collector = ssl.create_default_context(cafile=str(new.certificate))
    collector.load_cert_chain(certificate, key)
    with pytest.raises((aiohttp.ClientError, ssl.SSLError)):
        await asked(fleet.metrics + "/metrics", collector)


async def test_an_order_that_would_cut_the_office_off_is_refused_on_the_host(
        fleet: Fleet, roots: tuple[Root, Root]) -> None:
    """The old authority forgotten before the certificate was renewed: nothing changes, everybody is still met."""
    for host, purpose in fleet.all():
        with pytest.raises(ApplianceError, match="H946"):
            host.install(purpose, roots[1])
    await fleet.well(fleet.identity())
