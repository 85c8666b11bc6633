"""A stand for tests of the archive as a product: instances by files of settings, one index, two places."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive_stand import DEADLINE, ROOT, TOY

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def settings_file(folder: Path, name: str, index: str, **tables: dict[str, Any]) -> Path:
    """Write the settings of an instance that shares index, key, uploads and two places with the others."""
    lines = [f'root = "{folder / name}"', "port = 0", f'keys = "{folder / "keys"}"', "[index]", f'url = "{index}"']
    common: dict[str, dict[str, Any]] = {
        "uploads": {"folder": str(folder / "uploads")}, "judging": {"processes": 1, "lease_seconds": 1.0}}
    for table in common.keys() | tables.keys():
        values = common.get(table, {}) | tables.get(table, {})
        lines += [f"[{table}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    for place in ("first", "second"):
        lines += ["[[store]]", f'name = "{place}"', f'folder = "{folder / place}"']
    path = folder / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))
    return path


@dataclass
class Instance:
    """One ``appliance receive`` with a toy check of signatures.

    ``hold``: while that file exists no check of this instance ends. It starts again on the port it had.
    """

    settings: Path
    hold: Path
    url: str = ""
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        about = os.environ | {"PYTHONPATH": ROOT, "TOY_HOLD": str(self.hold)}
        with self.settings.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(TOY), "--settings", str(self.settings), *self._port()], text=True,
                stdout=subprocess.PIPE, stderr=log, env=about)
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(DEADLINE), self.log
        line = self.process.stdout.readline()
        assert line.startswith("ready "), self.log
        self.url = line.split()[1]

    def _port(self) -> list[str]:
        return ["--port", self.url.rpartition(":")[2]] if self.url else []

    def kill(self) -> None:
        """End it as a power cut would."""
        self.end(signal.SIGKILL)

    def end(self, number: int) -> int:
        """Send a signal and wait; return the exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(number)
        self.process.communicate(timeout=DEADLINE)
        code, self.process = self.process.returncode, None
        return code

    @property
    def log(self) -> str:
        return self.settings.with_suffix(".log").read_text()

    def get(self, path: str) -> str:
        with OPENER.open(self.url + path, timeout=DEADLINE) as answer:
            return str(answer.read().decode())

    def metric(self, name: str) -> float:
        """Return one value of /metrics; 0 where it is not there."""
        lines = self.get("/metrics").splitlines()
        found = [line.rpartition(" ")[2] for line in lines if line.startswith(f"{name} ")]
        return float(found[0]) if found else 0.0


def ended(pid: int) -> bool:
    """Say whether a process is gone (a zombie is)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def children(pid: int) -> list[int]:
    """Return the children of a process."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in found]


def judges(pid: int) -> list[int]:
    """Return the judges among the children of an instance."""
    return [one for one in children(pid) if b"spawn_main" in _command(one)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


def until_ended(pids: list[int]) -> None:
    end = time.monotonic() + DEADLINE
    while not all(map(ended, pids)):
        assert time.monotonic() < end, "a process does not end"
        time.sleep(0.02)
