"""Programs that a release is made with: fixed lists, never a shell; what they say goes into the error."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from appliance.core import errors

SECONDS = 1800
SHOWN = 400
"""Characters of what a program said last that an error shows."""


def run(words: Sequence[str | Path], *, folder: Path | None = None, more: Mapping[str, str] | None = None) -> str:
    """Run a program; return what it printed.

    Raises:
        ApplianceError: TOOL_FAILED, with the end of what it said.
    """
    line = [str(word) for word in words]
    try:
        done = subprocess.run(line, cwd=folder, env={**os.environ, **(more or {})}, check=False,
                              encoding="utf-8", errors="replace", capture_output=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise errors.TOOL_FAILED.error(tool=Path(line[0]).name, reason=problem) from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip())[-SHOWN:]
        raise errors.TOOL_FAILED.error(tool=" ".join(line[:3]), reason=said)
    return done.stdout


def lay(kept: Path, target: Path) -> None:
    """Lay a kept file where a layer is packed from, without copying it where that can be."""
    try:
        target.hardlink_to(kept)
    except OSError:  # another disk, or one without links
        shutil.copyfile(kept, target)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one use a folder at a time; others wait."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "LOCK").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
