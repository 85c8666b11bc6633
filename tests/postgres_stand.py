"""PostgreSQL on this machine: a server of its own in one folder, with its socket there; nothing else is used.

Debian's package postgresql (``.ci/setup test``). The server refuses root, so there it runs as ``nobody``.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from archive_stand import until

USER = "archive"
NOBODY = "nobody"


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest; None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: int(one.parts[-3]))
    beside = shutil.which("initdb")
    return found[-1].parent if found else Path(beside).parent if beside else None


@contextlib.contextmanager
def perhaps() -> Iterator[Postgres | None]:
    """Give a running server, or None where PostgreSQL is not installed."""
    if programs() is None:
        yield None
        return
    with postgres() as running:
        yield running


def address_of(kind: str, server: Postgres | None, folder: Path) -> str:
    """Return the address of an empty index, ``sqlite`` or ``postgresql``; skips the test where it cannot be had."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'index.sqlite'}"
    if server is None:
        pytest.skip("not run: PostgreSQL is not installed")
    return server.new_index()


@dataclass
class Postgres:
    """A running server. Killing it is a crash: it recovers by itself when it starts again."""

    bin: Path
    folder: Path
    made: int = 0

    def new_index(self) -> str:
        """Make an empty data base; return its address as ``[index] url`` names it."""
        self.made += 1
        name = f"index{self.made}"
        self.run("createdb", "-h", str(self.folder), "-U", USER, name)
        return f"postgresql+psycopg://{USER}@/{name}?host={self.folder}"

    def start(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-w", "-t", "60", "-o",
                 f"-c listen_addresses= -c unix_socket_directories={self.folder} -c shared_buffers=16MB", "start")

    def stop(self, how: str = "fast") -> None:
        """Stop it; ``immediate`` is a crash."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", how, "-w", "-t", "60", "stop")

    @property
    def up(self) -> bool:
        return subprocess.run([self.bin / "pg_isready", "-q", "-h", str(self.folder)], check=False).returncode == 0

    def run(self, name: str, *arguments: str) -> None:
        done = subprocess.run(_as_nobody([str(self.bin / name), *arguments]), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=120, cwd="/")
        assert done.returncode == 0, f"{name}: {done.stdout}"


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a server; in a short folder, for a socket's path may have 107 bytes only."""
    found = programs()
    assert found is not None, "ask `programs` before"
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, pwd.getpwnam(NOBODY).pw_uid, -1)
        server = Postgres(found, folder)
        server.run("initdb", "-D", str(folder / "data"), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale",
                   "-N")
        server.start()
        until(lambda: server.up, "PostgreSQL answers")
        try:
            yield server
        finally:
            with contextlib.suppress(AssertionError):
                server.stop("immediate")


def _as_nobody(command: list[str]) -> list[str]:
    return ["setpriv", f"--reuid={NOBODY}", "--clear-groups", *command] if os.geteuid() == 0 else command
