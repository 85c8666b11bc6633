"""Whether a way that failed is tried: one document asks for all when it was closed. Pure; time comes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from appliance.core import errors

T = TypeVar("T")

WAITS = (30.0, 60.0, 120.0, 300.0, 900.0)
"""Seconds until one document tries again, more after each try in vain."""

AFTER_REFUSAL = (0.0, 5.0, 30.0, 60.0, 120.0, 300.0, 900.0)
"""The same for a key that was there and did not sign: a token may have been put back just now."""

FILE = "file"
"""Stands for a rule profile where not a key but one document's file is what is not signed."""


@dataclass
class Gate:
    """Open at first; a try in vain closes it, a try that succeeds opens it for all."""

    tries: int = 0
    next: float = 0.0
    waits: tuple[float, ...] = WAITS

    @property
    def closed(self) -> bool:
        """Say whether the last try was in vain."""
        return self.tries > 0

    def shut(self, now: float) -> None:
        """Note a try in vain."""
        self.next = now + self.waits[min(self.tries, len(self.waits) - 1)]
        self.tries += 1

    def open(self) -> None:
        """Note a try that succeeded."""
        self.tries, self.next = 0, 0.0

    def due(self, now: float) -> bool:
        """Say whether one document may try while the gate is closed."""
        return self.closed and now >= self.next

    def shut_once(self, now: float) -> None:
        """Note a try in vain, once for all that were under way together."""
        if not self.closed or self.due(now):
            self.shut(now)


@dataclass
class Refusals:
    """A gate for each key and rule profile, and for each file: what one of them cannot do, another may."""

    _gates: dict[tuple[str, str], Gate] = field(default_factory=dict)

    def shut(self, way: tuple[str, str], now: float) -> None:
        """Note that a key did not sign."""
        self._gates.setdefault(way, Gate(waits=AFTER_REFUSAL)).shut_once(now)

    def open(self, *ways: tuple[str, str]) -> None:
        """Note that a key has signed."""
        for way in ways:
            self._gates.pop(way, None)

    def refuse_broken(self, document: str, reason: str, now: float) -> None:
        """Use no key for a file that could not be signed a moment ago: each use is a link of the audit chain.

        Raises:
            ApplianceError: SIGNING_FAILED.
        """
        if not self.some((document, FILE), (document,), now):
            raise errors.SIGNING_FAILED.error(reason=reason)

    def clear(self) -> None:
        """Let everything be tried: a person has done something about it."""
        self._gates.clear()

    def chosen(self, waiting: Mapping[tuple[str, str], Sequence[T]], now: float) -> list[T]:
        """Return what may be tried now of all that waits, by its ways."""
        return [one for way, things in waiting.items() for one in self.some(way, things, now)]

    def some(self, way: tuple[str, str], things: Sequence[T], now: float) -> Sequence[T]:
        """Return what may be tried now: everything, or after a refusal one thing when its time has come."""
        gate = self._gates.get(way)
        if gate is None:
            return things
        if not gate.due(now):
            return ()
        gate.shut(now)
        at = gate.tries % len(things)  # another each time: what is wrong may be one document
        return things[at:at + 1]
