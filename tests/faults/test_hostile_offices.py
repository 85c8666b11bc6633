"""An office, or who has stolen its certificate, means harm: each attempt is refused with a reason, nothing changes.

After every attempt the objects and the index are as before, and an honest package of another office is taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import random
import resource
import ssl
import stat
import struct
import subprocess
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pikepdf
import pytest
import sqlalchemy as sa
from archive_stand import UUID, ReceiverProcess, dossier, eventually, made, signed
from pdf_to_sign import pdf_a, root_of, sign_job
from reading_stand import OTHER, OWN, TUS, Town, package_of, town

from appliance.archive.transports.contract import Package
from appliance.core.config import parse
from appliance.receiver import patience, tables
from appliance.signature_check import signature_check
from appliance.signing import keys, sign

ROOT = f"uuid-{UUID.upper()}"
HONEST = "0198f3c0-1111-7000-8000-0000000000f1"
Change = Callable[[zipfile.ZipInfo, bytes], bytes | None]


@dataclass
class Kept:
    """What the archive had before an attempt."""

    objects: list[str]
    packages: list[str]


def kept(place: Town) -> Kept:
    objects = sorted(name for store in place.archive.stores for name in store.names())
    with place.archive.index.read() as connection:
        return Kept(objects, sorted(connection.scalars(sa.select(tables.packages.c.uuid))))


@asynccontextmanager
async def unharmed(root: Path, **settings: object) -> AsyncIterator[Town]:
    """Open an archive that has a package; prove that it has the same afterwards, and still takes another one."""
    async with town(root, **settings) as place:  # type: ignore[arg-type]
        assert (await place.send(OWN, package_of(root / "before", "0198f3c0-1111-7000-8000-0000000000f0"))).accepted
        before = kept(place)
        yield place
        assert kept(place) == before
        honest = package_of(root / "honest", HONEST, lambda job: replace(job, organisation_id="H50.10.11"))
        assert (await place.send(OTHER, honest)).accepted
        assert set(kept(place).objects) == {*before.objects, honest.sha256}


def doctored(package: Package, change: Change, *more: tuple[zipfile.ZipInfo | str, bytes]) -> Package:
    """Return a copy with members changed, left out (None) or added; its own SHA-256 is right."""
    out = package.path.with_name("doctored.zip")
    with zipfile.ZipFile(package.path) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            data = change(info, old.read(info))
            if data is not None:
                new.writestr(info, data)
        for name, data in more:
            new.writestr(name, data)
    return whole(out)


def whole(path: Path) -> Package:
    data = path.read_bytes()
    return Package(path, hashlib.sha256(data).hexdigest(), len(data), UUID)


def as_it_is(_info: zipfile.ZipInfo, data: bytes) -> bytes:
    return data


async def refused(place: Town, package: Package, reason: str) -> None:
    receipt = await place.verdict(OWN, package)
    assert not receipt.accepted
    assert reason in receipt.reason


# lengths, offsets, two clients

async def test_a_length_that_is_none_or_above_what_the_archive_takes(tmp_path: Path) -> None:
    async with unharmed(tmp_path) as place:
        for length in ("-1", "1e3", "0x10", "", " ", "9" * 40, "1.5", "²"):
            answer = await place.seat(OWN).post(f"{place.url}/files", headers={
                **TUS, "Upload-Length": length, "Upload-Metadata": "sha256 " + "YWFh"})
            assert answer.status == 400
            assert await answer.text()
        assert (await place.announce(OWN, 65 << 20, "a" * 64)).status == 413


async def test_more_bytes_than_announced_and_offsets_where_nothing_is(tmp_path: Path) -> None:
    async with unharmed(tmp_path) as place:
        at = (await place.announce(OWN, 10, "a" * 64)).headers["Location"]
        for offset in (1, 10, 11, 1 << 40):
            answer = await place.patch(OWN, at, offset, b"x")
            assert (answer.status, answer.headers["Upload-Offset"]) == (409, "0")
        assert (await place.patch(OWN, at, 0, b"x" * 11)).status == 413

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(64):
                yield b"x" * 1024

        with contextlib.suppress(aiohttp.ClientError):  # the archive may close before it has read all of it
            assert (await place.patch(OWN, at, 0, endless())).status == 413
        head = await place.seat(OWN).head(place.url + at, headers=TUS)
        assert head.headers["Upload-Offset"] == "0"


async def test_two_clients_on_one_upload_leave_the_announced_bytes_or_none(tmp_path: Path) -> None:
    async with unharmed(tmp_path) as place:
        package = package_of(tmp_path / "big", UUID, texts=(os.urandom(1 << 20),))
        data = package.path.read_bytes()
        at = (await place.announce(OWN, len(data), package.sha256)).headers["Location"]

        async def pour(own: bytes) -> set[int]:
            seen: set[int] = set()
            while True:
                head = await place.seat(OWN).head(place.url + at, headers=TUS)
                if head.status != 200 or (offset := int(head.headers["Upload-Offset"])) == len(data):
                    return seen
                seen.add((await place.patch(OWN, at, offset, own[offset:offset + 65536])).status)

        said = await asyncio.gather(pour(data), pour(bytes(len(data))))
        assert set().union(*said) <= {204, 404, 409, 423}

        async def settled() -> bool:
            status, _ = await place.ask(OWN, "GET", f"/receipts/{package.sha256}")
            return status in {200, 404}

        await eventually(settled, "the mixture is judged")
        status, _ = await place.ask(OWN, "GET", f"/receipts/{package.sha256}")
        mixed = await asyncio.to_thread(_forget, place, package.sha256)
        assert (status == 200) == mixed


def _forget(place: Town, sha256: str) -> bool:
    """Say whether the archive has it; a package that came whole in spite of all is taken out of the comparison."""
    with place.archive.index.write() as connection:
        uuid = connection.scalar(sa.select(tables.packages.c.uuid).where(tables.packages.c.sha256 == sha256))
        connection.execute(tables.documents.delete().where(tables.documents.c.package == uuid))
        connection.execute(tables.copies.delete().where(tables.copies.c.sha256 == sha256))
        connection.execute(tables.packages.delete().where(tables.packages.c.uuid == uuid))
    for path in (place.root / "archive").rglob(f"{sha256}.zip"):
        path.unlink()
    return uuid is not None


# what is in the ZIP

async def test_a_zip_bomb_that_says_so(tmp_path: Path) -> None:
    async with unharmed(tmp_path) as place:
        bomb = zipfile.ZipInfo(f"{ROOT}/zeros")
        bomb.compress_type = zipfile.ZIP_DEFLATED
        package = doctored(package_of(tmp_path, UUID), as_it_is, (bomb, bytes(120 << 20)))
        await refused(place, package, "far more than its own size")


async def test_a_zip_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    async with unharmed(tmp_path) as place:
        path = tmp_path / "liar.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr(f"{ROOT}/METS.xml", bytes(120 << 20))
        data = bytearray(path.read_bytes())
        for where in (data.index(b"PK\x03\x04") + 22, data.index(b"PK\x01\x02") + 24):
            data[where:where + 4] = struct.pack("<I", 1000)
        path.write_bytes(data)
        await refused(place, whole(path), "damaged")


async def test_names_that_lead_elsewhere(tmp_path: Path) -> None:
    async with unharmed(tmp_path) as place:
        for name in ("../../../../etc/cron.d/x", f"{ROOT}/../../x", "/etc/passwd", f"{ROOT}\\..\\x", "C:/x",
                     f"{ROOT}/a\x00b", f"{ROOT}//x", f"{ROOT}/./x", f"{ROOT}/\u202ex"):
            info = zipfile.ZipInfo("x")
            info.filename = name
            await refused(place, doctored(package_of(tmp_path, UUID), as_it_is, (info, b"x")), "unsafe name")
        assert not (tmp_path / "x").exists()


async def test_links_and_devices(tmp_path: Path) -> None:
    async with unharmed(tmp_path) as place:
        for kind in (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK):
            info = zipfile.ZipInfo(f"{ROOT}/link")
            info.external_attr = (kind | 0o777) << 16
            package = doctored(package_of(tmp_path, UUID), as_it_is, (info, b"/etc/shadow"))
            await refused(place, package, "unsafe name or kind")


async def test_a_hundred_thousand_entries(tmp_path: Path) -> None:
    async with unharmed(tmp_path) as place:
        package = package_of(tmp_path, UUID)
        with zipfile.ZipFile(package.path, "a") as crowd:
            for number in range(100_000):
                crowd.writestr(f"{ROOT}/{number:06d}", b"")
        await refused(place, whole(package.path), "too many files")


async def test_a_hash_that_does_not_match(tmp_path: Path) -> None:
    async with unharmed(tmp_path) as place:
        package = doctored(package_of(tmp_path, UUID), lambda info, data: (
            data.replace(b"one", b"0ne") if info.filename.endswith(".1.pdf") else data))
        await refused(place, package, "does not match its SHA-256")


async def test_bytes_that_are_not_the_announced_ones(tmp_path: Path) -> None:
    async with unharmed(tmp_path) as place:
        at = (await place.announce(OWN, 4, "a" * 64)).headers["Location"]
        assert (await place.patch(OWN, at, 0, b"four")).status == 204

        async def gone() -> bool:
            return (await place.seat(OWN).head(place.url + at, headers=TUS)).status == 404

        await eventually(gone, "it is thrown away")


async def test_xml_that_fetches_or_swells(tmp_path: Path) -> None:
    async with unharmed(tmp_path) as place:
        for declared in ('<!DOCTYPE mets [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
                         '<!DOCTYPE mets SYSTEM "http://127.0.0.1:1/x.dtd">',
                         '<!DOCTYPE mets [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'):
            def with_doctype(info: zipfile.ZipInfo, data: bytes, declared: str = declared) -> bytes:
                head, _, rest = data.partition(b"\n")
                return head + f"\n{declared}\n".encode() + rest if info.filename == f"{ROOT}/METS.xml" else data

            await refused(place, doctored(package_of(tmp_path, UUID), with_doctype), "document type")


async def test_two_documents_of_one_number(tmp_path: Path) -> None:
    def renamed(name: str) -> str:
        return name.replace(".2.pdf", ".01.pdf").replace(".2.xml", ".01.xml")

    path, top = package_of(tmp_path, UUID).path, f"{ROOT}/METS.xml"
    with zipfile.ZipFile(path) as package:
        members = {info.filename: package.read(info) for info in package.infolist()}
    inner = f"{ROOT}/representations/rep1/METS.xml"
    before, after = members[inner], renamed(members[inner].decode()).encode()
    members[inner] = after
    members[top] = members[top].replace(_hex(before), _hex(after)).replace(
        f'SIZE="{len(before)}"'.encode(), f'SIZE="{len(after)}"'.encode())
    with zipfile.ZipFile(path, "w") as package:
        for name, data in members.items():
            package.writestr(renamed(name), data)
    async with unharmed(tmp_path / "town") as place:
        await refused(place, whole(path), "docCode is not that of the document")


def _hex(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().upper().encode()


# PDFs, names

async def test_an_unsigned_document(tmp_path: Path) -> None:
    async with unharmed(tmp_path) as place:
        package = made(dossier(tmp_path / "p", {1: signed(b"one"), 2: b"%PDF-1.7 bare"}))
        await refused(place, package, "it is not signed")


async def test_a_signed_document_that_was_altered(tmp_path: Path) -> None:
    key = keys.from_settings(parse({"storage": {"state": str(tmp_path / "state")}}))
    await asyncio.to_thread(sign.sign, sign_job(pdf_a(tmp_path / "u.pdf"), tmp_path / "s.pdf"), key)
    sound = (tmp_path / "s.pdf").read_bytes()
    check = signature_check([root_of(key)])
    async with town(tmp_path, check=check) as place:
        receipt = await place.verdict(OWN, made(dossier(tmp_path / "sound", {1: sound})))
        assert receipt.accepted, receipt.reason
        before = kept(place)
        for number, altered in enumerate(("a flipped bit", "a page added", "cut short")):
            data = _altered(tmp_path / "s.pdf", altered)
            package = made(dossier(tmp_path / altered, {1: data}, f"0198f3c0-1111-7000-8000-0000000000b{number}"))
            receipt = await place.verdict(OWN, package)
            assert not receipt.accepted
            assert "the document" in receipt.reason
        assert kept(place) == before


def _altered(path: Path, how: str) -> bytes:
    data = bytearray(path.read_bytes())
    if how == "a flipped bit":
        data[len(data) // 3] ^= 1
    elif how == "cut short":
        del data[-200:]
    else:
        with pikepdf.open(path) as pdf:
            pdf.add_blank_page()
            pdf.save(path.with_name("more.pdf"))
        return path.with_name("more.pdf").read_bytes()
    return bytes(data)


async def test_an_office_that_sends_in_anothers_name(tmp_path: Path) -> None:
    async with unharmed(tmp_path) as place:
        package = package_of(tmp_path, UUID, lambda job: replace(job, organisation_id="H50.10.11"))
        await refused(place, package, "in the name of another office")


async def test_an_office_that_names_itself_and_another(tmp_path: Path) -> None:
    second = (b'<agent ROLE="ARCHIVIST" TYPE="ORGANIZATION"><name>x</name><note '
              b'csip:NOTETYPE="IDENTIFICATIONCODE">H50.10.11</note></agent></metsHdr>')
    async with unharmed(tmp_path) as place:
        package = doctored(package_of(tmp_path, UUID), lambda info, data: (
            data.replace(b"</metsHdr>", second) if info.filename == f"{ROOT}/METS.xml" else data))
        await refused(place, package, "in the name of another office")


async def test_an_office_that_replaces_anothers_package(tmp_path: Path) -> None:
    async with unharmed(tmp_path) as place:
        package = package_of(tmp_path / "p", UUID, lambda job: replace(
            job, organisation_id="H50.10.11", record_status="REPLACEMENT",
            replaces="0198f3c0-1111-7000-8000-0000000000f0"))
        receipt = await place.verdict(OTHER, package)
        assert not receipt.accepted


# connections, disk

async def test_connections_that_never_ask_are_closed_and_do_not_keep_others_out(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(patience, "MOST_WAITING", 40)
    async with unharmed(tmp_path) as place:
        host, port = "127.0.0.1", int(place.url.rpartition(":")[2])
        context = place.authority.client(place.authority.folder / f"{OWN}.pem")
        lines = [await asyncio.open_connection(host, port, ssl=context) for _ in range(60)]
        for _, writer in lines:
            writer.write(b"POST /search HTTP/1.1\r\nHost: archive\r\nX-Slow: ")
        assert (await place.ask(OTHER, "GET", "/policy"))[0] == 200
        async with asyncio.timeout(20):
            for reader, writer in lines:
                with contextlib.suppress(ConnectionError, ssl.SSLError):
                    assert await reader.read() == b""
                writer.close()


async def test_more_connections_than_a_shell_gives_files_keep_nobody_out(tmp_path: Path) -> None:
    process = ReceiverProcess(tmp_path / "archive")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        await asyncio.to_thread(process.start)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    lines = []
    try:
        lines = [await asyncio.open_connection("127.0.0.1", process.port) for _ in range(300)]
        async with asyncio.timeout(10), aiohttp.ClientSession() as session:
            assert (await session.get(f"{process.url}/healthz")).status == 200
    finally:
        process.kill()
        for _, writer in lines:
            writer.close()


async def test_who_is_pushed_out_in_mid_handshake_gets_no_time_without_end(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "MOST_WAITING", 1)
    monkeypatch.setattr(patience, "HANDSHAKE_SECONDS", 1.0)
    async with unharmed(tmp_path) as place:
        port = int(place.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            (await asyncio.open_connection("127.0.0.1", port))[1].close()
        context = place.authority.client(place.authority.folder / f"{OWN}.pem")
        await writer.start_tls(context, server_hostname="localhost")
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
        writer.close()


async def test_a_body_that_stands_still_does_not_keep_the_upload(tmp_path: Path) -> None:
    async with unharmed(tmp_path, stall_seconds=0.3) as place:
        at = (await place.announce(OWN, 1000, "a" * 64)).headers["Location"]
        gate = asyncio.Event()

        async def hesitating() -> AsyncIterator[bytes]:
            yield b"x" * 10
            await gate.wait()

        slow = asyncio.create_task(place.patch(OWN, at, 0, hesitating()))

        async def given_up() -> bool:
            head = await place.seat(OWN).head(place.url + at, headers=TUS)
            return head.headers["Upload-Offset"] == "10"

        await eventually(given_up, "what came is kept")
        assert (await place.patch(OWN, at, 10, b"y")).status == 204
        gate.set()
        await asyncio.gather(slow, return_exceptions=True)


async def test_a_body_that_drips_does_not_keep_the_upload(tmp_path: Path) -> None:
    async with unharmed(tmp_path, stall_seconds=0.3) as place:
        at = (await place.announce(OWN, 100_000, "a" * 64)).headers["Location"]
        gone = asyncio.Event()

        async def dripping() -> AsyncIterator[bytes]:
            while not gone.is_set():
                yield b"x"
                await asyncio.sleep(0.05)

        slow = asyncio.create_task(place.patch(OWN, at, 0, dripping()))

        async def given_up() -> bool:
            head = await place.seat(OWN).head(place.url + at, headers=TUS)
            offset = int(head.headers["Upload-Offset"])
            return offset > 0 and (await place.patch(OWN, at, offset, b"y")).status == 204

        await eventually(given_up, "what came is kept, and another request may go on")
        gone.set()
        await asyncio.gather(slow, return_exceptions=True)


async def test_who_fetches_and_takes_nothing_is_let_go(tmp_path: Path) -> None:
    async with town(tmp_path, stall_seconds=0.5) as place:
        noise = random.Random(1).randbytes(24 << 20)
        assert (await place.send(OWN, package_of(tmp_path / "big", UUID, texts=(noise,)))).accepted
        opened = (await place.open(OWN, UUID))[1]
        port = int(place.url.rpartition(":")[2])
        context = place.authority.client(place.authority.folder / f"{OWN}.pem")
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, limit=1 << 10)
        writer.write(f"GET /readings/{opened['ticket']} HTTP/1.1\r\nHost: archive\r\n\r\n".encode())
        assert b"200" in await reader.readline()

        async def let_go() -> bool:  # the second column is our end, the fourth its state: 01 is open
            lines = Path("/proc/self/net/tcp").read_text(encoding="ascii").splitlines()[1:]
            return not any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "01" for line in lines)

        await eventually(let_go, "the connection is ended")
        writer.close()
        assert (await place.open(OWN, UUID))[0] == 201


@pytest.fixture
async def small_disk(tmp_path: Path) -> AsyncIterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80M", "tmpfs", str(folder)],
                             capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"not run: no small file system can be mounted here ({mounted.stderr.strip()})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_a_disk_that_is_full_before_and_in_mid_write(small_disk: Path) -> None:
    async with unharmed(small_disk) as place:
        data = os.urandom(2 << 20)
        at = (await place.announce(OWN, len(data), "a" * 64)).headers["Location"]
        assert (await place.patch(OWN, at, 0, data[:1 << 20])).status == 204
        ballast = small_disk / "ballast"
        room = os.statvfs(small_disk)
        ballast.write_bytes(bytes(room.f_bavail * room.f_frsize - (300 << 10)))
        full = await place.patch(OWN, at, 1 << 20, data[1 << 20:])
        assert full.status == 507
        head = await place.seat(OWN).head(place.url + at, headers=TUS)
        assert head.headers["Upload-Offset"] == str(1 << 20)
        early = await place.announce(OWN, 1 << 20, "b" * 64)
        assert early.status == 507
        assert int(early.headers["Retry-After"]) > 0
        ballast.unlink()
        assert (await place.patch(OWN, at, 1 << 20, data[1 << 20:])).status == 204
