"""A folder as a feeder: stacks, their order, the output tray, and going on after an interruption."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from scanner_rig import load

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device.folder import FolderScanner
from appliance.device.protocol import Feeder
from appliance.device.scanner import RawSide, ScanSettings

LIMIT = 50_000_000


def page(number: int) -> bytes:
    stream = io.BytesIO()
    Image.new("L", (200, 300), number).save(stream, "JPEG")
    return stream.getvalue()


def many(*numbers: int) -> bytes:
    """A TIFF of several pages whose widths tell them apart."""
    stream = io.BytesIO()
    pages = [Image.new("1", (200 + number, 300), 1) for number in numbers]
    pages[0].save(stream, "TIFF", compression="group4", save_all=True, append_images=pages[1:])
    return stream.getvalue()


def settings(first_sheet: int = 1) -> ScanSettings:
    return ScanSettings(300, duplex=False, first_sheet=first_sheet)


@pytest.fixture
def hopper(tmp_path: Path) -> Path:
    folder = tmp_path / "hopper"
    folder.mkdir()
    return folder


async def feed(scanner: FolderScanner, first_sheet: int = 1, most: int = 10**6) -> list[RawSide]:
    sides: list[RawSide] = []
    scan = scanner.scan(settings(first_sheet))
    async for side in scan:
        sides.append(side)
        if len(sides) == most:
            break
    await scan.aclose()
    return sides


def widths(sides: list[RawSide]) -> list[int]:
    return [Image.open(io.BytesIO(side.data)).width for side in sides]


async def test_files_come_in_the_order_of_their_names_each_the_front_of_its_sheet(hopper: Path) -> None:
    load(hopper, "s1", {"b.jpg": page(2), "a.jpg": page(1), "c/d.jpg": page(3)})
    sides = await feed(FolderScanner(hopper, LIMIT))
    assert [(side.sheet, side.side.value, side.data) for side in sides] == [
        (n, "front", page(n)) for n in (1, 2, 3)]


async def test_one_scan_feeds_one_stack_into_the_output_tray(hopper: Path) -> None:
    load(hopper, "s2", {"x.jpg": page(2)})
    load(hopper, "s1", {"x.jpg": page(1), ".DS_Store": b"left by a file manager"})
    scanner = FolderScanner(hopper, LIMIT)
    assert [side.data for side in await feed(scanner)] == [page(1)]
    assert (hopper.parent / "out" / "s1" / "x.jpg").read_bytes() == page(1)
    assert [path.name for path in hopper.iterdir() if path.is_dir()] == ["s2"]
    assert (await scanner.status()).feeder is Feeder.LOADED
    assert [side.data for side in await feed(scanner)] == [page(2)]
    assert (await scanner.status()).feeder is Feeder.EMPTY


async def test_what_is_still_being_put_together_is_not_fed(hopper: Path) -> None:
    load(hopper, ".s0", {"x.jpg": page(1)})
    (hopper / "s1.part").mkdir()
    (hopper / "loose.jpg").write_bytes(page(1))
    scanner = FolderScanner(hopper, LIMIT)
    assert (await scanner.status()).feeder is Feeder.EMPTY
    with pytest.raises(ApplianceError) as caught:
        await feed(scanner)
    assert caught.value.kind is errors.NO_PAPER


async def test_a_folder_that_is_away_is_lost(tmp_path: Path) -> None:
    scanner = FolderScanner(tmp_path / "nowhere", LIMIT)
    assert (await scanner.status()).feeder is Feeder.LOST
    for ask in (scanner.describe, lambda: feed(scanner)):
        with pytest.raises(ApplianceError) as caught:
            await ask()
        assert caught.value.kind is errors.DEVICE_LOST


async def test_a_second_stack_of_the_same_name_overwrites_nothing(hopper: Path) -> None:
    for number in (1, 2):
        load(hopper, "s1", {"x.jpg": page(number)})
        await feed(FolderScanner(hopper, LIMIT))
    kept = sorted(path.read_bytes() for path in (hopper.parent / "out" / "s1").iterdir())
    assert kept == sorted((page(1), page(2)))


async def test_a_file_is_out_of_the_hopper_once_it_is_fed(hopper: Path) -> None:
    load(hopper, "s1", {f"{n}.jpg": page(n) for n in range(1, 6)})
    assert len(await feed(FolderScanner(hopper, LIMIT), most=2)) == 2
    assert sorted(path.name for path in (hopper / "s1").iterdir()) == ["3.jpg", "4.jpg", "5.jpg"]


async def test_a_scan_that_goes_on_finds_its_place_inside_a_file_of_many_pages(hopper: Path) -> None:
    load(hopper, "s1", {"1.jpg": page(1), "2.tif": many(2, 3, 4, 5), "3.jpg": page(6)})
    assert len(await feed(FolderScanner(hopper, LIMIT), most=3)) == 3
    load(hopper, "another", {"x.jpg": page(9)})
    rest = await feed(FolderScanner(hopper, LIMIT), first_sheet=4)
    assert [side.sheet for side in rest] == [1, 2, 3]
    assert widths(rest[:2]) == [204, 205] and rest[2].data == page(6)


async def test_a_file_of_many_pages_that_is_put_back_is_fed_from_the_named_sheet_on(hopper: Path) -> None:
    load(hopper, "s1", {"2.tif": many(1, 2, 3)})
    assert len(await feed(FolderScanner(hopper, LIMIT))) == 3
    load(hopper, "again", {"2.tif": (hopper.parent / "out" / "s1" / "2.tif").read_bytes()})
    rest = await feed(FolderScanner(hopper, LIMIT), first_sheet=3)
    assert widths(rest) == [203]


async def test_a_new_batch_forgets_the_bookmark(hopper: Path) -> None:
    load(hopper, "s1", {"2.tif": many(1, 2, 3)})
    await feed(FolderScanner(hopper, LIMIT), most=2)
    assert widths(await feed(FolderScanner(hopper, LIMIT))) == [201, 202, 203]


async def test_a_broken_bookmark_is_as_good_as_none(hopper: Path) -> None:
    load(hopper, "s1", {"1.jpg": page(1)})
    (hopper / ".bookmark.json").write_text('{"stack": 3')
    assert len(await feed(FolderScanner(hopper, LIMIT), first_sheet=5)) == 1
