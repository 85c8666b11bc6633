"""The archive ends by SIGKILL at bad moments and is started again."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from archive_stand import Diary, ReceiverProcess, eventually, kept_in, large, sessions, small

from appliance.archive.sender import deliver
from appliance.archive.transports.contract import Package, Standing
from appliance.archive.transports.tus import TusTransport


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[ReceiverProcess]:
    process = ReceiverProcess(tmp_path / "archive")
    process.start()
    yield process
    process.kill()


class KillingTransport(TusTransport):
    """Kills the receiver while certain pieces are under way and starts it again."""

    def __init__(self, session: aiohttp.ClientSession, receiver: ReceiverProcess, pieces: set[int]) -> None:
        super().__init__(session, receiver.url)
        self._receiver = receiver
        self._pieces = pieces
        self.sent = 0
        self.kills = 0

    async def send(self, handle: str, offset: int, piece: bytes) -> int | None:
        self.sent += 1
        if self.sent not in self._pieces:
            return await super().send(handle, offset, piece)
        self.kills += 1
        answers = await asyncio.gather(super().send(handle, offset, piece),
                                       asyncio.to_thread(self._receiver.restart), return_exceptions=True)
        if isinstance(answers[0], BaseException):
            raise answers[0]
        return answers[0]


def held(receiver: ReceiverProcess, package: Package) -> str:
    data = kept_in(receiver.root, package.sha256).read_bytes()
    return hashlib.sha256(data).hexdigest()


async def test_three_kills_during_an_upload_cost_only_time(receiver: ReceiverProcess, tmp_path: Path) -> None:
    package, diary = large(tmp_path, 2048), Diary()
    async with sessions() as session:
        transport = KillingTransport(session, receiver, {3, 11, 27})
        receipt = await deliver(package, transport, diary.keep, diary.terms(receiver.public_key))
    assert transport.kills == 3
    assert receipt.accepted
    assert held(receiver, package) == package.sha256
    pieces = -(-package.size // (1 << 16))
    assert transport.sent <= pieces + 3, "what was acknowledged is not sent again"
    assert not list((receiver.root / "uploads").glob("*.data"))


async def test_a_kill_during_verification_is_followed_by_the_verdict(
        receiver: ReceiverProcess, tmp_path: Path) -> None:
    package, diary = small(tmp_path), Diary()
    receiver.hold.touch()
    async with sessions() as session:
        transport = TusTransport(session, receiver.url)
        delivery = asyncio.create_task(deliver(package, transport, diary.keep, diary.terms(receiver.public_key)))

        async def pending() -> bool:
            return (await transport.find(package.sha256)).standing is Standing.PENDING

        await eventually(pending, "verification begins")
        await asyncio.to_thread(receiver.restart)
        await eventually(pending, "verification goes on after the restart")
        receiver.hold.unlink()
        assert (await delivery).accepted
    assert held(receiver, package) == package.sha256


async def test_a_kill_between_keeping_the_package_and_its_receipt_is_healed(
        receiver: ReceiverProcess, tmp_path: Path) -> None:
    package, diary = small(tmp_path), Diary()
    receiver.hold.touch()
    async with sessions() as session:
        transport = TusTransport(session, receiver.url)
        handle = await transport.begin(package)
        assert await transport.send(handle, 0, package.path.read_bytes()) == package.size
        receiver.kill()
        data = receiver.root / "uploads" / f"{handle.rpartition('/')[2]}.data"
        place = kept_in(receiver.root, package.sha256)
        place.parent.mkdir()
        data.rename(place)
        receiver.hold.unlink()
        receiver.start()
        receipt = await deliver(package, transport, diary.keep, diary.terms(receiver.public_key))
    assert receipt.accepted
    assert held(receiver, package) == package.sha256


async def test_bytes_that_were_never_acknowledged_are_cut_off(receiver: ReceiverProcess, tmp_path: Path) -> None:
    package, diary = large(tmp_path, 256), Diary()
    async with sessions() as session:
        transport = TusTransport(session, receiver.url)
        handle = await transport.begin(package)
        await transport.send(handle, 0, package.path.read_bytes()[:1000])
        receiver.kill()
        with (receiver.root / "uploads" / f"{handle.rpartition('/')[2]}.data").open("ab") as stream:
            stream.write(b"half a piece")
        receiver.start()
        assert await transport.offset(handle) == 1000
        assert (await deliver(package, transport, diary.keep, diary.terms(receiver.public_key))).accepted
    assert held(receiver, package) == package.sha256


async def test_receipts_survive_and_stay_the_same(receiver: ReceiverProcess, tmp_path: Path) -> None:
    tokens = []
    async with sessions() as session:
        transport = TusTransport(session, receiver.url)
        for number in range(3):
            package = small(tmp_path / str(number), f"0198f3c0-1111-7000-8000-00000000000{number}")
            receipt = await deliver(package, transport, Diary().keep, Diary().terms(receiver.public_key))
            tokens.append((package.sha256, receipt.token))
            await asyncio.to_thread(receiver.restart)
        for sha256, token in tokens:
            assert (await transport.find(sha256)).receipt == token
        async with session.get(f"{receiver.url}/healthz") as answer:
            assert json.loads(await answer.text())["receipts"] == 3
