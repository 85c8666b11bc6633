"""The operator presses Start on the device: a real scanner process polls real libsane and a virtual fi-8170."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sane_rig
from sane_backend import virtual_fi
from sane_backend.virtual_fi import VirtualFi
from sane_station import NAME, station
from scanner_rig import Rig

from appliance.core import errors
from appliance.core.config import Button, Job
from appliance.core.errors import ApplianceError
from appliance.core.model import Side

pytestmark = pytest.mark.skipif(bool(virtual_fi.why_not()), reason=virtual_fi.why_not() or "-")

SHEETS = 3
JOBS = (Job("usual"), Job("second"), Job("by_button"), Job("waits", press_while_open="ignore"),
        Job("ends", press_while_open="end_dossier"))
BUTTONS = (Button("2", "second"), Button("3", "waits"), Button("4", "ends"))


@dataclass
class Counter:
    """The scanner on the counter, and what the daemon knows of it."""

    device: VirtualFi
    rig: Rig

    async def press(self, function: int = 1, **wishes: object) -> None:
        """Press Start with a number chosen on the device's panel."""
        await self.looked_at()
        self.device.control(function=function, **wishes)
        self.device.press()

    async def looked_at(self, times: int = 2) -> None:
        """Wait until the idle device was looked at so often from now on."""
        until = self.looks() + times
        await self.rig.until(lambda: self.looks() >= until, "looks at the idle device")

    def looks(self) -> float:
        stats = self.device.folder / "stats"
        return self.device.stats().get("hw_status", 0) if stats.exists() else 0

    async def finished(self, times: int = 1) -> None:
        await self.rig.until(lambda: self.rig.desk.verbs().count("finished") == times, "batch finished")

    def masters(self) -> dict[tuple[int, Side], str]:
        return {(side.sheet, side.side): side.master.sha256 for side in self.rig.desk.sides}


def all_paper() -> dict[tuple[int, Side], str]:
    return {(sheet, side): hashlib.sha256(sane_rig.master(sheet, side)).hexdigest()
            for sheet in range(1, SHEETS + 1) for side in (Side.FRONT, Side.BACK)}


@contextlib.asynccontextmanager
async def counter(folder: Path, patch: pytest.MonkeyPatch, *buttons: Button,
                  **wishes: object) -> AsyncIterator[Counter]:
    device = virtual_fi.make(folder / "device")
    device.control(**wishes)
    async with station(folder, device, patch, JOBS, job="usual", button=buttons or BUTTONS) as made:
        await made.start_process()
        await made.until_state("ready")
        yield Counter(device, made)


@pytest.fixture
async def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Counter]:
    async with counter(tmp_path, monkeypatch) as made:
        yield made


@pytest.mark.parametrize(("function", "job"), [(1, "usual"), (2, "second"), (9, "usual")])
async def test_start_on_the_device_begins_the_job_that_its_number_selects(
    at: Counter, function: int, job: str
) -> None:
    sane_rig.load(at.device, SHEETS)
    await at.press(function)
    await at.finished()
    assert at.rig.desk.jobs == [job]
    assert at.masters() == all_paper()


async def test_a_button_can_select_a_job_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with counter(tmp_path, monkeypatch, Button("scan", "by_button")) as at:
        sane_rig.load(at.device, SHEETS)
        await at.press(7)
        await at.finished()
        assert at.rig.desk.jobs == ["by_button"]


async def test_loaded_paper_alone_starts_nothing_where_a_button_can_be_read(at: Counter) -> None:
    sane_rig.load(at.device, SHEETS)
    await at.looked_at(8)
    assert at.rig.desk.told == []


async def test_start_on_an_empty_device_asks_for_paper_and_the_next_press_scans(at: Counter) -> None:
    await at.press()
    await at.rig.until(lambda: at.rig.now()["code"] == errors.NO_PAPER.code, "paper asked for")
    sane_rig.load(at.device, SHEETS)
    await at.rig.until(lambda: at.rig.now()["code"] == "", "paper seen")
    await at.press()
    await at.finished()
    assert at.rig.desk.verbs() == ["begin", "finished"]


@pytest.mark.parametrize(("function", "verbs", "state"), [
    (1, ["begin", "interrupted", "go_on", "finished"], "ready"),
    (3, ["begin", "interrupted"], "reload"),
    (4, ["begin", "interrupted", "finished"], "ready"),
], ids=["goes on", "is ignored", "ends the dossier"])
async def test_start_on_the_device_after_a_jam_is_what_the_job_of_the_batch_says(
    at: Counter, function: int, verbs: list[str], state: str
) -> None:
    sane_rig.load(at.device, SHEETS)
    await at.press(function, jam_at="0002b")
    await at.rig.until_state("reload")
    at.device.control()
    at.device.put_back(2)
    await at.rig.until(lambda: at.rig.now()["feeder"] == "loaded", "paper is back")
    await at.press()
    await at.rig.until(lambda: at.rig.desk.verbs() == verbs and at.rig.now()["state"] == state, str(verbs))
    await at.looked_at(4)
    assert at.rig.desk.verbs() == verbs
    if "go_on" in verbs:
        assert at.masters() == all_paper()


async def test_a_stuck_button_starts_nothing_until_it_comes_loose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with counter(tmp_path, monkeypatch, button_stuck=1) as at:
        sane_rig.load(at.device, SHEETS)
        await at.looked_at(6)
        assert at.rig.desk.told == []
        at.device.control()
        await at.press()
        await at.finished()
        at.device.control(button_stuck=1)  # it sticks again: that is one press, into an empty feeder
        await at.looked_at(6)
        assert at.rig.desk.verbs() == ["begin", "finished"]


async def test_nobody_asks_for_sensors_while_it_scans_and_a_press_meanwhile_starts_nothing(at: Counter) -> None:
    sane_rig.load(at.device, SHEETS)
    await at.press(ppm=120)
    await at.rig.until(lambda: len(at.rig.desk.sides) >= 1, "the first side")
    before = at.looks()
    at.device.press()
    await at.rig.until(lambda: len(at.rig.desk.sides) >= 5, "sides")
    assert at.looks() == before
    await at.finished()
    at.device.control()
    sane_rig.load(at.device, SHEETS)
    await at.looked_at(6)
    assert at.rig.desk.verbs() == ["begin", "finished"]
    await at.press(2)
    await at.finished(2)
    assert at.rig.desk.jobs == ["usual", "second"]


async def test_the_page_presses_for_a_job_by_name_and_is_told_of_a_wrong_one(at: Counter) -> None:
    sane_rig.load(at.device, SHEETS)
    await at.rig.until(lambda: at.rig.now()["feeder"] == "loaded", "paper is seen")
    with pytest.raises(ApplianceError) as caught:
        await at.rig.stations.press(NAME, "secnod")
    assert caught.value.kind is errors.JOB_UNKNOWN
    await at.rig.stations.press(NAME, "second")
    await at.finished()
    assert at.rig.desk.jobs == ["second"]


async def test_what_the_device_tells_of_itself_reaches_the_status(at: Counter) -> None:
    await at.looked_at()
    told = at.rig.now()
    assert isinstance(told["options_hash"], str) and len(told["options_hash"]) == 64
    assert told["job"] == "" and "scan" not in str(told["lacking"])


async def test_a_driver_that_goes_silent_is_told_with_the_seconds_of_its_profile(at: Counter) -> None:
    sane_rig.load(at.device, SHEETS)
    await at.press(stall_at="0002a")
    await at.rig.until_state("reload")
    told = at.rig.now()
    assert told["code"] == errors.DEVICE_STALLED.code
    for language in ("vi", "en"):
        assert re.search(r"\b1(\.0)?\b.*\b2\b", str(told[f"message_{language}"])), told


# ---- the cable ----

async def test_a_cable_pulled_while_it_scans_keeps_every_side_and_the_batch_goes_on_at_another_port(
    at: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    sane_rig.load(at.device, SHEETS)
    caplog.clear()
    await at.press(ppm=120)
    await at.rig.until(lambda: len(at.rig.desk.sides) >= 2, "two sides")
    at.rig.stations.unplugged(NAME, "usb:1-1")  # the bus alone has noticed
    await at.rig.until_state("absent")
    told = at.rig.now()
    assert (told["code"], told["batch"]) == (errors.DEVICE_LOST.code, "batch-1")
    assert at.rig.desk.told[-1] == ("interrupted", NAME, "batch-1", errors.DEVICE_LOST.code)
    at.device.control()
    assert isinstance(told["sheet"], int)
    at.device.put_back(told["sheet"])
    at.rig.stations.plugged(NAME, "usb:2-1.4")
    await at.rig.until_state("reload")
    await at.rig.stations.resume(NAME)
    await at.finished()
    assert at.masters() == all_paper()
    said = [record.getMessage() for record in caplog.records if record.getMessage().startswith("scanner ")]
    assert said == ["scanner quay1 lost (usb:1-1)", "scanner quay1 there (usb:2-1.4)"]


async def test_a_short_loss_that_the_driver_never_noticed_ends_ready(
    at: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    await at.looked_at()
    caplog.clear()
    at.rig.stations.unplugged(NAME, "usb:1-1")
    await at.rig.until_state("absent")
    await at.looked_at(3)
    assert at.rig.now()["state"] == "absent"
    at.rig.stations.plugged(NAME, "usb:1-1")
    await at.rig.until_state("ready")
    said = [record.getMessage() for record in caplog.records if record.getMessage().startswith("scanner ")]
    assert said == ["scanner quay1 lost (usb:1-1)", "scanner quay1 there (usb:1-1)"]
