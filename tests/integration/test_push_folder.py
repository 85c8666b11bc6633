"""A watched folder and its misfortunes: nothing skipped, lost or taken twice, and somebody hears of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from push_rig import PushRig, page, pdf, push_rig

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device.protocol import Feeder
from appliance.device.push_form import shown
from appliance.device.push_watch import Patience
from appliance.device.scanner import RawSide

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[PushRig]:
    with push_rig(tmp_path) as made:
        yield made


def codes(batches: list[list[RawSide]]) -> list[list[str]]:
    return [[side.code for side in sides] for sides in batches]


def data_of(batches: list[list[RawSide]]) -> list[list[bytes]]:
    return [[side.data for side in sides] for sides in batches]


async def test_each_file_is_a_batch_of_its_pages_and_then_leaves_the_share(rig: PushRig) -> None:
    rig.put("b.jpg", page(1))
    rig.put("a.pdf", pdf(page(2), page(3)))
    os.utime(rig.share / "b.jpg", ns=(1, 1))
    found = await rig.all()
    assert data_of(found) == [[page(1)], [page(2), page(3)]]
    assert codes(found) == [[""], ["", ""]]
    assert found[1][0].original.startswith(b"%PDF") and found[0][0].original == b""
    assert rig.lying() == set() and (await rig.status()).feeder is Feeder.EMPTY
    assert sorted(path.name for path in rig.state.iterdir()) == ["last.json", "taken.txt"]


async def test_a_half_written_file_is_left_until_its_writer_is_done(rig: PushRig) -> None:
    whole = pdf(page(1), page(2))
    with (rig.share / "scan.pdf").open("wb") as writer:
        writer.write(whole[: len(whole) // 2])
        writer.flush()
        for _ in range(3):
            rig.clock.now += 60
            assert not await rig.loaded()
        writer.write(whole[len(whole) // 2 :])
    assert data_of(await rig.all()) == [[page(1), page(2)]]


async def test_a_writer_that_closes_the_file_in_the_middle_is_still_not_done(rig: PushRig) -> None:
    whole = pdf(page(1), page(2))
    rig.put("scan.pdf", whole[:900])
    rig.clock.now += 60
    assert not await rig.loaded()
    with (rig.share / "scan.pdf").open("ab") as writer:
        writer.write(whole[900:])
    assert data_of(await rig.all()) == [[page(1), page(2)]]


async def test_a_writer_that_takes_its_room_first_is_waited_for(rig: PushRig) -> None:
    whole = page(1)
    path = rig.put("scan.jpg", bytes(len(whole)))
    stamp = path.stat().st_mtime_ns
    rig.clock.now += 30
    assert not await rig.loaded()
    with path.open("r+b") as writer:
        writer.write(whole[:500])
    os.utime(path, ns=(stamp, stamp))  # a share that keeps the time until the file is closed
    rig.clock.now += 30
    assert not await rig.loaded()
    with path.open("r+b") as writer:
        writer.write(whole)
    os.utime(path, ns=(stamp, stamp))
    rig.clock.now += 30
    assert data_of(await rig.all()) == [[whole]]


async def test_a_file_that_gets_its_name_at_the_end_is_taken_then(rig: PushRig) -> None:
    path = rig.put("scan.jpg.tmp", page(1))
    rig.clock.now += 100
    assert not await rig.loaded()
    path.rename(rig.share / "scan.jpg")
    assert data_of(await rig.all()) == [[page(1)]]


async def test_an_unfinished_name_that_stays_is_told_of(rig: PushRig) -> None:
    rig.put("scan.jpg.part", page(1))
    await rig.status()
    rig.clock.now += 301
    status = await rig.status()
    assert (status.feeder, status.text, status.details) == (
        Feeder.EMPTY, errors.PUSH_UNFINISHED.code, {"text": "1"})


async def test_an_empty_file_that_is_filled_later_is_one_file(rig: PushRig) -> None:
    path = rig.put("scan.jpg", b"")
    rig.clock.now += 60
    assert not await rig.loaded()
    path.write_bytes(page(1))
    assert codes(await rig.all()) == [[""]]


async def test_an_empty_file_that_stays_empty_is_held_and_put_where_a_person_sees_it(rig: PushRig) -> None:
    for name in ("one.jpg", "two.jpg"):
        rig.put(name, b"")
    await rig.status()
    rig.clock.now += 301
    assert codes(await rig.all()) == [[errors.IMAGE_EMPTY.code]] * 2
    assert rig.lying() == {"refused/one.jpg", "refused/two.jpg"}


async def test_a_file_cut_short_for_good_is_held_with_its_bytes(rig: PushRig) -> None:
    rig.put("scan.jpg", page(1)[:-200])
    await rig.status()
    rig.clock.now += 301
    (sides,) = await rig.all()
    assert [(side.data, side.code) for side in sides] == [(page(1)[:-200], "")]  # capture says: cut short
    assert rig.lying() == set()


@pytest.mark.parametrize("name", ["scan.jpg", "other.jpg"])
async def test_the_same_bytes_again_are_told_of_and_kept_beside(rig: PushRig, name: str) -> None:
    rig.put("scan.jpg", page(1))
    await rig.all()
    rig.put(name, page(1))
    ((side,),) = await rig.all()
    assert (side.code, side.reason) == (errors.PUSH_DUPLICATE.code, shown(name))
    assert rig.lying() == {f"duplicate/{name}"}
    rig.put(name, page(1))
    assert codes(await rig.all()) == [[errors.PUSH_DUPLICATE.code]]
    assert rig.lying() == {f"duplicate/{name}", f"duplicate/{name[:-4]}~2.jpg"}


async def test_a_duplicate_is_known_after_a_restart(rig: PushRig) -> None:
    rig.put("scan.jpg", page(1))
    await rig.all()
    rig.again()
    rig.put("scan.jpg", page(1))
    assert codes(await rig.all()) == [[errors.PUSH_DUPLICATE.code]]


async def test_other_bytes_under_a_name_that_was_there_are_another_file(rig: PushRig) -> None:
    for number in (1, 2, 3):
        rig.put("SCN_0001.jpg", page(number))
        assert data_of(await rig.all()) == [[page(number)]]


async def test_a_file_that_is_no_image_is_held_and_the_next_goes_on(rig: PushRig) -> None:
    rig.put("letter.docx", b"PK\x03\x04 not for a scanner")
    rig.put("scan.jpg", page(1))
    assert codes(await rig.all()) == [[""]]
    rig.clock.now += 301
    assert codes(await rig.all()) == [[errors.IMAGE_UNKNOWN.code]]
    assert rig.lying() == set()


async def test_what_systems_leave_behind_is_none_of_the_scanners_files(rig: PushRig) -> None:
    left = {".DS_Store", "._scan.jpg", "Thumbs.db", "desktop.ini", "~$letter.docx", ".Trash-1000/files/old.jpg",
            "$RECYCLE.BIN/x.jpg", "System Volume Information/y"}
    for name in left:
        rig.put(name, page(1))
    rig.clock.now += 1000
    assert await rig.all() == [] and rig.lying() == left
    assert (await rig.status()).text == ""


async def test_files_in_sub_folders_that_a_device_makes_are_taken_too(rig: PushRig) -> None:
    rig.put("2026-11-21/user 1/scan.jpg", page(1))
    assert data_of(await rig.all()) == [[page(1)]]
    assert rig.lying() == set()


async def test_links_and_special_files_are_refused_and_told_of(rig: PushRig, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(page(1))
    (rig.share / "scan.jpg").symlink_to(secret)
    (rig.share / "folder").symlink_to(tmp_path)
    os.mkfifo(rig.share / "pipe.jpg")
    rig.clock.now += 1000
    assert await rig.all() == []
    status = await rig.status()
    assert (status.text, status.details) == (errors.PUSH_REFUSED.code, {"text": "3"})
    assert secret.read_bytes() == page(1)


async def test_a_file_swapped_for_a_link_after_it_was_seen_is_not_followed(rig: PushRig, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(page(9))
    path = rig.put("scan.jpg", page(1))
    assert await rig.loaded()
    path.unlink()
    path.symlink_to(secret)
    with pytest.raises(ApplianceError) as caught:
        await rig.scan()
    assert caught.value.kind is errors.NO_PAPER
    assert secret.exists()


@pytest.mark.parametrize(
    "name", [b"line\nbreak.jpg", b"\x1b[2J\x07.jpg", "hồ sơ 漢字 \u202egpj.exe".encode(), b"\xff\xfe not utf-8.jpg",
             b"n" * 255, b" .jpg", b"-rf", b"'; DROP TABLE page; --.jpg"])
async def test_any_name_a_file_system_allows_is_taken_and_can_come_again(rig: PushRig, name: bytes) -> None:
    path = os.fsencode(rig.share) + b"/" + name
    for number in (1, 1):
        with open(path, "wb") as stream:
            stream.write(page(number))
        rig.again()
        found = await rig.all()
    assert codes(found) == [[errors.PUSH_DUPLICATE.code]]
    assert found[0][0].reason.isprintable() and len(found[0][0].reason) <= 40
    assert len(rig.lying()) == 1


async def test_thousands_of_files_are_taken_in_the_order_of_their_time_then_name(rig: PushRig) -> None:
    for number in range(1000):
        path = rig.share / f"{number % 50:02d}-{number:04d}.jpg"
        path.write_bytes(page(number % 7) + number.to_bytes(2, "big"))
        os.utime(path, ns=(number // 10, number // 10))
    expected = sorted(rig.share.iterdir(), key=lambda path: (path.stat().st_mtime_ns, path.name))[:20]
    contents = [path.read_bytes() for path in expected]
    got = []
    for _ in range(20):
        assert await rig.loaded()
        got += [side.data for side in await rig.scan()]
    assert got == contents and len(rig.lying()) == 980


async def test_a_file_that_vanishes_before_it_is_read_starts_no_batch_of_it(rig: PushRig) -> None:
    path = rig.put("a.jpg", page(1))
    rig.put("b.jpg", page(2))
    assert await rig.loaded()
    path.unlink()
    await rig.status()
    assert data_of(await rig.all()) == [[page(2)]]


async def test_a_file_written_on_between_look_and_scan_is_left_to_its_writer(rig: PushRig) -> None:
    path = rig.put("a.jpg", page(1))
    assert await rig.loaded()
    path.write_bytes(page(2)[:500])
    with pytest.raises(ApplianceError) as caught:
        await rig.scan()
    assert caught.value.kind is errors.NO_PAPER
    path.write_bytes(page(2))
    assert data_of(await rig.all()) == [[page(2)]]


async def test_a_file_that_grows_after_it_was_taken_comes_again_held(rig: PushRig) -> None:
    path = rig.put("scan.pdf", pdf(page(1)))
    assert await rig.loaded()
    writer = os.open(path, os.O_RDWR)  # a writer that nobody told of, still at it
    assert len(await rig.scan(most=1)) == 1
    os.ftruncate(writer, 0)
    os.write(writer, pdf(page(1), page(2)))
    os.close(writer)
    await rig.scan(batch="batch-1")
    found = await rig.all()
    assert codes(found) == [[errors.PUSH_GREW.code] * 2]
    assert data_of(found) == [[page(1), page(2)]] and rig.lying() == set()


async def test_a_file_in_the_place_of_one_that_grew_is_a_file_like_any_other(rig: PushRig) -> None:
    await test_a_file_that_grows_after_it_was_taken_comes_again_held(rig)
    assert not rig.inbox.book.has_grown_any()
    for number in (3, 4):  # most file systems give the inode of the file that went to the next one
        rig.put(f"n{number}.jpg", page(number))
        assert codes(await rig.all()) == [[""]]


async def test_the_clock_of_the_host_going_back_changes_nothing(rig: PushRig) -> None:
    path = rig.put("a.jpg", page(1))
    os.utime(path, ns=(4 * 10**18, 4 * 10**18))
    rig.put("b.jpg", page(2))
    assert data_of(await rig.all()) == [[page(2)], [page(1)]]


async def test_a_folder_that_is_away_is_lost_and_comes_back_with_everything(rig: PushRig) -> None:
    rig.put("a.jpg", page(1))
    assert await rig.loaded()
    hidden = rig.share.rename(rig.folder / "elsewhere")
    assert (await rig.status()).feeder is Feeder.LOST
    for ask in (rig.scanner.describe, rig.scan):
        with pytest.raises(ApplianceError) as caught:
            await ask()
        assert caught.value.kind is errors.DEVICE_LOST
    hidden.rename(rig.share)
    assert data_of(await rig.all()) == [[page(1)]]
    rig.put("b.jpg", page(2))
    assert data_of(await rig.all()) == [[page(2)]]


async def test_a_share_that_goes_in_the_middle_of_a_file_loses_no_page(rig: PushRig) -> None:
    rig.put("a.pdf", pdf(page(1), page(2), page(3)))
    assert await rig.loaded()
    assert len(await rig.scan(most=2)) == 2
    hidden = rig.share.rename(rig.folder / "elsewhere")
    assert [side.data for side in await rig.scan(first_sheet=2, batch="batch-1")] == [page(2), page(3)]
    rig.share.mkdir()  # the empty folder under a mount
    assert not await rig.loaded()
    rig.share.rmdir()
    hidden.rename(rig.share)
    assert await rig.all() == [] and rig.lying() == set()


def mount(*options: str) -> None:
    done = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")


@pytest.fixture
def mounted(rig: PushRig) -> Iterator[PushRig]:
    """The share on a file system of its own."""
    rig.share.mkdir(exist_ok=True)
    mount("-t", "tmpfs", "-o", "size=8m", "tmpfs", str(rig.share))
    try:
        yield rig
    finally:
        subprocess.run(["umount", "--lazy", str(rig.share)], check=True)


@as_root
async def test_a_read_only_folder_is_read_once_and_it_staff_hear_of_it(mounted: PushRig) -> None:
    rig = mounted
    rig.put("a.jpg", page(1))
    rig.put("b.jpg", page(2))
    rig.put("same.jpg", page(1))
    os.utime(rig.share / "same.jpg", ns=(2**62, 2**62))
    mount("-o", "remount,ro", str(rig.share))
    assert codes(await rig.all()) == [[""], [""], [errors.PUSH_DUPLICATE.code]]
    for _ in range(2):
        status = await rig.status()
        assert (status.feeder, status.text, status.details) == (
            Feeder.EMPTY, errors.PUSH_LEFT.code, {"text": "3"})
        rig.again()
    rig.clock.now += 61
    assert await rig.all() == []
    mount("-o", "remount,rw", str(rig.share))
    rig.put("c.jpg", page(3))
    rig.clock.now += 61
    assert data_of(await rig.all()) == [[page(3)]]
    assert (await rig.status()).text == "" and "a.jpg" not in rig.lying()


@as_root
async def test_a_share_unmounted_and_mounted_again_is_heard_again(mounted: PushRig) -> None:
    rig = mounted
    rig.put("a.jpg", page(1))
    assert data_of(await rig.all()) == [[page(1)]]
    subprocess.run(["umount", str(rig.share)], check=True)
    assert (await rig.status()).feeder is Feeder.EMPTY
    mount("-t", "tmpfs", "-o", "size=8m", "tmpfs", str(rig.share))
    rig.patience = Patience(settle=0.0, polled=10_000.0, broken=20_000.0)
    rig.again()
    await rig.status()
    rig.put("b.jpg", page(2))  # only the word of the kernel makes it complete now
    assert data_of(await rig.all()) == [[page(2)]]


@as_root
async def test_a_full_disk_takes_nothing_and_all_comes_when_there_is_room(rig: PushRig, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(state))
    try:
        big = pdf(page(1)) + b"% " + os.urandom(2_000_000).replace(b"%", b"$") + pdf(page(1))
        rig.put("big.pdf", big)
        assert await rig.loaded()
        with pytest.raises(ApplianceError) as caught:
            await rig.scan(batch="b")
        assert caught.value.kind is errors.DISK_FAILED
        assert rig.lying() == {"big.pdf"} and (rig.share / "big.pdf").read_bytes() == big
        mount("-o", "remount,size=16m", str(state))
        assert await rig.loaded()
        assert len(await rig.scan(batch="b")) == 1
        assert rig.lying() == set()
    finally:
        subprocess.run(["umount", "--lazy", str(state)], check=True)


async def test_after_a_broken_scan_the_feeder_is_empty_for_a_while(rig: PushRig) -> None:
    rig.put("a.pdf", pdf(page(1), page(2)))
    assert await rig.loaded()
    await rig.scan(most=1)
    assert (await rig.scanner.status()).feeder is Feeder.EMPTY
    assert await rig.loaded()


async def test_a_file_that_nobody_starts_is_shown_anew_now_and_then(rig: PushRig) -> None:
    rig.put("a.jpg", page(1))
    assert await rig.loaded()
    rig.scanner._idle = 0.0
    assert [(await rig.scanner.status()).feeder for _ in range(4)].count(Feeder.EMPTY) >= 1
