"""The virtual scanner as a scanner: order of sheets, both sides, resolutions, odd files, its own process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import cv2
import numpy as np
import pytest
import simplejpeg

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import Side
from appliance.device import profile, virtual
from appliance.device.escl import EsclScanner
from appliance.device.protocol import Feeder
from appliance.device.scanner import RawSide, ScanSettings
from appliance.device.virtual_pages import read_header

DUPLEX = ScanSettings(300, duplex=True)
SIMPLEX = ScanSettings(300, duplex=False)


def page(number: int, dpi: int = 300, width: int = 248, height: int = 351) -> bytes:
    """A small page whose grey tells its number."""
    pixels = np.full((height, width, 3), 40 + number * 10, np.uint8)
    data = bytes(simplejpeg.encode_jpeg(pixels, quality=90, colorsubsampling="420"))
    at = data.index(b"JFIF\0") + 7
    return data[:at] + b"\x01" + dpi.to_bytes(2, "big") * 2 + data[at + 5:]


def load(hopper: Path, stack: str, files: dict[str, bytes]) -> None:
    """Put a finished stack into the hopper as an operator does: by one rename."""
    building = hopper / f"{stack}.part"
    building.mkdir(parents=True)
    for name, data in files.items():
        (building / name).write_bytes(data)
    building.rename(hopper / stack)


@asynccontextmanager
async def scanner(hopper: Path) -> AsyncIterator[EsclScanner]:
    async with virtual.running(virtual.VirtualSettings(hopper)) as url, aiohttp.ClientSession() as web:
        yield EsclScanner(url, web, profile.load("virtual"))


async def scan_all(device: EsclScanner, settings: ScanSettings) -> list[RawSide]:
    return [side async for side in device.scan(settings)]


async def test_stacks_and_sheets_come_in_order_of_name_front_before_back(tmp_path: Path) -> None:
    hopper = tmp_path / "hopper"
    load(hopper, "b", {"0001a.jpg": page(5), "0001b.jpg": page(6)})
    load(hopper, "a", {"0002a.jpg": page(3), "0002b.jpg": page(4), "0001a.jpg": page(1), "0001b.jpg": page(2)})
    async with scanner(hopper) as device:
        sides = await scan_all(device, DUPLEX)
    assert [side.data for side in sides] == [page(number) for number in range(1, 7)]
    assert [(side.sheet, side.side) for side in sides] == [
        (sheet, face) for sheet in (1, 2, 3) for face in (Side.FRONT, Side.BACK)]


async def test_fed_sheets_lie_in_out_and_empty_stacks_are_gone(tmp_path: Path) -> None:
    hopper = tmp_path / "hopper"
    load(hopper, "a", {"0001a.jpg": page(1), "0001b.jpg": page(2)})
    async with scanner(hopper) as device:
        await scan_all(device, SIMPLEX)
    assert sorted(path.name for path in (tmp_path / "out" / "a").iterdir()) == ["0001a.jpg", "0001b.jpg"]
    assert list(hopper.iterdir()) == []


async def test_simplex_gives_fronts_only(tmp_path: Path) -> None:
    hopper = tmp_path / "hopper"
    load(hopper, "a", {"1a.jpg": page(1), "1b.jpg": page(2), "2a.jpg": page(3)})
    async with scanner(hopper) as device:
        sides = await scan_all(device, SIMPLEX)
    assert [(side.sheet, side.side, side.data) for side in sides] == [
        (1, Side.FRONT, page(1)), (2, Side.FRONT, page(3))]


async def test_a_missing_back_is_a_white_side_of_the_same_size(tmp_path: Path) -> None:
    hopper = tmp_path / "hopper"
    load(hopper, "a", {"1a.jpg": page(1)})
    async with scanner(hopper) as device:
        _front, back = await scan_all(device, DUPLEX)
    pixels = cv2.imdecode(np.frombuffer(back.data, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert pixels.shape == (351, 248, 3)
    assert pixels.min() >= 254
    header = read_header(back.data)
    assert header is not None
    assert header.dpi == 300


async def test_a_stack_still_being_put_together_is_not_fed(tmp_path: Path) -> None:
    hopper = tmp_path / "hopper"
    load(hopper, "a", {"1a.jpg": page(1)})
    for unfinished in ("b.part", ".c"):
        (hopper / unfinished).mkdir()
        (hopper / unfinished / "1a.jpg").write_bytes(page(2))
    async with scanner(hopper) as device:
        sides = await scan_all(device, SIMPLEX)
        assert (await device.status()).feeder is Feeder.EMPTY
    assert len(sides) == 1
    assert (hopper / "b.part" / "1a.jpg").exists()


async def test_a_stack_loaded_while_scanning_is_fed_too(tmp_path: Path) -> None:
    hopper = tmp_path / "hopper"
    load(hopper, "a", {"1a.jpg": page(1)})
    numbers = []
    async with scanner(hopper) as device:
        async for side in device.scan(SIMPLEX):
            numbers.append(side.data)
            if len(numbers) == 1:
                load(hopper, "b", {"1a.jpg": page(2)})
    assert numbers == [page(1), page(2)]


async def test_another_resolution_is_made_to_order_and_the_same_each_time(tmp_path: Path) -> None:
    hopper, both = tmp_path / "hopper", []
    for stack in ("a", "b"):
        load(hopper, stack, {"1a.jpg": page(1, dpi=300, width=600, height=900)})
    async with scanner(hopper) as device:
        both = await scan_all(device, ScanSettings(200, duplex=False))
    header = read_header(both[0].data)
    assert header is not None
    assert (header.width, header.height, header.dpi) == (400, 600, 200)
    assert both[0].data == both[1].data
    assert both[0].dpi == 200


async def test_a_file_without_density_counts_as_300_dpi(tmp_path: Path) -> None:
    hopper = tmp_path / "hopper"
    plain = bytes(simplejpeg.encode_jpeg(np.full((351, 248, 3), 90, np.uint8)))
    load(hopper, "a", {"1a.jpg": plain})
    async with scanner(hopper) as device:
        assert (await scan_all(device, SIMPLEX))[0].data == plain


def odd_files() -> dict[str, bytes]:
    cmyk = bytes(simplejpeg.encode_jpeg(np.full((400, 300, 4), 90, np.uint8), colorspace="CMYK"))
    png = cv2.imencode(".png", np.full((400, 300, 3), 90, np.uint8))[1].tobytes()
    return {"empty": b"", "cut": page(1)[:300], "cmyk": cmyk, "one_pixel": page(1, width=1, height=1),
            "long": page(1, width=8, height=30_000), "png": png, "text": b"no image", "start_only": b"\xff\xd8"}


@pytest.mark.parametrize("name", sorted(odd_files()))
async def test_a_broken_or_odd_file_goes_out_as_it_is(tmp_path: Path, name: str) -> None:
    hopper, data = tmp_path / "hopper", odd_files()[name]
    load(hopper, "a", {"1a.jpg": data, "2a.jpg": page(2)})
    async with scanner(hopper) as device:
        sides = await scan_all(device, ScanSettings(200, duplex=True))
    assert len(sides) == 4
    assert sides[0].data == data
    back = read_header(sides[1].data)
    assert back is not None
    assert (back.width, back.height) == ((248, 351) if name == "cut" else (1654, 2339))


async def test_grey_is_given_when_grey_is_asked_for(tmp_path: Path) -> None:
    hopper = tmp_path / "hopper"
    load(hopper, "a", {"1a.jpg": page(1)})
    settings = virtual.VirtualSettings(hopper)
    body = "<ScanSettings><InputSource>Feeder</InputSource><ColorMode>Grayscale8</ColorMode></ScanSettings>"
    async with virtual.running(settings) as url, aiohttp.ClientSession() as web:
        async with web.post(f"{url}/ScanJobs", data=body) as made:
            job = made.headers["Location"]
        async with web.get(url.removesuffix("/eSCL") + job + "/NextDocument") as answer:
            header = read_header(await answer.read())
    assert header is not None
    assert header.components == 1


async def test_a_job_that_is_left_stops_the_feeder_and_the_rest_stays_loaded(tmp_path: Path) -> None:
    hopper = tmp_path / "hopper"
    load(hopper, "a", {f"{number}a.jpg": page(number) for number in range(1, 6)})
    async with scanner(hopper) as device:
        feed = device.scan(SIMPLEX)
        await anext(feed)
        await feed.aclose()
        assert (await device.status()).feeder is Feeder.LOADED
        rest = await scan_all(device, SIMPLEX)
    assert [side.data for side in rest] == [page(number) for number in range(2, 6)]


async def test_the_job_of_a_client_that_died_gives_way_to_the_next(tmp_path: Path) -> None:
    hopper = tmp_path / "hopper"
    load(hopper, "a", {f"{number}a.jpg": page(number) for number in range(1, 4)})
    async with scanner(hopper) as dead, aiohttp.ClientSession() as web:
        feed = dead.scan(SIMPLEX)
        await anext(feed)
        alive = EsclScanner(dead._base, web, profile.load("virtual"))
        assert (await alive.status()).feeder is Feeder.PROCESSING
        assert [side.data for side in await scan_all(alive, SIMPLEX)] == [page(2), page(3)]
        await feed.aclose()


async def test_a_second_client_is_put_off_while_a_job_runs(tmp_path: Path) -> None:
    hopper = tmp_path / "hopper"
    load(hopper, "a", {f"{number}a.jpg": page(number) for number in range(1, 4)})
    async with scanner(hopper) as device, aiohttp.ClientSession() as web:
        feed = device.scan(SIMPLEX)
        await anext(feed)
        async with web.post(f"{device._base}/ScanJobs", data="<ScanSettings/>") as answer:
            assert answer.status == 503
        with pytest.raises(ApplianceError) as caught:
            await scan_all(device, SIMPLEX)
        await feed.aclose()
    assert caught.value.kind is errors.DEVICE_BUSY


async def test_a_sheet_half_moved_when_the_power_went_is_whole_in_out(tmp_path: Path) -> None:
    hopper = tmp_path / "hopper"
    load(hopper, "a", {"1b.jpg": page(2), "2a.jpg": page(3)})
    (tmp_path / "out" / "a").mkdir(parents=True)
    (tmp_path / "out" / "a" / "1a.jpg").write_bytes(page(1))
    async with scanner(hopper) as device:
        assert [side.data for side in await scan_all(device, SIMPLEX)] == [page(3)]
    assert (tmp_path / "out" / "a" / "1b.jpg").exists()


@pytest.mark.parametrize("body", [b"", b"<x/>", b"<!DOCTYPE x><ScanSettings/>", b"\xff" * 70_000,
                                  b"<ScanSettings><XResolution>1</XResolution></ScanSettings>"])
async def test_settings_that_make_no_sense_are_refused(tmp_path: Path, body: bytes) -> None:
    settings = virtual.VirtualSettings(tmp_path / "hopper")
    async with (virtual.running(settings) as url, aiohttp.ClientSession() as web,
                web.post(f"{url}/ScanJobs", data=body) as answer):
        assert answer.status in (400, 413)


async def test_asking_for_the_head_of_a_side_feeds_nothing(tmp_path: Path) -> None:
    hopper = tmp_path / "hopper"
    load(hopper, "a", {"1a.jpg": page(1)})
    async with virtual.running(virtual.VirtualSettings(hopper)) as url, aiohttp.ClientSession() as web:
        async with web.post(f"{url}/ScanJobs", data="<ScanSettings/>") as made:
            job = made.headers["Location"]
        async with web.head(url.removesuffix("/eSCL") + job + "/NextDocument") as answer:
            assert answer.status == 405
    assert (hopper / "a" / "1a.jpg").exists()


async def test_as_a_process_it_says_ready_and_ends_on_a_signal(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "appliance.device.virtual", "--hopper", str(tmp_path / "hopper"),
               "--serial", "P-1", "--model", "Model <&>", "--ppm", "6000"]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, env=os.environ)
    assert process.stdout is not None
    try:
        word, url = (await asyncio.wait_for(process.stdout.readline(), 60)).decode().split()
        async with aiohttp.ClientSession() as web:
            found = await EsclScanner(url, web, profile.load("virtual")).describe()
    finally:
        process.send_signal(signal.SIGTERM)
        status = await asyncio.wait_for(process.wait(), 30)
        await process.stdout.read()
    assert word == "ready"
    assert (found.serial, found.model, found.duplex, found.colour) == ("P-1", "Model <&>", True, True)
    assert 300 in found.resolutions
    assert status == 0


async def test_a_taken_port_is_said_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with virtual.running(virtual.VirtualSettings(tmp_path / "one")) as url:
        port = url.split(":")[2].removesuffix("/eSCL")
        command = [sys.executable, "-m", "appliance.device.virtual", "--hopper", str(tmp_path / "two")]
        done = await asyncio.to_thread(subprocess.run, [*command, "--port", port], capture_output=True, timeout=60,
                                       check=False)
    assert done.returncode == 1
    assert b"virtual-scanner:" in done.stderr
