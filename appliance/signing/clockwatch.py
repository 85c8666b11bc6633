"""Notices that the host's clock went back: what is signed then would claim to be older than what is signed."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from appliance.core import clock, errors, files

TOLERANCE = timedelta(minutes=2)
"""How far a clock that is put right a little may go back."""

EVERY = timedelta(minutes=1)
"""How often the latest use of a key is written down."""


class ClockWatch:
    """Knows when a key was used last, over restarts too.

    Args:
        path: file that keeps the latest use.
        elapsed: seconds since the host was started, sleep included; nobody sets them.
        now: the host's clock.
    """

    def __init__(self, path: Path, elapsed: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
                 now: Callable[[], datetime] = clock.now) -> None:
        self._path = path
        self._elapsed = elapsed
        self._now = now
        self._written = self._latest = _read(path)
        self._since: float | None = None

    def refuse_back(self) -> None:
        """Refuse to use a key while the clock is behind what it was, as far as can be known.

        Raises:
            ApplianceError: CLOCK_BACK.
        """
        due, now = self._due(), self._now()
        if due is not None and now < due - TOLERANCE:
            raise errors.CLOCK_BACK.error(latest=clock.iso(due), now=clock.iso(now))

    def used(self) -> None:
        """Note that a key was used now.

        Raises:
            OSError: it cannot be written down.
        """
        self._latest, self._since = self._now(), self._elapsed()
        if self._written is None or abs(self._latest - self._written) >= EVERY:
            self._write()

    def accept(self) -> None:
        """Take the present for right: a person says so.

        Raises:
            OSError: it cannot be written down.
        """
        self._latest, self._since = self._now(), self._elapsed()
        self._write()

    def _due(self) -> datetime | None:
        """Return the earliest that it can be now: the latest use, and what has passed since."""
        if self._latest is None or self._since is None:
            return self._latest
        return self._latest + timedelta(seconds=self._elapsed() - self._since)

    def _write(self) -> None:
        assert self._latest is not None
        files.make_folder(self._path.parent, 0o700)
        files.write_durably(self._path, clock.iso(self._latest).encode(), 0o600)
        self._written = self._latest


def _read(path: Path) -> datetime | None:
    try:
        return clock.parse(path.read_text("ascii").strip())
    except (OSError, ValueError):  # none was used yet, or the file was spoilt: then nothing is known
        return None
