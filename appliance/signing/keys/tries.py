"""Counts wrong PINs of a token durably: the third one would lock it for good, whoever restarts what in between."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from appliance.core import errors, files

MOST = 2
"""Wrong PINs after which nobody tries again without a person saying so; cards lock at three."""


class Tries:
    """The counts, one small file a token. Only the number of tries and the token's serial number are kept.

    Args:
        folder: where the files lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, serial: str, least: int = 0, again: bool = False) -> None:
        """Count a try before it is made: power may go before its outcome is known.

        Args:
            serial: of the token, or what else counts wrong PINs by itself.
            least: wrong tries the token itself tells of.
            again: a person has looked and allows this one.

        Raises:
            ApplianceError: PIN_STOPPED.
            OSError: the count cannot be kept; nothing is tried then.
        """
        wrong = max(self.wrong(serial), least)
        if wrong >= MOST and not again:
            raise errors.PIN_STOPPED.error()
        self._write(serial, wrong + 1)

    def refuse_stopped(self, serial: str, least: int = 0) -> None:
        """Raise PIN_STOPPED where a PIN would not be tried: to ask for one would say too little."""
        if max(self.wrong(serial), least) >= MOST:
            raise errors.PIN_STOPPED.error()

    def right(self, serial: str) -> None:
        """Forget the wrong tries: the PIN was right."""
        self._path(serial).unlink(missing_ok=True)
        files.sync_folder(self._folder)

    def untried(self, serial: str) -> None:
        """Take a try back that never reached the token."""
        self._write(serial, max(0, self.wrong(serial) - 1))

    def left(self, serial: str) -> int:
        """Return how many more wrong PINs are allowed."""
        return max(0, MOST - self.wrong(serial))

    def wrong(self, serial: str) -> int:
        """Return the wrong tries since the last right one; a file nobody understands counts as all."""
        try:
            return int(json.loads(self._path(serial).read_text("ascii"))["wrong"])
        except FileNotFoundError:
            return 0
        except (ValueError, KeyError, TypeError):
            return MOST

    def _write(self, serial: str, wrong: int) -> None:
        files.make_folder(self._folder, 0o700)
        data = json.dumps({"serial": serial, "wrong": wrong}).encode()
        files.write_durably(self._path(serial), data, 0o600)

    def _path(self, serial: str) -> Path:
        return self._folder / f"{hashlib.sha256(serial.encode()).hexdigest()[:32]}.json"
