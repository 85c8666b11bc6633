"""Real ClamAV for tests: clamscan and clamd of this host, with a folder of definitions of one made-up signature."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HARM = b"HAPREMLESS HARM of the appliance tests"
"""What the made-up signature finds; no real definitions know it."""

DEADLINE = 60.0


def needed(program: str) -> None:
    """Skip where ClamAV is not installed."""
    if shutil.which(program) is None:
        pytest.skip(f"not run: {program} is not installed (.ci/setup test installs clamav and clamav-daemon)")


def definitions(folder: Path) -> Path:
    """Write definitions that know ``HARM`` and nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "appliance.ndb").write_text(f"Appliance.Test.Harm:0:*:{HARM.hex()}\n")
    return folder


@contextmanager
def clamd(known: Path, **settings: str) -> Iterator[Path]:
    """Run clamd with definitions of a folder; yield its socket. ``settings`` go into its settings file."""
    needed("clamd")
    with tempfile.TemporaryDirectory(prefix="clamd-") as short:
        place = Path(short)
        sock = place / "clamd.sock"
        values = {"LocalSocket": str(sock), "DatabaseDirectory": str(known), "Foreground": "yes",
                  "LogFile": str(place / "log"), "User": "root", "AlertExceedsMax": "yes", **settings}
        file = place / "clamd.conf"
        file.write_text("".join(f"{key} {value}\n" for key, value in values.items()))
        with (place / "out").open("wb") as out:
            process = subprocess.Popen(["clamd", "--config-file", str(file)], stdout=out, stderr=out)
        try:
            end = time.monotonic() + DEADLINE
            while not sock.exists():
                assert process.poll() is None, (place / "out").read_text()
                assert time.monotonic() < end, "clamd does not start"
                time.sleep(0.05)
            yield sock
        finally:
            process.kill()
            process.wait()
