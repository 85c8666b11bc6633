"""A port of the page that cannot be opened stops no scan: the daemon works, tells it, and opens the port later."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SETTINGS = """
[office]
code = "0101"
name = "Bảo hiểm xã hội huyện Thử Nghiệm"
[storage]
state = "{folder}/state"
runtime = "{folder}/run"
min_free_mb = 16
[pool]
workers = 0
[signing]
start = false
[console]
host = "{host}"
port = {port}
"""
SECONDS = 60.0


class Daemon:
    """A real daemon under a service manager that only listens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(str(folder / "notify"))
        self.log = folder / "log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, host: str, port: int, *, managed: bool = True) -> subprocess.Popen[bytes]:
        settings = self.folder / "appliance.toml"
        settings.write_text(SETTINGS.format(folder=self.folder, host=host, port=port), encoding="utf-8")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "appliance", "run", "--config", str(settings)], stdout=log, stderr=log,
                env=os.environ | ({"NOTIFY_SOCKET": str(self.folder / "notify")} if managed else {}))
        return self.process

    def works(self) -> bool:
        """Say whether orders are taken."""
        done = subprocess.run([sys.executable, "-m", "appliance", "status", "--socket",
                               str(self.folder / "run/control.sock")], check=False, capture_output=True)
        return done.returncode == 0

    def said(self, word: str) -> bool:
        return word in self.log.read_text(encoding="utf-8")

    def until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS
        while not true():
            assert time.monotonic() < deadline, self.log.read_text(encoding="utf-8")
            assert self.process is not None and self.process.poll() is None, self.log.read_text(encoding="utf-8")
            time.sleep(0.05)


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    folder = Path(tempfile.mkdtemp(prefix="pt", dir="/tmp"))
    one = Daemon(folder)
    yield one
    if one.process is not None:
        one.process.kill()
        one.process.wait()
    one.manager.close()
    shutil.rmtree(folder)


def test_a_port_that_is_taken_stops_no_scan_and_the_page_is_shown_once_it_is_free(daemon: Daemon) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = int(other.getsockname()[1])
        daemon.start("127.0.0.1", port)
        daemon.until(lambda: daemon.said("H971") and daemon.works())
    daemon.until(lambda: daemon.said("the page is shown at"))
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=SECONDS) as page:
        assert page.read() == b"ok\n"


def test_an_address_that_the_host_does_not_have_stops_no_scan_and_no_stop(daemon: Daemon) -> None:
    process = daemon.start("203.0.113.7", 8460)  # of a network cable that is out
    daemon.until(lambda: daemon.said("H971") and daemon.works())
    process.terminate()
    assert process.wait(SECONDS) == 0
    assert not daemon.said("Traceback")


def test_whoever_starts_a_daemon_by_hand_is_told_at_once(daemon: Daemon) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        process = daemon.start("127.0.0.1", int(other.getsockname()[1]), managed=False)
        assert process.wait(SECONDS) == 1
    assert daemon.said("in use") and not daemon.said("Traceback")
