"""Whether the paper in the feeder may start a scan by itself. Pure; times are seconds of one clock.

It may while *armed*: until something was started, and again once the feeder was seen empty or a feed that
ended well has proved it so.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.device.protocol import Feeder

RETRY_SECONDS = 10.0
"""How long settled paper waits after a start that was refused."""


@dataclass(slots=True)
class Settling:
    """The paper of one feeder: since when it lies quiet, and whether that counts."""

    seconds: float
    armed: bool = True
    _quiet_since: float | None = None

    def feeder_is(self, feeder: Feeder, now: float) -> None:
        """Take what the feeder is like; what is loaded begins to lie quiet now."""
        self._quiet_since = now if feeder is Feeder.LOADED else None
        if feeder is Feeder.EMPTY:
            self.armed = True

    def started(self) -> None:
        """Let this paper start nothing more."""
        self.armed, self._quiet_since = False, None

    def try_again(self, now: float) -> None:
        """Let the same paper start once more, a while later."""
        self.armed, self._quiet_since = True, now + RETRY_SECONDS

    def due(self) -> float | None:
        """Return when the paper has lain quiet long enough, or None."""
        if not self.armed or self._quiet_since is None:
            return None
        return self._quiet_since + self.seconds
