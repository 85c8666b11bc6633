"""Our libsane client, the real libsane and the virtual production scanner, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sane_rig
from sane_backend import virtual_fi
from sane_backend.virtual_fi import VirtualFi

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import Side
from appliance.device import image_header, profile, sane_cable, usb_device
from appliance.device.protocol import Feeder, Status
from appliance.device.sane import SaneScanner
from appliance.device.scanner import RawSide, ScanSettings

pytestmark = pytest.mark.skipif(bool(virtual_fi.why_not()), reason=virtual_fi.why_not() or "-")

DUPLEX, SIMPLEX = ScanSettings(300, duplex=True), ScanSettings(300, duplex=False)


@dataclass
class Place:
    """A device with three sheets, and the client for it."""

    device: VirtualFi
    scanner: SaneScanner

    async def scan(self, settings: ScanSettings = DUPLEX) -> list[RawSide]:
        return [side.developed() async for side in self.scanner.scan(settings)]

    async def refusal(self, settings: ScanSettings = DUPLEX) -> ApplianceError:
        with pytest.raises(ApplianceError) as caught:
            await self.scan(settings)
        return caught.value


@asynccontextmanager
async def at(device: VirtualFi, text: str = "") -> AsyncIterator[Place]:
    """The client for a device, with a profile of its own."""
    model = profile.parse(sane_rig.PROFILE, text) if text else sane_rig.quick_profile()
    made = Place(device, SaneScanner(virtual_fi.DEVICE, model))
    try:
        yield made
    finally:
        await made.scanner.close()


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    device = virtual_fi.make(tmp_path)
    sane_rig.load(device, 3)
    sane_rig.plug_in(monkeypatch, device)
    made = Place(device, SaneScanner(virtual_fi.DEVICE, sane_rig.quick_profile()))
    yield made
    await made.scanner.close()


async def test_it_says_who_it_is(place: Place) -> None:
    known = await place.scanner.describe()
    assert (known.model, known.serial) == ("FUJITSU fi-8170", "VIRTUAL8170")
    assert known.duplex and known.colour and 300 in known.resolutions


async def test_a_scanner_with_another_serial_number_is_refused_before_anything_is_scanned(
    place: Place,
) -> None:
    other = SaneScanner(virtual_fi.DEVICE, sane_rig.quick_profile(), "MINE-1")
    try:
        with pytest.raises(ApplianceError) as caught:
            await other.describe()
        assert caught.value.kind is errors.SCANNER_OTHER
        assert "VIRTUAL8170" in caught.value.vi and "MINE-1" in caught.value.en
        assert await other.status() == Status(Feeder.LOST, code=errors.SCANNER_OTHER.code,
                                              details={"serial": "VIRTUAL8170", "wanted": "MINE-1"})
        refusal = await Place(place.device, other).refusal()
        assert refusal.kind is errors.SCANNER_OTHER and place.device.left() == 3
    finally:
        await other.close()


async def test_a_scanner_with_the_right_serial_number_scans(place: Place) -> None:
    ours = SaneScanner(virtual_fi.DEVICE, sane_rig.quick_profile(), "VIRTUAL8170")
    try:
        assert len(await Place(place.device, ours).scan()) == 6
    finally:
        await ours.close()


async def test_only_the_scanner_at_the_port_that_the_bus_tells_is_opened(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = tmp_path / "listed" / "1-1"
    port.mkdir(parents=True)
    for name, text in {"busnum": "1", "devnum": "7", "idVendor": "04c5", "idProduct": "15ff"}.items():
        (port / name).write_text(text)
    monkeypatch.setattr(usb_device, "LISTED", port.parent)
    seen = [(await place.scanner.status()).feeder]
    for told, mine in (("usb:1-2", True), ("usb:1-1", True), ("", False), ("", True)):
        place.scanner.placed(told, mine=mine)
        await asyncio.sleep(sane_cable.OPEN_AGAIN_SECONDS)
        seen.append((await place.scanner.status()).feeder)
    assert seen == [Feeder.LOADED, Feeder.LOST, Feeder.LOADED, Feeder.LOST, Feeder.LOADED]


async def test_the_hash_of_its_options_is_that_of_the_driver_not_of_their_values(place: Place) -> None:
    first = (await place.scanner.describe()).options_hash
    assert len(first) == 64
    await place.scan()
    assert (await place.scanner.describe()).options_hash == first
    for wishes, same in (({"flatbed": 0}, True), ({"rename": "df-diff:df-other"}, False), ({"flatbed": 1}, False)):
        place.device.control(**wishes)
        await place.scanner.close()
        async with at(place.device) as other:
            assert ((await other.scanner.describe()).options_hash == first) is same


async def test_what_the_driver_lacks_and_what_the_device_has_counted_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = virtual_fi.make(tmp_path)
    sane_rig.load(device, 1)
    device.control(rename="prepick:before-pick,ink-remain:total,skew-angle:since", ink_remain=1203, skew_angle=77)
    sane_rig.plug_in(monkeypatch, device)
    counted = '[counters]\ntotal_option = "total"\nroller_option = "since"'
    text = sane_rig.profile_text().replace("[counters]", counted)
    async with at(device, text) as place:
        known = await place.scanner.describe()
        assert known.lacking == ("prepick",)
        assert known.counters == {"total": 1203, "roller": 77}
        assert len(await place.scan()) == 2  # nobody said that it is required
        device.control(ink_remain=1204, skew_angle=78)
        assert (await place.scanner.describe()).counters == {"total": 1204, "roller": 78}


async def test_an_option_that_is_required_and_missing_makes_the_device_unusable_before_anybody_scans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = virtual_fi.make(tmp_path)
    sane_rig.load(device, 1)
    device.control(rename="mode:colours")
    sane_rig.plug_in(monkeypatch, device)
    async with at(device) as place:
        assert "mode" in (await place.scanner.describe()).lacking
        status = await place.scanner.status()
        assert (status.feeder, status.code) == (Feeder.LOST, errors.DEVICE_REFUSED.code)
        assert status.details["text"] == "mode=Color, the driver has no such option"
        assert (await place.refusal()).kind is errors.DEVICE_REFUSED
        assert device.left() == 1


async def test_a_master_carries_its_resolution_in_its_own_header(place: Place) -> None:
    header = image_header.parse((await place.scan())[0].data)
    assert (header.dpi, header.components, header.width) == (300, 3, sane_rig.WIDTH)


async def test_a_side_of_unknown_height_ends_where_the_paper_ends(place: Place) -> None:
    place.device.control(unknown_height=1)
    sides = await place.scan()
    assert [side.data for side in sides] == [
        sane_rig.master(sheet, face) for sheet in (1, 2, 3) for face in (Side.FRONT, Side.BACK)]
    assert {side.code for side in sides} == {""}


async def test_a_back_that_is_not_there_is_a_white_side_not_a_missing_one(place: Place) -> None:
    (place.device.hopper / "0002b.ppm").unlink()
    assert len(await place.scan()) == 6


async def test_a_busy_device_is_asked_again(place: Place) -> None:
    place.device.control(busy=3)
    assert len(await place.scan()) == 6


async def test_options_are_described_afresh_when_the_source_makes_others_active(place: Place) -> None:
    place.device.control(flatbed=1)  # page sizes are inactive until a feeder source is set
    assert len(await place.scan()) == 6
    assert place.scanner.lacking == ()


async def test_simplex_takes_the_front_source_without_a_word_in_the_profile(place: Place) -> None:
    assert [(side.sheet, side.side) for side in await place.scan(SIMPLEX)] == [
        (sheet, Side.FRONT) for sheet in (1, 2, 3)]


async def test_a_resolution_it_does_not_have_is_refused_before_paper_moves(place: Place) -> None:
    problem = await place.refusal(ScanSettings(1200, duplex=True))
    assert (problem.kind, problem.details["text"]) == (errors.DEVICE_REFUSED, "resolution=1200, allowed: 50..600")
    assert place.device.left() == 3


async def test_idle_sensors_cost_one_command_a_tick_and_a_press_is_among_them(place: Place) -> None:
    await place.scanner.status()
    before = place.device.stats()["hw_status"]
    place.device.press()
    assert await place.scanner.status() == Status(Feeder.LOADED)
    assert place.device.stats()["hw_status"] == before + 1
    assert place.scanner.senses["scan"] and place.scanner.senses["function"] == 1
    await place.scanner.status()
    assert not place.scanner.senses["scan"]


async def test_an_open_cover_is_seen_before_anybody_scans(place: Place) -> None:
    place.device.control(cover_open=1)
    assert (await place.scanner.status()).feeder is Feeder.COVER
    assert (await place.refusal()).kind is errors.COVER_OPEN


async def test_a_scan_that_is_given_up_in_mid_page_leaves_the_device_free(place: Place) -> None:
    place.device.control(ppm=6, cancel_is_eof=1)
    whole = asyncio.create_task(place.scan())
    while place.device.left() == 3:
        await asyncio.sleep(0.02)
    whole.cancel()
    with pytest.raises(asyncio.CancelledError):
        await whole
    place.device.control()
    assert len(await place.scan()) == 4


async def test_a_second_scan_on_the_same_device_is_busy(place: Place) -> None:
    feed = place.scanner.scan(DUPLEX)
    async with aclosing(feed):
        await anext(feed)
        assert (await place.refusal()).kind is errors.DEVICE_BUSY


async def test_sides_that_nobody_has_encoded_yet_are_not_overwritten(place: Place) -> None:
    raw = [side async for side in place.scanner.scan(DUPLEX)]
    assert [side.developed().data for side in raw] == [
        sane_rig.master(sheet, face) for sheet in (1, 2, 3) for face in (Side.FRONT, Side.BACK)]


async def test_a_frame_that_is_no_colour_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = virtual_fi.make(tmp_path)
    sane_rig.load(device, 1)
    sane_rig.plug_in(monkeypatch, device)
    grey = sane_rig.profile_text().replace('value = "Color"', 'value = "Gray"')
    place = Place(device, SaneScanner(virtual_fi.DEVICE, profile.parse(sane_rig.PROFILE, grey)))
    assert (await place.refusal()).kind is errors.DEVICE_REFUSED
    await place.scanner.close()


async def test_without_a_name_the_profile_finds_its_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = virtual_fi.make(tmp_path)
    sane_rig.plug_in(monkeypatch, device)
    fitting = sane_rig.quick_profile(sane_backend='"virtualfi"')
    for wanted, serial in (("", "VIRTUAL8170"), ("VIRTUAL8170", "VIRTUAL8170")):
        scanner = SaneScanner("", fitting, wanted)
        assert (await scanner.describe()).serial == serial
        await scanner.close()
    for strange in (SaneScanner("", fitting, "ANOTHER"), SaneScanner("", sane_rig.quick_profile())):
        assert (await strange.status()).feeder is Feeder.LOST
        with pytest.raises(ApplianceError) as caught:
            await strange.describe()
        assert caught.value.kind is errors.DEVICE_LOST
        await strange.close()


async def test_a_hostile_name_is_a_lost_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sane_rig.plug_in(monkeypatch, virtual_fi.make(tmp_path))
    for name in ("../../etc/passwd", "no-such:%s%n", "x" * 5000, "virtualfi\x01"):
        scanner = SaneScanner(name, sane_rig.quick_profile())
        assert (await scanner.status()).feeder is Feeder.LOST
        await scanner.close()
