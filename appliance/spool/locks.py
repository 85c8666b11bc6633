"""Batches that are locked because a state secret is suspected in them, and what a named leader decides about them.

The lock is a row of the ledger, written in the transaction that says what was found. Everything else (files,
states) follows from it and may be done again: a stop at any moment leaves nothing but more to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.core import clock, errors
from appliance.core.model import PageAnalysis
from appliance.core.states import (
    BATCH,
    DELIVERY,
    DOCUMENT,
    DOSSIER,
    BatchState,
    DeliveryState,
    DocumentState,
    DossierState,
)
from appliance.spool.ledger import Ledger, Row

RELEASE, DESTROY = "release", "destroy"
OTHERWISE = "đã có quyết định khác / something else was decided"

OVER = (BatchState.CLOSED, BatchState.HELD, BatchState.SEPARATED)
"""States of a batch whose capture is over and that may be locked at once."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a leader decides: ``RELEASE`` or ``DESTROY``; ``number`` and ``day`` are of the decision to destroy."""

    kind: str
    leader: str
    reason: str = ""
    number: str = ""
    day: str = ""


def is_suspected(analysis: PageAnalysis, kept: Iterable[str] = ()) -> bool:
    """Say whether a page seems to bear a state-secret stamp and no leader has said that it is none."""
    secret = errors.SECRET_SUSPECTED.code
    return secret not in kept and any(not one.ok and one.code == secret for one in analysis.verdicts)


def is_locked(ledger: Ledger, batch: str) -> bool:
    """Say whether nothing of a batch may go any further."""
    row = ledger.one("batch", id=batch)
    return row is not None and row["locked"] != 0


def lock(ledger: Ledger, batch: str, page: int = 0, who: str = "") -> bool:
    """Lock a batch with all dossiers that have a page of it; return False when it is locked, or gone, already.

    ``page`` is the side that is suspected, or ``who`` says so.
    """
    with ledger.transaction():
        row = ledger.one("batch", id=batch)
        if row is None or row["locked"]:
            return False
        number = ledger.act("add_lock", batch=batch, at=_now(), who=who, page=page, was=row["state"],
                            was_code=row["code"])
        ledger.put("batch", batch, locked=number)
        ledger.note("batch.lock", batch, who=who, page=page)
        stop_dossiers(ledger, number, [one["dossier"] for one in ledger.all("dossiers_of_batch", batch=batch)])
        shut(ledger, batch)
    return True


def shut(ledger: Ledger, batch: str) -> bool:
    """Move a batch with a lock to ``locked``, as soon as its capture is over; return whether it is there."""
    row = ledger.one("batch", id=batch)
    if row is not None and row["locked"] and row["state"] in OVER:
        ledger.move(BATCH, batch, BatchState(row["state"]), BatchState.LOCKED, code=errors.BATCH_LOCKED.code)
        return True
    return row is not None and row["state"] == BatchState.LOCKED


def lock_suspected(ledger: Ledger) -> int:
    """Lock the batches of pages that were held for a suspected secret before there were locks."""
    rows = ledger.all("suspected_unlocked", code=errors.SECRET_SUSPECTED.code)
    return sum(lock(ledger, row["batch"], row["id"]) for row in rows)


def stop_dossiers(ledger: Ledger, number: int, names: Iterable[str]) -> None:
    """Stop dossiers with their documents; a package that has no receipt is withdrawn."""
    with ledger.transaction():
        for name in names:
            row = ledger.one("dossier_of", id=name)
            state = DossierState(row["state"]) if row is not None else DossierState.REMOVED
            if row is None or not (state is DossierState.LOCKED or DOSSIER.allows(state, DossierState.LOCKED)):
                continue  # the archive has it, or nothing is done with it any more
            ledger.act("add_lock_dossier", lock=number, dossier=name, was=row["state"])
            if state is not DossierState.LOCKED:
                ledger.move(DOSSIER, name, state, DossierState.LOCKED, code=row["code"])
                _stop_documents(ledger, name)
                _withdraw(ledger, name)


def stop_named(ledger: Ledger, number: int, codes: Iterable[str]) -> None:
    """Stop dossiers that separators in a locked batch name: paper of theirs is in it."""
    rows = [ledger.one("latest_dossier", file_code=code) for code in sorted(codes)]
    stop_dossiers(ledger, number, [row["id"] for row in rows if row is not None])


def _stop_documents(ledger: Ledger, dossier: str) -> None:
    for document in ledger.all("documents_of_dossier", dossier=dossier):
        state = DocumentState(document["state"])
        if DOCUMENT.allows(state, DocumentState.LOCKED):
            ledger.move(DOCUMENT, document["id"], state, DocumentState.LOCKED)


def _withdraw(ledger: Ledger, dossier: str) -> None:
    for row in ledger.all("open_delivery_of", dossier=dossier):
        ledger.move(DELIVERY, row["package"], DeliveryState(row["state"]), DeliveryState.WITHDRAWN,
                    code=errors.BATCH_LOCKED.code)


def decide(ledger: Ledger, batch: str, decision: Decision) -> bool:
    """Write a leader's decision down; the loop carries it out. The same one twice has the same effect as once.

    Returns False when it was there already.

    Raises:
        ApplianceError: LOCK_REFUSED when the batch is not locked, or something else was decided.
    """
    with ledger.transaction():
        found = ledger.one("last_lock", batch=batch)
        if found is not None and found["decided"] == decision.kind:
            return False
        if found is None or found["done"] or found["decided"]:
            reason = "không bị khóa / not locked" if found is None or found["done"] else OTHERWISE
            raise errors.LOCK_REFUSED.error(batch=batch, reason=reason)
        ledger.put("batch_lock", found["id"], decided=decision.kind, leader=decision.leader, reason=decision.reason,
                   number=decision.number, day=decision.day)
        ledger.note(f"batch.{decision.kind}_decided", batch, who=decision.leader, reason=decision.reason,
                    number=decision.number, day=decision.day)
    return True


def listed(ledger: Ledger) -> list[dict[str, object]]:
    """Return the locks that are not over, as plain values."""
    names = ("batch", "device", "started", "at", "pages", "decided", "state")
    return [{**{name: row[name] for name in names}, "sheets": _suspected_sides(ledger, row)}
            for row in ledger.all("open_locks")]


def count(ledger: Ledger) -> int:
    """Return how many batches are locked."""
    row = ledger.one("batches_locked")
    return row["n"] if row else 0


def swept(ledger: Ledger, number: int) -> None:
    """Note that the files of a lock were looked after just now."""
    ledger.put("batch_lock", number, swept=_now())


def _suspected_sides(ledger: Ledger, row: Row) -> list[str]:
    """Return sheet and side of every page of a locked batch that is suspected."""
    secret = errors.SECRET_SUSPECTED.code
    return [f"{page['sheet']}{page['side']}" for page in ledger.all("sides_of_batch", batch=row["batch"])
            if page["id"] == row["page"] or page["code"] == secret]


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
