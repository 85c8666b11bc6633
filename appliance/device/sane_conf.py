"""Which drivers SANE loads on this host: dll.conf and the files of dll.d, read as libsane reads them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

USUAL = Path("/etc/sane.d")
MOST_BYTES = 1 << 16


def folders(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """Return where libsane looks, in its order; an empty part of SANE_CONFIG_DIR stands for the usual folders."""
    said = environment.get("SANE_CONFIG_DIR", "")
    named = [Path(part) for part in said.split(":") if part]
    return named if named and not said.endswith(":") else [*named, USUAL]


def loaded(places: list[Path]) -> tuple[str, ...]:
    """Return the names of the backends in the order in which they are loaded, each once.

    The first dll.conf counts; of dll.d every file does. What cannot be read names none.
    """
    files = [path for place in places if (path := place / "dll.conf").is_file()][:1]
    for place in places:
        files += sorted(path for path in (place / "dll.d").glob("*") if path.is_file())
    return tuple(dict.fromkeys(name for path in files for name in _named(path)))


def _named(path: Path) -> list[str]:
    try:
        text = path.read_bytes()[:MOST_BYTES].decode("utf-8", "replace")
    except OSError:
        return []
    return [name for line in text.splitlines() if (name := line.partition("#")[0].strip())]
