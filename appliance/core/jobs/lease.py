"""The lease a worker gets, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

__all__ = ["Job", "Outcome", "Priority"]


class Priority(IntEnum):
    """Lower goes first: a look at a page being fed, at one still in the tray, at any other; then what lasts.

    The synthetic page goes first of what lasts: behind a night's backlog it would prove nothing.
    """

    OPERATOR = 0
    TRAY = 3
    BACKLOG = 6
    SAMPLE = 9
    PAGE = 10
    BULK = 20


@dataclass(frozen=True, slots=True)
class Job:
    """A lease for a worker: ``kind`` is that of a handler (handlers.py), ``body`` the plain job."""

    id: str
    kind: str
    body: dict[str, object]
    priority: int = Priority.PAGE
    seconds: int = 120
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: a plain answer, or an error of the catalogue."""

    id: str
    ok: bool
    body: dict[str, object] = field(default_factory=dict)
    code: str = ""
    reason: str = ""
    wall: float = 0.0
    cpu: float = 0.0
