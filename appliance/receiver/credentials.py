"""Secrets of the archive: systemd credentials, never settings."""

from __future__ import annotations

import os
from pathlib import Path

CREDENTIALS = "CREDENTIALS_DIRECTORY"


def secret(name: str) -> str:
    """Return the systemd credential of that name without white space around it; empty where there is none."""
    folder = os.environ.get(CREDENTIALS)
    if not folder:
        return ""
    try:
        return (Path(folder) / name).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
