"""A scanner process that owes the daemon a word and never says it: put down, and its batch goes on with another."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))

import pytest
from scanner_rig import ROOT, rig

from appliance import watchman
from appliance.children import Backoff, Children, Rung
from appliance.core import errors
from appliance.core.config import Device
from appliance.device import catalogue
from appliance.device.profile_tables import Transport
from appliance.watchman import Watchman

SHORT = (Rung(signal.SIGINT, 0.3), Rung(signal.SIGTERM, 0.3))
QUICK = """
name = "quick"
model = "Quick"
[match]
model = "Quick"
[transport]
answer_seconds = 0.05
first_byte_seconds = 0.05
stall_seconds = 0.05
side_seconds = 0.05
retry_seconds = 0
"""
DEAF = f"""
import os, signal, socket, sys, time
sys.path.insert(0, {str(ROOT)!r})
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[1])
line.sendall(b'{{"kind": "hello", "device": "quay1", "model": "", "serial": "", "firmware": "", "profile": "quick",'
             b' "pid": %d}}\\n{{"kind": "status", "feeder": "loaded"}}\\n' % os.getpid())
while True:
    time.sleep(60)
"""
"""A process that says hello and that paper is there, and from then on nothing, deaf to all but SIGKILL."""


async def test_a_process_that_hangs_whole_is_killed_in_the_end_and_the_batch_can_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchman, "SLACK_SECONDS", 0.3)
    monkeypatch.setattr(watchman, "CANCEL_SECONDS", 0.3)
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "quick.toml").write_text(QUICK)
    device = Device("quay1", "sane", profile="quick", start_kind="press")
    ends: list[int] = []
    children = Children(lambda _name, _pid, code: ends.append(code), Backoff(first=0.05))
    async with rig(tmp_path, device) as made:
        watching = Watchman((device,), catalogue.read(tmp_path / "profiles"), made.stations, children)
        argv = [sys.executable, "-c", DEAF, str(tmp_path / "run/scanner.sock")]
        children.start(watchman.child_of("quay1"), argv, SHORT)
        await made.until_state("ready")
        assert watching.overdue() == []
        await made.stations.press("quay1")
        await made.until_state("scanning")
        work = asyncio.create_task(watching.run())
        await made.until(lambda: bool(ends), "the end of the process")
        assert ends == [-signal.SIGKILL]
        await made.until_state("reload")
        assert made.desk.told[-1][-1] == errors.SCANNER_PROCESS_LOST.code
        await made.until(lambda: children.snapshot()[0].starts == 2, "another process")
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await children.stop_all(SHORT)


def test_patience_covers_all_that_a_device_may_lawfully_take() -> None:
    slow = Transport(first_byte_seconds=45, stall_seconds=30, retry_seconds=30, answer_seconds=10, side_seconds=300)
    assert watchman.patience("sane", slow) > 45 + 30 + 30 + 10
    assert watchman.patience("escl", slow) > 45 + 300


def test_a_device_that_locks_up_when_killed_gets_a_longer_ladder() -> None:
    shipped = catalogue.read()
    wedging = watchman.ladder(Device("a", "sane", profile="fujitsu_fi-7160"), shipped)
    usual = watchman.ladder(Device("b", "sane", profile="fujitsu_fi-8170"), shipped)
    assert wedging[-1].seconds > usual[-1].seconds
