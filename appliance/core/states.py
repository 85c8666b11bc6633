"""What each thing may become next. The ledger moves states by compare-and-set on these tables only.

device session (memory, exported as a metric)

    ABSENT <--> READY <--> SCANNING --> RELOAD --> SCANNING
      |           |            |          |
      |           `-> BLOCKED  `----------+--> READY, ABSENT
      |
      `-> UNUSABLE --> ABSENT, READY, RELOAD, SCANNING
             `<-- READY, RELOAD, BLOCKED

batch

    SCANNING <--> RELOAD
        |           |
        `-> CLOSED <'  -> SEPARATED
              ^-> HELD  (nobody is named as the one who scanned, or a device check is wanted)

page (a captured side)

    CAPTURED --> ANALYSED --> READ --> FILED
        |            |----------'-> SEPARATOR
        |            `--> HELD <-- CAPTURED, READ
        |                  `-> CAPTURED, REMOVED, REPLACED (a person decides)
        `--> REPLACED (a later attempt took its place), ORPHAN (its sheet never came whole)

document

    SEPARATED --> ASSEMBLED --> SIGNED --> PACKED --> ACCEPTED
        |            |  `-> AWAITING_TIMESTAMP -> SIGNED
        `--> HELD <--'

dossier

    OPEN --> CLOSED --> PACKED --> ACCEPTED
       `-> HELD <-'        `-> REJECTED
             `-> REPLACED <-'  (its paper was scanned again, whole)

delivery

    QUEUED --> SENDING --> SENT --> ACCEPTED
       ^--------'  `---------`-> REJECTED

register

    LOADING --> CURRENT --> REPLACED
       `-> DROPPED (refused or cut short), REPLACED (its rows joined another)
"""

from __future__ import annotations

from enum import StrEnum
from typing import Generic, TypeVar


class SessionState(StrEnum):
    """Where one device stands."""

    ABSENT = "absent"
    READY = "ready"
    SCANNING = "scanning"
    RELOAD = "reload"
    BLOCKED = "blocked"
    UNUSABLE = "unusable"


class BatchState(StrEnum):
    """Where one press of Start stands."""

    SCANNING = "scanning"
    RELOAD = "reload"
    CLOSED = "closed"
    HELD = "held"
    SEPARATED = "separated"


class PageState(StrEnum):
    """Where one captured side stands."""

    CAPTURED = "captured"
    ANALYSED = "analysed"
    READ = "read"
    FILED = "filed"
    SEPARATOR = "separator"
    HELD = "held"
    REMOVED = "removed"
    REPLACED = "replaced"
    ORPHAN = "orphan"


class DocumentState(StrEnum):
    """Where one document stands."""

    SEPARATED = "separated"
    ASSEMBLED = "assembled"
    AWAITING_TIMESTAMP = "awaiting_timestamp"
    SIGNED = "signed"
    PACKED = "packed"
    ACCEPTED = "accepted"
    HELD = "held"


class DossierState(StrEnum):
    """Where one dossier stands."""

    OPEN = "open"
    CLOSED = "closed"
    HELD = "held"
    PACKED = "packed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REPLACED = "replaced"


class DeliveryState(StrEnum):
    """Where one package on its way stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class RegisterState(StrEnum):
    """Where one imported list of dossiers stands."""

    LOADING = "loading"
    CURRENT = "current"
    REPLACED = "replaced"
    DROPPED = "dropped"


S = TypeVar("S", bound=StrEnum)


class Machine(Generic[S]):
    """A table of allowed moves."""

    def __init__(self, name: str, table: dict[S, tuple[S, ...]]) -> None:
        self.name = name
        self.table = table

    def allows(self, old: S, new: S) -> bool:
        """Say whether ``old`` may become ``new``."""
        return new in self.table[old]

    def sources(self, new: S) -> tuple[S, ...]:
        """Return every state that may become ``new``."""
        return tuple(old for old, nexts in self.table.items() if new in nexts)


_SS, _BS, _PS = SessionState, BatchState, PageState
_DS, _OS, _VS = DocumentState, DossierState, DeliveryState

SESSION: Machine[SessionState] = Machine(
    "session",
    {
        _SS.ABSENT: (_SS.READY, _SS.RELOAD, _SS.BLOCKED, _SS.UNUSABLE),
        _SS.READY: (_SS.SCANNING, _SS.ABSENT, _SS.BLOCKED, _SS.RELOAD, _SS.UNUSABLE),
        _SS.SCANNING: (_SS.READY, _SS.RELOAD, _SS.ABSENT),
        _SS.RELOAD: (_SS.SCANNING, _SS.READY, _SS.ABSENT, _SS.UNUSABLE),
        _SS.BLOCKED: (_SS.READY, _SS.ABSENT, _SS.UNUSABLE),
        _SS.UNUSABLE: (_SS.ABSENT, _SS.READY, _SS.RELOAD, _SS.SCANNING),
    },
)

BATCH: Machine[BatchState] = Machine(
    "batch",
    {
        _BS.SCANNING: (_BS.RELOAD, _BS.CLOSED),
        _BS.RELOAD: (_BS.SCANNING, _BS.CLOSED),
        _BS.CLOSED: (_BS.SEPARATED, _BS.HELD),
        _BS.HELD: (_BS.CLOSED,),
        _BS.SEPARATED: (),
    },
)

PAGE: Machine[PageState] = Machine(
    "page",
    {
        _PS.CAPTURED: (_PS.ANALYSED, _PS.HELD, _PS.REPLACED, _PS.ORPHAN),
        _PS.ANALYSED: (_PS.READ, _PS.SEPARATOR, _PS.HELD, _PS.REPLACED, _PS.ORPHAN),
        _PS.READ: (_PS.FILED, _PS.SEPARATOR, _PS.HELD, _PS.REPLACED, _PS.ORPHAN),
        _PS.HELD: (_PS.CAPTURED, _PS.REMOVED, _PS.REPLACED, _PS.ORPHAN),
        _PS.FILED: (),
        _PS.SEPARATOR: (_PS.REPLACED, _PS.ORPHAN),
        _PS.REMOVED: (),
        _PS.REPLACED: (),
        _PS.ORPHAN: (),
    },
)

DOCUMENT: Machine[DocumentState] = Machine(
    "document",
    {
        _DS.SEPARATED: (_DS.ASSEMBLED, _DS.HELD),
        _DS.ASSEMBLED: (_DS.SIGNED, _DS.AWAITING_TIMESTAMP, _DS.HELD),
        _DS.AWAITING_TIMESTAMP: (_DS.SIGNED, _DS.HELD),
        _DS.SIGNED: (_DS.PACKED,),
        _DS.PACKED: (_DS.ACCEPTED, _DS.HELD),
        _DS.ACCEPTED: (),
        _DS.HELD: (_DS.SEPARATED,),
    },
)

DOSSIER: Machine[DossierState] = Machine(
    "dossier",
    {
        _OS.OPEN: (_OS.CLOSED, _OS.HELD),
        _OS.CLOSED: (_OS.PACKED, _OS.HELD),
        _OS.HELD: (_OS.OPEN, _OS.CLOSED, _OS.REPLACED),
        _OS.PACKED: (_OS.ACCEPTED, _OS.REJECTED),
        _OS.ACCEPTED: (),
        _OS.REJECTED: (_OS.CLOSED, _OS.REPLACED),
        _OS.REPLACED: (),
    },
)

DELIVERY: Machine[DeliveryState] = Machine(
    "delivery",
    {
        _VS.QUEUED: (_VS.SENDING, _VS.REJECTED),
        _VS.SENDING: (_VS.SENT, _VS.QUEUED, _VS.REJECTED),
        _VS.SENT: (_VS.ACCEPTED, _VS.REJECTED, _VS.QUEUED),
        _VS.ACCEPTED: (),
        _VS.REJECTED: (),
    },
)

_RS = RegisterState

REGISTER: Machine[RegisterState] = Machine(
    "register",
    {
        _RS.LOADING: (_RS.CURRENT, _RS.REPLACED, _RS.DROPPED),
        _RS.CURRENT: (_RS.REPLACED,),
        _RS.REPLACED: (),
        _RS.DROPPED: (),
    },
)

MACHINES = (SESSION, BATCH, PAGE, DOCUMENT, DOSSIER, DELIVERY, REGISTER)
