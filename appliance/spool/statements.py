"""The named statements of queries.sql."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).with_name("queries.sql")


@lru_cache(maxsize=1)
def statements() -> dict[str, str]:
    """Return every statement of queries.sql by its name."""
    found: dict[str, str] = {}
    for block in _FILE.read_text(encoding="utf-8").split("-- name: ")[1:]:
        name, _, rest = block.partition("\n")
        found[name.strip()] = "\n".join(line for line in rest.splitlines() if not line.startswith("--")).strip()
    return found
