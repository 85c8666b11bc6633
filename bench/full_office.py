"""A daemon's inside with a full ledger and two scanners that have said hello: for a look at its metrics page.

Built as ``appliance run`` builds it; no worker, signer or conductor runs, so nothing but a scrape takes CPU.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from appliance.core import config as settings
from appliance.core import events
from appliance.core.wire import Line
from appliance.daemon import Daemon
from appliance.device.protocol import Feeder, Hello, Status
from bench.full_ledger import DEVICES, Share, fill

STAGES = ("send", "screen", "pack", "sign", "catalogue", "assemble", "compose", "separate", "analyse", "read",
          "clear", "ask")
PATIENCE = 30.0
"""Seconds after which a wait gives up; nothing is measured against it."""


def settings_of(folder: Path) -> str:
    """Return the settings of an office with two scanners."""
    devices = "".join(f'[[device]]\nname = "{name}"\nkind = "sane"\nprofile = "fujitsu_fi-8170"\njob = "archive"\n'
                      f'serial = "SN{at}"\nstart_process = false\n' for at, name in enumerate(DEVICES))
    return (f'[office]\ncode = "0164"\nprovince = "01"\n[storage]\nstate = "{folder}/state"\n'
            f'runtime = "{folder}/run"\nmin_free_mb = 16\n[signing]\nstart = false\n[pool]\nworkers = 1\n'
            f'[console]\nport = 0\n[[job]]\nname = "archive"\nrules = "demo"\n{devices}')


@contextlib.asynccontextmanager
async def full_office(pages: int, share: Share | None = None) -> AsyncIterator[Daemon]:
    """Yield the daemon; its ledger holds about so many sides."""
    folder = Path(tempfile.mkdtemp(prefix="fo", dir="/tmp"))
    path = folder / "appliance.toml"
    path.write_text(settings_of(folder), encoding="utf-8")
    config = settings.load(path)
    config.storage.state.mkdir(parents=True)
    fill(config.storage.state / "ledger.sqlite3", pages, share)
    daemon = Daemon(config, path)
    daemon.build()
    try:
        async with contextlib.AsyncExitStack() as stack:
            for start, stop in ((daemon.dispatch.start, daemon.dispatch.stop),
                                (daemon.stations.start, daemon.stations.stop)):
                await start()
                stack.push_async_callback(stop)
            stack.push_async_callback(daemon.pool.close)
            for line in [await _hello(daemon, at) for at in range(len(DEVICES))]:
                stack.push_async_callback(line.close)
            _work(daemon)
            yield daemon
    finally:
        daemon.book.close()
        shutil.rmtree(folder)


async def _hello(daemon: Daemon, at: int) -> Line:
    """Connect as a scanner process does; return when the daemon has seen the device ready."""
    name = DEVICES[at]
    line = Line(*await asyncio.open_unix_connection(daemon.config.storage.runtime / "scanner.sock"))
    await line.send("hello", Hello(name, "FUJITSU fi-8170dj", f"SN{at}", "1.00.06", "fujitsu_fi-8170", 1, "a" * 64,
                                   counters={"total": 41_000, "roller": 1200}))
    await line.send("status", Status(Feeder.EMPTY))
    async with asyncio.timeout(PATIENCE):
        while next(one for one in daemon.stations.snapshot() if one["name"] == name)["model"] == "":  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return line


def _work(daemon: Daemon) -> None:
    """Tell what a day of work tells, so that every counter has its series."""
    tell = daemon.bus.tell
    for stage in STAGES:
        for result in ("ok", "held"):
            tell(events.StageFinished(stage, result, 0.3))
    for device in DEVICES:
        tell(events.SideCaptured(device, "", "front", 0.5, 0.1))
        for code in ("D101", "D102"):
            tell(events.BatchInterrupted(device, "", code))
    for code in ("I301", "I302", "T405", "K520"):
        tell(events.ThingHeld("page", code))
    for check in ("staple", "streaks", "skew"):
        tell(events.PageWarned(check))
    tell(events.FieldsRead(tuple(f"field_{n}" for n in range(20)), tuple(f"field_{n}" for n in range(20))))
