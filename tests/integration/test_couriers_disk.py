"""A courier's disk between an office and the archive: away, swapped, full, pulled out in mid write, wiped."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from archive_stand import Diary, ReceiverProcess, eventually, large, small

from appliance import couriers
from appliance.archive.sender import deliver
from appliance.archive.transports import courier
from appliance.archive.transports.contract import Package, Standing
from appliance.archive.transports.folder import FolderTransport, Terms
from appliance.core import files
from appliance.core.errors import ApplianceError
from appliance.core.tasks import RescanTask
from appliance.receiver.inlets import Arrival, FolderInlet
from appliance.receiver.porter import Porter

PIECE = 1 << 16


@dataclass
class Desk:
    """An office's place for the disk, and the disks that a courier carries."""

    root: Path
    days: int = 60

    def __post_init__(self) -> None:
        self.folder = self.root / "mnt"
        self.folder.mkdir()
        self.shelf = self.root / "shelf"
        self.shelf.mkdir()

    @property
    def transport(self) -> FolderTransport:
        """A fresh one each time, as after a restart."""
        return FolderTransport(Terms(self.folder, self.root / "memory", "0123", encrypted=False, days=self.days))

    def new(self) -> str:
        """Plug a new disk in; return its identity."""
        return courier.prepare(self.folder)

    def pull(self, name: str) -> None:
        """Pull the disk out; its mount point stays, empty."""
        self.folder.rename(self.shelf / name)
        self.folder.mkdir()

    def plug(self, name: str) -> None:
        """Plug a disk in again."""
        self.folder.rmdir()
        (self.shelf / name).rename(self.folder)

    async def write(self, package: Package, to: int | None = None) -> str:
        """Write a package, or its first bytes; return the handle."""
        transport = self.transport
        handle = await transport.begin(package)
        at, data = await transport.offset(handle), package.path.read_bytes()
        end = len(data) if to is None else to
        while at is not None and at < end:
            at = await transport.send(handle, at, data[at:at + PIECE])
        return handle

    async def standing(self, package: Package) -> Standing:
        """Return what is known of a package."""
        return (await self.transport.find(package.sha256)).standing


@dataclass
class Door:
    """An archive that takes what comes and answers when told to."""

    taken: dict[str, bytes] = field(default_factory=dict)
    receipts: dict[str, str] = field(default_factory=dict)
    broken: bool = False

    async def receipt(self, sha256: str) -> str | None:
        return self.receipts.get(sha256)

    async def pending(self, sha256: str) -> bool:
        return sha256 in self.taken

    async def take(self, arrival: Arrival, path: Path) -> None:
        if self.broken:
            raise OSError(28, "No space left on device")
        self.taken[arrival.sha256] = path.read_bytes()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def at_archive(desk: Desk, door: Door) -> Porter:
    """Return the archive's side, for a disk that is plugged in where the office's was."""
    return Porter((FolderInlet(desk.folder, encrypted=False),), door, desk.root / "work")


async def refused(work: object) -> str:
    with pytest.raises(ApplianceError) as caught:
        await work  # type: ignore[misc]
    assert caught.value.code == "A602"
    return str(caught.value.details["reason"])


async def test_without_a_disk_nothing_is_written_into_its_mount_point(desk: Desk, tmp_path: Path) -> None:
    package = small(tmp_path)
    assert await refused(desk.transport.begin(package)) == "A619"
    assert await refused(desk.transport.find(package.sha256)) == "A619"
    (desk.folder / "photos").mkdir()
    assert await refused(desk.transport.begin(package)) == "A621"
    assert [path.name for path in desk.folder.rglob("*")] == ["photos"]


async def test_a_disk_that_is_not_encrypted_is_refused_unless_it_may_be(desk: Desk, tmp_path: Path) -> None:
    desk.new()
    transport = FolderTransport(Terms(desk.folder, tmp_path / "memory", "0123"))
    assert await refused(transport.begin(small(tmp_path))) == "A621"
    blocks = tmp_path / "block"
    device = desk.folder.stat().st_dev
    name = f"{os.major(device)}:{os.minor(device)}"
    (blocks / name / "dm").mkdir(parents=True)
    (blocks / name / "dm" / "uuid").write_text("CRYPT-LUKS2-0123-courier\n")
    assert courier.is_encrypted(desk.folder, blocks)
    (blocks / name / "dm" / "uuid").write_text("LVM-0123\n")
    assert not courier.is_encrypted(desk.folder, blocks)


async def test_away_for_weeks_a_package_that_is_on_the_disk_is_on_its_way(desk: Desk, tmp_path: Path) -> None:
    package, disk = small(tmp_path), desk.new()
    handle = await desk.write(package)
    desk.pull(disk)
    assert await desk.standing(package) is Standing.PENDING
    other = desk.new()
    assert await desk.standing(package) is Standing.PENDING, "it is not written to the next disk too"
    assert await desk.transport.offset(handle) is None
    assert not list(desk.folder.rglob("*.zip"))
    desk.pull(other)
    desk.plug(disk)
    assert await desk.transport.offset(handle) == package.size


async def test_a_disk_that_never_comes_back_is_given_up(tmp_path: Path) -> None:
    desk = Desk(tmp_path, days=0)
    package, disk = small(tmp_path), desk.new()
    await desk.write(package)
    desk.pull(disk)
    desk.new()
    assert await desk.standing(package) is Standing.UNKNOWN
    await desk.write(package)
    assert await desk.standing(package) is Standing.PENDING


async def test_a_disk_that_came_back_empty_gets_the_package_again(desk: Desk, tmp_path: Path) -> None:
    package, _ = small(tmp_path), desk.new()
    await desk.write(package)
    shutil.rmtree(desk.folder / "packages")
    assert await desk.standing(package) is Standing.UNKNOWN
    await desk.write(package)
    assert files.sha256_of(desk.folder / "packages" / f"{package.sha256}.zip") == package.sha256


async def test_swapped_in_mid_write_each_disk_keeps_its_own_bytes(desk: Desk, tmp_path: Path) -> None:
    package, first = large(tmp_path, 512), desk.new()
    handle = await desk.write(package, to=3 * PIECE)
    desk.pull(first)
    second = desk.new()
    data = package.path.read_bytes()
    assert await desk.transport.send(handle, 3 * PIECE, data[3 * PIECE:4 * PIECE]) is None
    await desk.write(package)
    desk.pull(second)
    desk.plug(first)
    assert await desk.transport.offset(handle) == 3 * PIECE
    await desk.write(package)
    assert (desk.folder / "packages" / f"{package.sha256}.zip").read_bytes() == data


async def test_pulled_out_in_mid_write_it_goes_on_at_what_was_durable(desk: Desk, tmp_path: Path) -> None:
    package, disk = large(tmp_path, 512), desk.new()
    handle = await desk.write(package, to=2 * PIECE)
    with (desk.folder / "packages" / f"{package.sha256}.growing").open("ab") as stream:
        stream.write(b"never acknowledged")
    desk.pull(disk)
    assert await refused(desk.transport.send(handle, 2 * PIECE, b"x")) == "A619"
    desk.plug(disk)
    assert await desk.write(package) == handle
    assert files.sha256_of(desk.folder / "packages" / f"{package.sha256}.zip") == package.sha256


async def test_a_disk_that_lost_what_it_said_was_durable_begins_anew(desk: Desk, tmp_path: Path) -> None:
    package, _ = large(tmp_path, 512), desk.new()
    handle = await desk.write(package, to=2 * PIECE)
    with (desk.folder / "packages" / f"{package.sha256}.growing").open("rb+") as stream:
        stream.truncate(PIECE)
    assert await desk.transport.offset(handle) is None


async def test_bytes_that_the_disk_garbled_are_found_before_the_courier_leaves(desk: Desk, tmp_path: Path) -> None:
    package, _ = large(tmp_path, 256), desk.new()
    handle = await desk.write(package, to=3 * PIECE)
    with (desk.folder / "packages" / f"{package.sha256}.growing").open("rb+") as stream:
        stream.seek(PIECE)
        stream.write(b"garbled")
    data = package.path.read_bytes()
    assert await desk.transport.send(handle, 3 * PIECE, data[3 * PIECE:]) is None
    assert not list((desk.folder / "packages").iterdir())
    await desk.write(package)
    assert await desk.standing(package) is Standing.PENDING


async def test_a_half_written_record_is_no_record(desk: Desk, tmp_path: Path) -> None:
    package, _ = small(tmp_path), desk.new()
    await desk.write(package)
    place = desk.folder / "packages" / f"{package.sha256}.json"
    for text in ("", "{", "[]", '{"sha256": 1}', '{"sha256": "x", "size": -1, "package": "", "office": ""}'):
        place.chmod(0o640)
        place.write_text(text)
        assert courier.find(desk.folder, encrypted=False).records() == []


@pytest.fixture
def tiny(desk: Desk) -> Iterator[Path]:
    """Give a disk of 2 MiB."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(desk.folder)],
                             capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"not run: no tmpfs can be mounted here: {mounted.stderr.strip()}")
    yield desk.folder
    subprocess.run(["umount", "--lazy", str(desk.folder)], check=True)


async def test_a_full_disk_says_so_and_keeps_what_is_whole(desk: Desk, tiny: Path, tmp_path: Path) -> None:
    desk.new()
    first = large(tmp_path / "1", 400)
    await desk.write(first)
    second = large(tmp_path / "2", 1800, "0198f3c0-1111-7000-8000-0000000000b2")
    assert await refused(desk.transport.begin(second)) == "A620"
    third = large(tmp_path / "3", 300, "0198f3c0-1111-7000-8000-0000000000b3")
    handle = await desk.transport.begin(third)
    data = third.path.read_bytes()
    assert await desk.transport.send(handle, 0, data[:PIECE]) == PIECE
    with (tiny / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while ballast.write(b"x" * 4096):
            pass
    assert await refused(desk.transport.send(handle, PIECE, data[PIECE:])) == "A620"
    (tiny / "ballast").unlink()
    await desk.write(third)
    packages = courier.find(tiny, encrypted=False).records()
    assert {one.sha256 for one in packages if one.written} == {first.sha256, third.sha256}


async def test_the_archive_takes_packages_and_leaves_receipts(desk: Desk, tmp_path: Path) -> None:
    package, disk = small(tmp_path), desk.new()
    await desk.write(package)
    sums = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=desk.folder / "packages", capture_output=True,
                          check=False)
    assert sums.returncode == 0
    door = Door()
    porter = at_archive(desk, door)
    await porter.round(porter.inlets[0])
    await porter.round(porter.inlets[0])
    assert door.taken == {package.sha256: package.path.read_bytes()}
    assert await desk.standing(package) is Standing.PENDING
    door.receipts[package.sha256] = "a.b.c"
    await porter.round(porter.inlets[0])
    assert not list(desk.folder.rglob("*.zip")), "the disk is free for the next packages"
    finding = await desk.transport.find(package.sha256)
    assert (finding.standing, finding.receipt) == (Standing.DECIDED, "a.b.c")
    assert list(porter.inlets[0].arrivals()) == []
    assert disk == courier.find(desk.folder, encrypted=False).name


async def test_a_package_damaged_on_the_disk_gets_no_receipt_and_comes_again(desk: Desk, tmp_path: Path) -> None:
    package, _ = small(tmp_path), desk.new()
    await desk.write(package)
    place = desk.folder / "packages" / f"{package.sha256}.zip"
    place.chmod(0o640)
    place.write_bytes(b"damaged" + place.read_bytes()[7:])
    door = Door()
    porter = at_archive(desk, door)
    await porter.round(porter.inlets[0])
    assert door.taken == {}
    assert await desk.standing(package) is Standing.UNKNOWN
    await desk.write(package)
    await porter.round(porter.inlets[0])
    assert list(door.taken) == [package.sha256]


async def test_a_disk_pulled_out_of_the_archive_or_an_archive_that_is_full_loses_nothing(
        desk: Desk, tmp_path: Path) -> None:
    package, disk = small(tmp_path), desk.new()
    await desk.write(package)
    heard: list[str] = []
    door = Door(broken=True)
    porter = replace(at_archive(desk, door), told=lambda _inlet, what: heard.append(what))
    await porter.round(porter.inlets[0])
    assert heard == ["failed"]
    assert (desk.folder / "packages" / f"{package.sha256}.zip").is_file()
    door.broken = False
    arrivals = list(porter.inlets[0].arrivals())
    desk.pull(disk)
    await porter.round(porter.inlets[0])
    with pytest.raises(FileNotFoundError):
        porter.inlets[0].fetch(arrivals[0], tmp_path / "x")
    desk.plug(disk)
    await porter.round(porter.inlets[0])
    assert list(door.taken) == [package.sha256]
    assert not list((tmp_path / "work").iterdir())


async def test_what_the_archive_asks_comes_with_the_disk(desk: Desk) -> None:
    desk.new()
    assert await desk.transport.tasks() is None
    inlet = FolderInlet(desk.folder, encrypted=False)
    inlet.tell("0123", b'{"tasks": [{"id": "t1", "package": "P", "doc_code": "H1.0000002", "page": 12, '
                       b'"reason": "m\xe1\xbb\x9d", "asked": "2026-11-22T08:00:00+07:00"}]}')
    found = await desk.transport.tasks()
    assert found == (RescanTask("t1", "p", "H1", 2, 12, "mờ", "2026-11-22T08:00:00+07:00"),)


async def test_what_it_asks_is_left_for_those_whose_packages_were_on_the_disk(desk: Desk, tmp_path: Path) -> None:
    desk.new()
    await desk.write(small(tmp_path))
    lists = {"0123": b'{"tasks": []}', "0999": b"of another office"}
    porter = replace(at_archive(desk, Door()), tasks=lists.__getitem__)
    await porter.round(porter.inlets[0])
    assert [path.name for path in (desk.folder / "tasks").iterdir()] == ["0123.json"]
    assert await desk.transport.tasks() == ()


async def test_people_hear_that_a_disk_is_wanted_or_full(desk: Desk) -> None:
    trouble = await desk.transport.trouble()
    assert trouble is not None
    assert trouble.code == "A619"
    desk.new()
    assert await desk.transport.trouble() is None


@pytest.fixture
async def archive(desk: Desk, tmp_path: Path) -> AsyncIterator[ReceiverProcess]:
    settings = tmp_path / "receiver.toml"
    settings.write_text(f'root = "{tmp_path / "archive"}"\nport = 0\n[[inlet]]\nfolder = "{desk.folder}"\n'
                        "encrypted = false\nseconds = 0.1\n")
    process = ReceiverProcess(tmp_path / "archive", "--settings", str(settings))
    process.start()
    yield process
    process.kill()


async def test_the_whole_way_by_courier_to_a_real_archive_and_back(
        desk: Desk, archive: ReceiverProcess, tmp_path: Path) -> None:
    package, diary = small(tmp_path), Diary()
    sending = asyncio.create_task(deliver(package, desk.transport, diary.keep, diary.terms(archive.public_key)))

    async def waits() -> bool:
        return bool(diary.troubles)

    await eventually(waits, "there is no disk")
    desk.new()
    receipt = await asyncio.wait_for(sending, 30)
    assert (receipt.sha256, receipt.accepted) == (package.sha256, True)
    assert hashlib.sha256(receipt.token.encode()).hexdigest()


def test_the_commands_prepare_a_disk_and_say_what_is_on_it(
        desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ApplianceError):
        couriers.main(["prepare", str(desk.folder)])
    assert couriers.main(["prepare", "--plain", str(desk.folder)]) == 0
    name = courier.find(desk.folder, encrypted=False).name
    assert couriers.main(["prepare", "--plain", str(desk.folder)]) == 0
    assert capsys.readouterr().out.count(name) == 2, "a disk keeps its identity"
    package = small(tmp_path)
    asyncio.run(desk.write(package))
    assert couriers.main(["list", "--plain", "--verify", str(desk.folder)]) == 0
    assert "whole" in capsys.readouterr().out
    place = desk.folder / "packages" / f"{package.sha256}.zip"
    place.chmod(0o640)
    place.write_bytes(b"x")
    assert couriers.main(["list", "--plain", "--verify", str(desk.folder)]) == 3
    assert "damaged" in capsys.readouterr().out
