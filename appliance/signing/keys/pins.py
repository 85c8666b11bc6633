"""Where a PIN comes from when nobody types it: a systemd credential, read anew each time and kept nowhere."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Environment variable with the folder of systemd credentials (systemd.exec)."""


def credential(name: str) -> str | None:
    """Return a systemd credential without the end of its line, or None when there is none of that name."""
    folder = os.environ.get(CREDENTIALS)
    if not folder or not name:
        return None
    try:
        return (Path(folder) / name).read_text("utf-8").rstrip("\r\n") or None
    except (OSError, UnicodeDecodeError):
        return None


class Mark:
    """Knows a PIN again without keeping it: for one that was wrong and must not be tried twice by itself."""

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(16)
        self._mark = b""

    def remember(self, pin: str) -> None:
        """Note a PIN."""
        self._mark = self._of(pin)

    def forget(self) -> None:
        """Know none."""
        self._mark = b""

    def knows(self, pin: str) -> bool:
        """Say whether this PIN was noted."""
        return self._mark != b"" and secrets.compare_digest(self._mark, self._of(pin))

    def _of(self, pin: str) -> bytes:
        return hashlib.blake2b(pin.encode(), key=self._salt).digest()
