"""Whether the way to a time stamp is tried: one document asks for all when it was closed. Pure; time comes in."""

from __future__ import annotations

from dataclasses import dataclass

WAITS = (30.0, 60.0, 120.0, 300.0, 900.0)
"""Seconds until one document tries again, more after each try in vain."""


@dataclass
class Gate:
    """Open at first; a try in vain closes it, a try that succeeds opens it for all."""

    tries: int = 0
    next: float = 0.0

    @property
    def closed(self) -> bool:
        """Say whether the last try was in vain."""
        return self.tries > 0

    def shut(self, now: float) -> None:
        """Note a try in vain."""
        self.next = now + WAITS[min(self.tries, len(WAITS) - 1)]
        self.tries += 1

    def open(self) -> None:
        """Note a try that succeeded."""
        self.tries, self.next = 0, 0.0

    def due(self, now: float) -> bool:
        """Say whether one document may try while the gate is closed."""
        return self.closed and now >= self.next
