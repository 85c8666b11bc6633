"""The end of a lock in the ledger: a batch goes on as if nothing had been, or what is left of it is counted.

Called when the files are where they belong (``strongroom``). All or nothing, and once: a lock that is done is done.
"""

from __future__ import annotations

import json

from appliance.core import clock, errors
from appliance.core.model import PageAnalysis
from appliance.core.plain import from_plain
from appliance.core.states import (
    BATCH,
    DOCUMENT,
    DOSSIER,
    PAGE,
    RESCAN,
    BatchState,
    DocumentState,
    DossierState,
    PageState,
    RescanState,
)
from appliance.spool import holding, locks, resolutions, sides
from appliance.spool.ledger import Ledger, Row

REBUILT = {"unsigned_path": "", "unsigned_sha256": "", "stamp_box": "", "signed_path": "", "signed_sha256": "",
           "signed_at": "", "stamp": "", "signer": "", "level": "", "code": "", "reason": "", "catalogued": "",
           "signing_key": "", "stamped_at": "", "lift": "", "strip_mm": 0}
"""Columns of a document whose files were removed: it is made again, and its fields are released again."""

EMPTIED = {**REBUILT, "catalogue": "[]"}
"""The same of a document that was destroyed: nothing that was read from its pages stays."""


def released(ledger: Ledger, lock: Row) -> None:
    """Let a batch go on as if it had never been locked; the pages that were shown are overruled, no others."""
    with ledger.transaction():
        if not _begin(ledger, lock):
            return
        pages = ledger.all("sides_of_batch", batch=lock["batch"])
        for page in pages:
            _go_on(ledger, page)
        was = BatchState(lock["was"])
        was = was if was in locks.OVER and not _confirmed_since(ledger, lock) else BatchState.CLOSED
        code = lock["was_code"] if was is BatchState.HELD else ""
        ledger.move(BATCH, lock["batch"], BatchState.LOCKED, was, code=code)
        ledger.put("batch", lock["batch"], locked=0)
        for one in ledger.all("lock_dossiers", lock=lock["id"]):
            _free(ledger, lock, one)
        _end(ledger, lock)


def destroyed(ledger: Ledger, lock: Row) -> None:
    """Count the pages of a destroyed batch as removed; dossiers with nothing else in them go with it."""
    with ledger.transaction():
        if not _begin(ledger, lock):
            return
        for page in ledger.all("sides_of_batch", batch=lock["batch"]):
            state = PageState(page["state"])
            if PAGE.allows(state, PageState.REMOVED):
                ledger.move(PAGE, page["id"], state, PageState.REMOVED, code=errors.PAGES_DESTROYED.code,
                            reason=lock["number"], doubt="")
            ledger.put("page", page["id"], cleared=1, text_path="", analysis="")
        for rescan in ledger.all("rescans_of_batch", batch=lock["batch"]):
            ledger.move(RESCAN, rescan["id"], RescanState(rescan["state"]), RescanState.DROPPED,
                        done=clock.iso(clock.now(), "milliseconds"))
        ledger.move(BATCH, lock["batch"], BatchState.LOCKED, BatchState.REMOVED, code="")
        for one in ledger.all("lock_dossiers", lock=lock["id"]):
            _cut(ledger, lock, one)
        _end(ledger, lock)


def _confirmed_since(ledger: Ledger, lock: Row) -> bool:
    """Say whether a batch that waited for a confirmation before its lock has it now."""
    batch = ledger.one("batch", id=lock["batch"])
    waited = lock["was"] == BatchState.HELD and lock["was_code"] == errors.NO_SECRET_UNCONFIRMED.code
    return waited and batch is not None and batch["confirmed"] != ""


def _begin(ledger: Ledger, lock: Row) -> bool:
    found = ledger.one("lock", id=lock["id"])
    return found is not None and not found["done"] and locks.shut(ledger, lock["batch"])


def _end(ledger: Ledger, lock: Row) -> None:
    ledger.put("batch_lock", lock["id"], done=clock.iso(clock.now(), "milliseconds"))
    ledger.note(f"batch.{lock['decided']}_done", lock["batch"], who=lock["leader"], reason=lock["reason"],
                number=lock["number"], day=lock["day"])


def _go_on(ledger: Ledger, page: Row) -> None:
    """Overrule the suspicion on a page; what else holds it holds it still. What was read is read again."""
    state, secret = PageState(page["state"]), errors.SECRET_SUSPECTED.code
    if state is PageState.READ:
        ledger.move(PAGE, page["id"], state, PageState.ANALYSED, text_path="")
    seen = from_plain(PageAnalysis, json.loads(page["analysis"])) if page["analysis"] else None
    if seen is None or not locks.is_suspected(seen, page["kept"].split()):
        return
    kept = (*page["kept"].split(), secret)
    ledger.put("page", page["id"], kept=" ".join(kept))
    ledger.note("page.overruled", str(page["id"]), code=secret)
    if state is not PageState.HELD or page["code"] != secret:
        return
    failing = sides.failing(seen, kept)
    if failing is None:
        ledger.move(PAGE, page["id"], PageState.HELD, PageState.CAPTURED, code="", reason="")
    else:
        ledger.put("page", page["id"], code=failing.code, reason=sides.reason_of(failing))


def _free(ledger: Ledger, lock: Row, one: Row) -> None:
    """Put a dossier back where it was, unless another lock stops it too."""
    if _handed_on(ledger, lock, one):
        return
    if any(_is_destroyed(ledger, page) for page in ledger.all("pages_of_dossier", dossier=one["dossier"])):
        _cut(ledger, lock, one)  # by a lock that was over before this one
        return
    for document in ledger.all("documents_of_dossier", dossier=one["dossier"]):
        if document["state"] == DocumentState.LOCKED:
            ledger.move(DOCUMENT, document["id"], DocumentState.LOCKED, DocumentState.SEPARATED, **REBUILT)
    was = DossierState(one["was"])
    if was is DossierState.PACKED:
        was = DossierState.CLOSED
    if was is DossierState.CLOSED:
        ledger.put("dossier", one["dossier"], package="", package_created="")
    ledger.move(DOSSIER, one["dossier"], DossierState.LOCKED, was, code=one["code"])
    holding.go_on(ledger, one["dossier"])


def _cut(ledger: Ledger, lock: Row, one: Row) -> None:
    """Take the destroyed pages out of a dossier; one with other pages in it waits for a person."""
    if _handed_on(ledger, lock, one):
        return
    pages = ledger.all("pages_of_dossier", dossier=one["dossier"])
    destroyed = {page["id"] for page in pages if _is_destroyed(ledger, page)}
    for document in ledger.all("documents_of_dossier", dossier=one["dossier"]):
        if document["state"] == DocumentState.LOCKED:
            of_it = ledger.all("pages_of_document", document=document["id"])
            gone = not of_it or any(page["state"] == PageState.REMOVED or page["id"] in destroyed for page in of_it)
            new, columns = (DocumentState.REMOVED, EMPTIED) if gone else (DocumentState.SEPARATED, REBUILT)
            ledger.move(DOCUMENT, document["id"], DocumentState.LOCKED, new, **columns)
    if any(page["id"] not in destroyed and page["state"] != PageState.REMOVED for page in pages):
        ledger.put("dossier", one["dossier"], package="", package_created="")
        was_held = one["was"] == DossierState.HELD and not destroyed
        ledger.move(DOSSIER, one["dossier"], DossierState.LOCKED, DossierState.HELD,
                    code=one["code"] if was_held else errors.PAGES_DESTROYED.code)
    else:
        ledger.move(DOSSIER, one["dossier"], DossierState.LOCKED, DossierState.REMOVED,
                    code=errors.PAGES_DESTROYED.code)
        row = ledger.one("dossier_of", id=one["dossier"])
        if row is not None:
            resolutions.give_back(ledger, row)


def _is_destroyed(ledger: Ledger, page: Row) -> bool:
    batch = ledger.one("batch", id=page["batch"])
    return batch is not None and batch["state"] == BatchState.REMOVED


def _handed_on(ledger: Ledger, lock: Row, one: Row) -> bool:
    """Say whether a dossier is stopped by another lock too, which remembers from now on in which state it was."""
    others = ledger.all("other_locks", dossier=one["dossier"], lock=lock["id"])
    if others and one["was"] != DossierState.LOCKED:
        ledger.act("hand_on_lock_dossier", dossier=one["dossier"], lock=others[0]["lock"], was=one["was"])
    return bool(others)
