"""Packages on their way, the receipt that files their pages, and the local copies that go after it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from appliance.core import clock, errors, files
from appliance.core.states import (
    DELIVERY,
    DOCUMENT,
    DOSSIER,
    PAGE,
    DeliveryState,
    DocumentState,
    DossierState,
    PageState,
)
from appliance.spool import cataloguing, tasks
from appliance.spool.ledger import Ledger
from appliance.spool.replacing import superseded


def sending(ledger: Ledger, uuid: str, old: DeliveryState, new: DeliveryState) -> None:
    """Move a delivery between queued, sending and sent."""
    ledger.move(DELIVERY, uuid, old, new)


def progress(ledger: Ledger, uuid: str, upload_url: str, sent_bytes: int) -> None:
    """Write down how far an upload is, so that it resumes there."""
    ledger.put("delivery", uuid, upload_url=upload_url, sent_bytes=sent_bytes)


def stuck(ledger: Ledger, uuid: str, code: str, reason: str) -> None:
    """Write down why a delivery does not come to its end until somebody helps; it is tried again all the same."""
    row = ledger.one("delivery", package=uuid)
    if row is not None and (row["code"], row["reason"]) != (code, reason):
        with ledger.transaction():
            ledger.put("delivery", uuid, code=code, reason=reason)
            ledger.note("delivery.stuck", uuid, code=code)


def abandoned(ledger: Ledger, uuid: str) -> None:
    """Write down that the archive need not keep what it had of a package that was withdrawn."""
    with ledger.transaction():
        ledger.put("delivery", uuid, upload_url="")
        ledger.note("delivery.abandoned", uuid)


def accepted(ledger: Ledger, uuid: str, dossier: str, old: DeliveryState, receipt: str) -> int:
    """Write down a receipt that verified; return the pages it files."""
    now = _now()
    with ledger.transaction():
        ledger.move(DELIVERY, uuid, old, DeliveryState.ACCEPTED, receipt=receipt, accepted=now, code="", reason="")
        ledger.move(DOSSIER, dossier, DossierState.PACKED, DossierState.ACCEPTED, accepted=now)
        pages = 0
        for document in ledger.all("documents_of_dossier", dossier=dossier):
            ledger.move(DOCUMENT, document["id"], DocumentState.PACKED, DocumentState.ACCEPTED)
            for page in ledger.all("pages_of_document", document=document["id"]):
                if page["state"] != PageState.FILED:  # a page of the revision before was filed then
                    ledger.move(PAGE, page["id"], PageState.READ, PageState.FILED)
                    pages += 1
        superseded(ledger, dossier)
        tasks.accepted(ledger, dossier)
    return pages


def rejected(ledger: Ledger, uuid: str, dossier: str, old: DeliveryState, reason: str) -> None:
    """Write down that the archive refused a package, with its reason."""
    code = errors.ARCHIVE_REFUSED.code
    with ledger.transaction():
        ledger.move(DELIVERY, uuid, old, DeliveryState.REJECTED, code=code, reason=reason)
        ledger.move(DOSSIER, dossier, DossierState.PACKED, DossierState.REJECTED, code=code,
                    details=json.dumps({"reason": reason}, ensure_ascii=False))


def clearable(ledger: Ledger, dossier: str) -> Sequence[str]:
    """Return the masters that nobody needs once the local copies of a dossier are let go."""
    pages = ledger.all("pages_to_clear", dossier=dossier)
    leaving = {page["id"] for page in pages}
    return [page["path"] for page in pages if _needed_by_none(ledger, page["path"], leaving)]


def _needed_by_none(ledger: Ledger, path: str, leaving: set[int]) -> bool:
    return all(other["id"] in leaving for other in ledger.all("pages_of_path", path=path))


def let_masters_go(ledger: Ledger, dossier: str, masters: Path) -> None:
    """Remove the masters that nobody needs any more, in the ledger's thread (see ``entry.record``)."""
    for path in clearable(ledger, dossier):
        files.remove_durably(masters / path)
        files.remove_durably((masters / path).with_suffix(".orig"))


def cleared(ledger: Ledger, dossier: str) -> None:
    """Write down that the local copies of an accepted dossier are gone."""
    with ledger.transaction():
        for page in ledger.all("pages_to_clear", dossier=dossier):
            ledger.put("page", page["id"], cleared=1)
        cataloguing.forget_persons(ledger, dossier)
        ledger.put("dossier", dossier, cleared=_now())
        ledger.note("dossier.cleared", dossier)


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
