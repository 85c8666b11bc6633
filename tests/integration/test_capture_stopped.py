"""A stop that comes at the worst moment still ends the scan, and says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device.capture import Capture
from appliance.device.protocol import Feeder, Scan, Status
from appliance.device.scanner import Capabilities, RawSide, ScanSettings


class EndlessScanner:
    """A device that has paper and never sends a side."""

    async def describe(self) -> Capabilities:
        return Capabilities("endless", "1", "1", (300,), duplex=True, colour=True)

    async def status(self) -> Status:
        return Status(Feeder.LOADED)

    async def scan(self, settings: ScanSettings) -> AsyncIterator[RawSide]:
        await asyncio.sleep(3600)
        yield RawSide(1, settings.first_sheet, b"", 300)  # type: ignore[arg-type]

    async def close(self) -> None:
        return


@pytest.mark.parametrize("steps", range(6))
async def test_a_stop_at_any_step_of_the_beginning_ends_the_scan(steps: int, tmp_path: Path) -> None:
    order = Scan("b", 1, 1, 300, duplex=True, masters=str(tmp_path), max_pixels=1_000_000)
    capture = Capture(EndlessScanner(), order)

    async def drain() -> None:
        async for _ in capture.sides():
            pass

    work = asyncio.create_task(drain())
    for _ in range(steps):
        await asyncio.sleep(0)
    capture.stop()
    with pytest.raises(ApplianceError) as caught:
        await asyncio.wait_for(work, 10)
    assert caught.value.code == errors.CAPTURE_STOPPED.code
