"""Several network scanners at one host: what is wrong with one of them keeps no other from scanning."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import simplejpeg
from scanner_rig import ROOT, MemoryDesk

from appliance.core import errors
from appliance.core.config import Config, Device
from appliance.core.errors import ApplianceError
from appliance.core.events import Bus
from appliance.device import catalogue, virtual
from appliance.device.duty import duties
from appliance.device.station import Stations

SECONDS = 40.0
STRANGER = "00:" * 31 + "00"


@asynccontextmanager
async def stations(folder: Path, *devices: Device) -> AsyncIterator[tuple[Stations, MemoryDesk]]:
    """Stations for these devices, each with its real scanner process."""
    runtime = folder / "run"
    runtime.mkdir()
    (folder / "a.toml").write_text(
        f'[storage]\nstate = "{folder}"\nruntime = "{runtime}"\n' + "".join(
            f'[[device]]\nname = "{one.name}"\nurl = "{one.url}"\nfingerprint = "{one.fingerprint}"\n'
            'start_kind = "press"\n' for one in devices))
    desk, bus = MemoryDesk(folder / "masters"), Bus()
    served = duties(Config(device=devices), catalogue.read(folder / "profiles"))
    made = Stations(served, runtime / "scanner.sock", desk, bus, time.monotonic)
    await made.start()
    processes: list[Process] = []
    try:
        for one in devices:
            processes.append(await asyncio.create_subprocess_exec(  # noqa: PERF401 - those started must be ended
                sys.executable, "-m", "appliance", "scanner", "--config", str(folder / "a.toml"),
                "--device", one.name, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}))
        yield made, desk
    finally:
        await made.stop()
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def until(holds: Callable[[], bool], what: Callable[[], object]) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, what()
        await asyncio.sleep(0.05)


def hopper(folder: Path, sheets: int) -> Path:
    stack = folder / "hopper" / "s"
    stack.mkdir(parents=True)
    for number in range(1, sheets + 1):
        page = simplejpeg.encode_jpeg(np.full((351, 248, 3), 20 * number, np.uint8))
        (stack / f"{number}a.jpg").write_bytes(page)
    return folder / "hopper"


async def test_a_stranger_a_changed_one_and_a_garbled_one_are_unusable_and_their_neighbour_scans(
    tmp_path: Path
) -> None:
    garbled = tmp_path / "faults.json"
    garbled.write_text('{"garbage": true}')
    async with contextlib.AsyncExitStack() as stack:
        def scanner(name: str, **how: Any) -> Any:
            return stack.enter_async_context(virtual.answering(
                virtual.VirtualSettings(hopper(tmp_path / name, 3), **how)))
        good = await scanner("good")
        safe = await scanner("safe", tls=tmp_path / "tls")
        odd = await scanner("odd", faults=garbled)
        devices = (Device("good", url=good.url, start_kind="press"), Device("new", url=safe.url),
                   Device("other", url=safe.url, fingerprint=STRANGER), Device("odd", url=odd.url))
        made, desk = await stack.enter_async_context(stations(tmp_path, *devices))

        def standing() -> dict[str, dict[str, Any]]:
            return {one["name"]: one for one in made.snapshot()}

        def states() -> dict[str, str]:
            return {name: str(one["state"]) for name, one in standing().items()}

        wanted = {"good": "ready", "new": "unusable", "other": "unusable", "odd": "unusable"}
        await until(lambda: states() == wanted, states)
        now = standing()
        assert [now[name]["code"] for name in ("new", "other", "odd")] == [
            errors.SCANNER_UNTRUSTED.code, errors.SCANNER_CHANGED.code, errors.DEVICE_UNUSABLE.code]
        for name in ("new", "other"):
            assert safe.fingerprint in now[name]["message_vi"]
            assert safe.fingerprint in now[name]["message_en"]
        with pytest.raises(ApplianceError) as caught:
            await made.press("new")
        assert caught.value.kind is errors.SCANNER_UNTRUSTED
        await made.press("good")
        await until(lambda: len(desk.sides) == 3, lambda: (states(), desk.told))
        garbled.write_text("{}")
        await until(lambda: states()["odd"] == "ready", states)
