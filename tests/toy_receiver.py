"""The receiver with a signature check that looks for a word and, if told so, waits for a file to go.

A document with the words ``kill the judge`` ends the process that looks at it; ``eat memory`` takes all there is.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from appliance.receiver.serving import main


def signature_check(_trusted: list[Path]) -> Callable[[Path], str]:
    """Return the toy check; ``TOY_HOLD`` names a file that holds every check for as long as it exists."""
    hold = Path(os.environ.get("TOY_HOLD", "/nonexistent"))

    def check(path: Path) -> str:
        end = time.monotonic() + 60
        while hold.exists() and time.monotonic() < end:
            time.sleep(0.02)
        data = path.read_bytes()
        if b"kill the judge" in data:
            os.abort()
        if b"eat memory" in data:
            return str(len(bytearray(1 << 40)))
        return "" if b"/ByteRange" in data else "it is not signed"

    return check


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], signature_check))
