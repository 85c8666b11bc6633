"""One suite for every ``Scanner``: what capture relies on holds for each driver.

To add a driver, write a function that takes a folder and the number of sheets and is an async context
manager over a ``Rig``, and append it to ``IMPLEMENTATIONS``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import aiohttp
import numpy as np
import pytest
import sane_rig
import simplejpeg
from push_rig import page as push_page
from push_rig import pdf, push_rig
from sane_backend import virtual_fi

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import Side
from appliance.device import profile, virtual
from appliance.device.escl import EsclScanner
from appliance.device.protocol import Feeder, Status
from appliance.device.sane import SaneScanner
from appliance.device.scanner import Capabilities, RawSide, Scanner, ScanSettings


@dataclass(frozen=True)
class Rig:
    """A driver with paper loaded.

    Attributes:
        left: how many sheets still lie in the feeder.
        both_sides: whether the driver scans backs; if not, ``duplex`` gives fronts only.
        image: the master of a side, where the driver makes it from a raw frame.
    """

    scanner: Scanner
    left: Callable[[], int]
    both_sides: bool = True
    image: Callable[[int, Side], bytes] | None = None

    def expected(self, sheet: int, side: Side) -> bytes:
        return (self.image or side_image)(sheet, side)


Factory = Callable[[Path, int], AbstractAsyncContextManager[Rig]]


def side_image(sheet: int, side: Side) -> bytes:
    """The page that every rig loads: a shade of its own for each side, 300 dpi."""
    shade = sheet * 20 + (10 if side is Side.BACK else 0)
    return bytes(simplejpeg.encode_jpeg(np.full((351, 248, 3), shade, np.uint8), quality=90))


@asynccontextmanager
async def escl_scanner(folder: Path, sheets: int) -> AsyncIterator[Rig]:
    """Our eSCL client, speaking to the virtual scanner over loopback."""
    stack = folder / "hopper" / "stack"
    if sheets:
        stack.mkdir(parents=True)
    for sheet in range(1, sheets + 1):
        for side, letter in ((Side.FRONT, "a"), (Side.BACK, "b")):
            (stack / f"{sheet:04d}{letter}.jpg").write_bytes(side_image(sheet, side))
    settings = virtual.VirtualSettings(folder / "hopper", serial="CONTRACT-1")
    async with virtual.running(settings) as url, aiohttp.ClientSession() as web:
        scanner = EsclScanner(url, web, profile.load("virtual"))
        yield Rig(scanner, lambda: len(list(stack.glob("*a.jpg"))))
        await scanner.close()


@asynccontextmanager
async def nobody_there(folder: Path, sheets: int) -> AsyncIterator[Rig]:
    """The eSCL client after its device was switched off."""
    async with escl_scanner(folder, sheets) as rig:
        gone = cast(EsclScanner, rig.scanner)
    async with aiohttp.ClientSession() as web:
        yield Rig(EsclScanner(gone._base, web, profile.load("virtual")), rig.left)


@asynccontextmanager
async def sane_scanner(folder: Path, sheets: int) -> AsyncIterator[Rig]:
    """Our libsane client with the virtual production scanner behind the real libsane."""
    if missing := virtual_fi.why_not():
        pytest.skip(missing)
    device = virtual_fi.make(folder)
    for sheet in range(1, sheets + 1):
        device.load(sheet, sane_rig.paper(sheet, Side.FRONT), sane_rig.paper(sheet, Side.BACK))
    with pytest.MonkeyPatch.context() as patch:
        sane_rig.plug_in(patch, device)
        scanner = SaneScanner(virtual_fi.DEVICE, sane_rig.quick_profile())
        yield Rig(scanner, device.left, image=sane_rig.master)
        await scanner.close()


@asynccontextmanager
async def sane_unplugged(folder: Path, sheets: int) -> AsyncIterator[Rig]:
    """The libsane client after the cable was pulled."""
    async with sane_scanner(folder, sheets) as rig:
        virtual_fi.VirtualFi(folder).control(unplugged=1)
        yield rig


@asynccontextmanager
async def push_scanner(folder: Path, sheets: int) -> AsyncIterator[Rig]:
    """Our watched folder, with one file of so many pages pushed into it."""
    with push_rig(folder) as pushed:
        if sheets:
            pushed.put("stack.pdf", pdf(*(push_page(sheet) for sheet in range(1, sheets + 1))))
        await pushed.loaded()  # a process that has just started says once that the feeder is empty
        pushed.scanner._next_look = 0.0

        def left() -> int:
            current = pushed.inbox.book.current
            return sheets - current.recorded if current else sheets * len(list(folder.rglob("stack.pdf")))

        yield Rig(pushed.scanner, left, both_sides=False, image=lambda sheet, _: push_page(sheet))


@asynccontextmanager
async def push_share_away(folder: Path, sheets: int) -> AsyncIterator[Rig]:
    """The watched folder after its share went."""
    async with push_scanner(folder, sheets) as rig:
        (folder / "share").rename(folder / "elsewhere")
        yield rig


IMPLEMENTATIONS: list[Factory] = [escl_scanner, sane_scanner, push_scanner]
"""Every driver."""

UNREACHABLE: list[Factory] = [nobody_there, sane_unplugged, push_share_away]
"""Every driver whose device can be away."""

pytestmark = pytest.mark.parametrize("factory", IMPLEMENTATIONS)
DUPLEX = ScanSettings(300, duplex=True)


async def whole(scanner: Scanner, settings: ScanSettings = DUPLEX) -> list[RawSide]:
    sides = []
    async for side in scanner.scan(settings):
        sides.append(side.developed())
        if side.recorded is not None:
            side.recorded()
    return sides


async def test_sides_come_in_order_front_before_back_and_byte_for_byte(factory: Factory, tmp_path: Path) -> None:
    async with factory(tmp_path, 3) as rig:
        sides = await whole(rig.scanner)
    faces = (Side.FRONT, Side.BACK) if rig.both_sides else (Side.FRONT,)
    expected = [(sheet, face) for sheet in (1, 2, 3) for face in faces]
    assert [(side.sheet, side.side) for side in sides] == expected
    assert [side.data for side in sides] == [rig.expected(sheet, face) for sheet, face in expected]
    assert {side.code for side in sides} == {""}


async def test_simplex_gives_fronts_only(factory: Factory, tmp_path: Path) -> None:
    async with factory(tmp_path, 2) as rig:
        sides = await whole(rig.scanner, ScanSettings(300, duplex=False))
    assert [(side.sheet, side.side) for side in sides] == [(1, Side.FRONT), (2, Side.FRONT)]


async def test_an_empty_feeder_is_no_paper(factory: Factory, tmp_path: Path) -> None:
    async with factory(tmp_path, 0) as rig:
        assert (await rig.scanner.status()).feeder is Feeder.EMPTY
        with pytest.raises(ApplianceError) as caught:
            await whole(rig.scanner)
    assert caught.value.kind is errors.NO_PAPER


async def test_loaded_paper_is_seen_and_the_feeder_is_empty_afterwards(factory: Factory, tmp_path: Path) -> None:
    async with factory(tmp_path, 1) as rig:
        assert await rig.scanner.status() == Status(Feeder.LOADED)
        await whole(rig.scanner)
        assert (await rig.scanner.status()).feeder is Feeder.EMPTY


async def test_closing_the_iterator_stops_the_feed_and_the_rest_can_be_scanned(
    factory: Factory, tmp_path: Path
) -> None:
    async with factory(tmp_path, 4) as rig:
        feed = rig.scanner.scan(DUPLEX)
        async with aclosing(feed):  # type: ignore[type-var]
            assert (await anext(feed)).sheet == 1
        left = rig.left()
        assert left >= 2
        rest = await whole(rig.scanner)
    fronts = [side.data for side in rest if side.side is Side.FRONT]
    assert fronts == [rig.expected(sheet, Side.FRONT) for sheet in range(5 - left, 5)]
    assert rest[0].sheet == 1


async def test_nothing_is_fed_before_the_first_side_is_asked_for(factory: Factory, tmp_path: Path) -> None:
    async with factory(tmp_path, 2) as rig:
        feed = rig.scanner.scan(DUPLEX)
        await rig.scanner.status()
        assert rig.left() == 2
        await feed.aclose()  # type: ignore[attr-defined]


async def test_describing_can_be_repeated_at_any_time(factory: Factory, tmp_path: Path) -> None:
    async with factory(tmp_path, 2) as rig:
        first = await rig.scanner.describe()
        feed = rig.scanner.scan(DUPLEX)
        await anext(feed)
        assert await rig.scanner.describe() == first
        await feed.aclose()  # type: ignore[attr-defined]
        assert await rig.scanner.describe() == first
    assert isinstance(first, Capabilities)
    assert first.serial
    assert first.colour


async def test_status_can_be_asked_in_the_middle_of_a_scan(factory: Factory, tmp_path: Path) -> None:
    async with factory(tmp_path, 2) as rig:
        async for side in rig.scanner.scan(DUPLEX):
            assert isinstance(await rig.scanner.status(), Status)
            if side.recorded is not None:
                side.recorded()


async def test_closing_twice_is_harmless(factory: Factory, tmp_path: Path) -> None:
    async with factory(tmp_path, 1) as rig:
        await rig.scanner.close()
        await rig.scanner.close()


@pytest.mark.parametrize("away", UNREACHABLE)
async def test_status_of_a_device_that_is_away_is_lost_and_a_scan_says_so(
    factory: Factory, away: Factory, tmp_path: Path
) -> None:
    async with away(tmp_path, 1) as rig:
        assert (await rig.scanner.status()).feeder is Feeder.LOST
        with pytest.raises(ApplianceError) as caught:
            await whole(rig.scanner)
        assert caught.value.kind is errors.DEVICE_LOST
        assert rig.left() == 1
