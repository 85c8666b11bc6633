"""A program started by a bench: ready when it says where it listens, killed or ended in time, its CPU counted."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
READY_SECONDS = 60.0


@dataclass
class Started:
    """One program that listens at ``url``."""

    process: subprocess.Popen[str]
    url: str

    def cpu_seconds(self) -> float:
        """Return the CPU time of the program and of all that it started, those gone included."""
        return sum(_spent(pid) for pid in family(self.process.pid))

    def resident_mb(self) -> float:
        """Return the resident memory of all of them."""
        return sum(_resident(pid) for pid in family(self.process.pid))

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal and wait."""
        self.process.send_signal(number)
        self.process.wait(READY_SECONDS)


def start(words: Sequence[str], log: Path) -> Started:
    """Start a Python program that prints ``ready URL``; it complains into ``log``."""
    with log.open("ab") as complaints:
        process = subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=complaints,
                                   text=True)
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        line = process.stdout.readline() if selector.select(READY_SECONDS) else ""
    if not line.startswith("ready "):
        process.kill()
        raise SystemExit(f"{words} does not start: {log.read_text()[-2000:]}")
    return Started(process, line.split()[1])


@contextmanager
def ready(words: Sequence[str], log: Path) -> Iterator[Started]:
    """Start a program and end it."""
    started = start(words, log)
    try:
        yield started
    finally:
        started.end()


def family(pid: int) -> list[int]:
    """Return a process and all below it."""
    found = [pid]
    for one in found:
        try:
            for thread in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (thread / "children").read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def _spent(pid: int) -> float:
    """Return user and system time of a process and of its children that ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS


def _resident(pid: int) -> float:
    try:
        said = Path(f"/proc/{pid}/statm").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return int(said[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
