"""What may happen to packages on their way into a bucket, against S3 services by other hands."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import moto_stand
import pytest
import swift_stand
from archive_stand import Diary, large, road_to, small, until
from swift_stand import ACCESS, SECRET

from appliance.archive.sender import deliver
from appliance.archive.transports.bucket import Door, Keys
from appliance.archive.transports.contract import Package, Standing
from appliance.archive.transports.multipart import LEAST
from appliance.archive.transports.s3 import S3Transport
from appliance.core.delivery import Bucket, Tls
from appliance.core.errors import ApplianceError
from appliance.receiver.bucket_inlet import BucketInlet

pytestmark = pytest.mark.slow
_names = itertools.count()


@pytest.fixture(scope="module")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[swift_stand.Swift]:
    if reason := swift_stand.missing():
        pytest.skip(reason)
    with swift_stand.swift(tmp_path_factory.mktemp("swift")) as running:
        yield running


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[moto_stand.Moto]:
    if reason := moto_stand.missing():
        pytest.skip(reason)
    with moto_stand.moto(tmp_path_factory.mktemp("moto")) as running:
        yield running


def bucket(service: swift_stand.Swift | moto_stand.Moto, **more: Any) -> Bucket:
    """Return the settings of a fresh bucket."""
    settings = Bucket(endpoint=service.url, bucket=f"door-{next(_names)}")
    service.client().create_bucket(Bucket=settings.bucket, **more)
    return settings


@asynccontextmanager
async def way(settings: Bucket, secret: str = SECRET) -> AsyncIterator[S3Transport]:
    door = Door(settings, Tls(), lambda: Keys(ACCESS, secret))
    try:
        yield S3Transport(door)
    finally:
        door.close()


async def pushed(transport: S3Transport, package: Package, size: int = LEAST) -> int | None:
    data = package.path.read_bytes()
    handle, offset = await transport.begin(package), 0
    while offset < len(data):
        answer = await transport.send(handle, offset, data[offset:offset + size])
        if answer is None or answer <= offset:
            return answer
        offset = answer
    return offset


def stored(service: swift_stand.Swift | moto_stand.Moto, settings: Bucket, package: Package) -> bytes:
    key = f"{settings.prefix}packages/{package.sha256}.zip"
    body: bytes = service.client().get_object(Bucket=settings.bucket, Key=key)["Body"].read()
    return body


async def test_killed_between_the_last_part_and_the_end(swift: swift_stand.Swift, tmp_path: Path) -> None:
    settings, package = bucket(swift), large(tmp_path, 11 << 10)
    data, client = package.path.read_bytes(), swift.client()
    async with way(settings) as transport:
        handle = await transport.begin(package)
        name, key = handle.rpartition(":")[2], f"packages/{package.sha256}.zip"
        for number, start in enumerate(range(0, len(data), LEAST), 1):
            client.upload_part(Bucket=settings.bucket, Key=key, UploadId=name, PartNumber=number,
                               Body=data[start:start + LEAST])
        assert (await transport.find(package.sha256)).standing is Standing.UNKNOWN
        assert await transport.offset(handle) == package.size
        assert (await transport.find(package.sha256)).standing is Standing.PENDING
    assert stored(swift, settings, package) == data


async def test_two_senders_with_pieces_of_two_sizes_never_mix_bytes(
        swift: swift_stand.Swift, tmp_path: Path) -> None:
    settings, package = bucket(swift), large(tmp_path, 24 << 10)
    data = package.path.read_bytes()
    async with way(settings) as one, way(settings) as two:
        handles = await one.begin(package), await two.begin(package)
        held: list[int] = [0, 0]
        for _ in range(40):
            for who, (transport, size) in enumerate(((one, LEAST), (two, LEAST + 1_000_000))):
                piece = data[held[who]:held[who] + size]
                answer = await transport.send(handles[who], held[who], piece) if piece else package.size
                held[who] = answer or 0
            if await one.offset(handles[0]) == package.size:
                break
    assert stored(swift, settings, package) == data


async def test_a_piece_that_s3_would_not_take_is_not_sent(swift: swift_stand.Swift, tmp_path: Path) -> None:
    settings, package = bucket(swift), large(tmp_path, 11 << 10)
    async with way(settings) as transport:
        handle = await transport.begin(package)
        assert await transport.send(handle, 0, package.path.read_bytes()[:LEAST - 1]) == 0
        assert await pushed(transport, package) == package.size


async def test_wrong_keys_and_a_missing_bucket_reject_no_package(swift: swift_stand.Swift, tmp_path: Path) -> None:
    settings, package = bucket(swift), small(tmp_path)
    for wrong, secret in ((settings, "guessed"), (replace(settings, bucket="no-such-bucket"), SECRET)):
        async with way(wrong, secret) as transport:
            for call in (transport.find(package.sha256), pushed(transport, package)):
                with pytest.raises(ApplianceError) as caught:
                    await call
                assert (caught.value.code, caught.value.kind.retry) == ("A602", True)


async def test_renewed_keys_are_taken_without_a_restart(
        swift: swift_stand.Swift, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, package = bucket(swift), small(tmp_path)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    transport = S3Transport(Door(settings, Tls()))
    with pytest.raises(ApplianceError) as caught:
        await transport.find(package.sha256)
    assert (caught.value.code, caught.value.kind.retry) == ("A614", True)
    (tmp_path / "s3-access").write_text(ACCESS)
    (tmp_path / "s3-secret").write_text("of last year")
    with pytest.raises(ApplianceError) as caught:
        await transport.find(package.sha256)
    assert caught.value.code == "A602"
    (tmp_path / "s3-secret").write_text(SECRET + "\n")
    assert await pushed(transport, package) == package.size


async def test_a_service_that_hangs_holds_nobody_up_who_stops(swift: swift_stand.Swift, tmp_path: Path) -> None:
    settings, package = bucket(swift), large(tmp_path, 11 << 10)
    async with way(settings) as transport:
        handle = await transport.begin(package)
        swift.pause()
        try:
            sending = asyncio.create_task(transport.send(handle, 0, package.path.read_bytes()[:LEAST]))
            await asyncio.sleep(0)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(sending, 30)
        finally:
            swift.go_on()
        assert await pushed(transport, package) == package.size
    assert stored(swift, settings, package) == package.path.read_bytes()


async def test_a_delivery_over_a_line_that_keeps_breaking(swift: swift_stand.Swift, tmp_path: Path) -> None:
    """The receipt here is a stranger's: what is asked is that the bytes are whole and the answer is looked at."""
    settings, package = bucket(swift), large(tmp_path, 23 << 10)
    data, client = package.path.read_bytes(), swift.client()
    async with road_to(swift.port) as road:
        road.cuts = [3_000_000, 9_000_000, 9_400_000, 20_000_000]
        async with way(replace(settings, endpoint=road.url)) as transport:
            diary = Diary()
            going = asyncio.create_task(deliver(package, transport, diary.keep, diary.terms(b"")))

            def arrived() -> bool:
                return bool(client.list_objects_v2(Bucket=settings.bucket, Prefix="packages/").get("Contents"))

            await asyncio.to_thread(until, arrived, "the package is whole in the bucket")
            client.put_object(Bucket=settings.bucket, Key=f"receipts/{package.sha256}.jws", Body=b"a.b.c")
            with pytest.raises(ApplianceError) as caught:
                await asyncio.wait_for(going, 60)
    assert caught.value.code == "A604"
    assert set(diary.troubles) == {"A602"}
    assert road.cuts == []
    assert stored(swift, settings, package) == data


@pytest.mark.parametrize("kib", [0, 11 << 10])
async def test_a_package_is_locked_where_the_bucket_can(moto: moto_stand.Moto, tmp_path: Path, kib: int) -> None:
    settings = replace(bucket(moto, ObjectLockEnabledForBucket=True), retain_days=30)
    package, client = large(tmp_path, kib) if kib else small(tmp_path), moto.client()
    async with way(settings) as transport:
        assert await pushed(transport, package) == package.size
    key = f"packages/{package.sha256}.zip"
    head = client.head_object(Bucket=settings.bucket, Key=key)
    assert head["ObjectLockMode"] == "COMPLIANCE"
    assert head["ObjectLockRetainUntilDate"] > datetime.now(UTC) + timedelta(days=29)
    with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
        client.delete_object(Bucket=settings.bucket, Key=key, VersionId=head["VersionId"])


async def test_a_bucket_without_locks_takes_packages_as_well(
        moto: moto_stand.Moto, swift: swift_stand.Swift, tmp_path: Path) -> None:
    package = small(tmp_path)
    for service in (moto, swift):
        settings = replace(bucket(service), retain_days=30)
        async with way(settings) as transport:
            assert await pushed(transport, package) == package.size
        assert stored(service, settings, package) == package.path.read_bytes()


@pytest.mark.parametrize("kib", [0, 11 << 10])
async def test_sending_what_is_there_already_writes_no_second_version(
        moto: moto_stand.Moto, tmp_path: Path, kib: int) -> None:
    settings = bucket(moto, ObjectLockEnabledForBucket=True)
    package, client = large(tmp_path, kib) if kib else small(tmp_path), moto.client()
    async with way(settings) as transport:
        assert await pushed(transport, package) == package.size
    async with way(settings) as transport:
        assert await pushed(transport, package) == package.size
    versions = client.list_object_versions(Bucket=settings.bucket)["Versions"]
    assert len(versions) == 1


async def test_what_the_archive_asks_of_each_office_lies_beside_its_receipts(
        swift: swift_stand.Swift, tmp_path: Path) -> None:
    whole, uuid = bucket(swift), "0198f3c0-1111-7000-8000-0000000000a1"
    inlet = BucketInlet(Door(whole, Tls(), lambda: Keys(ACCESS, SECRET)))
    asked = {"tasks": [{"id": "t-1", "package": uuid, "doc_code": "H49.64.33.2001.160.0000012", "page": 12,
                        "reason": "mờ", "asked": "2026-11-22T05:00:00Z"}]}
    async with way(replace(whole, prefix="H49.64.33/")) as here, way(replace(whole, prefix="H49.64.34/")) as there:
        assert await here.tasks() is None
        for transport in (here, there):
            await pushed(transport, small(tmp_path))
        assert inlet.offices() == {"H49.64.33", "H49.64.34"}
        inlet.tell("H49.64.33", json.dumps(asked).encode())
        tasks = await here.tasks()
        assert tasks is not None
        assert [(task.id, task.ordinal, task.page, task.reason) for task in tasks] == [("t-1", 12, 12, "mờ")]
        assert await there.tasks() is None
        inlet.tell("H49.64.34", b"scribbled")
        with pytest.raises(ApplianceError) as caught:
            await there.tasks()
        assert caught.value.code == "A602"


async def test_each_package_is_taken_once_and_its_receipt_found_by_its_office(
        swift: swift_stand.Swift, tmp_path: Path) -> None:
    whole = bucket(swift)
    inlet = BucketInlet(Door(whole, Tls(), lambda: Keys(ACCESS, SECRET)))
    packages = {office: small(tmp_path / office, f"0198f3c0-1111-7000-8000-{number:012d}")
                for number, office in enumerate(("H49.64.33", "H49.64.34", ""))}
    for office, package in packages.items():
        async with way(replace(whole, prefix=f"{office}/" if office else "")) as transport:
            await pushed(transport, package)
    swift.client().put_object(Bucket=whole.bucket, Key="H49.64.33/packages/notes.txt", Body=b"not a package")
    found = {arrival.office: arrival for arrival in inlet.arrivals()}
    assert {office: (one.sha256, one.size) for office, one in found.items()} == {
        office: (package.sha256, package.size) for office, package in packages.items()}
    inlet.fetch(found["H49.64.34"], tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == packages["H49.64.34"].path.read_bytes()
    inlet.answer(found["H49.64.34"], "a.b.c")
    inlet.answer(found["H49.64.34"], "a.b.c")
    async with way(replace(whole, prefix="H49.64.34/")) as transport:
        await pushed(transport, packages["H49.64.34"])  # as if a kill had come between receipt and removal
    inlet.refuse(found[""])
    assert [arrival.office for arrival in inlet.arrivals()] == ["H49.64.33"]
    left = swift.client().list_objects_v2(Bucket=whole.bucket, Prefix="H49.64.34/packages/")
    assert left.get("Contents", []) == []
    with pytest.raises(FileNotFoundError):
        inlet.fetch(found[""], tmp_path / "gone")
    async with way(replace(whole, prefix="H49.64.34/")) as transport:
        assert (await transport.find(found["H49.64.34"].sha256)).receipt == "a.b.c"
    async with way(whole) as transport:
        assert (await transport.find(found[""].sha256)).standing is Standing.UNKNOWN
