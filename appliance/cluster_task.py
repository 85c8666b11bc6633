"""What runs inside a worker of the cluster; Dask calls these by their names.

A worker has one job at a time. ``settle`` gives it the handlers before it joins.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import appliance
from appliance.core.jobs import Job
from appliance.core.plain import from_plain
from appliance.pool_wire import Handler, Handlers, decode, encode, encode_outcome, perform

_handlers: dict[str, Handler] = {}


def settle(handlers: Handlers) -> None:
    """Say what this process can do."""
    _handlers.clear()
    _handlers.update(handlers)


def greet(sign: str) -> bytes:
    """Say who we are and what stands in the file ``sign`` of the shared folder."""
    try:
        token = Path(sign).read_text("ascii")
    except (OSError, UnicodeDecodeError):
        token = ""
    return encode("ready", pid=os.getpid(), versions={"appliance": appliance.__version__}, token=token)


def work(message: bytes) -> bytes:
    """Do the job of a message; answer with its outcome."""
    job = from_plain(Job, decode(message)[1]["job"])
    with _ended_when_late(job.seconds):
        return encode_outcome(perform(_handlers, job))


def leave(_message: bytes) -> bytes:
    """End this process, so that its supervisor starts a fresh one."""
    os.kill(os.getpid(), signal.SIGTERM)
    return encode("bye")


@contextlib.contextmanager
def _ended_when_late(seconds: int) -> Iterator[None]:
    """Have the kernel end this process when the job takes too long: it may be in C code that listens to nobody."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
