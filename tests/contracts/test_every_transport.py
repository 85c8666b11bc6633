"""One suite for every way to the archive: the contract of ``archive/transports/contract.py`` as a program.

``embedded`` is our own receiver. ``node`` is a tus server by other hands; it runs where node is and where
``TUS_NODE_MODULES`` names a folder in which ``npm install @tus/server @tus/file-store`` was done.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from archive_stand import ReceiverProcess, eventually, first_line, large, road_to, sessions, small

from appliance.archive.transports.contract import Package, Standing, Transport
from appliance.archive.transports.tus import TusTransport
from appliance.core.errors import ApplianceError

PIECE = 1 << 16
LARGEST = 1 << 50


class Archive(Protocol):
    """A server under test, seen from outside."""

    @property
    def port(self) -> int: ...
    @property
    def has_checksum(self) -> bool: ...
    @property
    def gives_receipts(self) -> bool: ...

    def stored(self, handle: str, package: Package) -> bytes:
        """Return the bytes the server holds of an upload."""
        ...


@dataclass
class Embedded:
    process: ReceiverProcess
    has_checksum: bool = True
    gives_receipts: bool = True

    @property
    def port(self) -> int:
        return self.process.port

    def stored(self, handle: str, package: Package) -> bytes:
        root = self.process.root
        places = [root / folder / f"{package.sha256}.zip" for folder in ("archive", "rejected")]
        places.append(root / "uploads" / f"{handle.rpartition('/')[2]}.data")
        return next((place.read_bytes() for place in places if place.is_file()), b"")


@dataclass
class Node:
    port: int
    folder: Path
    has_checksum: bool = False
    gives_receipts: bool = False

    def stored(self, handle: str, package: Package) -> bytes:
        return (self.folder / handle.rpartition("/")[2]).read_bytes()


@pytest.fixture(params=["embedded", "node"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Archive]:
    if request.param == "embedded":
        process = ReceiverProcess(tmp_path / "archive")
        process.start()
        yield Embedded(process)
        process.kill()
        return
    modules = os.environ.get("TUS_NODE_MODULES", "")
    if not shutil.which("node") or not (Path(modules) / "node_modules" / "@tus" / "server").is_dir():
        pytest.skip("not run: no node, or TUS_NODE_MODULES does not name a folder with @tus/server")
    yield from _node(modules, tmp_path / "archive")


def _node(modules: str, folder: Path) -> Iterator[Node]:
    folder.mkdir()
    script = Path(__file__).with_name("tus_file_server.mjs")
    command = ["node", str(script), modules, str(folder), str(LARGEST - 1)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Node(int(first_line(process).rpartition(":")[2]), folder)
        finally:
            process.kill()


async def push(transport: Transport, package: Package, handle: str, offset: int = 0, to: int | None = None) -> int:
    """Send a package's bytes from ``offset`` up to ``to`` without any retry."""
    data = package.path.read_bytes()
    end = len(data) if to is None else to
    while offset < end:
        answer = await transport.send(handle, offset, data[offset:min(offset + PIECE, end)])
        assert answer is not None
        assert answer > offset
        offset = answer
    return offset


async def test_nothing_is_known_of_a_package_never_sent(archive: Archive) -> None:
    async with sessions() as session:
        transport = TusTransport(session, f"http://127.0.0.1:{archive.port}")
        assert (await transport.find("ab" * 32)).standing is Standing.UNKNOWN


async def test_a_whole_package_arrives_as_it_was(archive: Archive, tmp_path: Path) -> None:
    package = small(tmp_path)
    async with sessions() as session:
        transport = TusTransport(session, f"http://127.0.0.1:{archive.port}")
        handle = await transport.begin(package)
        assert await transport.offset(handle) == 0
        assert await push(transport, package, handle) == package.size
        assert await transport.offset(handle) == package.size
        assert archive.stored(handle, package) == package.path.read_bytes()


async def test_another_process_goes_on_with_the_handle(archive: Archive, tmp_path: Path) -> None:
    package = large(tmp_path, 512)
    async with sessions() as session:
        first = TusTransport(session, f"http://127.0.0.1:{archive.port}")
        handle = await first.begin(package)
        await push(first, package, handle, 0, 3 * PIECE)
    async with sessions() as session:
        second = TusTransport(session, f"http://127.0.0.1:{archive.port}/")
        assert await second.offset(handle) == 3 * PIECE
        await push(second, package, handle, 3 * PIECE)
        assert archive.stored(handle, package) == package.path.read_bytes()


async def test_beginning_twice_never_mixes_bytes(archive: Archive, tmp_path: Path) -> None:
    package = large(tmp_path, 256)
    async with sessions() as session:
        transport = TusTransport(session, f"http://127.0.0.1:{archive.port}")
        await push(transport, package, await transport.begin(package), 0, PIECE)
        again = await transport.begin(package)
        offset = await transport.offset(again)
        assert offset in {0, PIECE}
        await push(transport, package, again, offset or 0)
        assert archive.stored(again, package) == package.path.read_bytes()


async def test_a_piece_for_another_place_is_answered_with_the_true_place(archive: Archive, tmp_path: Path) -> None:
    package = large(tmp_path, 256)
    async with sessions() as session:
        transport = TusTransport(session, f"http://127.0.0.1:{archive.port}")
        handle = await transport.begin(package)
        await push(transport, package, handle, 0, 2 * PIECE)
        for wrong in (0, PIECE, 3 * PIECE):
            assert await transport.send(handle, wrong, b"x" * 100) == 2 * PIECE
        await push(transport, package, handle, 2 * PIECE)
        assert archive.stored(handle, package) == package.path.read_bytes()


async def test_a_cut_in_the_middle_of_a_piece_loses_nothing(archive: Archive, tmp_path: Path) -> None:
    package = large(tmp_path, 1024)
    async with sessions() as session, road_to(archive.port) as road:
        straight = TusTransport(session, f"http://127.0.0.1:{archive.port}")
        faulty = TusTransport(session, road.url)
        handle = await faulty.begin(package)
        await faulty.send(handle, 0, package.path.read_bytes()[:PIECE])
        road.cuts = [road.carried + 200_000]
        with pytest.raises(ApplianceError) as caught:
            await faulty.send(handle, PIECE, package.path.read_bytes()[PIECE:])
        assert caught.value.code == "A602"

        async def finished() -> bool:
            offset = await straight.offset(handle)
            assert offset is not None
            assert PIECE <= offset <= package.size
            try:
                answer = await straight.send(handle, offset, package.path.read_bytes()[offset:])
            except ApplianceError as problem:
                assert problem.kind.retry, "the server still believes in the connection that was cut"
                return False
            return answer == package.size

        await eventually(finished, "the upload goes on after a cut")
        assert archive.stored(handle, package) == package.path.read_bytes()


async def test_a_piece_damaged_on_its_way_is_thrown_away(archive: Archive, tmp_path: Path) -> None:
    if not archive.has_checksum:
        pytest.skip("not run: this server has no checksum extension")
    package = large(tmp_path, 256)
    async with sessions() as session, road_to(archive.port, damage=1) as road:
        transport = TusTransport(session, road.url)
        handle = await transport.begin(package)
        assert await transport.send(handle, 0, package.path.read_bytes()[:PIECE]) == 0
        assert await transport.offset(handle) == 0
        await push(transport, package, handle)
        assert archive.stored(handle, package) == package.path.read_bytes()


async def test_an_upload_the_archive_forgot_is_none_not_an_error(archive: Archive) -> None:
    async with sessions() as session:
        transport = TusTransport(session, f"http://127.0.0.1:{archive.port}")
        for handle in ("/files/" + "0" * 32, "/files/..%2f..%2fetc", "/files/x"):
            assert await transport.offset(handle) is None
            assert await transport.send(handle, 0, b"x") is None


async def test_a_package_that_is_too_large_is_refused_for_good(archive: Archive, tmp_path: Path) -> None:
    package = dataclasses.replace(small(tmp_path), size=LARGEST)
    async with sessions() as session:
        transport = TusTransport(session, f"http://127.0.0.1:{archive.port}")
        with pytest.raises(ApplianceError) as caught:
            await transport.begin(package)
    assert (caught.value.code, caught.value.kind.retry) == ("A603", False)


async def test_an_archive_that_is_away_is_retryable(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with sessions() as session:
        transport = TusTransport(session, f"http://127.0.0.1:{port}")
        calls = [transport.find("ab" * 32), transport.begin(small(tmp_path)), transport.offset("/files/x"),
                 transport.send("/files/x", 0, b"x")]
        for problem in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(problem, ApplianceError)
            assert problem.code == "A602"


async def test_a_decision_can_be_asked_for_again_and_again(archive: Archive, tmp_path: Path) -> None:
    if not archive.gives_receipts:
        pytest.skip("not run: this server gives no receipts")
    package = small(tmp_path)
    async with sessions() as session:
        transport = TusTransport(session, f"http://127.0.0.1:{archive.port}")
        await push(transport, package, await transport.begin(package))

        async def decided() -> bool:
            finding = await transport.find(package.sha256)
            assert finding.standing is not Standing.UNKNOWN
            return finding.standing is Standing.DECIDED

        await eventually(decided, "the archive decides")
        assert await transport.find(package.sha256) == await transport.find(package.sha256)
