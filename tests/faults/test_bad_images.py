"""Bad input never stops the line: it is kept, named and held, and the feed goes on."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import io
import struct
from collections.abc import AsyncGenerator
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from appliance.core import errors, files
from appliance.core.errors import ApplianceError
from appliance.core.model import ImageFormat, Side
from appliance.device.capture import Capture
from appliance.device.folder import FolderScanner
from appliance.device.protocol import Ack, Scan, SideDone, Status
from appliance.device.scanner import Capabilities, RawSide, Scanner, ScanSettings

LIMIT = 50_000_000


def coded(picture: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


GOOD = coded(Image.effect_noise((400, 500), 40).convert("RGB"), "JPEG", dpi=(300, 300))
GREY = coded(Image.effect_noise((400, 500), 40), "JPEG", dpi=(300, 300))


def sized(width: int, height: int) -> bytes:
    data = bytearray(GOOD)
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def locked_pdf() -> bytes:
    document = pikepdf.new()
    document.add_blank_page(page_size=(300, 300))
    stream = io.BytesIO()
    document.save(stream, encryption=pikepdf.Encryption(user="secret", owner="secret"))
    return stream.getvalue()


def huge_pdf() -> bytes:
    document = pikepdf.new()
    document.add_blank_page(page_size=(14_400, 14_400))
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


BAD = {
    "truncated.jpg": (GOOD[: len(GOOD) // 2], errors.IMAGE_TRUNCATED),
    "truncated with an end.jpg": (GOOD[: len(GOOD) // 2] + b"\xff\xd9", errors.IMAGE_TRUNCATED),
    "empty.jpg": (b"", errors.IMAGE_EMPTY),
    "one pixel.jpg": (coded(Image.new("RGB", (1, 1)), "JPEG"), errors.IMAGE_TOO_SMALL),
    "one pixel.png": (coded(Image.new("RGB", (1, 1)), "PNG"), errors.IMAGE_TOO_SMALL),
    "30000 pixels.jpg": (sized(30_000, 30_000), errors.IMAGE_TOO_LARGE),
    "bomb.png": (coded(Image.new("1", (30_000, 30_000)), "PNG"), errors.IMAGE_TOO_LARGE),
    "bomb.tif": (coded(Image.new("1", (30_000, 30_000)), "TIFF", compression="group4"), errors.IMAGE_TOO_LARGE),
    "bomb.pdf": (huge_pdf(), errors.IMAGE_TOO_LARGE),
    "inks.jpg": (coded(Image.new("CMYK", (300, 300)), "JPEG"), errors.IMAGE_UNKNOWN),
    "inks.tif": (coded(Image.new("CMYK", (300, 300)), "TIFF"), errors.IMAGE_UNKNOWN),
    "16 bit.png": (coded(Image.new("I;16", (300, 300)), "PNG"), errors.IMAGE_UNKNOWN),
    "16 bit.tif": (coded(Image.new("I;16", (300, 300)), "TIFF"), errors.IMAGE_UNKNOWN),
    "float.tif": (coded(Image.new("F", (300, 300)), "TIFF"), errors.IMAGE_UNKNOWN),
    "locked.pdf": (locked_pdf(), errors.IMAGE_UNKNOWN),
    "torn.pdf": (b"%PDF-1.7\nnothing more", errors.IMAGE_UNKNOWN),
    "text.txt": (b"not an image at all", errors.IMAGE_UNKNOWN),
    "cut.png": (coded(Image.new("RGB", (300, 300)), "PNG")[:-30], errors.IMAGE_TRUNCATED),
    "cut.tif": (coded(Image.effect_noise((300, 300), 9), "TIFF")[:50_000], errors.IMAGE_TRUNCATED),
    "broken inside.png": (
        coded(Image.effect_noise((300, 300), 9), "PNG").replace(b"IDAT", b"IDAT\xff\xff", 1),
        errors.IMAGE_UNDECODABLE,
    ),
}


class Paper:
    """A scanner whose sheets are given; it notes how far it was asked and whether it was told to stop."""

    def __init__(self, sides: list[RawSide]) -> None:
        self.sides = sides
        self.asked = 0
        self.cancelled = False

    async def describe(self) -> Capabilities:
        return Capabilities("paper", "1", "", (300,), duplex=False, colour=True)

    async def status(self) -> Status:
        raise NotImplementedError

    async def scan(self, settings: ScanSettings) -> AsyncGenerator[RawSide, None]:
        over = False
        try:
            for side in self.sides:
                self.asked += 1
                yield side
            over = True
        finally:
            self.cancelled = not over

    async def close(self) -> None:
        return


def order(masters: Path, first_sheet: int = 1) -> Scan:
    return Scan("b1", first_sheet, 1, 300, False, str(masters), LIMIT)


async def captured(scanner: Scanner, masters: Path) -> list[SideDone]:
    capture = Capture(scanner, order(masters))
    done = []
    async for side in capture.sides():
        done.append(side)
        capture.acknowledge(Ack(side.batch, side.sheet, side.side))
    return done


def fronts(*images: bytes) -> list[RawSide]:
    return [RawSide(n, Side.FRONT, data, 300) for n, data in enumerate(images, 1)]


@pytest.mark.parametrize("name", sorted(BAD))
async def test_a_bad_file_is_held_with_its_bytes_and_the_next_is_fed(name: str, tmp_path: Path) -> None:
    data, kind = BAD[name]
    stack = tmp_path / "hopper" / "s1"
    stack.mkdir(parents=True)
    (stack / f"1 {name}").write_bytes(data)
    (stack / "2 good.jpg").write_bytes(GOOD)
    bad, good = await captured(FolderScanner(tmp_path / "hopper", LIMIT), tmp_path / "masters")
    assert (bad.sheet, bad.code, bad.master.format) == (1, kind.code, ImageFormat.UNKNOWN)
    assert bad.master.path.endswith(".bin")
    assert (tmp_path / "masters" / bad.master.path).read_bytes() == data
    assert (good.sheet, good.code) == (2, "")
    assert (tmp_path / "masters" / good.master.path).read_bytes() == GOOD


def test_a_password_is_named_as_the_reason(tmp_path: Path) -> None:
    stack = tmp_path / "hopper" / "s1"
    stack.mkdir(parents=True)
    (stack / "1.pdf").write_bytes(locked_pdf())
    (side,) = asyncio.run(captured(FolderScanner(tmp_path / "hopper", LIMIT), tmp_path / "masters"))
    assert "password" in side.reason


@pytest.mark.parametrize(("at", "images"), [
    (0, (b"", GOOD, GOOD)), (1, (GOOD, GOOD[:900], GREY)), (2, (GOOD, GREY, sized(60_000, 60_000)))])
async def test_a_damaged_side_from_a_scanner_is_kept_and_the_feed_goes_on(
    at: int, images: tuple[bytes, ...], tmp_path: Path
) -> None:
    sides = await captured(Paper(fronts(*images)), tmp_path)
    assert [bool(side.code) for side in sides] == [n == at for n in range(3)]
    for side, data in zip(sides, images, strict=True):
        assert (tmp_path / side.master.path).read_bytes() == data
        assert side.master.sha256 == hashlib.sha256(data).hexdigest()


async def test_what_the_driver_knows_to_be_bad_is_believed(tmp_path: Path) -> None:
    known = RawSide(1, Side.FRONT, GOOD, 300, errors.IMAGE_TOO_LARGE.code, "over 256 MB")
    (side,) = await captured(Paper([known]), tmp_path)
    assert (side.code, side.reason, side.master.width) == (errors.IMAGE_TOO_LARGE.code, "over 256 MB", 400)


async def test_two_equal_sides_share_one_master_and_are_two_sides(tmp_path: Path) -> None:
    first, second = await captured(Paper(fronts(GOOD, GOOD)), tmp_path)
    assert first.master == second.master and (first.sheet, second.sheet) == (1, 2)
    assert len(list(tmp_path.rglob("*.jpg"))) == 1


async def test_a_master_cut_short_by_a_crash_is_written_again(tmp_path: Path) -> None:
    digest = hashlib.sha256(GOOD).hexdigest()
    (tmp_path / digest[:2]).mkdir()
    (tmp_path / digest[:2] / f"{digest}.jpg").write_bytes(GOOD[:100])
    (side,) = await captured(Paper(fronts(GOOD)), tmp_path)
    assert (tmp_path / side.master.path).read_bytes() == GOOD


async def test_pages_of_one_file_share_the_bytes_of_the_file(tmp_path: Path) -> None:
    file = b"the imported file"
    sides = [RawSide(n, Side.FRONT, data, 300, original=file) for n, data in enumerate((GOOD, GREY), 1)]
    done = await captured(Paper(sides), tmp_path)
    kept = [(tmp_path / side.master.path).with_suffix(".orig") for side in done]
    assert [path.read_bytes() for path in kept] == [file, file]
    assert len({path.stat().st_ino for path in kept}) == 1
    kept[0].unlink()
    assert kept[1].read_bytes() == file


async def test_a_full_disk_ends_the_scan_and_the_device_is_told_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = files.write_durably

    def full(path: Path, data: bytes, mode: int = 0o440) -> None:
        if data == GREY:
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(path, data, mode)

    monkeypatch.setattr(files, "write_durably", full)
    paper = Paper(fronts(GOOD, GREY, GOOD, GOOD, GOOD))
    capture = Capture(paper, order(tmp_path, first_sheet=11))
    done = []
    with pytest.raises(ApplianceError) as caught:
        async for side in capture.sides():
            done.append(side.sheet)
            capture.acknowledge(Ack(side.batch, side.sheet, side.side))
    assert caught.value.kind is errors.DISK_FAILED and caught.value.details["sheet"] == 12
    assert done == [11]
    assert paper.cancelled and paper.asked < 5


async def test_the_third_side_is_not_asked_for_before_the_first_is_acknowledged(tmp_path: Path) -> None:
    paper = Paper(fronts(GOOD, GREY, GOOD, GREY))
    capture = Capture(paper, order(tmp_path))
    sides = capture.sides()
    first = await anext(sides)
    second = await anext(sides)
    third = asyncio.ensure_future(anext(sides))
    assert await asyncio.wait({third}, timeout=0.2) == (set(), {third})
    assert paper.asked == 2
    for ack in (Ack("other", 1, Side.FRONT), Ack("b1", 2, Side.BACK), Ack("b1", 9, Side.FRONT)):
        capture.acknowledge(ack)
    assert await asyncio.wait({third}, timeout=0.2) == (set(), {third})
    for _ in range(3):  # once is enough, and more do not open the window wider
        capture.acknowledge(Ack(first.batch, first.sheet, first.side))
    assert (await third).sheet == 3
    assert paper.asked == 3
    capture.acknowledge(Ack(second.batch, second.sheet, second.side))
    assert (await anext(sides)).sheet == 4
    await sides.aclose()


async def test_stop_ends_the_feed_and_keeps_what_has_come_in(tmp_path: Path) -> None:
    paper = Paper(fronts(*[GOOD] * 9))
    capture = Capture(paper, order(tmp_path))
    done = []
    with pytest.raises(ApplianceError) as caught:
        async for side in capture.sides():
            done.append(side.sheet)
            capture.stop()
            capture.acknowledge(Ack(side.batch, side.sheet, side.side))
    assert caught.value.kind is errors.CAPTURE_STOPPED
    assert done == list(range(1, paper.asked + 1)) and paper.asked <= 2
    assert paper.cancelled
