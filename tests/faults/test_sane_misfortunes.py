"""Every misfortune of a SANE scanner, in a real scanner process: afterwards the masters equal the paper."""

from __future__ import annotations

import asyncio
import hashlib
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sane_rig
from sane_backend import virtual_fi
from sane_backend.virtual_fi import VirtualFi
from sane_station import NAME, station
from scanner_rig import Rig

from appliance.core import errors
from appliance.core.errors import ApplianceError, Kind
from appliance.core.model import Side

pytestmark = pytest.mark.skipif(bool(virtual_fi.why_not()), reason=virtual_fi.why_not() or "-")

SHEETS = 5


@dataclass
class Desk:
    """An operator's desk: the scanner, its process, and what the ledger would hold."""

    device: VirtualFi
    rig: Rig
    process: Process

    @property
    def mark(self) -> Path:
        """What is there as long as a scan has not come to its end."""
        return self.rig.folder / f"scanning-{NAME}"

    async def press(self) -> None:
        await self.rig.until_state("ready")
        await self.rig.stations.press(NAME)

    async def reload(self) -> None:
        """Do what the operator is told to: put back from that sheet on, and go on."""
        await self.rig.until_state("reload")
        sheet = self.rig.now()["sheet"]
        assert isinstance(sheet, int)
        self.device.control()
        self.device.put_back(sheet)
        await self.rig.stations.resume(NAME)
        await self.finished()

    async def finished(self) -> None:
        await self.rig.until(lambda: "finished" in self.rig.desk.verbs(), "batch finished")

    def masters(self) -> dict[tuple[int, Side], str]:
        """The hash that counts for each side: that of the last attempt."""
        return {(side.sheet, side.side): side.master.sha256 for side in self.rig.desk.sides}


def all_paper() -> dict[tuple[int, Side], str]:
    return {(sheet, side): hashlib.sha256(sane_rig.master(sheet, side)).hexdigest()
            for sheet in range(1, SHEETS + 1) for side in (Side.FRONT, Side.BACK)}


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    device = virtual_fi.make(tmp_path / "device")
    sane_rig.load(device, SHEETS)
    async with station(tmp_path, device, monkeypatch) as made:
        yield Desk(device, made, await made.start_process())


async def test_a_press_brings_both_sides_of_every_sheet_to_the_ledger(desk: Desk) -> None:
    await desk.press()
    await desk.finished()
    assert desk.masters() == all_paper()
    assert [(side.sheet, side.side.value) for side in desk.rig.desk.sides] == [
        (sheet, face) for sheet in range(1, SHEETS + 1) for face in ("front", "back")]
    assert {(side.master.dpi, side.master.components) for side in desk.rig.desk.sides} == {(300, 3)}
    await desk.rig.until_state("ready")


@pytest.mark.parametrize(("fault", "side", "kind"), [
    ("jam_at", "0003a", errors.PAPER_JAM),
    ("jam_at", "0003b", errors.PAPER_JAM),
    ("start_jam_at", "0003a", errors.PAPER_JAM),
    ("double_feed_at", "0003a", errors.DOUBLE_FEED),
    ("stop_at", "0003a", errors.CAPTURE_STOPPED),
    ("cover_at", "0003b", errors.COVER_OPEN),
    ("io_error_at", "0003a", errors.DEVICE_FAULT),
    ("unplug_at", "0003a", errors.DEVICE_LOST),
    pytest.param("stall_at", "0003b", errors.DEVICE_STALLED, marks=pytest.mark.slow),
    ("zero_at", "0003b", errors.DEVICE_STALLED),
])
async def test_a_feed_that_breaks_off_names_its_sheet_and_ends_with_every_side_once(
    desk: Desk, fault: str, side: str, kind: Kind
) -> None:
    desk.device.control(**{fault: side})
    await desk.press()
    await desk.rig.until(lambda: "interrupted" in desk.rig.desk.verbs(), "the feed breaks off")
    assert desk.rig.desk.told[-1] == ("interrupted", NAME, "batch-1", kind.code)
    await desk.rig.until_state("reload")
    assert desk.rig.now()["sheet"] == 3
    await desk.reload()
    assert desk.masters() == all_paper()
    assert desk.process.returncode is None


@pytest.mark.parametrize(("fault", "ended_by_itself"), [
    ("segv_at", False), pytest.param("hang_at", True, marks=pytest.mark.slow)])
async def test_a_backend_that_crashes_or_hangs_takes_only_its_own_process_down(
    desk: Desk, fault: str, ended_by_itself: bool
) -> None:
    desk.device.control(**{fault: "0003b"})
    await desk.press()
    code = await asyncio.wait_for(desk.process.wait(), 40)
    assert (code > 0) is ended_by_itself  # a hung driver ends in order, after telling; a crash by its signal
    assert desk.mark.exists()  # for the next process: no scan came to its end here
    await desk.rig.until_state("absent")
    lost = errors.DEVICE_STALLED if ended_by_itself else errors.SCANNER_PROCESS_LOST
    assert desk.rig.now()["code"] == lost.code
    desk.device.control()
    await desk.rig.start_process()
    await desk.reload()
    assert desk.masters() == all_paper()
    assert not desk.mark.exists()


@pytest.mark.slow
async def test_a_driver_that_hangs_when_it_opens_ends_its_process_and_sends_the_operator_to_the_switch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = virtual_fi.make(tmp_path / "device")
    device.control(open_hangs=1)
    async with station(tmp_path, device, monkeypatch) as made:
        (tmp_path / f"scanning-{NAME}").write_text('{"place": "", "resets": 1}')
        process = await made.start_process()
        await made.until_state("unusable")
        assert made.now()["code"] == errors.DEVICE_WEDGED.code
        assert await asyncio.wait_for(process.wait(), 20) == 1
        assert (tmp_path / f"scanning-{NAME}").exists()
        device.control()
        await made.start_process()
        await made.until_state("ready")
        assert not (tmp_path / f"scanning-{NAME}").exists()


@pytest.mark.slow
async def test_a_driver_that_hangs_again_after_a_reset_is_a_device_to_turn_off_and_on(desk: Desk) -> None:
    for code in (errors.DEVICE_STALLED.code, errors.DEVICE_WEDGED.code):
        desk.device.control(hang_at="0001a")
        await desk.rig.until(lambda: desk.rig.now()["state"] in ("ready", "reload"), "a device that answers")
        await desk.rig.stations.press(NAME)
        process = desk.rig.processes[-1]
        await asyncio.wait_for(process.wait(), 40)
        assert desk.rig.desk.told[-1][-1] == code
        await desk.rig.start_process()
    desk.device.control()
    await desk.reload()
    assert desk.masters() == all_paper()


async def test_a_device_that_refuses_its_profile_is_unusable_and_says_what_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = virtual_fi.make(tmp_path / "device")
    sane_rig.load(device, 1)
    async with station(tmp_path, device, monkeypatch) as made:
        wrong = sane_rig.profile_text(poll_ms="100").replace('value = "Stop"', 'value = "Halt"')
        (tmp_path / "profiles" / f"{sane_rig.PROFILE}.toml").write_text(wrong, encoding="utf-8")
        await made.start_process()
        await made.until_state("unusable")
        now = made.now()
        assert now["code"] == errors.DEVICE_REFUSED.code
        assert "df-action=Halt, allowed: Default | Continue | Stop" in str(now["message_en"])
        assert now["serial"] == "VIRTUAL8170"
        with pytest.raises(ApplianceError) as caught:
            await made.stations.press(NAME)
        assert caught.value.kind is errors.DEVICE_REFUSED
        assert device.left() == 1


async def test_a_short_frame_is_a_held_page_and_the_feed_goes_on(desk: Desk) -> None:
    desk.device.control(truncate_at="0003b")
    await desk.press()
    await desk.finished()
    bad = [side for side in desk.rig.desk.sides if side.code]
    assert [(side.sheet, side.side, side.code) for side in bad] == [(3, Side.BACK, errors.IMAGE_TRUNCATED.code)]
    assert bad[0].reason == f"{sane_rig.HEIGHT // 3} of {sane_rig.HEIGHT} lines"
    good = {key: value for key, value in desk.masters().items() if key != (3, Side.BACK)}
    assert good == {key: value for key, value in all_paper().items() if key != (3, Side.BACK)}


async def test_a_cancel_that_looks_like_success_gives_no_side(desk: Desk) -> None:
    desk.device.control(cancel_is_eof=1, ppm=6)
    await desk.press()
    await desk.rig.until(lambda: desk.device.left() < SHEETS, "paper moves")
    await desk.rig.stations.cancel(NAME)
    await desk.rig.until_state("reload")
    assert desk.rig.desk.sides == []
    assert desk.rig.now()["code"] == errors.CAPTURE_STOPPED.code
    await desk.reload()
    assert desk.masters() == all_paper()


async def test_a_cable_that_is_pulled_and_put_back_is_a_device_lost_and_found(desk: Desk) -> None:
    await desk.rig.until_state("ready")
    desk.device.control(unplugged=1)
    await desk.rig.until_state("absent")
    desk.device.control()
    await desk.rig.until_state("ready")


@pytest.mark.parametrize("kind", [
    errors.SCANNER_STRANGER, pytest.param(errors.SCANNER_UNCLEAR, marks=pytest.mark.slow)])
async def test_a_process_lets_a_scanner_go_that_the_bus_says_is_not_ours_and_takes_ours_when_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    device = virtual_fi.make(tmp_path / "device")
    sane_rig.load(device, 1)
    settings: dict[str, Any] = {"start_kind": "settled", "settle_seconds": 0.5, "sane_device": ""}
    async with station(tmp_path, device, monkeypatch, **settings) as made:
        text = sane_rig.profile_text(poll_ms="100", sane_backend='"virtualfi"')
        (tmp_path / "profiles" / f"{sane_rig.PROFILE}.toml").write_text(text, encoding="utf-8")
        made.stations.unplugged(NAME, "usb:1-2", kind.code)
        await made.start_process()
        await made.until(lambda: bool(made.now()["pid"]), "the process")
        await asyncio.sleep(1.5)  # paper lies in the feeder: whatever would start has time to
        asked = (device.folder / "stats").read_bytes() if (device.folder / "stats").exists() else b""
        await asyncio.sleep(1.0)  # ten looks at a device that is open
        assert not asked or (device.folder / "stats").read_bytes() == asked
        assert (made.now()["state"], made.now()["code"]) == ("unusable", kind.code)
        assert made.desk.told == [] and device.left() == 1
        with pytest.raises(ApplianceError) as caught:
            await made.stations.press(NAME)
        assert caught.value.kind is kind
        made.stations.plugged(NAME, "usb:1-1")
        await made.until(lambda: "finished" in made.desk.verbs(), "the stack")
        assert len(made.desk.sides) == 2


async def test_a_process_told_to_end_while_the_driver_hangs_ends_within_its_grace(desk: Desk) -> None:
    desk.device.control(hang_at="0002a")
    await desk.press()
    await desk.rig.until(lambda: len(desk.rig.desk.sides) == 2, "the first sheet")
    desk.process.terminate()
    assert await asyncio.wait_for(desk.process.wait(), 20) >= 0
