"""What the sender makes of the extensions that a tus server offers, against the archive itself.

``Lesser`` stands between and offers less than the archive has: so every server the sender may meet is met.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from archive_stand import Diary, ReceiverProcess, large, road_to, sessions, small

from appliance.archive.sender import deliver
from appliance.archive.transports.contract import Package, Piece, Standing
from appliance.archive.transports.tus import TusTransport
from appliance.core.errors import ApplianceError
from appliance.core.states import DeliveryState

PIECE = 1 << 16
_numbers = itertools.count()
ALL = "creation,creation-with-upload,checksum,termination,expiration"


@dataclass
class Lesser:
    """A proxy that offers these extensions and algorithms, and notes requests and checksums."""

    target: str
    extensions: str
    algorithms: str
    port: int = 0
    asked: list[str] = field(default_factory=list)
    proofs: list[str] = field(default_factory=list)

    async def pass_on(self, request: web.Request) -> web.Response:
        self.asked.append(request.method)
        self.proofs += request.headers.getall("Upload-Checksum", [])
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        body = await request.read()
        async with (aiohttp.ClientSession() as session,
                    session.request(request.method, self.target + request.path, headers=headers,
                                    data=body or None) as answer):
            said = {name: value for name, value in answer.headers.items()
                    if name.startswith(("Tus-", "Upload-", "Location"))}
            if request.method == "OPTIONS":
                said |= {"Tus-Extension": self.extensions, "Tus-Checksum-Algorithm": self.algorithms}
            return web.Response(status=answer.status, headers=said, body=await answer.read())


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReceiverProcess]:
    """One receiver for all tests: each sends packages of its own."""
    process = ReceiverProcess(tmp_path_factory.mktemp("receiver") / "archive")
    process.start()
    yield process
    process.kill()


@asynccontextmanager
async def lesser(receiver: ReceiverProcess, extensions: str, algorithms: str = "") -> AsyncIterator[Lesser]:
    proxy = Lesser(receiver.url, extensions, algorithms)
    app = web.Application(client_max_size=1 << 26)
    app.router.add_route("*", "/{path:.*}", proxy.pass_on)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        proxy.port = runner.addresses[0][1]
        yield proxy
    finally:
        await runner.cleanup()


def _new_uuid() -> str:
    return f"0198f3c0-1111-7000-8000-{next(_numbers):012d}"


async def push(transport: TusTransport, package: Package, handle: str, offset: int = 0) -> None:
    data = package.path.read_bytes()
    while offset < len(data):
        answer = await transport.send(handle, offset, Piece.of(data[offset:offset + PIECE]))
        assert answer
        offset = answer


@pytest.mark.parametrize(("extensions", "algorithms", "kind"), [
    (ALL, "md5,sha1,sha256", "sha256"), (ALL, "sha1", "sha1"), (ALL, "md5", ""), ("creation", "sha256", "")])
async def test_pieces_are_proved_by_the_best_that_the_server_knows(
        receiver: ReceiverProcess, tmp_path: Path, extensions: str, algorithms: str, kind: str) -> None:
    package = large(tmp_path, 200, _new_uuid())
    async with lesser(receiver, extensions, algorithms) as proxy, sessions() as session:
        transport = TusTransport(session, f"http://127.0.0.1:{proxy.port}")
        handle = await transport.begin(package)
        await push(transport, package, handle)
        assert await transport.offset(handle) == package.size
    assert {proof.partition(" ")[0] for proof in proxy.proofs} == ({kind} if kind else set())


async def test_a_piece_damaged_under_sha1_is_thrown_away(receiver: ReceiverProcess, tmp_path: Path) -> None:
    package = large(tmp_path, 200, _new_uuid())
    async with (lesser(receiver, ALL, "sha1") as proxy, road_to(proxy.port, damage=1) as road,
                sessions() as session):
        transport = TusTransport(session, road.url)
        handle = await transport.begin(package)
        assert await transport.send(handle, 0, package.path.read_bytes()[:PIECE]) == 0
        assert await transport.offset(handle) == 0
        await push(transport, package, handle)
        assert await transport.offset(handle) == package.size


async def test_a_small_package_goes_with_its_announcement(receiver: ReceiverProcess, tmp_path: Path) -> None:
    package = small(tmp_path, _new_uuid())
    async with lesser(receiver, ALL, "sha256") as proxy, sessions() as session:
        transport = TusTransport(session, f"http://127.0.0.1:{proxy.port}", at_once=1 << 20)
        handle = await transport.begin(package)
        assert await transport.offset(handle) == package.size
    assert proxy.asked == ["OPTIONS", "POST", "HEAD"]
    assert len(proxy.proofs) == 1


async def test_a_large_one_and_an_older_server_get_the_announcement_alone(
        receiver: ReceiverProcess, tmp_path: Path) -> None:
    packages = large(tmp_path / "large", 200, _new_uuid()), small(tmp_path / "small", _new_uuid())
    for package, extensions in zip(packages, (ALL, "creation"), strict=True):
        async with lesser(receiver, extensions) as proxy, sessions() as session:
            transport = TusTransport(session, f"http://127.0.0.1:{proxy.port}", at_once=180_000)
            handle = await transport.begin(package)
            assert await transport.offset(handle) == 0
            await push(transport, package, handle)
            assert await transport.offset(handle) == package.size


async def test_a_package_damaged_with_its_announcement_is_announced_alone(
        receiver: ReceiverProcess, tmp_path: Path) -> None:
    package = small(tmp_path, _new_uuid())
    async with road_to(receiver.port, damage=1) as road, sessions() as session:
        transport = TusTransport(session, road.url, at_once=1 << 20)
        handle = await transport.begin(package)
        assert road.damage == 0
        assert await transport.offset(handle) == 0
        await push(transport, package, handle)
        assert await transport.offset(handle) == package.size


async def test_an_answer_lost_after_the_announcement_brings_the_same_upload(
        receiver: ReceiverProcess, tmp_path: Path) -> None:
    package = small(tmp_path, _new_uuid())
    async with sessions() as session:
        transport = TusTransport(session, receiver.url, at_once=1 << 20)
        first = await transport.begin(package)
        assert await transport.begin(package) == first
        assert await TusTransport(session, receiver.url).begin(package) == first
        assert await transport.offset(first) == package.size


async def test_an_upload_that_expired_is_begun_anew(tmp_path: Path) -> None:
    process = ReceiverProcess(tmp_path / "archive", "--keep-days", "0")
    package = large(tmp_path, 200, _new_uuid())
    process.start()
    try:
        async with sessions() as session:
            transport = TusTransport(session, process.url)
            handle = await transport.begin(package)
            assert await transport.offset(handle) is None
            assert await transport.send(handle, 0, b"late") is None
            await transport.abandon(handle)
            assert await transport.begin(package)
    finally:
        process.kill()


@asynccontextmanager
async def gate(target: str, *, most: int = 1 << 40, unknown: bool = False) -> AsyncIterator[str]:
    """A web server before the archive that passes bodies up to a size, and may miss a client's certificate."""
    proxy = Lesser(target, ALL, "sha256")

    async def pass_on(request: web.Request) -> web.Response:
        if unknown:
            return web.Response(status=400, text="No required SSL certificate was sent")
        body = await request.read()
        return web.Response(status=413) if len(body) > most else await proxy.pass_on(request)

    app = web.Application(client_max_size=1 << 30)
    app.router.add_route("*", "/{path:.*}", pass_on)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_web_server_that_misses_the_certificate_rejects_no_package(
        receiver: ReceiverProcess, tmp_path: Path) -> None:
    async with gate(receiver.url, unknown=True) as url, aiohttp.ClientSession() as session:
        transport = TusTransport(session, url)
        package = small(tmp_path)
        for ask in (transport.find(package.sha256), transport.tasks(), transport.offset("/files/x")):
            with pytest.raises(ApplianceError) as caught:
                await ask
            assert (caught.value.code, caught.value.details["reason"]) == ("A602", "HTTP 400")


async def test_a_web_server_that_takes_small_bodies_only_gets_small_pieces(
        receiver: ReceiverProcess, tmp_path: Path) -> None:
    """nginx as it comes takes 1 MiB: no package is rejected for that, pieces get smaller."""
    package = large(tmp_path, 640)
    async with gate(receiver.url, most=100 << 10) as url, aiohttp.ClientSession() as session:
        transport = TusTransport(session, url, at_once=1 << 20)
        diary = Diary()
        receipt = await deliver(package, transport, diary.keep, diary.terms(receiver.public_key, 512 << 10))
    assert receipt.sha256 == package.sha256


class PowerCutError(Exception):
    """The office's host is off."""


class LastWord(TusTransport):
    """A way on which the power goes when the archive has taken an announcement and nobody here knows of it yet."""

    async def begin(self, package: Package) -> str:
        await super().begin(package)
        raise PowerCutError


async def test_a_package_that_went_with_its_announcement_counts_as_on_its_way_though_the_power_was_cut_then(
        receiver: ReceiverProcess, tmp_path: Path) -> None:
    package, diary = large(tmp_path, 8, str(uuid.UUID(int=next(_numbers) + 1_000))), Diary()
    async with sessions() as session:
        with pytest.raises(PowerCutError):
            way = LastWord(session, receiver.url, at_once=4 << 20)
            await deliver(package, way, diary.keep, diary.terms(receiver.public_key))
        known = await TusTransport(session, receiver.url).find(package.sha256)
    assert known.standing is not Standing.UNKNOWN, "the archive has all of it"
    assert diary.progress[-1].state is DeliveryState.SENDING, "no rescan may withdraw it"
