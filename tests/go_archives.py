"""Archives written in Go, for the contract suites of the long tier: tusd for tus, SeaweedFS for S3.

``.ci/setup long`` builds them into build/go where a Go toolchain is there and its module proxy gives them.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swift_stand import ACCESS, SECRET, plain_client

PROGRAMS = Path(__file__).parents[1] / "build" / "go"
HIGHEST = 50_000
"""SeaweedFS takes the port 10,000 above each of its own too."""

DEADLINE = 120.0


def missing(program: str) -> str:
    """Return why a program cannot run here; empty when it can."""
    return "" if (PROGRAMS / program).exists() else f"not run: no {program} in build/go (.ci/setup long)"


@dataclass
class SeaweedFs:
    """A running SeaweedFS."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> Any:
        """Return a plain boto3 client, to look at things beside the code under test."""
        return plain_client(self.url, ACCESS, SECRET)


@contextlib.contextmanager
def tusd(folder: Path, most: int) -> Iterator[int]:
    """Run tusd over ``folder``; give its port."""
    port = _free_ports(1)[0]
    command = [str(PROGRAMS / "tusd"), "-host", "127.0.0.1", "-port", str(port), "-upload-dir", str(folder),
               "-base-path", "/files/", "-max-size", str(most), "-disable-cors"]
    with _process(command, folder.with_suffix(".log"), port):
        yield port


@contextlib.contextmanager
def seaweedfs(folder: Path) -> Iterator[SeaweedFs]:
    """Run SeaweedFS over ``folder`` with one user."""
    folder.mkdir(parents=True, exist_ok=True)
    user = {"name": "office", "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [user]}))
    master, volume, filer, s3 = _free_ports(4)
    command = [str(PROGRAMS / "weed"), "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
               f"-master.port={master}", f"-volume.port={volume}", "-filer", f"-filer.port={filer}", "-s3",
               f"-s3.port={s3}", f"-s3.config={folder / 's3.json'}"]
    with _process(command, folder / "weed.log", s3):
        yield SeaweedFs(s3)


@contextlib.contextmanager
def _process(command: list[str], log: Path, port: int) -> Iterator[None]:
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        end = time.monotonic() + DEADLINE
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
                break
            assert process.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < end, f"{command[0]} does not start"
            time.sleep(0.1)
        yield
    finally:
        process.kill()
        process.wait()


def _free_ports(count: int) -> list[int]:
    found: list[int] = []
    with contextlib.ExitStack() as stack:
        while len(found) < count:
            one = stack.enter_context(socket.socket())
            one.bind(("127.0.0.1", 0))
            if one.getsockname()[1] < HIGHEST:
                found.append(one.getsockname()[1])
    return found
