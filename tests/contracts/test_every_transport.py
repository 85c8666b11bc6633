"""One suite for every way to the archive: the contract of ``archive/transports/contract.py`` as a program."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import go_archives
import moto_stand
import pytest
import swift_stand
from archive_stand import eventually, large, road_to, small
from archives_under_test import LARGEST, Archive, bucket, disk, embedded, node, node_missing, tusd

from appliance.archive.transports.contract import Package, Piece, Standing, Transport
from appliance.core.errors import ApplianceError

PIECE = 1 << 16
_numbers = itertools.count()


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


@pytest.fixture(scope="module")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[go_archives.SeaweedFs]:
    if reason := go_archives.missing("weed"):
        pytest.skip(reason)
    with go_archives.seaweedfs(tmp_path_factory.mktemp("seaweedfs") / "data") as running:
        yield running


@pytest.fixture(
    scope="module",
    params=["embedded", "folder",
            *(pytest.param(name, marks=pytest.mark.slow) for name in ("node", "swift", "moto")),
            *(pytest.param(name, marks=pytest.mark.long) for name in ("tusd", "seaweedfs"))])
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """One archive for all tests: each sends packages of its own."""
    if request.param in {"swift", "moto", "seaweedfs"}:
        yield bucket(request.getfixturevalue(request.param), "door")
        return
    if reason := {"node": node_missing(), "tusd": go_archives.missing("tusd")}.get(request.param, ""):
        pytest.skip(reason)
    made: dict[str, Callable[[Path], AbstractContextManager[Archive]]] = {
        "embedded": embedded, "folder": disk, "node": node, "tusd": tusd}
    with made[request.param](tmp_path_factory.mktemp("archive")) as ready:
        yield ready


@pytest.fixture
def package(tmp_path: Path, archive: Archive) -> Package:
    """A package of five pieces and a bit, as large as this archive's pieces ask for."""
    return large(tmp_path, (5 * _piece_of(archive) >> 10) + 10, _new_uuid())


def _new_uuid() -> str:
    return f"0198f3c0-1111-7000-8000-{next(_numbers):012d}"


def _piece_of(archive: Archive) -> int:
    async def asked() -> int:
        async with archive.transport() as transport:
            return max(PIECE, transport.least_piece)

    return asyncio.run(asked())


async def push(transport: Transport, package: Package, handle: str, offset: int = 0, pieces: int = 0) -> int:
    """Send a package's bytes from ``offset`` on, so many pieces (0: all), without any retry."""
    data, size = package.path.read_bytes(), max(PIECE, transport.least_piece)
    for _ in range(pieces or LARGEST):
        if offset == len(data):
            break
        answer = await transport.send(handle, offset, Piece.of(data[offset:offset + size]))
        assert answer is not None
        assert answer > offset
        offset = answer
    return offset


async def test_nothing_is_known_of_a_package_never_sent(archive: Archive) -> None:
    async with archive.transport() as transport:
        assert (await transport.find("ab" * 32)).standing is Standing.UNKNOWN


async def test_a_whole_package_arrives_as_it_was(archive: Archive, package: Package) -> None:
    async with archive.transport() as transport:
        handle = await transport.begin(package)
        assert await transport.offset(handle) == 0
        assert await push(transport, package, handle) == package.size
        assert await transport.offset(handle) == package.size
        assert archive.stored(handle, package) == package.path.read_bytes()


async def test_a_small_package_arrives_in_one_piece(archive: Archive, tmp_path: Path) -> None:
    package = small(tmp_path, _new_uuid())
    async with archive.transport() as transport:
        handle = await transport.begin(package)
        offset = await transport.offset(handle)
        assert offset in {0, package.size}
        if not offset:
            assert await transport.send(handle, 0, package.path.read_bytes()) == package.size
        assert await transport.offset(handle) == package.size
        assert archive.stored(handle, package) == package.path.read_bytes()


async def test_another_process_goes_on_with_the_handle(archive: Archive, package: Package) -> None:
    async with archive.transport() as first:
        handle = await first.begin(package)
        held = await push(first, package, handle, pieces=3)
    async with archive.transport() as second:
        assert await second.offset(handle) == held
        await push(second, package, handle, held)
        assert archive.stored(handle, package) == package.path.read_bytes()


async def test_beginning_twice_never_mixes_bytes(archive: Archive, package: Package) -> None:
    async with archive.transport() as transport:
        held = await push(transport, package, await transport.begin(package), pieces=1)
        again = await transport.begin(package)
        offset = await transport.offset(again)
        assert offset in {0, held}
        await push(transport, package, again, offset or 0)
        assert archive.stored(again, package) == package.path.read_bytes()


async def test_a_piece_for_another_place_brings_the_true_place(archive: Archive, package: Package) -> None:
    async with archive.transport() as transport:
        handle = await transport.begin(package)
        held = await push(transport, package, handle, pieces=2)
        for wrong in (0, held // 2, held + held // 2):
            assert await transport.send(handle, wrong, b"x" * max(100, transport.least_piece)) == held
        await push(transport, package, handle, held)
        assert archive.stored(handle, package) == package.path.read_bytes()


async def test_a_piece_sent_again_because_its_answer_was_lost_changes_nothing(
        archive: Archive, package: Package) -> None:
    data = package.path.read_bytes()
    async with archive.transport() as transport:
        handle = await transport.begin(package)
        before = await push(transport, package, handle, pieces=5)
        await push(transport, package, handle, before)
        assert await transport.send(handle, before, data[before:]) in {package.size, None}
        assert archive.stored(handle, package) == data


async def test_a_cut_in_the_middle_of_a_piece_loses_nothing(archive: Archive, package: Package) -> None:
    if not archive.port:
        pytest.skip("not run: there is no line to this archive")
    data = package.path.read_bytes()
    async with (archive.transport() as straight, road_to(archive.port) as road,
                archive.transport(road.port) as faulty):
        least = max(PIECE, faulty.least_piece)
        handle = await faulty.begin(package)
        await faulty.send(handle, 0, data[:least])
        road.cuts = [road.carried + least * 3 // 2]
        with pytest.raises(ApplianceError) as caught:
            await faulty.send(handle, least, data[least:])
        assert caught.value.code == "A602"

        async def finished() -> bool:
            offset = await straight.offset(handle)
            assert offset is not None
            assert least <= offset <= package.size
            try:
                answer = await straight.send(handle, offset, data[offset:])
            except ApplianceError as problem:
                assert problem.kind.retry, "the server still believes in the connection that was cut"
                return False
            return answer == package.size

        await eventually(finished, "the upload goes on after a cut")
        assert archive.stored(handle, package) == data


async def test_a_piece_damaged_on_its_way_is_thrown_away(archive: Archive, package: Package) -> None:
    if not archive.proves_pieces:
        pytest.skip("not run: this archive knows no checksum of a piece")
    async with road_to(archive.port, damage=1) as road, archive.transport(road.port) as transport:
        handle = await transport.begin(package)
        least = max(PIECE, transport.least_piece)
        assert await transport.send(handle, 0, package.path.read_bytes()[:least]) == 0
        assert await transport.offset(handle) == 0
        await push(transport, package, handle)
        assert archive.stored(handle, package) == package.path.read_bytes()


async def test_an_upload_the_archive_forgot_is_none_not_an_error(archive: Archive) -> None:
    async with archive.transport() as transport:
        for handle in archive.strangers:
            assert await transport.offset(handle) is None
            assert await transport.send(handle, 0, b"x") is None
            await transport.abandon(handle)


async def test_an_upload_given_up_is_forgotten(archive: Archive, package: Package) -> None:
    async with archive.transport() as transport:
        handle = await transport.begin(package)
        await push(transport, package, handle, pieces=2)
        await transport.abandon(handle)
        assert await transport.offset(handle) is None
        await transport.abandon(handle)
        again = await transport.begin(package)
        assert await transport.offset(again) == 0
        await push(transport, package, again)
        await transport.abandon(again)
        assert archive.stored(again, package) == package.path.read_bytes()


async def test_a_package_that_is_too_large_is_refused_for_good(archive: Archive, package: Package) -> None:
    if not archive.port:
        pytest.skip("not run: the next disk may be larger")
    async with archive.transport() as transport:
        with pytest.raises(ApplianceError) as caught:
            await transport.begin(dataclasses.replace(package, size=LARGEST))
    assert (caught.value.code, caught.value.kind.retry) == ("A603", False)


async def test_an_archive_that_is_away_is_retryable(archive: Archive, package: Package) -> None:
    if not archive.port:
        pytest.skip("not run: there is no line to this archive")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with archive.transport() as here, archive.transport(port) as away:
        handle = await here.begin(package)
        calls = [away.find("ab" * 32), away.begin(package), away.offset(handle), away.send(handle, 0, b"x")]
        for problem in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(problem, ApplianceError)
            assert problem.code == "A602"


async def test_a_decision_can_be_asked_for_again_and_again(archive: Archive, package: Package) -> None:
    if not archive.gives_receipts:
        pytest.skip("not run: nobody gives receipts here")
    async with archive.transport() as transport:
        await push(transport, package, await transport.begin(package))

        async def decided() -> bool:
            finding = await transport.find(package.sha256)
            assert finding.standing is not Standing.UNKNOWN
            return finding.standing is Standing.DECIDED

        await eventually(decided, "the archive decides")
        assert await transport.find(package.sha256) == await transport.find(package.sha256)
