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
              ^-> HELD  (nobody is named as the one who scanned, or a device check or confirmation is wanted)
    any of CLOSED, HELD, SEPARATED <--> LOCKED --> REMOVED  (state secret suspected; destroyed by decision)

page (a captured side)

    CAPTURED --> ANALYSED --> READ --> FILED
        |            |----------'-> SEPARATOR
        |            `--> HELD <-- CAPTURED, READ
        |                  `-> CAPTURED, REMOVED, REPLACED (a person decides)
        `--> REPLACED (a later attempt took its place), ORPHAN (its sheet never came whole), REMOVED
    any of its own --> REMOVED, READ --> ANALYSED  (its batch was locked, then destroyed or released)
    FILED --> REPLACED (scanned again) --> FILED (that scan was given up); FILED --> ANALYSED (to be read again)

document

    SEPARATED --> ASSEMBLED --> SIGNED --> PACKED --> ACCEPTED
        |            |  `-> AWAITING_TIMESTAMP <--> ASSEMBLED (no time stamp can be had)
        `--> HELD <--'  `-> AWAITING_SIGNER <--> ASSEMBLED (authorisation, signing session or key is missing)
               `-> EXCLUDED (a normative document, as a leader decides)
    SEPARATED <--> LOCKED --> REMOVED  (a page of its dossier is in a locked batch; also from other states)

dossier

    OPEN --> CLOSED --> PACKED --> ACCEPTED
       `-> HELD <-'        `-> REJECTED
             `-> REPLACED <-'  (a newer revision took its place, also of CLOSED, PACKED and ACCEPTED)
             `-> DISCARDED <-' (given up by a person)
             `-> HANDED_OVER <-' (closed with a note, its paper went to the centre) --> HELD, REPLACED
    HELD <--> LOCKED --> REMOVED  (a page of it is in a locked batch; also from other states)

delivery

    SCREENING --> QUEUED --> SENDING --> SENT --> ACCEPTED
        |          ^  ^--------'  `---------`-> REJECTED
        |          |  `-> WITHDRAWN (nothing of it was sent yet; also SENDING and SENT: its dossier was locked)
        `-> SCAN_HOOK_FAILED --> QUEUED  (not looked at for harmful code, or some was found)
    SCREENING, SCAN_HOOK_FAILED --> WITHDRAWN

rescan

    WAITING <--> HELD
        `-> DONE   `-> DROPPED <- WAITING

register

    LOADING --> CURRENT --> REPLACED
       `-> DROPPED (refused or cut short), REPLACED (its rows joined another)

outbox (a signed component on its way to the reception software)

    WAITING <--> SENT --> CONFIRMED
       |  `-------'`----> REFUSED --> WAITING (a person has mended the cause)
       `-> WITHDRAWN <-- RECALLING <-- SENT, CONFIRMED, REFUSED, WAITING (it may have arrived)

task (a page that the archive wants scanned again)

    ASKED <--> WITHDRAWN (the archive does not ask any more)
      `-> ANSWERED <-'   (a newer package with that page was accepted)

lot (dossiers that are accepted together by a sample)

    OPEN --> ACCEPTED
      `----> REJECTED
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
    LOCKED = "locked"
    REMOVED = "removed"


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
    AWAITING_SIGNER = "awaiting_signer"
    AWAITING_TIMESTAMP = "awaiting_timestamp"
    SIGNED = "signed"
    PACKED = "packed"
    ACCEPTED = "accepted"
    HELD = "held"
    EXCLUDED = "excluded"
    LOCKED = "locked"
    REMOVED = "removed"


class DossierState(StrEnum):
    """Where one dossier stands."""

    OPEN = "open"
    CLOSED = "closed"
    HELD = "held"
    PACKED = "packed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REPLACED = "replaced"
    DISCARDED = "discarded"
    HANDED_OVER = "handed_over"
    LOCKED = "locked"
    REMOVED = "removed"


class DeliveryState(StrEnum):
    """Where one package on its way stands."""

    SCREENING = "screening"
    SCAN_HOOK_FAILED = "scan_hook_failed"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class RescanState(StrEnum):
    """Where paper that was scanned again stands."""

    WAITING = "waiting"
    HELD = "held"
    DONE = "done"
    DROPPED = "dropped"


class OutboxState(StrEnum):
    """Where a signed component stands that the reception software gets."""

    WAITING = "waiting"
    SENT = "sent"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    RECALLING = "recalling"
    WITHDRAWN = "withdrawn"


class TaskState(StrEnum):
    """Where a page stands that the archive wants scanned again."""

    ASKED = "asked"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class LotState(StrEnum):
    """Where a lot stands of which people check a sample."""

    OPEN = "open"
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

    def __str__(self) -> str:
        return self.name

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
        _BS.CLOSED: (_BS.SEPARATED, _BS.HELD, _BS.LOCKED),
        _BS.HELD: (_BS.CLOSED, _BS.LOCKED),
        _BS.SEPARATED: (_BS.LOCKED,),
        _BS.LOCKED: (_BS.CLOSED, _BS.HELD, _BS.SEPARATED, _BS.REMOVED),
        _BS.REMOVED: (),
    },
)

PAGE: Machine[PageState] = Machine(
    "page",
    {
        _PS.CAPTURED: (_PS.ANALYSED, _PS.HELD, _PS.REPLACED, _PS.ORPHAN, _PS.REMOVED),
        _PS.ANALYSED: (_PS.READ, _PS.SEPARATOR, _PS.HELD, _PS.REPLACED, _PS.ORPHAN, _PS.REMOVED),
        _PS.READ: (_PS.FILED, _PS.SEPARATOR, _PS.HELD, _PS.REPLACED, _PS.ORPHAN, _PS.REMOVED, _PS.ANALYSED),
        _PS.HELD: (_PS.CAPTURED, _PS.REMOVED, _PS.REPLACED, _PS.ORPHAN),
        _PS.FILED: (_PS.REPLACED, _PS.ANALYSED),
        _PS.SEPARATOR: (_PS.REPLACED, _PS.ORPHAN, _PS.REMOVED),
        _PS.REMOVED: (),
        _PS.REPLACED: (_PS.FILED,),
        _PS.ORPHAN: (),
    },
)

DOCUMENT: Machine[DocumentState] = Machine(
    "document",
    {
        _DS.SEPARATED: (_DS.ASSEMBLED, _DS.HELD, _DS.LOCKED),
        _DS.ASSEMBLED: (_DS.SIGNED, _DS.AWAITING_SIGNER, _DS.AWAITING_TIMESTAMP, _DS.HELD, _DS.LOCKED),
        _DS.AWAITING_SIGNER: (_DS.ASSEMBLED, _DS.HELD, _DS.LOCKED),
        _DS.AWAITING_TIMESTAMP: (_DS.ASSEMBLED, _DS.HELD, _DS.LOCKED),
        _DS.SIGNED: (_DS.PACKED, _DS.LOCKED),
        _DS.PACKED: (_DS.ACCEPTED, _DS.HELD, _DS.LOCKED),
        _DS.ACCEPTED: (),
        _DS.HELD: (_DS.SEPARATED, _DS.EXCLUDED, _DS.LOCKED),
        _DS.EXCLUDED: (),
        _DS.LOCKED: (_DS.SEPARATED, _DS.REMOVED),
        _DS.REMOVED: (),
    },
)

DOSSIER: Machine[DossierState] = Machine(
    "dossier",
    {
        _OS.OPEN: (_OS.CLOSED, _OS.HELD, _OS.LOCKED),
        _OS.CLOSED: (_OS.PACKED, _OS.HELD, _OS.REPLACED, _OS.LOCKED),
        _OS.HELD: (_OS.OPEN, _OS.CLOSED, _OS.REPLACED, _OS.DISCARDED, _OS.HANDED_OVER, _OS.LOCKED),
        _OS.PACKED: (_OS.ACCEPTED, _OS.REJECTED, _OS.REPLACED, _OS.LOCKED),
        _OS.ACCEPTED: (_OS.REPLACED,),
        _OS.REJECTED: (_OS.CLOSED, _OS.REPLACED, _OS.DISCARDED, _OS.HANDED_OVER, _OS.LOCKED),
        _OS.HANDED_OVER: (_OS.HELD, _OS.REPLACED, _OS.LOCKED),
        _OS.LOCKED: (_OS.OPEN, _OS.CLOSED, _OS.HELD, _OS.REJECTED, _OS.HANDED_OVER, _OS.REMOVED),
        _OS.REMOVED: (),
        _OS.REPLACED: (),
        _OS.DISCARDED: (),
    },
)

DELIVERY: Machine[DeliveryState] = Machine(
    "delivery",
    {
        _VS.SCREENING: (_VS.QUEUED, _VS.SCAN_HOOK_FAILED, _VS.WITHDRAWN),
        _VS.SCAN_HOOK_FAILED: (_VS.QUEUED, _VS.WITHDRAWN),
        _VS.QUEUED: (_VS.SENDING, _VS.REJECTED, _VS.WITHDRAWN),
        _VS.SENDING: (_VS.SENT, _VS.QUEUED, _VS.REJECTED, _VS.WITHDRAWN),
        _VS.SENT: (_VS.ACCEPTED, _VS.REJECTED, _VS.QUEUED, _VS.WITHDRAWN),
        _VS.ACCEPTED: (),
        _VS.REJECTED: (),
        _VS.WITHDRAWN: (),
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

_XS = RescanState

RESCAN: Machine[RescanState] = Machine(
    "rescan",
    {
        _XS.WAITING: (_XS.DONE, _XS.HELD, _XS.DROPPED),
        _XS.HELD: (_XS.WAITING, _XS.DROPPED),
        _XS.DONE: (),
        _XS.DROPPED: (),
    },
)

_HS = OutboxState

OUTBOX: Machine[OutboxState] = Machine(
    "outbox",
    {
        _HS.WAITING: (_HS.SENT, _HS.CONFIRMED, _HS.REFUSED, _HS.RECALLING, _HS.WITHDRAWN),
        _HS.SENT: (_HS.CONFIRMED, _HS.REFUSED, _HS.WAITING, _HS.RECALLING),
        _HS.CONFIRMED: (_HS.RECALLING,),
        _HS.REFUSED: (_HS.WAITING, _HS.RECALLING),
        _HS.RECALLING: (_HS.WITHDRAWN,),
        _HS.WITHDRAWN: (),
    },
)

_TS = TaskState

TASK: Machine[TaskState] = Machine(
    "task",
    {
        _TS.ASKED: (_TS.ANSWERED, _TS.WITHDRAWN),
        _TS.ANSWERED: (),
        _TS.WITHDRAWN: (_TS.ASKED, _TS.ANSWERED),
    },
)

_LS = LotState

LOT: Machine[LotState] = Machine(
    "lot", {_LS.OPEN: (_LS.ACCEPTED, _LS.REJECTED), _LS.ACCEPTED: (), _LS.REJECTED: ()})

MACHINES = (SESSION, BATCH, PAGE, DOCUMENT, DOSSIER, DELIVERY, REGISTER, RESCAN, TASK, OUTBOX, LOT)
