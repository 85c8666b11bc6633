"""A real worker process with small handlers that misbehave on demand."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from appliance import worker
from appliance.core import errors
from appliance.core.config import Config
from appliance.core.jobs import Job
from appliance.pool_wire import Handlers


def echo(job: Job) -> dict[str, Any]:
    return {**job.body, "pid": os.getpid(), "attempt": job.attempt}


def note(job: Job) -> dict[str, Any]:
    with Path(str(job.body["file"])).open("a") as stream:
        stream.write(f"{job.id}\n")
    return echo(job)


def gate(job: Job) -> dict[str, Any]:
    """Say who works, then wait until the gate (a file) is there."""
    door = Path(str(job.body["door"]))
    door.with_suffix(f".{job.attempt}").write_text(str(os.getpid()))
    while not door.exists():
        time.sleep(0.01)
    return echo(job)


def refuse(job: Job) -> dict[str, Any]:
    raise errors.IMAGE_TOO_SMALL.error(width=1, height=1)


def blunder(job: Job) -> dict[str, Any]:
    raise ValueError("Nguyễn Văn A, 012345678901")


def too_much(job: Job) -> dict[str, Any]:
    return {"text": bytearray(1 << 60).decode()}


def chatter(job: Job) -> dict[str, Any]:
    return {"text": "x" * (16 << 20)}


def crash(job: Job) -> dict[str, Any]:
    os.abort()


def kill(job: Job) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def kill_once(job: Job) -> dict[str, Any]:
    return kill(job) if job.attempt == 1 else echo(job)


def hang(job: Job) -> dict[str, Any]:
    while True:
        time.sleep(1)


def hang_locked(job: Job) -> dict[str, Any]:
    """Hang in C code that keeps the interpreter lock: no other thread of this process runs."""
    ctypes.PyDLL(None).sleep(600)
    return {}


def hang_once(job: Job) -> dict[str, Any]:
    return hang_locked(job) if job.attempt == 1 else echo(job)


TOYS = {toy.__name__: toy for toy in (echo, note, gate, refuse, blunder, too_much, chatter, crash, kill, kill_once,
                                      hang, hang_locked, hang_once)}


def toys(_config: Config) -> Handlers:
    return TOYS


if __name__ == "__main__":
    sys.exit(worker.main(sys.argv[1:], toys))
