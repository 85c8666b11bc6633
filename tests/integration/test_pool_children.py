"""Child processes of the daemon: kept running, stopped in order, never left behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

import pytest
from pool_rig import is_gone, rig, until

from appliance.children import DRIVER, PARENT, Backoff, Children, Rung, patient

STUBBORN = """
import signal, time, pathlib, sys
signal.signal(15, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(600)
"""


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


async def test_a_child_that_ends_is_started_again_and_its_end_is_reported() -> None:
    ends: list[tuple[str, int]] = []
    children = Children(lambda name, _pid, code: ends.append((name, code)), Backoff(first=0.01, most=0.02))
    children.start("brief", python("raise SystemExit(7)"))
    await until(lambda: len(ends) >= 3, "three ends")
    await children.stop_all()
    assert ends[:3] == [("brief", 7)] * 3


async def test_a_program_that_is_not_there_is_tried_again_and_stops_nobody() -> None:
    children = Children(backoff=Backoff(first=0.01, most=0.02))
    children.start("missing", ["/nowhere/at/all"])
    children.start("good", python("import time; time.sleep(600)"))
    await until(lambda: children.snapshot()[0].starts >= 3 and children.snapshot()[1].running, "tries")
    await children.stop_all()
    assert children.snapshot() == []


async def test_a_child_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    ends: list[int] = []
    children = Children(lambda _name, _pid, code: ends.append(code))
    children.start("stubborn", python(STUBBORN, str(tmp_path / "up")))
    await until((tmp_path / "up").exists, "a stubborn child")
    await children.stop("stubborn", (Rung(signal.SIGTERM, 0.3),))
    assert ends == [-signal.SIGKILL]


async def test_a_stopped_child_ends_gently_and_stays_away() -> None:
    ends: list[int] = []
    children = Children(lambda _name, _pid, code: ends.append(code), Backoff(first=0.01))
    children.start("gentle", python("import time; time.sleep(600)"))
    await until(lambda: children.snapshot()[0].running, "a child")
    await children.stop("gentle")
    await children.stop("gentle")
    assert ends == [-signal.SIGTERM]
    assert children.snapshot() == []


async def test_stopping_while_a_child_waits_to_be_started_again_starts_nothing() -> None:
    children = Children(backoff=Backoff(first=300))
    children.start("brief", python("pass"))
    await until(lambda: children.snapshot()[0].last == 0, "its end")
    await children.stop_all()
    assert children.snapshot() == []


async def test_only_a_child_of_ours_is_ended_with_what_it_started(tmp_path: Path) -> None:
    grandchild = tmp_path / "grandchild"
    code = ("import subprocess,sys,pathlib,time\np = subprocess.Popen(['sleep', '600'])\n"
            "pathlib.Path(sys.argv[1]).write_text(str(p.pid) + '\\n')\ntime.sleep(600)")
    children = Children(backoff=Backoff(first=300))
    children.start("family", python(code, str(grandchild)))
    await until(lambda: grandchild.exists() and grandchild.read_text().endswith("\n"), "a grandchild")
    assert not children.end(os.getpid())
    assert children.end(children.snapshot()[0].pid)
    await until(lambda: is_gone(int(grandchild.read_text())), "the end of the grandchild")
    await children.stop_all()


async def test_one_name_is_one_child() -> None:
    children = Children()
    children.start("one", python("import time; time.sleep(600)"))
    with pytest.raises(ValueError, match="one"):
        children.start("one", python("pass"))
    await children.stop_all()


async def test_what_systemd_tells_the_daemon_is_not_for_its_children(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/systemd/notify")
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    out = tmp_path / "environment"
    children = Children(backoff=Backoff(first=300))
    children.start("nosy", python("import os,sys,pathlib; e = os.environ\n"
                                  "pathlib.Path(sys.argv[1]).write_text(repr([e.get('NOTIFY_SOCKET'),"
                                  f" e.get('WATCHDOG_USEC'), e.get('{PARENT}')]))", str(out)))
    await until(lambda: children.snapshot()[0].last == 0, "its end")
    await children.stop_all()
    assert out.read_text() == repr([None, None, str(os.getpid())])


async def test_a_killed_daemon_leaves_no_worker_behind() -> None:
    daemon = Path(__file__).parents[1] / "faults" / "small_daemon.py"
    process = await asyncio.create_subprocess_exec(sys.executable, str(daemon), stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    async with asyncio.timeout(60):
        folder, *pids = (await process.stdout.readline()).decode().split()
    assert len(pids) == 2
    process.kill()
    await process.wait()
    process._transport.close()  # type: ignore[attr-defined]
    await until(lambda: all(is_gone(int(pid)) for pid in pids), "the end of the workers")
    shutil.rmtree(folder)


async def test_a_busy_worker_ends_with_its_daemon_even_in_locked_c_code() -> None:
    async with rig(1) as r:
        work = asyncio.create_task(r.pool.run(r.job("hang_locked")))
        await until(lambda: r.pool.stats().busy == 1, "a busy worker")
        (pid,) = r.pool.stats().pids
        await r.children.stop_all((Rung(signal.SIGTERM, 0.5),))
        assert is_gone(pid)
        work.cancel()


LADDER = (Rung(signal.SIGINT, 20.0), Rung(signal.SIGTERM, 20.0))
SHORT = (Rung(signal.SIGINT, 0.3), Rung(signal.SIGTERM, 0.3))


def listener(*deaf: int, ends_on: int = 0) -> str:
    """Code of a child that notes every signal it gets, is deaf to some and ends on one."""
    return f"""
import signal, sys, time, pathlib
def note(number, frame):
    with open(sys.argv[1], "a") as out:
        print(number, file=out, flush=True)
    if number == {ends_on}:
        raise SystemExit(0)
for number in {deaf or ()}:
    signal.signal(number, note)
signal.signal({ends_on or 10}, note)
pathlib.Path(sys.argv[1] + ".up").touch()
while True:
    time.sleep(0.05)
"""


@pytest.mark.parametrize(("deaf", "ends_on", "ladder", "heard", "gently"), [
    ((), 2, LADDER, [2], True), ((2,), 15, (SHORT[0], LADDER[1]), [2, 15], True),
    ((2, 15), 0, SHORT, [2, 15], False),
])
async def test_a_scanner_process_is_asked_twice_before_it_is_killed_and_is_started_again(
    tmp_path: Path, deaf: tuple[int, ...], ends_on: int, ladder: tuple[Rung, ...], heard: list[int], gently: bool
) -> None:
    ends: list[int] = []
    children = Children(lambda _name, _pid, code: ends.append(code), Backoff(first=0.01))
    notes = tmp_path / "notes"
    children.start("scanner", python(listener(*deaf, ends_on=ends_on), str(notes)), ladder)
    await until((tmp_path / "notes.up").exists, "a listener")
    assert await children.ease("scanner") is gently
    await until(lambda: children.snapshot()[0].starts >= 2, "a second start")
    assert [int(line) for line in notes.read_text().split()][:len(heard)] == heard
    assert ends[0] == (0 if gently else -signal.SIGKILL)
    await children.stop("scanner", SHORT)


async def test_a_child_that_does_not_run_has_ended_gently() -> None:
    assert await Children().ease("nobody")


def test_what_locks_up_when_killed_is_given_longer_before_the_last_step_only() -> None:
    longer = patient(DRIVER)
    assert [rung.signal for rung in DRIVER] == [signal.SIGINT, signal.SIGTERM]
    assert longer[0] == DRIVER[0] and longer[1].seconds >= 5 * DRIVER[1].seconds
