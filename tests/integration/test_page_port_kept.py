"""The page's port outlives its process: kept and handed back by a service manager on a real socket."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

PROGRAM = """
import asyncio, sys
from aiohttp import web
from appliance.console.page_port import open_port
async def hello(_request):
    return web.Response(text="page")
async def main():
    app = web.Application()
    app.router.add_get("/", hello)
    runner = web.AppRunner(app)
    await runner.setup()
    await open_port(runner, sys.argv[1], int(sys.argv[2]))
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="page")
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


class Manager:
    """A service manager: takes what is told, keeps what is given, hands it over at the next start."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify"
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.line.bind(str(self.path))
        self.line.settimeout(20)
        self.kept: list[int] = []
        self.running: list[subprocess.Popen[str]] = []

    def start(self, host: str, port: int) -> int:
        """Start the program; return the port it listens on."""
        self.end()
        words, more = [sys.executable, "-c", PROGRAM, host, str(port)], {"NOTIFY_SOCKET": str(self.path)}
        if self.kept:
            words = [sys.executable, "-c", HAND_OVER, str(self.kept[0]), *words[1:]]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, pass_fds=self.kept,
                                   env=os.environ | more)
        self.running.append(process)
        assert process.stdout is not None
        return int(process.stdout.readline())

    def hear(self) -> str:
        """Return what was told last; open files that came with it are kept."""
        said, given, _, _ = socket.recv_fds(self.line, 4096, 4)
        self.kept += given
        return said.decode()

    def end(self) -> None:
        for process in self.running:
            process.kill()
            process.communicate()
        self.running.clear()


@pytest.fixture
def manager() -> Iterator[Manager]:
    with tempfile.TemporaryDirectory(prefix="pp", dir="/tmp") as folder:
        one = Manager(Path(folder))
        yield one
        one.end()
        one.line.close()
        for number in one.kept:
            os.close(number)


def asked(port: int, host: str = "127.0.0.1") -> bytes:
    with socket.create_connection((host, port), 20) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: page\r\nConnection: close\r\n\r\n")
        line.settimeout(20)
        return b"".join(iter(lambda: line.recv(4096), b""))


def test_a_caller_between_two_lives_of_the_daemon_waits_and_is_answered(manager: Manager) -> None:
    port = manager.start("127.0.0.1", 0)
    assert manager.hear() == "FDSTORE=1\nFDNAME=page"
    manager.end()
    with socket.create_connection(("127.0.0.1", port), 20) as waiting:
        waiting.sendall(b"GET / HTTP/1.1\r\nHost: page\r\nConnection: close\r\n\r\n")
        assert manager.start("127.0.0.1", port) == port
        waiting.settimeout(20)
        assert waiting.recv(4096).startswith(b"HTTP/1.1 200")
    assert b"page" in asked(port)


def test_settings_that_name_another_address_win_over_what_was_kept(manager: Manager) -> None:
    manager.start("127.0.0.1", 0)
    manager.hear()
    six = manager.start("::1", 0)
    assert manager.hear() == "FDSTOREREMOVE=1\nFDNAME=page"
    assert manager.hear() == "FDSTORE=1\nFDNAME=page"
    assert b"page" in asked(six, "::1")


def test_without_a_service_manager_the_port_opens_and_goes_with_the_daemon(manager: Manager) -> None:
    manager.path.unlink()
    port = manager.start("localhost", 0)
    assert b"page" in asked(port)
    manager.end()
    with pytest.raises(ConnectionRefusedError):
        asked(port)


def test_a_port_that_is_taken_is_an_error_and_no_second_door(manager: Manager) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = subprocess.run([sys.executable, "-c", PROGRAM, "127.0.0.1", str(other.getsockname()[1])],
                              check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode and "Address already in use" in done.stderr
