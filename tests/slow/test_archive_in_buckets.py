"""The archive with all bytes in S3 (OpenStack Swift) and its index in PostgreSQL: two receivers behind one name."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import delivery_stand
import postgres_stand
import pytest
import swift_stand
from archive_stand import Diary, eventually, large, sessions, small
from receiver_stand import Instance
from swift_stand import ACCESS, SECRET

from appliance.archive.receipts import Receipt
from appliance.archive.sender import Progress, deliver
from appliance.archive.transports.bucket import Door
from appliance.archive.transports.contract import Package, Transport
from appliance.archive.transports.s3 import S3Transport
from appliance.archive.transports.tus import TusTransport
from appliance.core.delivery import Bucket, Tls

pytestmark = pytest.mark.slow
OFFICE = "H49.64.33"


@dataclass
class Archive:
    """Two receivers of one archive, and the service that all their bytes lie in."""

    folder: Path
    service: swift_stand.Swift
    instances: list[Instance]

    @property
    def key(self) -> bytes:
        return (self.folder / "keys" / "receipt-public.pem").read_bytes()

    def names(self, bucket: str) -> list[str]:
        return [item["Key"] for item in self.service.client().list_objects_v2(Bucket=bucket).get("Contents", [])]

    def kept(self, bucket: str, package: Package) -> bytes:
        key = f"objects/{package.sha256[:2]}/{package.sha256}.zip"
        body: bytes = self.service.client().get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    @asynccontextmanager
    async def door(self) -> AsyncIterator[S3Transport]:
        """Open the way of the office by S3."""
        door = Door(Bucket(endpoint=self.service.url, bucket="door", prefix=f"{OFFICE}/"), Tls())
        try:
            yield S3Transport(door)
        finally:
            door.close()


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    if reason := swift_stand.missing():
        pytest.skip(reason)
    if postgres_stand.programs() is None:
        pytest.skip("not run: no PostgreSQL (.ci/setup test)")
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "s3-access").write_text(f"{ACCESS}\n")
    (secrets / "s3-secret").write_text(f"{SECRET}\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secrets))
    with swift_stand.swift(tmp_path / "swift") as service, postgres_stand.postgres() as base:
        for bucket in ("door", "live", "keep-one", "keep-two"):
            service.client().create_bucket(Bucket=bucket)
        index, instances = base.new_index(), []
        for name in ("one", "two"):
            settings = tmp_path / f"{name}.toml"
            settings.write_text(written(tmp_path, name, index, service.url))
            instances.append(Instance(settings, tmp_path / f"{name}-hold"))
        for instance in instances:
            instance.start()
        try:
            yield Archive(tmp_path, service, instances)
        finally:
            for instance in instances:
                instance.kill()


def written(folder: Path, name: str, index: str, url: str) -> str:
    """Return the settings of one receiver."""

    def bucket(table: str, name: str) -> str:
        return f"[{table}]\nendpoint = {json.dumps(url)}\nbucket = {json.dumps(name)}\n"

    stores = "".join(f'[[store]]\nname = "{one}"\nkind = "s3"\n' + bucket("store.s3", one)
                     for one in ("keep-one", "keep-two"))
    return (f'root = "{folder / name}"\nport = 0\nkeys = "{folder / "keys"}"\n[index]\nurl = "{index}"\n'
            '[judging]\nprocesses = 1\nlease_seconds = 2.0\n[uploads]\nkind = "s3"\n' + bucket("uploads.s3", "live")
            + stores + '[[inlet]]\nkind = "s3"\nseconds = 0.2\n' + bucket("inlet.s3", "door"))


def package_of(folder: Path, kib: int, number: int) -> Package:
    uuid = f"0198f3c0-1111-7000-8000-{number:012d}"
    return large(folder / str(number), kib, uuid) if kib else small(folder / str(number), uuid)


async def sent(archive: Archive, transport: Transport, package: Package) -> Receipt:
    diary = Diary()
    return await asyncio.wait_for(
        deliver(package, transport, diary.keep, diary.terms(archive.key, 1 << 18), Progress()), 120)


async def test_packages_left_in_a_bucket_come_back_as_receipts(archive: Archive, tmp_path: Path) -> None:
    packages = [package_of(tmp_path, kib, number) for number, kib in enumerate((0, 2000, 12_000, 0))]
    async with archive.door() as transport:
        receipts = await asyncio.gather(*(sent(archive, transport, package) for package in packages))
    for package, receipt in zip(packages, receipts, strict=True):
        assert (receipt.accepted, receipt.package, receipt.reason) == (True, package.uuid, "")
        for place in ("keep-one", "keep-two"):
            assert archive.kept(place, package) == package.path.read_bytes()

    async def taken() -> bool:
        left = [name for name in archive.names("door") if not name.endswith("/tasks.json")]
        return left == sorted(f"{OFFICE}/receipts/{one.sha256}.jws" for one in packages)

    async def tidy() -> bool:
        return archive.names("live") == []

    await eventually(taken, "the archive has taken every package out of the door")
    await eventually(tidy, "no bytes of decided uploads are left")


async def test_a_package_damaged_in_the_bucket_is_sent_again(archive: Archive, tmp_path: Path) -> None:
    package = package_of(tmp_path, 0, 7)
    key = f"{OFFICE}/packages/{package.sha256}.zip"
    archive.service.client().put_object(Bucket="door", Key=key, Body=b"x" * package.size)
    async with archive.door() as transport:
        receipt = await sent(archive, transport, package)
    assert receipt.accepted
    assert archive.kept("keep-one", package) == package.path.read_bytes()


async def test_another_receiver_goes_on_where_one_was_killed(archive: Archive, tmp_path: Path) -> None:
    """In mid upload first, then in mid judgement."""
    package = package_of(tmp_path, 3000, 8)
    data, piece = package.path.read_bytes(), 1 << 18
    one, two = archive.instances
    one.hold.touch()
    async with sessions() as session:
        first, second = TusTransport(session, one.url), TusTransport(session, two.url)
        handle = await first.begin(package)
        assert await first.send(handle, 0, data[:piece]) == piece
        one.kill()
        assert await second.offset(handle) == piece
        one.start()
        first = TusTransport(session, one.url)
        two.kill()
        offset = piece
        while offset < len(data):
            answer = await first.send(handle, offset, data[offset:offset + piece])
            assert answer
            offset = answer

        async def judged() -> bool:
            return "1" in one.get("/healthz").partition('"verifying": ')[2][:1]

        await eventually(judged, "one has it, and is held at its signatures")
        one.kill()
        two.start()
        receipt = await sent(archive, TusTransport(session, two.url), package)
    assert receipt.accepted
    assert hashlib.sha256(archive.kept("keep-two", package)).hexdigest() == package.sha256


async def test_an_office_that_is_set_to_s3_has_its_dossiers_accepted(
        archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The office is real: ledger, conductor, dispatch, all from its settings."""
    monkeypatch.setattr(delivery_stand, "PATIENCE", 120.0)
    bucket = {"endpoint": archive.service.url, "bucket": "door", "prefix": f"{OFFICE}/"}
    office = delivery_stand.Office(tmp_path / "office", "http://127.0.0.1:9", archive.folder / "keys" /
                                   "receipt-public.pem", archive={"transport": "s3", "s3": bucket})
    async with office.work():
        packages = [await office.packed(kib) for kib in (64, 9000)]
        for package in packages:
            await office.in_state(package, "accepted")
    for package in packages:
        assert archive.kept("keep-one", package) == package.path.read_bytes()
