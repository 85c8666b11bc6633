"""What the embedded archive accepts, refuses and says, in one process."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import hashlib
import os
import stat
import time
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from archive_stand import (
    FILE_CODE,
    UUID,
    Diary,
    dossier,
    eventually,
    kept_in,
    large,
    made,
    sessions,
    signed,
    small,
)

from appliance.archive.receipts import Receipt
from appliance.archive.sender import deliver
from appliance.archive.transports.contract import Package, Standing
from appliance.archive.transports.tus import TusTransport
from appliance.core.errors import Exit
from appliance.receiver.archive import open_archive
from appliance.receiver.judges import ThreadJudges
from appliance.receiver.service import Receiver
from appliance.receiver.serving import alone, main
from appliance.receiver.settings import Limits, Settings
from appliance.receiver.takeover import take_over

TUS = {"Tus-Resumable": "1.0.0"}
BODY = {**TUS, "Content-Type": "application/offset+octet-stream"}


def is_signed(path: Path) -> str:
    return "" if b"/ByteRange" in path.read_bytes() else "it is not signed"


@dataclass
class House:
    """An archive with its address and a session to it."""

    root: Path
    url: str
    session: aiohttp.ClientSession
    receiver: Receiver

    @property
    def transport(self) -> TusTransport:
        return TusTransport(self.session, self.url)

    @property
    def key(self) -> bytes:
        return (self.root / "keys" / "receipt-public.pem").read_bytes()

    async def take(self, package: Package) -> Receipt:
        diary = Diary()
        return await deliver(package, self.transport, diary.keep, diary.terms(self.key))

    async def receipts(self) -> int:
        async with self.session.get(f"{self.url}/healthz") as answer:
            return int((await answer.json())["receipts"])

    async def create(self, length: int, sha256: str, **headers: str) -> aiohttp.ClientResponse:
        told = f"sha256 {base64.b64encode(sha256.encode()).decode()}"
        return await self.session.post(f"{self.url}/files", headers={
            **TUS, "Upload-Length": str(length), "Upload-Metadata": told, **headers})

    async def patch(self, place: str, offset: int, data: bytes, **headers: str) -> aiohttp.ClientResponse:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.session.patch(self.url + place, data=data,
                                        headers={**BODY, "Upload-Offset": str(offset), **more})

    async def head(self, place: str) -> aiohttp.ClientResponse:
        return await self.session.head(self.url + place, headers=TUS)


@asynccontextmanager
async def open_house(root: Path, keep_days: float = 7.0, check: Callable[[Path], str] = is_signed,
                     stall: float = 60.0) -> AsyncIterator[House]:
    limits = Limits(largest_mib=16, checked_mib=1, stall_seconds=stall, keep_days=keep_days)
    with open_archive(Settings(root, uploads=limits)) as archive:
        take_over(archive)
        receiver = Receiver(archive, ThreadJudges(check, archive.work))
        runner = web.AppRunner(receiver.app())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            async with sessions() as session:
                yield House(root, f"http://127.0.0.1:{runner.addresses[0][1]}", session, receiver)
        finally:
            await runner.cleanup()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "archive") as opened:
        yield opened


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def repacked(package: Package, out: Path, change: Callable[[str, bytes], tuple[str, bytes] | None],
             *more: tuple[str, bytes]) -> Package:
    """Return a copy of a package with members changed, left out (None) or added."""
    with zipfile.ZipFile(package.path) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            changed = change(info.filename, old.read(info))
            if changed:
                new.writestr(*changed)
        for name, data in more:
            new.writestr(name, data)
    return Package(out, sha(out.read_bytes()), out.stat().st_size, package.uuid)


def same(name: str, data: bytes) -> tuple[str, bytes]:
    return name, data


ROOT = f"uuid-{UUID.upper()}"


# what it accepts

async def test_a_good_package_is_kept_and_receipted(house: House, tmp_path: Path) -> None:
    package = small(tmp_path)
    receipt = await house.take(package)
    assert (receipt.accepted, receipt.reason, receipt.documents) == (True, "", 2)
    assert (receipt.package, receipt.file_code, receipt.size) == (UUID, FILE_CODE, package.size)
    kept = kept_in(house.root, package.sha256)
    assert kept.read_bytes() == package.path.read_bytes()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o440


async def test_the_same_package_twice_gets_the_same_receipt(house: House, tmp_path: Path) -> None:
    package = small(tmp_path)
    first = await house.take(package)
    assert (await house.take(package)).token == first.token
    handle = await house.transport.begin(dataclasses.replace(package, uuid="another announcement"))
    assert await house.transport.send(handle, 0, package.path.read_bytes()) == package.size

    async def settled() -> bool:
        return not list((house.root / "uploads").glob("*.data"))

    await eventually(settled, "the second copy is thrown away")
    assert (await house.take(package)).token == first.token
    assert await house.receipts() == 1


async def test_receipts_form_a_chain(house: House, tmp_path: Path) -> None:
    before = ""
    for number in range(3):
        package = small(tmp_path / str(number), f"0198f3c0-1111-7000-8000-00000000000{number}")
        receipt = await house.take(package)
        assert receipt.previous == before
        before = sha(receipt.token.encode())


async def test_the_key_is_private_and_stays(tmp_path: Path) -> None:
    async with open_house(tmp_path) as first:
        public = first.key
    assert stat.S_IMODE((tmp_path / "keys" / "receipt.pem").stat().st_mode) == 0o600
    async with open_house(tmp_path) as second:
        assert second.key == public


async def test_verification_does_not_stop_the_server(tmp_path: Path) -> None:
    hold = tmp_path / "hold"
    hold.touch()

    def slow(path: Path) -> str:
        while hold.exists():
            time.sleep(0.01)
        return is_signed(path)

    async with open_house(tmp_path / "archive", check=slow) as house:
        package = small(tmp_path)
        handle = await house.transport.begin(package)
        await house.transport.send(handle, 0, package.path.read_bytes())
        assert (await house.transport.find(package.sha256)).standing is Standing.PENDING
        async with house.session.get(f"{house.url}/healthz") as answer:
            assert (await answer.json())["verifying"] == 1
        hold.unlink()
        assert (await house.take(package)).accepted


# what it refuses with a signed receipt

def altered(name: str, data: bytes) -> tuple[str, bytes]:
    return name, data.replace(b"one", b"0ne") if name.endswith("1.pdf") else data


def dropped(name: str, data: bytes) -> tuple[str, bytes] | None:
    return None if name.endswith("2.pdf") else (name, data)


def moved(name: str, data: bytes) -> tuple[str, bytes]:
    return name.replace(ROOT, "uuid-0198F3C0-2222-7000-8000-0000000000A1"), data


def doctype(name: str, data: bytes) -> tuple[str, bytes]:
    head, _, rest = data.partition(b"\n")
    return name, head + b'\n<!DOCTYPE mets [<!ENTITY x "y">]>\n' + rest if name == f"{ROOT}/METS.xml" else data


@pytest.mark.parametrize(("change", "more", "reason"), [
    (altered, (), "does not match its SHA-256"),
    (dropped, (), "is missing"),
    (moved, (), "another package"),
    (doctype, (), "document type"),
    (same, ((f"{ROOT}/stray.txt", b"x"),), "no METS lists"),
    (same, ((f"{ROOT}/../../../etc/cron.d/x", b"x"),), "unsafe name"),
    (same, (("/etc/passwd", b"x"),), "unsafe name"),
    (same, ((f"{ROOT}\\..\\x", b"x"),), "unsafe name"),
    (same, (("second/root.txt", b"x"),), "2 folders"),
    (same, ((f"{ROOT}/mets.XML", b"x"),), "two files of one name"),
    (lambda name, data: (name.replace(ROOT, "somewhere"), data), (), "not named uuid-"),
    (lambda name, data: None if name.endswith("/METS.xml") else (name, data), (), "cannot be used"),
])
async def test_a_hostile_package_gets_a_signed_refusal(
        house: House, tmp_path: Path, change: Callable[[str, bytes], tuple[str, bytes] | None],
        more: tuple[tuple[str, bytes], ...], reason: str) -> None:
    package = repacked(small(tmp_path), tmp_path / "hostile.zip", change, *more)
    receipt = await house.take(package)
    assert not receipt.accepted
    assert reason in receipt.reason
    assert (house.root / "rejected" / package.sha256[:2] / f"{package.sha256}.zip").is_file()
    assert not list((house.root / "archive").iterdir())
    assert (await house.take(package)).token == receipt.token


async def test_an_unsigned_document_gets_a_signed_refusal(house: House, tmp_path: Path) -> None:
    receipt = await house.take(made(dossier(tmp_path, {1: signed(b"1"), 2: b"%PDF-1.7 bare"})))
    assert not receipt.accepted
    assert f"'representations/rep1/data/{FILE_CODE}.2.pdf': it is not signed" in receipt.reason


@pytest.mark.parametrize("data", [b"x", b"PK\x03\x04" + b"\0" * 500, b"PK\x05\x06" + b"\0" * 18])
async def test_what_is_no_package_gets_a_signed_refusal(house: House, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(data)
    receipt = await house.take(Package(tmp_path / "x.zip", sha(data), len(data), UUID))
    assert not receipt.accepted


async def test_a_package_cut_short_gets_a_signed_refusal(house: House, tmp_path: Path) -> None:
    data = small(tmp_path).path.read_bytes()[:-200]
    (tmp_path / "short.zip").write_bytes(data)
    receipt = await house.take(Package(tmp_path / "short.zip", sha(data), len(data), UUID))
    assert "damaged" in receipt.reason


async def test_a_zip_that_would_fill_the_disk_is_refused_unpacked(house: House, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr(f"{ROOT}/zeros", bytes(200 << 20))
    data = (tmp_path / "bomb.zip").read_bytes()
    receipt = await house.take(Package(tmp_path / "bomb.zip", sha(data), len(data), UUID))
    assert "far more than its own size" in receipt.reason


async def test_a_link_in_the_zip_is_refused(house: House, tmp_path: Path) -> None:
    link = zipfile.ZipInfo(f"{ROOT}/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as file:
        file.writestr(link, "/etc/shadow")
    data = (tmp_path / "link.zip").read_bytes()
    assert "unsafe" in (await house.take(Package(tmp_path / "link.zip", sha(data), len(data), UUID))).reason


async def test_a_judge_that_breaks_refuses_only_that_package(tmp_path: Path) -> None:
    def judge(path: Path) -> str:
        if b"poison" in path.read_bytes():
            raise RecursionError
        return ""

    async with open_house(tmp_path / "archive", check=judge) as house:
        poison = made(dossier(tmp_path / "p", {1: signed(b"poison")}, "0198f3c0-1111-7000-8000-000000000009"))
        assert not (await house.take(poison)).accepted
        assert (await house.take(small(tmp_path))).accepted


# how it speaks tus

async def test_options_name_versions_extensions_and_checksums(house: House) -> None:
    async with house.session.options(f"{house.url}/files") as answer:
        assert answer.status == 204
        assert answer.headers["Tus-Version"] == "1.0.0"
        assert set(answer.headers["Tus-Extension"].split(",")) == {
            "creation", "creation-with-upload", "checksum", "termination", "expiration"}
        assert answer.headers["Tus-Checksum-Algorithm"] == "sha256,sha1"
        assert int(answer.headers["Tus-Max-Size"]) == 1 << 24


async def test_another_version_is_refused(house: House) -> None:
    async with house.session.head(f"{house.url}/files/x", headers={"Tus-Resumable": "0.2.0"}) as answer:
        assert (answer.status, answer.headers["Tus-Version"]) == (412, "1.0.0")


@pytest.mark.parametrize("headers", [
    {}, {"Upload-Length": "-1"}, {"Upload-Length": "ten"}, {"Upload-Length": "5"},
    {"Upload-Length": "5", "Upload-Metadata": "sha256 !!"},
    {"Upload-Length": "5", "Upload-Metadata": "sha256 YQ=="},
    {"Upload-Length": "5", "Upload-Metadata": "a YQ==,a YQ=="},
])
async def test_a_creation_that_makes_no_sense_is_400(house: House, headers: dict[str, str]) -> None:
    async with house.session.post(f"{house.url}/files", headers={**TUS, **headers}) as answer:
        assert answer.status == 400
        assert answer.headers["Tus-Resumable"] == "1.0.0"


async def test_sizes_above_the_limit_are_413(house: House) -> None:
    assert (await house.create((1 << 24) + 1, "ab" * 32)).status == 413
    place = (await house.create(10, "ab" * 32)).headers["Location"]
    assert (await house.patch(place, 0, b"x" * 11)).status == 413
    assert (await house.head(place)).headers["Upload-Offset"] == "0"


async def test_a_patch_must_fit_in_type_and_place(house: House) -> None:
    place = (await house.create(10, "ab" * 32)).headers["Location"]
    assert (await house.patch(place, 0, b"x", Content_Type="text/plain")).status == 415
    assert (await house.patch(place, 3, b"x")).status == 409
    answer = await house.patch(place, 0, b"abc")
    assert (answer.status, answer.headers["Upload-Offset"]) == (204, "3")
    assert (await house.patch("/files/" + "0" * 32, 0, b"x")).status == 404


@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
async def test_a_checksum_that_does_not_hold_is_460(house: House, algorithm: str) -> None:
    place = (await house.create(10, "ab" * 32)).headers["Location"]
    digest = base64.b64encode(hashlib.new(algorithm, b"abc").digest()).decode()
    assert (await house.patch(place, 0, b"abd", Upload_Checksum=f"{algorithm} {digest}")).status == 460
    assert (await house.head(place)).headers["Upload-Offset"] == "0"
    assert (await house.patch(place, 0, b"abc", Upload_Checksum=f"{algorithm} {digest}")).status == 204
    assert (await house.patch(place, 3, b"abc", Upload_Checksum=f"md5 {digest}")).status == 400


async def test_head_tells_length_and_metadata_and_forbids_caches(house: House) -> None:
    created = await house.create(10, "ab" * 32)
    answer = await house.head(created.headers["Location"])
    assert (answer.headers["Upload-Length"], answer.headers["Cache-Control"]) == ("10", "no-store")
    assert answer.headers["Upload-Metadata"].startswith("sha256 ")


async def test_a_small_package_may_come_with_its_announcement(house: House, tmp_path: Path) -> None:
    package = small(tmp_path)
    data = package.path.read_bytes()
    told = f"sha256 {base64.b64encode(package.sha256.encode()).decode()}"
    async with house.session.post(f"{house.url}/files", data=data, headers={
            **BODY, "Upload-Length": str(len(data)), "Upload-Metadata": told}) as answer:
        assert (answer.status, answer.headers["Upload-Offset"]) == (201, str(len(data)))
    assert (await house.take(package)).accepted


async def test_a_proxy_that_lets_only_post_through_is_served(house: House) -> None:
    place = (await house.create(10, "ab" * 32)).headers["Location"]
    async with house.session.post(house.url + place, data=b"abc", headers={
            **BODY, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}) as answer:
        assert (answer.status, answer.headers["Upload-Offset"]) == (204, "3")


async def test_an_upload_may_be_given_up_but_not_what_is_archived(house: House, tmp_path: Path) -> None:
    place = (await house.create(10, "ab" * 32)).headers["Location"]
    assert (await house.session.delete(house.url + place, headers=TUS)).status == 204
    assert (await house.head(place)).status == 404
    package = small(tmp_path)
    await house.take(package)
    handle = await house.transport.begin(package)
    assert (await house.session.delete(house.url + handle, headers=TUS)).status == 403


async def test_an_upload_that_expired_is_gone_and_swept(tmp_path: Path) -> None:
    async with open_house(tmp_path, keep_days=0) as house:
        created = await house.create(10, "ab" * 32)
        assert created.headers["Upload-Expires"].endswith("GMT")
        assert (await house.head(created.headers["Location"])).status == 410
        assert house.receiver.uploads.sweep() == 1
        assert (await house.head(created.headers["Location"])).status == 404


async def test_bytes_that_are_not_the_announced_ones_are_thrown_away(house: House) -> None:
    place = (await house.create(3, sha(b"abc"))).headers["Location"]
    assert (await house.patch(place, 0, b"abd")).status == 204

    async def forgotten() -> bool:
        return (await house.transport.find(sha(b"abc"))).standing is Standing.UNKNOWN

    await eventually(forgotten, "the damaged upload is thrown away")
    assert (await house.head(place)).status == 404
    assert await house.receipts() == 0


async def test_two_writers_at_once_are_told_apart(house: House, tmp_path: Path) -> None:
    package = large(tmp_path, 512)
    place = await house.transport.begin(package)
    data = package.path.read_bytes()
    release = asyncio.Event()

    async def dawdle() -> AsyncIterator[bytes]:
        yield data[:1000]
        await release.wait()
        yield data[1000:2000]

    async def write() -> aiohttp.ClientResponse:
        while True:
            answer = await house.session.patch(house.url + place, data=dawdle(),
                                               headers={**BODY, "Upload-Offset": "0"})
            if answer.status != 423:  # the question below held it just then
                return answer

    first = asyncio.create_task(write())

    async def locked() -> bool:
        return (await house.patch(place, 0, b"")).status == 423

    await eventually(locked, "the first writer holds the upload")
    release.set()
    assert (await first).headers["Upload-Offset"] == "2000"
    assert (await house.patch(place, 2000, data[2000:])).status == 204
    assert (await house.take(package)).accepted


async def test_a_sender_that_falls_silent_does_not_hold_the_upload(tmp_path: Path) -> None:
    async with open_house(tmp_path / "archive", stall=0.5) as house:
        await fall_silent(house, large(tmp_path, 256))


async def fall_silent(house: House, package: Package) -> None:
    place = await house.transport.begin(package)
    host, port = house.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = (f"PATCH {place} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
            f"Content-Type: {BODY['Content-Type']}\r\nContent-Length: 5000\r\n\r\n")
    writer.write(head.encode() + package.path.read_bytes()[:1000])
    await writer.drain()

    async def kept() -> bool:
        return await house.transport.offset(place) == 1000

    await eventually(kept, "what arrived is kept")
    assert (await house.take(package)).accepted
    writer.close()
    await writer.wait_closed()


async def test_strange_questions_for_receipts_are_404(house: House) -> None:
    for name in ("x", "AB" * 32, "..%2f..%2fkeys%2freceipt.pem", "ab" * 32):
        async with house.session.get(f"{house.url}/receipts/{name}") as answer:
            assert answer.status == 404


# the command

def test_a_second_receiver_on_the_same_folder_is_refused(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with alone(Settings(tmp_path)):
        assert main(["--root", str(tmp_path), "--port", "0"], lambda _trusted: is_signed) == Exit.FAILED
    assert "A648" in capsys.readouterr().err


def test_help_is_printed_and_nothing_started(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"], lambda _trusted: is_signed)
    assert ended.value.code == 0
    assert "--trust" in capsys.readouterr().out


def test_a_full_disk_is_507_and_the_upload_goes_on_later(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("not run: a small file system can only be mounted by root")
    asyncio.run(_full_disk(tmp_path))


async def _full_disk(tmp_path: Path) -> None:
    small_disk = tmp_path / "disk"
    small_disk.mkdir()
    mount = await asyncio.create_subprocess_exec("mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", str(small_disk),
                                                 stderr=asyncio.subprocess.DEVNULL)
    if await mount.wait():
        pytest.skip("not run: tmpfs cannot be mounted here")
    try:
        async with open_house(small_disk) as house:
            (small_disk / "ballast").write_bytes(bytes(700 << 10))
            package = small(tmp_path)
            data = package.path.read_bytes() + bytes(400 << 10)
            place = (await house.create(len(data), sha(data))).headers["Location"]
            assert (await house.patch(place, 0, data)).status == 507
            assert (await house.head(place)).headers["Upload-Offset"] == "0"
            (small_disk / "ballast").unlink()
            assert (await house.patch(place, 0, data)).status == 204
    finally:
        umount = await asyncio.create_subprocess_exec("umount", "-l", str(small_disk))
        await umount.wait()
