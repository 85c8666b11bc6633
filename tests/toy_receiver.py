"""The receiver with a signature check that looks for a word and, if told so, waits for a file to go."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from appliance.receiver.service import main


def signature_check(_trusted: list[Path]) -> Callable[[Path], str]:
    """Return the toy check; ``TOY_HOLD`` names a file that holds every check for as long as it exists."""
    hold = Path(os.environ.get("TOY_HOLD", "/nonexistent"))

    def check(path: Path) -> str:
        end = time.monotonic() + 60
        while hold.exists() and time.monotonic() < end:
            time.sleep(0.02)
        return "" if b"/ByteRange" in path.read_bytes() else "it is not signed"

    return check


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], signature_check))
