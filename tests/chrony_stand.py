"""Two chronyd on the loopback: one is right, one follows it. Neither touches the host's clock (``-x``)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

DEADLINE = 60.0
CHRONYD = shutil.which("chronyd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Chrony:
    """``port``: where the client's chronyd is asked; ``follow`` starts it anew."""

    folder: Path
    server: int = field(default_factory=free_port)
    port: int = field(default_factory=free_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def serve(self) -> None:
        """Start the one that is right: it gives out the host's own time."""
        self._start("server", f"local stratum 5\nport {self.server}\ncmdport {free_port()}\n"
                              "bindaddress 127.0.0.1\nallow 127.0.0.1\n")

    def follow(self, offset: float = 0.0) -> None:
        """Start the client; it believes that its source is ``offset`` seconds ahead of the host."""
        self._start("client", f"server 127.0.0.1 port {self.server} iburst minpoll 0 maxpoll 0 offset {offset}\n"
                              f"port 0\ncmdport {self.port}\n")

    def alone(self) -> None:
        """Start the client without any source."""
        self._start("client", f"port 0\ncmdport {self.port}\n")

    def end(self, name: str) -> None:
        """Stop one of both."""
        if process := self.running.pop(name, None):
            process.terminate()
            process.wait(timeout=DEADLINE)

    def _start(self, name: str, lines: str) -> None:
        self.end(name)
        assert CHRONYD is not None
        path = self.folder / f"{name}.conf"
        path.write_text(f"{lines}bindcmdaddress 127.0.0.1\nbindcmdaddress /\npidfile {self.folder}/{name}.pid\n")
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [CHRONYD, "-x", "-d", "-u", "root", "-f", str(path)], stdout=log, stderr=log)
        end = time.monotonic() + DEADLINE
        while not (self.folder / f"{name}.pid").exists():
            assert time.monotonic() < end and self.running[name].poll() is None, (
                self.folder / f"{name}.log").read_text()
            time.sleep(0.02)


@contextmanager
def chrony() -> Iterator[Chrony]:
    """Give both, in a short folder of their own; skips where chronyd cannot run."""
    if CHRONYD is None or sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("chronyd is not installed, or this is not root")
    with tempfile.TemporaryDirectory(prefix="ch") as folder:
        Path(folder).chmod(0o755)
        stand = Chrony(Path(folder))
        try:
            yield stand
        finally:
            for name in list(stand.running):
                stand.end(name)
