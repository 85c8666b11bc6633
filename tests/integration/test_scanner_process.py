"""A real scanner process, the stations it speaks to, and a folder or the virtual scanner as its device."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import re
import signal
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from PIL import Image
from scanner_rig import Rig, load, rig

from appliance.core import errors
from appliance.core.config import Device
from appliance.core.errors import ApplianceError
from appliance.core.events import SessionMoved
from appliance.core.model import Side
from appliance.device import profile, virtual
from appliance.device.escl import EsclScanner
from appliance.device.protocol import Feeder

NAME = "quay1"


def page(number: int) -> bytes:
    """A small page whose grey tells its number."""
    stream = io.BytesIO()
    Image.new("RGB", (248, 351), (40 + number * 5,) * 3).save(stream, "JPEG", dpi=(300, 300))
    return stream.getvalue()


def stack(first: int, last: int) -> dict[str, bytes]:
    return {f"{number:04d}.jpg": page(number) for number in range(first, last + 1)}


@pytest.fixture
async def folder_rig(tmp_path: Path) -> AsyncIterator[Rig]:
    (tmp_path / "hopper").mkdir()
    device = Device(NAME, "folder", folder=str(tmp_path / "hopper"), start_kind="press")
    async with rig(tmp_path, device) as made:
        yield made


async def scanned(made: Rig) -> None:
    await made.until(lambda: "finished" in made.desk.verbs(), "batch finished")


async def test_a_press_brings_every_page_durably_to_the_ledger_and_closes_the_batch(folder_rig: Rig) -> None:
    load(folder_rig.folder / "hopper", "s1", stack(1, 9))
    await folder_rig.start_process()
    await folder_rig.until_state("ready")
    await folder_rig.stations.press(NAME)
    await scanned(folder_rig)
    sides = folder_rig.desk.sides
    assert [(side.sheet, side.side, side.attempt, side.code) for side in sides] == [
        (n, Side.FRONT, 1, "") for n in range(1, 10)]
    for number, side in enumerate(sides, 1):
        kept = (folder_rig.desk.masters / side.master.path).read_bytes()
        assert kept == page(number)
        assert side.master.sha256 == hashlib.sha256(kept).hexdigest()
        assert (side.master.width, side.master.height, side.master.dpi) == (248, 351, 300)
    await folder_rig.until_state("ready")
    assert folder_rig.desk.told[0] == ("begin", NAME, "batch-1", str(folder_rig.folder / "hopper"))


async def test_the_socket_is_for_its_owner_only(folder_rig: Rig) -> None:
    mode = (folder_rig.folder / "run" / "scanner.sock").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


async def test_settled_paper_starts_one_stack_after_the_other(tmp_path: Path) -> None:
    (tmp_path / "hopper").mkdir()
    load(tmp_path / "hopper", "s1", stack(1, 2))
    load(tmp_path / "hopper", "s2", stack(3, 5))
    device = Device(NAME, "folder", folder=str(tmp_path / "hopper"), settle_seconds=0.2)
    async with rig(tmp_path, device) as made:
        await made.start_process()
        await made.until(lambda: made.desk.verbs().count("finished") == 2, "two batches")
        assert [side.batch for side in made.desk.sides] == ["batch-1"] * 2 + ["batch-2"] * 3


async def test_a_press_into_an_empty_feeder_is_an_error(folder_rig: Rig) -> None:
    await folder_rig.start_process()
    await folder_rig.until_state("ready")
    with pytest.raises(ApplianceError) as caught:
        await folder_rig.stations.press(NAME)
    assert caught.value.kind is errors.NO_PAPER
    assert folder_rig.desk.told == []


async def test_a_stack_without_pages_is_an_error_and_its_batch_is_closed(folder_rig: Rig) -> None:
    load(folder_rig.folder / "hopper", "s1", {".DS_Store": b"x"})
    await folder_rig.start_process()
    await folder_rig.until_state("ready")
    await folder_rig.stations.press(NAME)
    await scanned(folder_rig)
    assert folder_rig.now()["code"] == errors.NO_PAPER.code
    assert folder_rig.desk.sides == []


async def test_a_press_before_the_device_is_there_is_refused(folder_rig: Rig) -> None:
    with pytest.raises(ApplianceError) as caught:
        await folder_rig.stations.press(NAME)
    assert caught.value.kind is errors.DEVICE_LOST
    with pytest.raises(ApplianceError) as unknown:
        await folder_rig.stations.press("quay9")
    assert unknown.value.kind is errors.DEVICE_UNKNOWN


async def test_no_more_than_two_sides_are_on_their_way_unacknowledged(folder_rig: Rig) -> None:
    hopper, out = folder_rig.folder / "hopper", folder_rig.folder / "out" / "s1"
    load(hopper, "s1", stack(1, 9))
    folder_rig.desk.hold_after = 0
    await folder_rig.start_process()
    await folder_rig.until_state("ready")
    await folder_rig.stations.press(NAME)
    await folder_rig.until(lambda: out.is_dir() and len(list(out.iterdir())) == 2, "two sheets fed")
    await folder_rig.until(lambda: len(list(folder_rig.desk.masters.rglob("*.jpg"))) == 2, "two masters durable")
    assert len(list((hopper / "s1").iterdir())) == 7
    with pytest.raises(ApplianceError) as caught:  # meanwhile the device may not be started again
        await asyncio.wait_for(folder_rig.stations.press(NAME), 0.5)
    assert caught.value.kind is errors.SCAN_RUNNING
    folder_rig.desk.gate.set()
    await scanned(folder_rig)
    assert len(folder_rig.desk.sides) == 9


async def test_a_killed_process_names_the_sheet_and_the_batch_goes_on_when_it_is_put_back(folder_rig: Rig) -> None:
    hopper, out = folder_rig.folder / "hopper", folder_rig.folder / "out" / "s1"
    load(hopper, "s1", stack(1, 9))
    process = await folder_rig.start_process()
    await folder_rig.until_state("ready")
    folder_rig.desk.hold_after = 4
    await folder_rig.stations.press(NAME)
    await folder_rig.until(lambda: out.is_dir() and len(list(out.iterdir())) == 6, "six sheets fed")
    process.kill()
    await process.wait()
    folder_rig.desk.gate.set()
    await folder_rig.until_state("absent")
    told = folder_rig.now()
    assert told["batch"] == "batch-1" and told["code"] == errors.SCANNER_PROCESS_LOST.code
    await folder_rig.start_process()
    await folder_rig.until_state("reload")
    sheet = folder_rig.now()["sheet"]
    assert isinstance(sheet, int) and re.search(rf"\b{sheet}\b", str(folder_rig.now()["message_vi"]))
    for path in out.iterdir():  # the operator puts that sheet and the following ones back
        if int(path.stem) >= sheet:
            path.rename(hopper / "s1" / path.name)
    await folder_rig.stations.resume(NAME)
    await scanned(folder_rig)
    last = {side.sheet: side.master.sha256 for side in folder_rig.desk.sides}
    assert last == {n: hashlib.sha256(page(n)).hexdigest() for n in range(1, 10)}


async def test_cancel_stops_the_feed_and_finish_closes_the_batch(folder_rig: Rig) -> None:
    load(folder_rig.folder / "hopper", "s1", stack(1, 9))
    await folder_rig.start_process()
    await folder_rig.until_state("ready")
    folder_rig.desk.hold_after = 1
    await folder_rig.stations.press(NAME)
    await folder_rig.until(lambda: len(folder_rig.desk.sides) == 1, "one side")
    cancelling = asyncio.create_task(folder_rig.stations.cancel(NAME))
    folder_rig.desk.gate.set()
    await cancelling
    await folder_rig.until_state("reload")
    assert folder_rig.now()["code"] == errors.CAPTURE_STOPPED.code
    await folder_rig.stations.finish(NAME)
    assert folder_rig.desk.verbs() == ["begin", "interrupted", "finished"]
    assert folder_rig.now()["state"] == "ready"


async def test_a_side_the_ledger_cannot_hold_stops_the_feed_without_a_hole(folder_rig: Rig) -> None:
    load(folder_rig.folder / "hopper", "s1", stack(1, 9))
    folder_rig.desk.refuse_after = 4
    await folder_rig.start_process()
    await folder_rig.until_state("ready")
    await folder_rig.stations.press(NAME)
    await folder_rig.until_state("reload")
    assert [side.sheet for side in folder_rig.desk.sides] == [1, 2, 3, 4]
    assert folder_rig.desk.told[-1] == ("interrupted", NAME, "batch-1", errors.DISK_FAILED.code)
    assert folder_rig.now()["sheet"] == 5


async def test_a_failed_last_side_is_not_taken_for_a_good_end(folder_rig: Rig) -> None:
    load(folder_rig.folder / "hopper", "s1", stack(1, 3))
    folder_rig.desk.refuse_after = 2
    await folder_rig.start_process()
    await folder_rig.until_state("ready")
    await folder_rig.stations.press(NAME)
    await folder_rig.until_state("reload")
    assert folder_rig.desk.verbs() == ["begin", "interrupted"]


async def test_a_disk_that_fills_stops_the_scan_and_blocks_the_next(folder_rig: Rig) -> None:
    load(folder_rig.folder / "hopper", "s1", stack(1, 9))
    await folder_rig.start_process()
    await folder_rig.until_state("ready")
    await folder_rig.stations.press(NAME)
    folder_rig.stations.block(errors.DISK_FULL.code)
    await folder_rig.until_state("reload")
    assert folder_rig.desk.told[-1][-1] == errors.DISK_FULL.code
    with pytest.raises(ApplianceError) as caught:
        await folder_rig.stations.resume(NAME)
    assert caught.value.kind is errors.DISK_FULL
    folder_rig.stations.unblock()
    await folder_rig.stations.finish(NAME)
    assert folder_rig.now()["state"] == "ready"


async def test_a_disk_that_cannot_be_written_ends_the_scan_with_its_code(folder_rig: Rig) -> None:
    folder_rig.desk.masters.write_text("a file where the folder of masters should be")
    load(folder_rig.folder / "hopper", "s1", stack(1, 3))
    await folder_rig.start_process()
    await folder_rig.until_state("ready")
    await folder_rig.stations.press(NAME)
    await folder_rig.until_state("reload")
    assert folder_rig.desk.told[-1] == ("interrupted", NAME, "batch-1", errors.DISK_FAILED.code)
    assert folder_rig.now()["sheet"] == 1


async def test_the_process_ends_when_the_daemon_closes_its_socket(folder_rig: Rig) -> None:
    process = await folder_rig.start_process()
    await folder_rig.until_state("ready")
    await folder_rig.stations.stop()
    assert await asyncio.wait_for(process.wait(), 20) == 0
    moves = [(fact.old, fact.new) for fact in folder_rig.facts if isinstance(fact, SessionMoved)]
    assert moves == [("absent", "ready"), ("ready", "absent")]


async def test_the_process_ends_cleanly_when_told_by_a_signal(folder_rig: Rig) -> None:
    process = await folder_rig.start_process()
    await folder_rig.until_state("ready")
    os.kill(process.pid, signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 20) == 0
    await folder_rig.until_state("absent")


async def test_a_process_without_a_daemon_gives_up_after_its_wait(folder_rig: Rig) -> None:
    await folder_rig.stations.stop()
    process = await folder_rig.start_process(wait=0.5)
    assert await asyncio.wait_for(process.wait(), 20) == 1


async def test_a_second_process_for_a_device_is_turned_away(folder_rig: Rig) -> None:
    first = await folder_rig.start_process()
    await folder_rig.until_state("ready")
    second = await folder_rig.start_process()
    assert await asyncio.wait_for(second.wait(), 20) == 0
    assert folder_rig.now()["pid"] == first.pid


async def test_noise_on_the_socket_hurts_nobody(folder_rig: Rig) -> None:
    await folder_rig.start_process()
    await folder_rig.until_state("ready")
    noises = (b"\n", b"{}\n", b"[1]\n", b'{"kind": "hello"}\n', b'{"kind": "hello", "device": 7}\n', b"\xff\xfe\n")
    for noise in noises:
        reader, writer = await asyncio.open_unix_connection(folder_rig.folder / "run" / "scanner.sock")
        writer.write(noise)
        assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.close()
        await writer.wait_closed()
    assert folder_rig.now()["state"] == "ready"


async def test_a_folder_that_goes_away_is_a_lost_device_that_comes_back(folder_rig: Rig) -> None:
    hopper = folder_rig.folder / "hopper"
    await folder_rig.start_process()
    await folder_rig.until_state("ready")
    hopper.rename(folder_rig.folder / "unplugged")
    await folder_rig.until_state("absent")
    (folder_rig.folder / "unplugged").rename(hopper)
    await folder_rig.until_state("ready")


async def test_both_sides_of_the_virtual_scanners_sheets_arrive_in_order(tmp_path: Path) -> None:
    hopper = tmp_path / "hopper"
    faces = {f"{n:04d}{face}.jpg": page(2 * n + (face == "b")) for n in range(1, 6) for face in "ab"}
    async with virtual.running(virtual.VirtualSettings(hopper)) as url:
        load(hopper, "s1", faces)
        device = Device(NAME, "escl", url=url, start_kind="press")
        async with rig(tmp_path, device, duplex=True) as made:
            await made.start_process()
            await made.until_state("ready")
            assert made.now()["serial"] == "VIRTUAL-0001"
            await made.stations.press(NAME)
            await scanned(made)
            order = [(side.sheet, side.side.value) for side in made.desk.sides]
            assert order == [(n, face) for n in range(1, 6) for face in ("front", "back")]
            kept = [(made.desk.masters / side.master.path).read_bytes() for side in made.desk.sides]
            assert kept == [faces[name] for name in sorted(faces)]
            await made.until_state("ready")


async def test_a_daemon_that_goes_leaves_no_scan_running_on_the_device(tmp_path: Path) -> None:
    hopper = tmp_path / "hopper"
    async with virtual.running(virtual.VirtualSettings(hopper)) as url, aiohttp.ClientSession() as web:
        load(hopper, "s1", {f"{n:04d}a.jpg": page(n) for n in range(1, 9)})
        async with rig(tmp_path, Device(NAME, "escl", url=url, start_kind="press")) as made:
            process = await made.start_process()
            await made.until_state("ready")
            made.desk.hold_after = 2
            await made.stations.press(NAME)
            await made.until(lambda: len(made.desk.sides) == 2, "two sides")
            made.desk.gate.set()
            await made.stations.stop()
            assert await asyncio.wait_for(process.wait(), 20) == 0
        device = EsclScanner(url, web, profile.load("virtual"))
        assert (await device.status()).feeder is Feeder.LOADED  # not processing: the job is cancelled
        assert made.desk.verbs() == ["begin", "interrupted"]


async def test_a_jam_names_its_sheet_and_the_feed_goes_on_from_there(tmp_path: Path) -> None:
    hopper, out = tmp_path / "hopper", tmp_path / "out" / "s1"
    faults = tmp_path / "faults.json"
    faults.write_text('{"jam_at": 3}')
    async with virtual.running(virtual.VirtualSettings(hopper, faults=faults)) as url:
        load(hopper, "s1", {f"{n:04d}a.jpg": page(n) for n in range(1, 6)})
        async with rig(tmp_path, Device(NAME, "escl", url=url, start_kind="press")) as made:
            await made.start_process()
            await made.until_state("ready")
            await made.stations.press(NAME)
            await made.until_state("reload")
            assert (made.now()["code"], made.now()["sheet"]) == (errors.PAPER_JAM.code, 3)
            for path in [path for path in out.iterdir() if path.suffix == ".jpg" and int(path.name[:4]) >= 3]:
                path.rename(hopper / "s1" / path.name)
            for mark in out.glob("*.jam"):
                mark.unlink()
            faults.write_text("{}")
            await made.stations.resume(NAME)
            await scanned(made)
            last = {side.sheet: side.master.sha256 for side in made.desk.sides}
            assert last == {n: hashlib.sha256(page(n)).hexdigest() for n in range(1, 6)}
