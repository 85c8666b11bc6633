"""What the watchdog is told of: a conductor, a control door and other doors that stand, a task that has failed."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import zmq

from appliance import vitals, worker
from appliance.control import ControlSite
from appliance.core.config import Config
from appliance.daemon import Daemon
from appliance.hands import Hands
from appliance.vitals import Vitals


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vitals, "PATIENCE", 2.0)
    monkeypatch.setattr(vitals, "LOOK_SECONDS", 0.1)


@pytest.fixture
def runtime() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="vi", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@asynccontextmanager
async def house(runtime: Path, last_round: Any = time.monotonic) -> AsyncIterator[tuple[Vitals, ControlSite]]:
    """Run the control door, and what knocks at it."""
    nothing = cast(Any, None)
    control = ControlSite(runtime / vitals.CONTROL, Hands(nothing), nothing, nothing, nothing)
    (runtime / "scanner.sock").touch()
    await control.start()
    one = Vitals(runtime, last_round)
    knocking = asyncio.create_task(one.run())
    try:
        await asyncio.sleep(0.3)
        yield one, control
    finally:
        knocking.cancel()
        await asyncio.gather(knocking, return_exceptions=True)
        await control.stop()


async def stands(one: Vitals, what: str) -> None:
    async with asyncio.timeout(30):
        while one.standing() != what:
            await asyncio.sleep(0.05)


async def test_a_house_in_which_all_goes_on_is_well(runtime: Path) -> None:
    async with house(runtime) as (one, _):
        await asyncio.sleep(2.5)
        assert one.well()


async def test_a_conductor_that_stands_is_told_once(runtime: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with house(runtime, lambda: 0.0) as (one, _):
        assert (one.well(), one.well()) == (False, False)
    assert [record.getMessage() for record in caplog.records].count("the daemon stands still: conductor") == 1


async def test_a_control_door_that_is_shut_or_away_is_noticed(runtime: Path) -> None:
    async with house(runtime) as (one, control):
        control.socket.unlink()
        await stands(one, "control door")


async def test_a_socket_of_the_scanners_that_somebody_removed_is_noticed(runtime: Path) -> None:
    async with house(runtime) as (one, _):
        (runtime / "scanner.sock").unlink()
        await stands(one, "scanner.sock")


async def test_needed_work_that_has_failed_is_noticed_and_what_was_told_to_end_is_not(runtime: Path) -> None:
    async def breaks() -> None:
        raise OSError("disk")

    async def rests() -> None:
        await asyncio.Event().wait()

    async with house(runtime) as (one, _):
        resting = asyncio.create_task(rests())
        one.tasks = (resting,)
        resting.cancel()
        await asyncio.gather(resting, return_exceptions=True)
        assert one.well()
        broken = asyncio.create_task(breaks())
        one.tasks = (resting, broken)
        await asyncio.gather(broken, return_exceptions=True)
        assert "breaks" in one.standing()


def test_a_worker_whose_page_is_long_over_its_time_is_heard_of_no_more(
    runtime: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, zmq.Context[zmq.Socket[bytes]]() as context:
        manager.bind(str(runtime / "notify"))
        manager.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(runtime / "notify"))
        line = worker.Line(context, runtime / "pool.ipc", "worker-1")
        line._pool = line._connect()
        line._beat()
        assert manager.recv(100) == b"WATCHDOG=1"
        line._working, line._late, line._beaten = True, time.monotonic() + 60, 0.0
        line._beat()
        assert manager.recv(100) == b"WATCHDOG=1"
        line._late, line._beaten = time.monotonic() - 1, 0.0
        line._beat()
        with pytest.raises(BlockingIOError):
            manager.recv(100)
        line._pool.close(linger=0)


@pytest.mark.parametrize(("last_round", "asks"), [(time.monotonic, True), (lambda: 0.0, False)])
async def test_a_daemon_that_waits_for_a_worker_asks_for_more_time_only_while_its_own_work_goes_on(
        runtime: Path, monkeypatch: pytest.MonkeyPatch, last_round: Any, asks: bool) -> None:
    one = Daemon(Config(), runtime / "none.toml")
    one.pool, one.site = cast(Any, SimpleNamespace(capacity=lambda: 0)), cast(Any, SimpleNamespace(address=""))
    one.vitals, stop, heard = Vitals(runtime, last_round), asyncio.Event(), []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(runtime / "notify"))
        manager.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(runtime / "notify"))
        asyncio.get_running_loop().call_later(0.4, stop.set)
        assert not await one._warm(stop)
        with contextlib.suppress(BlockingIOError):
            while True:
                heard.append(manager.recv(4096))
    assert any(b"EXTEND_TIMEOUT_USEC" in one for one in heard) is asks
