"""A feed that is told to stop, and told again while it tells the device: the device is told all the same."""

from __future__ import annotations

import asyncio
import io
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from PIL import Image
from scanner_rig import load

from appliance.device import profile, virtual
from appliance.device.escl import EsclScanner
from appliance.device.protocol import Feeder
from appliance.device.scanner import ScanSettings


def leaf() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (40, 60), "white").save(made, "JPEG")
    return made.getvalue()


async def test_a_second_stop_while_the_job_is_being_ended_leaves_no_scan_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with virtual.running(virtual.VirtualSettings(tmp_path)) as url, aiohttp.ClientSession() as web:
        load(tmp_path, "s1", {f"{n:04d}a.jpg": leaf() for n in range(1, 9)})
        device = EsclScanner(url, web, profile.load("virtual"))
        ask, one, ending, go = device._ask, asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def slow(method: str, *given: Any) -> Any:
            if method == "DELETE":
                ending.set()
                await go.wait()
            return await ask(method, *given)

        monkeypatch.setattr(device, "_ask", slow)

        async def feed() -> None:
            async with aclosing(cast(Any, device.scan(ScanSettings(300, False, 1, "b")))) as sides:
                async for _ in sides:
                    one.set()
                    await asyncio.Event().wait()

        async with asyncio.timeout(20):
            feeding = asyncio.create_task(feed())
            await one.wait()
            feeding.cancel()
            await ending.wait()
            feeding.cancel()
            await asyncio.sleep(0)
            go.set()
            await asyncio.wait({feeding})
            assert feeding.cancelled()
            assert (await device.status()).feeder is Feeder.LOADED
