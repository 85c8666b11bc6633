"""How much memory a process took: of its own image, not of the one it was before exec (as getrusage tells)."""

from __future__ import annotations

import re
from pathlib import Path


def most_resident() -> float:
    """Return the most resident memory of this process, MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) / 1024
