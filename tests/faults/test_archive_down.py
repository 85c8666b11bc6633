"""The archive is away, far, forgetful, or not the archive at all."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from archive_stand import Diary, ReceiverProcess, large, road_to, sessions, small, until
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.archive.sender import Progress, deliver
from appliance.archive.transports.contract import Package
from appliance.archive.transports.tus import TusTransport
from appliance.core.errors import ApplianceError
from appliance.core.states import DELIVERY, DeliveryState


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[ReceiverProcess]:
    process = ReceiverProcess(tmp_path / "archive")
    process.start()
    yield process
    process.kill()


def check_moves(diary: Diary) -> None:
    """Every state that was kept follows from the one before by the table of deliveries."""
    state = DeliveryState.QUEUED
    for progress in diary.progress:
        assert progress.state is state or DELIVERY.allows(state, progress.state)
        state = progress.state


async def send(package: Package, receiver: ReceiverProcess, diary: Diary, url: str = "") -> str:
    async with sessions() as session:
        transport = TusTransport(session, url or receiver.url)
        receipt = await deliver(package, transport, diary.keep, diary.terms(receiver.public_key))
    check_moves(diary)
    assert receipt.accepted
    return receipt.token


async def test_an_archive_that_comes_up_later_gets_the_package(receiver: ReceiverProcess, tmp_path: Path) -> None:
    package, diary = small(tmp_path), Diary()
    receiver.kill()
    delivery = asyncio.create_task(send(package, receiver, diary))
    await asyncio.to_thread(until, lambda: len(diary.troubles) >= 3, "troubles are told")
    receiver.start()
    await delivery
    assert set(diary.troubles) == {"A602"}


async def test_a_line_that_breaks_three_times_costs_only_the_broken_pieces(
        receiver: ReceiverProcess, tmp_path: Path) -> None:
    package, diary = large(tmp_path, 1024), Diary()
    async with road_to(receiver.port) as road:
        road.cuts = [100_000, 400_000, 900_000]
        await send(package, receiver, diary, road.url)
        assert not road.cuts
        assert len(diary.troubles) == 3
        assert road.carried < package.size + 10 * (1 << 16)


async def test_a_line_that_damages_bytes_is_noticed_and_the_piece_sent_again(
        receiver: ReceiverProcess, tmp_path: Path) -> None:
    package, diary = large(tmp_path, 256), Diary()
    async with road_to(receiver.port, damage=2) as road:
        await send(package, receiver, diary, road.url)
        assert road.damage == 0
    assert diary.troubles


async def test_an_archive_that_lost_its_uploads_gets_all_again(receiver: ReceiverProcess, tmp_path: Path) -> None:
    package, diary = large(tmp_path, 512), Diary()
    async with sessions() as session:
        transport = TusTransport(session, receiver.url)
        handle = await transport.begin(package)
        await transport.send(handle, 0, package.path.read_bytes()[:100_000])
        receiver.kill()
        shutil.rmtree(receiver.root / "uploads")
        receiver.start()
        receipt = await deliver(package, transport, diary.keep, diary.terms(receiver.public_key),
                                Progress(DeliveryState.SENDING, handle, 100_000))
    assert receipt.accepted


async def test_a_lost_answer_is_harmless(receiver: ReceiverProcess, tmp_path: Path) -> None:
    package = small(tmp_path)
    first = await send(package, receiver, Diary())
    diary = Diary()
    again = await send(package, receiver, diary)
    assert first == again
    assert [progress.state for progress in diary.progress] == [DeliveryState.SENDING, DeliveryState.SENT]
    assert not any(progress.handle for progress in diary.progress), "no upload was begun"


async def test_a_receipt_signed_by_a_stranger_is_final_and_deletes_nothing(
        receiver: ReceiverProcess, tmp_path: Path) -> None:
    package, diary = small(tmp_path), Diary()
    stranger = Ed25519PrivateKey.generate().public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    async with sessions() as session:
        with pytest.raises(ApplianceError) as caught:
            await deliver(package, TusTransport(session, receiver.url), diary.keep, diary.terms(stranger))
    assert (caught.value.code, package.path.exists()) == ("A604", True)


async def test_a_package_that_changed_on_disk_is_found_out_once_the_archive_did_not_believe_it(
        receiver: ReceiverProcess, tmp_path: Path) -> None:
    package, diary = large(tmp_path, 256), Diary()
    rotten = package.path.with_name("rotten.zip")
    rotten.write_bytes(package.path.read_bytes()[:-40_000] + bytes(40_000))
    async with sessions() as session:
        with pytest.raises(ApplianceError) as caught:
            transport = TusTransport(session, receiver.url)
            await deliver(dataclasses.replace(package, path=rotten), transport, diary.keep,
                          diary.terms(receiver.public_key))
    assert caught.value.code == "A601"
    check_moves(diary)
    await send(package, receiver, Diary())


async def test_a_package_of_another_size_or_that_is_gone_is_not_sent(
        receiver: ReceiverProcess, tmp_path: Path) -> None:
    package, diary = small(tmp_path), Diary()
    for wrong in (dataclasses.replace(package, size=5), dataclasses.replace(package, path=tmp_path / "gone.zip")):
        async with sessions() as session:
            with pytest.raises(ApplianceError) as caught:
                await deliver(wrong, TusTransport(session, receiver.url), diary.keep,
                              diary.terms(receiver.public_key))
        assert caught.value.code == "A601"
    assert not diary.progress


@asynccontextmanager
async def rubbish(answer: web.Response | None, *, sane: bool = False) -> AsyncIterator[str]:
    """Serve one answer to everything, ``sane``: to what is sent; None closes the connection instead."""
    async def serve(request: web.BaseRequest) -> web.Response:
        if sane and request.method != "POST":
            return web.Response(status=204 if request.method == "OPTIONS" else 404)
        if answer is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    runner = web.ServerRunner(web.Server(serve))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("answer", "code"), [
    (None, "A602"),
    (web.Response(status=500), "A602"),
    (web.Response(status=503, headers={"Retry-After": "1"}), "A602"),
    (web.Response(status=401), "A602"),
    (web.Response(status=302, headers={"Location": "http://127.0.0.1:1/portal"}), "A602"),
    (web.Response(status=200, body=b"x" * 100_000), "A602"),
    (web.Response(status=200, body=b"<html>Welcome to the hotel</html>"), "A604"),
])
async def test_what_is_not_the_archive_is_never_believed(
        answer: web.Response | None, code: str, tmp_path: Path) -> None:
    package, diary = small(tmp_path), Diary()
    async with rubbish(answer) as url, sessions() as session:
        delivery = asyncio.create_task(deliver(package, TusTransport(session, url), diary.keep, diary.terms(b"")))
        if code == "A604":
            with pytest.raises(ApplianceError) as caught:
                await delivery
            assert caught.value.code == code
        else:
            await asyncio.to_thread(until, lambda: len(diary.troubles) >= 2, "it is tried again")
            delivery.cancel()
            await asyncio.gather(delivery, return_exceptions=True)
            assert set(diary.troubles) == {code}


async def test_an_archive_that_does_not_understand_the_announcement_is_final(tmp_path: Path) -> None:
    package, diary = small(tmp_path), Diary()
    async with rubbish(web.Response(status=400), sane=True) as url, sessions() as session:
        with pytest.raises(ApplianceError) as caught:
            await deliver(package, TusTransport(session, url), diary.keep, diary.terms(b""))
    assert caught.value.code == "A603"
