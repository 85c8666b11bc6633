"""Before a restart no batch begins and the open one ends: real stations, scanner process, control door, command."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image
from scanner_rig import Rig, load, rig

from appliance import cli
from appliance.control import ControlSite, asked
from appliance.core import errors
from appliance.core.config import Device
from appliance.core.errors import ApplianceError, Exit
from appliance.device import virtual
from appliance.drain_desk import Drain
from appliance.hands import Hands


def leaf() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (1240, 1754), "white").save(made, "JPEG", dpi=(150, 150))
    return made.getvalue()


def paper(hopper: Path, name: str, sheets: int = 3) -> None:
    load(hopper, name, {f"{number:04d}a.jpg": leaf() for number in range(1, sheets + 1)})


async def drain(socket: Path, *words: str) -> int:
    return await asyncio.to_thread(cli.main, ["drain", "--socket", str(socket), *words])


@asynccontextmanager
async def stand(folder: Path, start: str = "press") -> AsyncIterator[tuple[Rig, Path, Path]]:
    """Run a device with a process and the control socket; yield both with the hopper."""
    hopper = folder / "hopper"
    async with virtual.running(virtual.VirtualSettings(hopper)) as url, rig(
            folder, Device(name="quay1", url=url, settle_seconds=0.2, start_kind=start)) as one:
        door = Drain(one.stations, time.monotonic)
        nothing = cast(Any, None)
        control = ControlSite(folder / "control.sock", Hands(one.stations), nothing, nothing, nothing,
                              more=door.routes(asked))
        await control.start()
        await one.start_process()
        await one.until_state("ready")
        try:
            yield one, control.socket, hopper
        finally:
            door.end()
            await control.stop()


async def test_a_start_is_refused_with_what_to_do_and_the_scanner_says_it_before_anybody_presses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    async with stand(tmp_path) as (one, control, hopper):
        assert await drain(control, "--minutes", "5", "--json") == Exit.DONE
        told = json.loads(capsys.readouterr().out)
        assert (told["draining"], told["scanning"], told["changed"]) == (True, [], True)
        assert one.now()["code"] == errors.DRAINING.code and "5 phút" in str(one.now()["message_vi"])
        paper(hopper, "s1")
        with pytest.raises(ApplianceError) as caught:
            await one.stations.press("quay1")
        assert caught.value.kind is errors.DRAINING
        assert await drain(control, "--end") == Exit.DONE
        assert one.now()["code"] == ""
        await one.stations.press("quay1")
        await one.until(lambda: "finished" in one.desk.verbs(), "the stack is in")


async def test_paper_that_is_loaded_starts_nothing_and_by_itself_when_all_is_open_again(tmp_path: Path) -> None:
    async with stand(tmp_path, "settled") as (one, control, hopper):
        await drain(control)
        paper(hopper, "s1")
        await one.until(lambda: one.now()["feeder"] == "loaded", "the paper is seen")
        await asyncio.sleep(0.6)
        assert one.desk.verbs() == []
        await drain(control, "--end")
        await one.until(lambda: "finished" in one.desk.verbs(), "the stack is in")


async def test_the_open_batch_is_waited_for(tmp_path: Path) -> None:
    async with stand(tmp_path) as (one, control, hopper):
        one.desk.hold_after = 1
        paper(hopper, "s1")
        await one.stations.press("quay1")
        await one.until(lambda: one.now()["state"] == "scanning" and len(one.desk.sides) == 1, "side 2 waits")
        waiting = asyncio.create_task(drain(control, "--minutes", "5"))
        await one.until(lambda: one.stations._post("quay1").session.closed.code != "", "no other begins")
        assert not waiting.done()
        one.desk.gate.set()
        assert await waiting == Exit.DONE
        assert (one.desk.verbs(), len(one.desk.sides)) == (["begin", "finished"], 3)


async def test_a_batch_that_does_not_end_in_time_puts_the_restart_off_and_all_is_open_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    async with stand(tmp_path) as (one, control, hopper):
        one.desk.hold_after = 1
        paper(hopper, "s1")
        await one.stations.press("quay1")
        await one.until(lambda: one.now()["state"] == "scanning" and len(one.desk.sides) == 1, "side 2 waits")
        assert await drain(control, "--minutes", "0.01", "--json") == Exit.HELD
        told = json.loads(capsys.readouterr().out)
        assert (told["draining"], told["scanning"], told["changed"]) == (False, ["quay1"], False)
        one.desk.gate.set()
        await one.until(lambda: "finished" in one.desk.verbs(), "the stack is in")
        assert one.now()["code"] == ""


async def test_a_batch_that_a_jam_broke_off_goes_on_meanwhile_and_holds_nothing_up_for_ever(tmp_path: Path) -> None:
    async with stand(tmp_path) as (one, control, hopper):
        one.stations.restore("quay1", "b9", 1, "default")
        await one.until_state("reload")
        assert await drain(control, "--minutes", "0.01") == Exit.DONE
        paper(hopper, "s1")
        await one.stations.resume("quay1")
        await one.until(lambda: "finished" in one.desk.verbs(), "the batch is in")
        assert one.desk.verbs() == ["go_on", "finished"]
        assert one.now()["code"] == errors.DRAINING.code


async def test_who_joins_a_drain_and_gives_up_opens_nothing_for_the_one_who_still_waits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    async with stand(tmp_path) as (one, control, hopper):
        one.desk.hold_after = 1
        paper(hopper, "s1")
        await one.stations.press("quay1")
        await one.until(lambda: one.now()["state"] == "scanning" and len(one.desk.sides) == 1, "side 2 waits")
        first = asyncio.create_task(drain(control, "--minutes", "5"))
        await one.until(lambda: one.stations._post("quay1").session.closed.code != "", "no other begins")
        assert await drain(control, "--minutes", "0.01") == Exit.HELD
        assert "an earlier drain goes on" in capsys.readouterr().out
        assert one.stations._post("quay1").session.closed.details["minutes"] == 5, "it is not shortened"
        assert one.stations._post("quay1").session.closed.code == errors.DRAINING.code
        one.desk.gate.set()
        assert await first == Exit.DONE
        assert one.now()["code"] == errors.DRAINING.code, "idle means that nothing begins until the restart"


async def test_a_drain_that_a_restart_or_somebody_ended_is_asked_for_again_before_idle_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    async with stand(tmp_path) as (one, control, hopper):
        one.desk.hold_after = 1
        paper(hopper, "s1")
        await one.stations.press("quay1")
        await one.until(lambda: one.now()["state"] == "scanning" and len(one.desk.sides) == 1, "side 2 waits")
        waiting = asyncio.create_task(drain(control, "--minutes", "5", "--json"))
        await one.until(lambda: one.stations._post("quay1").session.closed.code != "", "no other begins")
        assert await drain(control, "--end") == Exit.DONE
        capsys.readouterr()
        one.desk.gate.set()
        assert await waiting == Exit.DONE
        assert json.loads(capsys.readouterr().out)["draining"] is True
        assert one.now()["code"] == errors.DRAINING.code


async def test_nothing_is_kept_closed_when_who_asked_is_gone(tmp_path: Path) -> None:
    async with stand(tmp_path) as (one, _, _):
        door = Drain(one.stations, time.monotonic)
        door._open_in(0.05, 1)
        assert one.now()["code"] == errors.DRAINING.code
        await one.until(lambda: one.now()["code"] == "", "it opened by itself")
        assert door.told()["draining"] is False


async def test_minutes_that_are_none_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with stand(tmp_path) as (one, control, _):
        assert await drain(control, "--minutes", "-1") == Exit.FAILED
        assert errors.REQUEST_REFUSED.code in capsys.readouterr().err
        assert one.now()["code"] == ""
