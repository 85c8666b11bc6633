"""Misfortunes of the feeder, made by the virtual scanner and told apart by our client."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
import simplejpeg

from appliance.core import errors
from appliance.core.errors import ApplianceError, Kind
from appliance.device import profile, virtual
from appliance.device.escl import EsclScanner
from appliance.device.protocol import Feeder
from appliance.device.scanner import RawSide, ScanSettings
from appliance.device.virtual_faults import Faults

DUPLEX = ScanSettings(300, duplex=True)
SIMPLEX = ScanSettings(300, duplex=False)


def page(number: int) -> bytes:
    return bytes(simplejpeg.encode_jpeg(np.full((351, 248, 3), 20 * number, np.uint8)))


@asynccontextmanager
async def loaded(folder: Path, sheets: int = 4, faults: Path | None = None) -> AsyncIterator[EsclScanner]:
    """A scanner with ``sheets`` sheets in its hopper; a busy one is asked again only for a moment."""
    stack = folder / "hopper" / "s"
    stack.mkdir(parents=True)
    for number in range(1, sheets + 1):
        (stack / f"{number:04d}a.jpg").write_bytes(page(number))
    known = profile.load("virtual")
    patience = replace(known.transport, retry_seconds=0.2)
    settings = virtual.VirtualSettings(folder / "hopper", faults=faults)
    async with virtual.running(settings) as url, aiohttp.ClientSession() as web:
        yield EsclScanner(url, web, replace(known, transport=patience))


async def put(device: EsclScanner, **faults: Any) -> None:
    url = device._base.removesuffix("/eSCL") + "/faults"
    async with device._session.put(url, json=faults) as answer:
        assert answer.status == 200, await answer.text()


async def clear(device: EsclScanner) -> None:
    async with device._session.delete(device._base.removesuffix("/eSCL") + "/faults") as answer:
        assert answer.status == 200


async def broken_off(device: EsclScanner, settings: ScanSettings = SIMPLEX) -> tuple[list[RawSide], ApplianceError]:
    sides = []
    with pytest.raises(ApplianceError) as caught:
        async for side in device.scan(settings):
            sides.append(side)  # noqa: PERF401 - what came before the error counts
    return sides, caught.value


async def whole(device: EsclScanner, settings: ScanSettings = SIMPLEX) -> list[bytes]:
    return [side.data async for side in device.scan(settings)]


async def test_a_jam_between_sheets_names_the_sheet_and_lasts_until_it_is_cleared(tmp_path: Path) -> None:
    async with loaded(tmp_path) as device:
        await put(device, jam_at=3)
        sides, error = await broken_off(device)
        assert [side.data for side in sides] == [page(1), page(2)]
        assert (error.kind, error.details["sheet"]) == (errors.PAPER_JAM, 3)
        assert (await device.status()).feeder is Feeder.JAM
        assert (await broken_off(device))[1].kind is errors.PAPER_JAM
        out = tmp_path / "out" / "s"
        assert (out / "0003.jam").exists()
        (out / "0003a.jpg").rename(tmp_path / "hopper" / "s" / "0003a.jpg")
        await clear(device)
        assert await whole(device) == [page(3), page(4)]


async def test_a_jam_as_the_back_is_scanned_asks_for_the_whole_sheet(tmp_path: Path) -> None:
    async with loaded(tmp_path) as device:
        await put(device, jam_at=2, side="back")
        sides, error = await broken_off(device, DUPLEX)
    assert len(sides) == 3
    assert (error.kind, error.details["sheet"]) == (errors.PAPER_JAM, 2)


@pytest.mark.parametrize("sheet", [2, 4])
async def test_a_jam_in_mid_page_is_seen_though_the_feeder_says_nothing(tmp_path: Path, sheet: int) -> None:
    async with loaded(tmp_path) as device:
        await put(device, jam_at=sheet, mid_page=True)
        sides, error = await broken_off(device)
        assert (await device.status()).feeder is (Feeder.LOADED if sheet < 4 else Feeder.EMPTY)
    assert sides[-1].data == page(sheet)[: len(page(sheet)) // 2]
    assert (error.kind, error.details["sheet"]) == (errors.PAPER_JAM, sheet)


async def test_an_open_cover_stops_a_batch_and_refuses_the_next(tmp_path: Path) -> None:
    async with loaded(tmp_path) as device:
        feed = device.scan(SIMPLEX)
        await anext(feed)
        await put(device, cover_open=True)
        with pytest.raises(ApplianceError) as caught:
            await anext(feed)
        assert (caught.value.kind, caught.value.details["sheet"]) == (errors.COVER_OPEN, 2)
        assert (await device.status()).feeder is Feeder.COVER
        assert (await broken_off(device))[1].kind is errors.COVER_OPEN
        await clear(device)
        assert await whole(device) == [page(2), page(3), page(4)]


async def test_a_connection_lost_in_mid_image_is_no_side_and_is_not_asked_twice(tmp_path: Path) -> None:
    async with loaded(tmp_path) as device:
        await put(device, lost_at=2)
        sides, error = await broken_off(device)
        assert [side.data for side in sides] == [page(1)]
        assert (error.kind, error.details["sheet"]) == (errors.DEVICE_LOST, 2)
        assert await whole(device) == [page(3), page(4)]


async def test_a_truncated_image_comes_as_it_is_and_the_feed_goes_on(tmp_path: Path) -> None:
    async with loaded(tmp_path) as device:
        await put(device, truncated_at=2)
        sides = await whole(device)
    assert sides == [page(1), page(2)[: len(page(2)) // 2], page(3), page(4)]


async def test_a_device_too_slow_to_begin_a_side_is_stalled(tmp_path: Path) -> None:
    async with loaded(tmp_path, sheets=1) as device:
        await put(device, slow=3000)
        device._patience = replace(device._patience, first_byte_seconds=0.2)
        assert (await broken_off(device))[1].kind is errors.DEVICE_STALLED


async def test_a_slow_device_is_waited_for(tmp_path: Path) -> None:
    async with loaded(tmp_path, sheets=2) as device:
        await put(device, slow=0.1)
        assert len(await whole(device)) == 2


async def test_a_busy_device_is_asked_again_and_then_called_busy(tmp_path: Path) -> None:
    async with loaded(tmp_path) as device:
        await put(device, busy=True)
        assert (await broken_off(device))[1].kind is errors.DEVICE_BUSY


@pytest.mark.parametrize("end_status", [404, 409, 410])
async def test_the_end_of_a_feed_is_the_end_whatever_number_it_has(tmp_path: Path, end_status: int) -> None:
    async with loaded(tmp_path) as device:
        await put(device, end_status=end_status)
        assert len(await whole(device)) == 4


@pytest.mark.parametrize("sheet", [1, 3])
async def test_no_more_sides_said_too_early_loses_none(tmp_path: Path, sheet: int) -> None:
    async with loaded(tmp_path) as device:
        await put(device, early_end_at=sheet)
        assert await whole(device) == [page(1), page(2), page(3), page(4)]


async def test_not_yet_before_a_side_loses_none(tmp_path: Path) -> None:
    async with loaded(tmp_path) as device:
        await put(device, wait_at=2, side="back")
        assert len(await whole(device, DUPLEX)) == 8


@pytest.mark.parametrize("jam_status", [404, 409, 410, 503])
async def test_a_jam_is_a_jam_whatever_number_it_has(tmp_path: Path, jam_status: int) -> None:
    async with loaded(tmp_path) as device:
        await put(device, jam_at=2, jam_status=jam_status)
        sides, error = await broken_off(device)
    assert (len(sides), error.kind) == (1, errors.PAPER_JAM)


async def test_garbage_makes_the_device_unusable_until_it_is_over(tmp_path: Path) -> None:
    async with loaded(tmp_path) as device:
        await put(device, garbage=True)
        status = await device.status()
        assert (status.feeder, status.code) == (Feeder.LOST, errors.DEVICE_UNUSABLE.code)
        assert (await broken_off(device))[1].kind is errors.DEVICE_UNUSABLE
        await clear(device)
        assert len(await whole(device)) == 4


async def test_a_feeder_that_seems_empty_is_no_paper(tmp_path: Path) -> None:
    async with loaded(tmp_path) as device:
        await put(device, empty=True)
        assert (await device.status()).feeder is Feeder.EMPTY
        assert (await broken_off(device))[1].kind is errors.NO_PAPER


@pytest.mark.parametrize(("state", "kind"), [
    ("ScannerAdfMultipickDetected", errors.DOUBLE_FEED),
    ("ScannerAdfDuplexPageTooLong", errors.PAPER_PUT_WRONG),
    ("ScannerAdfInputTrayFailed", errors.DEVICE_FAULT),
    ("ScannerAdfNeverHeardOf", errors.DEVICE_FAULT),
])
async def test_any_state_can_be_shown_and_refuses_the_scan(tmp_path: Path, state: str, kind: Kind) -> None:
    async with loaded(tmp_path) as device:
        await put(device, adf_state=state)
        error = (await broken_off(device))[1]
    assert error.kind is kind
    assert error.details["text"] == state


async def test_faults_come_from_a_file_that_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps({"jam_at": 1}))
    async with loaded(tmp_path, faults=file) as device:
        assert (await broken_off(device))[1].kind is errors.PAPER_JAM
        file.write_text("")
        assert len(await whole(device)) == 3


async def test_a_fault_strikes_once_until_it_is_set_anew(tmp_path: Path) -> None:
    async with loaded(tmp_path) as device:
        await put(device, truncated_at=1)
        assert (await whole(device))[0] != page(1)
        again = tmp_path / "out" / "s"
        again.rename(tmp_path / "hopper" / "t")
        assert (await whole(device))[0] == page(1)


def test_every_fault_and_option_stands_in_the_manual() -> None:
    text = (Path(__file__).parents[2] / "docs" / "virtual-scanner.md").read_text(encoding="utf-8")
    table = text.split("| fault |")[1].split("Sheets count")[0]
    assert set(re.findall(r"^\| `([a-z_]+)` \|", table, re.MULTILINE)) == {spec.name for spec in fields(Faults)}
    options = {spec.name for spec in fields(virtual.VirtualSettings)}
    assert {name for name in options if f"`--{name}" not in text.split("## Paper")[0]} == set()


async def test_an_unknown_fault_is_refused_and_a_bad_file_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text('{"cover_open": true}')
    async with loaded(tmp_path, faults=file) as device:
        assert (await device.status()).feeder is Feeder.COVER
        file.write_text('{"cover_opne": true}')
        assert (await device.status()).feeder is Feeder.COVER
        async with device._session.put(device._base.removesuffix("/eSCL") + "/faults", json={"jam": 1}) as answer:
            assert answer.status == 400


async def test_a_device_that_is_away_is_lost_and_its_status_does_not_raise(tmp_path: Path) -> None:
    async with loaded(tmp_path) as device:
        pass
    async with aiohttp.ClientSession() as web:
        away = EsclScanner(device._base, web, profile.load("virtual"))
        assert (await away.status()).feeder is Feeder.LOST
        with pytest.raises(ApplianceError) as caught:
            await anext(away.scan(SIMPLEX))
    assert caught.value.kind is errors.DEVICE_LOST
