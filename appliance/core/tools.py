"""The one way to run an external program: with a time limit, without a shell, output captured."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.core import errors


@dataclass(frozen=True, slots=True)
class Finished:
    """What a program left behind."""

    status: int
    output: bytes
    complaint: str


def find(program: str) -> str | None:
    """Return the path of ``program`` or None."""
    return shutil.which(program)


def run(command: Sequence[str], seconds: float, feed: bytes = b"") -> Finished:
    """Run ``command`` for at most ``seconds``.

    Raises:
        ApplianceError: TOOL_MISSING when it is not installed, TOOL_TIMEOUT when it took too long.
    """
    try:
        done = subprocess.run(
            list(command), input=feed, capture_output=True, timeout=seconds, check=False
        )
    except FileNotFoundError:
        raise errors.TOOL_MISSING.error(program=command[0]) from None
    except subprocess.TimeoutExpired:
        raise errors.TOOL_TIMEOUT.error(program=command[0], seconds=seconds) from None
    return Finished(done.returncode, done.stdout, done.stderr.decode(errors="replace"))
