"""A device whose profile or driver cannot be used says so and stays quiet; its neighbour scans on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest
from scanner_rig import ROOT, MemoryDesk, load

from appliance.core import config, errors
from appliance.core.config import Config, Device, Storage
from appliance.core.events import Bus
from appliance.core.wire import connect
from appliance.device import catalogue, driver, profile
from appliance.device.conversation import Conversation
from appliance.device.driver import Unfit
from appliance.device.duty import duties
from appliance.device.profile_tables import Start
from appliance.device.protocol import Feeder, Status
from appliance.device.scanner import Capabilities, RawSide, ScanSettings
from appliance.device.station import Stations

WRONG = 'name = "wrong"\nmodel = "Wrong"\n[match]\nmodel = "Wrong"\n[start]\npol_ms = 400\n'
DEADLINE = 30.0


class Hall:
    """Two devices at one daemon: ``bad`` cannot be used, ``good`` is a folder."""

    def __init__(self, folder: Path) -> None:
        (folder / "run").mkdir()
        (folder / "profiles").mkdir()
        (folder / "hopper").mkdir()
        (folder / "profiles" / "wrong.toml").write_text(WRONG)
        self.folder = folder
        (folder / "a.toml").write_text(
            f'[storage]\nstate = "{folder}"\nruntime = "{folder}/run"\nprofiles = "{folder}/profiles"\n'
            '[[device]]\nname = "bad"\nkind = "sane"\nprofile = "wrong"\n'
            f'[[device]]\nname = "good"\nkind = "folder"\nfolder = "{folder}/hopper"\nstart_kind = "press"\n')
        self.config = config.load(folder / "a.toml")
        self.desk = MemoryDesk(folder / "masters")
        self.stations = Stations(duties(self.config, catalogue.read(self.config.storage.profiles)),
                                 folder / "run" / "scanner.sock", self.desk, Bus(), time.monotonic)
        self.processes: list[Process] = []

    async def start_process(self, name: str) -> Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "appliance", "scanner", "--config", str(self.folder / "a.toml"), "--device", name,
            cwd=ROOT, stderr=PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)})
        self.processes.append(process)
        return process

    def now(self, name: str) -> dict[str, object]:
        return next(one for one in self.stations.snapshot() if one["name"] == name)

    async def until_state(self, name: str, state: str) -> None:
        end = time.monotonic() + DEADLINE
        while self.now(name)["state"] != state:
            assert time.monotonic() < end, f"{state}: {self.now(name)}"
            await asyncio.sleep(0.02)


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    made = Hall(tmp_path)
    await made.stations.start()
    try:
        yield made
    finally:
        await made.stations.stop()
        for process in made.processes:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.communicate()


async def test_a_profile_with_a_typo_marks_its_device_and_the_neighbour_scans_on(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    bad = await hall.start_process("bad")
    await hall.start_process("good")
    await hall.until_state("bad", "unusable")
    told = hall.now("bad")
    assert told["code"] == errors.PROFILE_REFUSED.code
    assert "wrong.toml" in str(told["message_vi"]) and "pol_ms" in str(told["message_en"])
    with pytest.raises(errors.ApplianceError) as caught:
        await hall.stations.press("bad")
    assert caught.value.kind is errors.PROFILE_REFUSED
    await hall.until_state("good", "ready")
    load(hall.folder / "hopper", "s1", {"p1.jpg": b"no image, but captured"})
    await hall.stations.press("good")
    await hall.until_state("good", "ready")
    assert hall.desk.verbs() == ["begin", "finished"] and len(hall.desk.sides) == 1
    assert bad.returncode is None
    bad.terminate()
    _, said = await bad.communicate()
    assert len(said.decode().splitlines()) == 1, said  # only that it ends as it was told
    assert len([record for record in caplog.records if "bad cannot be used" in record.getMessage()]) == 1


async def test_a_mended_profile_ends_the_process_so_that_the_next_one_uses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "MEND_SECONDS", 0.02)
    (tmp_path / "wrong.toml").write_text(WRONG)
    device = Device("net", "escl", url="http://127.0.0.1:1/eSCL", profile="wrong")
    settings = Config(storage=Storage(profiles=tmp_path), device=(device,))
    async with driver.usable(settings, device) as (scanner, _):
        assert isinstance(scanner, Unfit) and scanner.problem.kind is errors.PROFILE_REFUSED
    waiting = asyncio.create_task(driver.mended(settings, device))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    (tmp_path / "wrong.toml").write_text(WRONG.replace("pol_ms", "poll_ms"))
    await asyncio.wait_for(waiting, DEADLINE)
    assert profile.load("wrong", overrides=tmp_path).start.poll_ms == 400


class Odd:
    """A driver that trips over what its device answers."""

    async def describe(self) -> Capabilities:
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "garbage")

    async def status(self) -> Status:
        return Status(Feeder.EMPTY)

    async def scan(self, settings: ScanSettings) -> AsyncGenerator[RawSide, None]:
        raise ValueError(settings.dpi)
        yield

    async def close(self) -> None:
        """Nothing to let go."""


async def test_a_driver_that_trips_over_an_answer_is_told_once_and_asked_again(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    line = await connect(hall.folder / "run" / "scanner.sock")
    start = Start(poll_ms=20)
    talking = asyncio.create_task(Conversation(line, Odd(), Device("good", "folder"), start).run())
    await hall.until_state("good", "unusable")
    assert hall.now("good")["code"] == errors.UNEXPECTED.code
    assert "UnicodeDecodeError" in str(hall.now("good")["message_en"])
    await asyncio.sleep(0.2)
    assert not talking.done()
    assert len([record for record in caplog.records if record.getMessage() == "asking good"]) == 1
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)
