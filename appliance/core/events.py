"""Facts in the past tense, told after the ledger has committed them, and the bus that carries them.

Listeners are metrics, the journal line and the operator's page. A listener that fails is reported
and cannot stop the work.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that has happened and is in the ledger."""


@dataclass(frozen=True, slots=True)
class BatchStarted(Fact):
    """Start was pressed and accepted."""

    device: str
    batch: str


@dataclass(frozen=True, slots=True)
class SideCaptured(Fact):
    """A side is durable: master on disk, row in the ledger."""

    device: str
    batch: str
    side: str
    seconds: float
    idle: float = 0.0


@dataclass(frozen=True, slots=True)
class BatchInterrupted(Fact):
    """Capture stopped before the stack was through; ``code`` says why."""

    device: str
    batch: str
    code: str


@dataclass(frozen=True, slots=True)
class BatchClosed(Fact):
    """Every sheet of the batch is captured."""

    device: str
    batch: str
    sides: int


@dataclass(frozen=True, slots=True)
class BatchUnchecked(Fact):
    """A batch of a scanner without a recent device check that passed; ``held`` when it waits for one."""

    device: str
    held: bool


@dataclass(frozen=True, slots=True)
class BatchLocked(Fact):
    """A state secret is suspected in a batch: nothing of it goes any further."""

    batch: str


@dataclass(frozen=True, slots=True)
class StageFinished(Fact):
    """A stage did its work on one thing; ``result`` is ok, held or failed."""

    stage: str
    result: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ThingHeld(Fact):
    """Something waits for a person; ``code`` is from the error catalogue."""

    kind: str
    code: str


@dataclass(frozen=True, slots=True)
class PageWarned(Fact):
    """A check warns of a page and does not hold it."""

    check: str


@dataclass(frozen=True, slots=True)
class PageUnread(Fact):
    """No engine could read a page's text; it goes on without. ``code`` says why."""

    code: str


@dataclass(frozen=True, slots=True)
class FieldsRead(Fact):
    """A document's catalogue fields were taken from its pages: names of fields only, never what they say."""

    read: tuple[str, ...]
    empty: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PagesFiled(Fact):
    """A dossier was accepted by the archive with this many pages."""

    pages: int


@dataclass(frozen=True, slots=True)
class ComponentConfirmed(Fact):
    """The reception software has a one-stop document, so many seconds after Start; ``late``: past the promise."""

    seconds: float
    late: bool


@dataclass(frozen=True, slots=True)
class WorkerLost(Fact):
    """A worker process died, hung or was ended; ``reason`` says which."""

    reason: str


@dataclass(frozen=True, slots=True)
class WorkerProved(Fact):
    """A worker has looked at the golden pages; ``faults`` says what it saw wrong, empty: nothing.

    ``code`` tells what was seen wrong from what could not be looked at, for the host's own trouble.
    """

    worker: str
    faults: str
    seconds: float
    code: str = ""


@dataclass(frozen=True, slots=True)
class SessionMoved(Fact):
    """A device session changed its state."""

    device: str
    old: str
    new: str


Listener = Callable[[Fact], None]


class Bus:
    """Tells every listener every fact, in the order of subscription."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Add a listener."""
        self._listeners.append(listener)

    def tell(self, fact: Fact) -> None:
        """Tell ``fact`` to all; call it after the ledger has committed, never before."""
        for listener in self._listeners:
            try:
                listener(fact)
            except Exception:  # boundary: an observer may not stop the work it observes
                log.exception("listener failed on %s", type(fact).__name__)
