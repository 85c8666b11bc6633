"""The power of the archive fails while packages come in: what it acknowledged is there, every receipt is kept."""

from __future__ import annotations

import asyncio
import hashlib
import random
import shutil
from pathlib import Path

import pytest
from archive_stand import UUID, Diary, large, receipts_of, sessions
from loop_disk import Disk, loop_disk
from receiver_stand import Instance, settings_file

from appliance.archive.sender import deliver
from appliance.archive.transports.contract import Package
from appliance.archive.transports.tus import TusTransport

pytestmark = pytest.mark.slow
CUTS = 3
SIZE = 320 << 20


class Counting(TusTransport):
    """Keeps what the archive has acknowledged of each upload."""

    acknowledged: dict[str, int]

    async def send(self, handle: str, offset: int, piece: bytes) -> int | None:
        reached = await super().send(handle, offset, piece)
        self.acknowledged[handle] = max(self.acknowledged.get(handle, 0), reached or 0)
        return reached


@pytest.mark.parametrize("kind", ["ext4", "xfs"])
async def test_nothing_acknowledged_is_lost(kind: str, tmp_path: Path) -> None:
    packages = [large(tmp_path / str(number), 700, f"{UUID[:-2]}{number:02d}") for number in range(12)]
    with loop_disk(kind, tmp_path, SIZE) as disk:
        written = shutil.move(settings_file(disk.folder, "a", ""), tmp_path / "a.toml")
        archive = Instance(Path(written), tmp_path / "hold")
        archive.start()
        try:
            await through_cuts(archive, disk, packages, random.Random(f"{kind} 20261122"))
        finally:
            archive.kill()


async def through_cuts(archive: Instance, disk: Disk, packages: list[Package], chance: random.Random) -> None:
    acknowledged: dict[str, int] = {}
    tokens: dict[str, str] = {}
    line = list(packages)
    key = (disk.folder / "keys" / "receipt-public.pem").read_bytes()

    async def send() -> None:
        async with sessions() as session:
            transport = Counting(session, archive.url)
            transport.acknowledged = acknowledged
            while line:
                package = line.pop()
                receipt = await deliver(package, transport, Diary().keep, Diary().terms(key))
                assert receipt.accepted
                tokens[package.sha256] = receipt.token

    senders = [asyncio.create_task(send()) for _ in range(3)]
    for _ in range(CUTS):
        await asyncio.sleep(chance.uniform(0.3, 1.5))
        disk.cut()
        known = dict(acknowledged), dict(tokens)
        await asyncio.to_thread(archive.kill)
        await asyncio.to_thread(disk.boot)
        await asyncio.to_thread(archive.start)
        await all_there(archive, *known)
    await asyncio.gather(*senders)
    assert sorted(receipts_of(disk.folder / "a")) == sorted(tokens.values())
    for package in packages:
        for place in ("first", "second"):
            path = disk.folder / place / package.sha256[:2] / f"{package.sha256}.zip"
            assert hashlib.sha256(path.read_bytes()).hexdigest() == package.sha256


async def all_there(archive: Instance, acknowledged: dict[str, int], tokens: dict[str, str]) -> None:
    """Ask the archive for everything that it had said before the cut."""
    async with sessions() as session:
        transport = TusTransport(session, archive.url)
        for handle, reached in acknowledged.items():
            assert (await transport.offset(handle) or 0) >= reached
        for sha256, token in tokens.items():
            assert (await transport.find(sha256)).receipt == token
