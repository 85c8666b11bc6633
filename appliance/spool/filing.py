"""Documents from PDF/A to package: each step written down when its file is durable."""

from __future__ import annotations

import json
from collections.abc import Sequence

from appliance.core import clock, errors
from appliance.core.jobs import Assembled, Packed, Signed
from appliance.core.plain import to_plain
from appliance.core.states import (
    DOCUMENT,
    DOSSIER,
    DeliveryState,
    DocumentState,
    DossierState,
)
from appliance.spool import evidence
from appliance.spool.ledger import Ledger


def assembled(ledger: Ledger, document: str, done: Assembled, pages: Sequence[int] = (),
              catalogue: str = "") -> None:
    """Write down that the unsigned file is durable; ``pages`` and ``catalogue`` (column) are what is in it.

    Raises:
        ApplianceError: STATE_CONFLICT also when a page or a field is another since: then it is made anew.
    """
    with ledger.transaction():
        now = [row["id"] for row in ledger.all("pages_of_document", document=document)]
        if pages and now != list(pages):
            raise errors.STATE_CONFLICT.error(what=f"document {document}", expected=f"{len(pages)} pages")
        row = ledger.one("document", id=document)
        if catalogue and row is not None and row["catalogue"] != catalogue:
            raise errors.STATE_CONFLICT.error(what=f"document {document}", expected="with the same fields")
        ledger.move(DOCUMENT, document, DocumentState.SEPARATED, DocumentState.ASSEMBLED, unsigned_path=done.path,
                    unsigned_sha256=done.sha256, stamp_box=json.dumps(to_plain(done.stamp_box)),
                    strip_mm=done.strip_mm)
        if done.strip_mm:
            ledger.note("document.strip_added", document, mm=done.strip_mm)


def refuse_changed(ledger: Ledger, document: str, unsigned_sha256: str) -> None:
    """Refuse to go on with a document that is no longer the assembled one of that hash, in a closed dossier.

    Raises:
        ApplianceError: STATE_CONFLICT.
    """
    row = ledger.one("document", id=document)
    dossier = ledger.one("dossier_of", id=row["dossier"]) if row is not None else None
    same = row is not None and row["state"] == DocumentState.ASSEMBLED and row["unsigned_sha256"] == unsigned_sha256
    if not same or dossier is None or dossier["state"] != DossierState.CLOSED:
        raise errors.STATE_CONFLICT.error(what=f"document {document}", expected=DocumentState.ASSEMBLED.value)


def intend_to_sign(ledger: Ledger, /, document: str, unsigned_sha256: str, at: str, **leave: str) -> int:
    """Write down that a key is about to be used; return how many uses had no known outcome before.

    ``leave`` goes onto the audit chain: which key it is, and by whose leave it is used.
    """
    with ledger.transaction():
        before = len(ledger.all("open_intents", document=document))
        ledger.act("add_intent", document=document, unsigned_sha256=unsigned_sha256, at=at)
        ledger.note("key.intent", document, again=before, **leave)
    return before


def signed(ledger: Ledger, document: str, done: Signed, at: str, lift: str = "") -> None:
    """Write down that the signed file is durable; ``lift`` is ``due`` when it still lacks its time stamp."""
    with ledger.transaction():
        uses = len(ledger.all("open_intents", document=document))
        if uses > 1 and not done.adopted:
            ledger.note("key.used_again", document, uses=uses)
        ledger.act("settle_intents", document=document, outcome="adopted" if done.adopted else "signed")
        ledger.move(DOCUMENT, document, DocumentState.ASSEMBLED, DocumentState.SIGNED, signed_path=done.path,
                    signed_sha256=done.sha256, signed_at=at, stamp=done.stamp, signer=done.signer,
                    level=done.level, development=int(done.development_key), signing_key=done.key,
                    stamped_at=done.stamped_at, lift=lift, code="", reason="")
        evidence.keep(ledger, document, done)


def lifted(ledger: Ledger, document: str, done: Signed, lift: str = "") -> None:
    """Write down that a signed file has its time stamp now; it keeps its name and has another hash.

    ``lift`` is ``due`` when it still lacks what proves it.

    Raises:
        ApplianceError: STATE_CONFLICT when its batch was locked meanwhile: its file is removed.
    """
    with ledger.transaction():
        row = ledger.one("document", id=document)
        if row is None or row["state"] != DocumentState.SIGNED:
            raise errors.STATE_CONFLICT.error(what=f"document {document}", expected=DocumentState.SIGNED.value)
        ledger.put("document", document, signed_sha256=done.sha256, level=done.level, stamped_at=done.stamped_at,
                   lift=lift, code="", reason="")
        ledger.note("document.lifted", document, level=done.level, sha256=done.sha256)
        evidence.keep(ledger, document, done)


def name_package(ledger: Ledger, dossier: str, uuid: str, created: str) -> tuple[str, str]:
    """Give a dossier its package's identity once and for all; return (uuid, created)."""
    with ledger.transaction():
        row = ledger.one("dossier_of", id=dossier)
        assert row is not None
        if row["package"]:
            return row["package"], row["package_created"]
        ledger.put("dossier", dossier, package=uuid, package_created=created)
        ledger.note("package.named", uuid, dossier=dossier)
    return uuid, created


def packed(ledger: Ledger, dossier: str, uuid: str, done: Packed, head: tuple[int, str] = (0, "")) -> None:
    """Write down that the package is durable and waits to be sent, or to be looked at for harmful code first.

    ``head``: of the audit chain, as it is in the package.
    """
    state = DeliveryState.SCREENING if done.screen else DeliveryState.QUEUED
    with ledger.transaction():
        for document in ledger.all("documents_of_dossier", dossier=dossier):
            ledger.move(DOCUMENT, document["id"], DocumentState.SIGNED, DocumentState.PACKED)
        ledger.move(DOSSIER, dossier, DossierState.CLOSED, DossierState.PACKED)
        ledger.act("add_delivery", package=uuid, dossier=dossier, state=state.value, path=done.path,
                   sha256=done.sha256, size=done.size, queued=_now())
        ledger.note(f"delivery.{state.value}", uuid, sha256=done.sha256, audit_seq=head[0], audit_head=head[1])


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
