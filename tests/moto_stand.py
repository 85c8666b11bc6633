"""moto's S3 on this machine: it checks no signatures, but has conditional writes and Object Lock, unlike Swift.

Lies in build/moto, a folder of its own (``.ci/setup slow``).
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swift_stand import ACCESS, SECRET, plain_client

PROGRAM = Path(__file__).parents[1] / "build" / "moto" / "bin" / "moto_server"
DEADLINE = 60.0


def missing() -> str:
    """Return why moto cannot run here; empty when it can."""
    return "" if PROGRAM.exists() else "not run: no moto in build/moto (.ci/setup slow)"


@dataclass
class Moto:
    """A running moto. Everything in it is gone when it ends."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> Any:
        """Return a plain boto3 client, to look at things beside the code under test."""
        return plain_client(self.url, ACCESS, SECRET)


@contextmanager
def moto(folder: Path) -> Iterator[Moto]:
    """Run moto; its words go to ``folder``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "moto.log").open("ab") as log:
        process = subprocess.Popen([PROGRAM, "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
    try:
        _wait(port)
        yield Moto(port)
    finally:
        process.kill()
        process.wait()


def _wait(port: int) -> None:
    end = time.monotonic() + DEADLINE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except OSError:
            assert time.monotonic() < end, "moto does not start"
            time.sleep(0.1)
        else:
            return
