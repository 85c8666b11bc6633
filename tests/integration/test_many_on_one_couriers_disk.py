"""A courier's disk between two hosts: many packages wait on it for receipts, and each host has users of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from archive_stand import small
from delivery_stand import URGENT_RULES, Office

from appliance.archive.transports import courier
from appliance.archive.transports.contract import Standing
from appliance.archive.transports.folder import FolderTransport, Terms
from appliance.conductor import AT_ONCE
from appliance.core import files
from appliance.receiver.inlets import FolderInlet

OFFICE, OTHER, ARCHIVE = 64_001, 64_002, 64_003
"""Numbers of users on three hosts."""


def office(tmp_path: Path, mount: Path) -> Office:
    key = tmp_path / "receipt-public.pem"
    key.write_text("not asked for: no receipt comes")
    return Office(tmp_path / "office", "http://127.0.0.1:9", key, archive={
        "transport": "folder", "courier": {"folder": str(mount), "encrypted": False}})


async def test_a_disk_takes_more_packages_than_are_under_way_at_once(tmp_path: Path) -> None:
    mount = tmp_path / "mnt"
    mount.mkdir()
    courier.prepare(mount)
    disk = courier.find(mount, encrypted=False)
    async with office(tmp_path, mount).work() as stand:
        packages = [await stand.packed(kib=1) for _ in range(AT_ONCE + 6)]
        urgent = [await stand.packed(kib=1, rules=URGENT_RULES) for _ in range(2)]
        for package in (*packages, *urgent):
            await stand.in_state(package, "sent")
        assert {one.sha256 for one in disk.records() if one.written} == {one.sha256 for one in (*packages, *urgent)}


async def test_after_a_restart_what_a_disk_has_is_in_the_way_of_nothing(tmp_path: Path) -> None:
    mount = tmp_path / "mnt"
    mount.mkdir()
    courier.prepare(mount)
    stand = office(tmp_path, mount)
    async with stand.work():
        for package in [await stand.packed(kib=1) for _ in range(AT_ONCE + 6)]:
            await stand.in_state(package, "sent")
    async with stand.work():
        await stand.in_state(await stand.packed(kib=1), "sent")


@contextmanager
def acting(user: int) -> Iterator[None]:
    """Be another user, of a unit with UMask=0077, for a while."""
    mask = os.umask(0o077)
    os.setegid(user)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.umask(mask)


@pytest.fixture
def media() -> Iterator[Path]:
    """A folder that other users reach."""
    folder = Path(tempfile.mkdtemp(prefix="media"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def place(media: Path, user: int) -> FolderTransport:
    """Return an office's way, with a memory of its own."""
    memory = media / f"state-{user}"
    memory.mkdir(exist_ok=True)
    os.chown(memory, user, user)
    return FolderTransport(Terms(media / "disk", memory / "courier", str(user), encrypted=False))


@pytest.mark.skipif(os.geteuid() != 0, reason="not run: only root can be several users")
async def test_a_disk_that_root_prepared_serves_offices_and_archive_whatever_their_users(
        media: Path, tmp_path: Path) -> None:
    (media / "disk").mkdir()
    courier.prepare(media / "disk")
    package, other = small(tmp_path / "a"), small(tmp_path / "b", "5f0c0d6e-0000-7000-8000-000000000002")
    for user, one in ((OFFICE, package), (OTHER, other)):
        way, data = place(media, user), one.path.read_bytes()
        with acting(user):
            handle = await way.begin(one)
            assert await way.send(handle, 0, data) == one.size
    inlet = FolderInlet(media / "disk", encrypted=False)
    with acting(ARCHIVE):
        arrivals = {one.sha256: one for one in inlet.arrivals()}
        assert set(arrivals) == {package.sha256, other.sha256}
        assert files.sha256_of(media / "disk" / "packages" / f"{package.sha256}.zip") == package.sha256
        inlet.answer(arrivals[package.sha256], "receipt")
        inlet.tell(str(OFFICE), b"[]")
        inlet.refuse(arrivals[other.sha256])
    back = place(media, OFFICE)
    with acting(OFFICE):
        found = await back.find(package.sha256)
    assert (found.standing, found.receipt) == (Standing.DECIDED, "receipt")
    assert not list((media / "disk" / "packages").glob("*.zip"))


async def test_a_disk_pulled_out_while_it_is_answered_keeps_no_package_for_ever(
        media: Path, tmp_path: Path) -> None:
    """Between any two writes: a receipt that lies there ends the archive's interest, so the package goes first."""
    disk, package = media / "disk", small(tmp_path)
    disk.mkdir()
    courier.prepare(disk)
    way = FolderTransport(Terms(disk, media / "memory", "0123", encrypted=False))
    await way.send(await way.begin(package), 0, package.path.read_bytes())
    inlet = FolderInlet(disk, encrypted=False)
    (arrival,) = inlet.arrivals()
    (disk / "receipts").rmdir()
    (disk / "receipts").write_text("here nothing can be written")
    with pytest.raises(OSError, match="receipts"):
        inlet.answer(arrival, "receipt")
    (disk / "receipts").unlink()
    assert (list(inlet.arrivals()), (await way.find(package.sha256)).standing) == ([arrival], Standing.PENDING)
    inlet.answer(arrival, "receipt")
    assert (await way.find(package.sha256)).receipt == "receipt"
    assert not list(disk.rglob("*.zip"))
    assert not (disk / "packages" / courier.SUMS).read_text(), "sha256sum -c finds all that it looks for"
