"""What goes out: dossiers and documents from separation to the archive's receipt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core import clock, errors, files
from appliance.core.jobs import Assembled, Packed, Signed
from appliance.core.model import DocumentKey
from appliance.core.plain import to_plain
from appliance.core.states import (
    BATCH,
    DELIVERY,
    DOCUMENT,
    DOSSIER,
    PAGE,
    BatchState,
    DeliveryState,
    DocumentState,
    DossierState,
    PageState,
)
from appliance.spool.ledger import Ledger, Row

AGAIN = (DossierState.HELD, DossierState.REJECTED, DossierState.REPLACED)
"""States of a dossier whose paper may be scanned again: nothing of it is in the archive or on the way there."""

CONTINUABLE = {errors.COUNT_MISMATCH.code, errors.DOSSIER_UNFINISHED.code}


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document as separation found it; ordinal 0 takes the next free number."""

    ordinal: int
    type_name: str
    sheets: int
    pages: tuple[int, ...]
    continues: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """A dossier that the ledger holds from earlier batches.

    ``closed``: nothing may be added; ``waiting``: sheets are missing; neither: its paper may be scanned again.
    """

    file_code: str
    ordinals: tuple[int, ...]
    captured: int
    declared: int
    closed: bool
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class NewDossier:
    """A dossier as separation found it; ``code`` holds it.

    ``continues``: it goes on with one that waits, and ``captured`` counts what that one had.
    """

    file_code: str
    declared: int
    captured: int
    documents: tuple[NewDocument, ...]
    code: str = ""
    details: dict[str, str | int] = field(default_factory=dict)
    continues: bool = False


@dataclass(frozen=True, slots=True)
class Separated:
    """All that separation found in one batch."""

    batch: str
    job: str
    dossiers: tuple[NewDossier, ...]
    separators: tuple[int, ...]
    questions: tuple[tuple[int, str, str], ...]


def earlier(ledger: Ledger, codes: Iterable[str]) -> tuple[Earlier, ...]:
    """Return what is known of some dossiers, by the newest revision of each."""
    found = []
    for code in sorted(codes):
        row = ledger.one("latest_dossier", file_code=code)
        if row is not None:
            documents = ledger.all("documents_of_dossier", dossier=row["id"])
            found.append(Earlier(code, tuple(document["ordinal"] for document in documents), row["captured"],
                                 row["declared"], closed=row["state"] not in AGAIN, waiting=_continuable(row)))
    return tuple(found)


def _continuable(row: Row) -> bool:
    return row["state"] == DossierState.HELD and row["code"] in CONTINUABLE


def separated(ledger: Ledger, found: Separated) -> None:
    """Write down dossiers and documents of a batch, all or nothing."""
    with ledger.transaction():
        for page in found.separators:
            _move_page(ledger, page, PageState.SEPARATOR)
        for page, code, reason in found.questions:
            _move_page(ledger, page, PageState.HELD, code=code, reason=reason)
        for dossier in found.dossiers:
            _file_dossier(ledger, found, dossier)
        ledger.move(BATCH, found.batch, BatchState.CLOSED, BatchState.SEPARATED)


def _move_page(ledger: Ledger, page: int, new: PageState, **columns: str) -> None:
    row = ledger.one("page", id=page)
    if row is not None and row["state"] != new and PAGE.allows(PageState(row["state"]), new):
        ledger.move(PAGE, page, PageState(row["state"]), new, **columns)


def _file_dossier(ledger: Ledger, found: Separated, new: NewDossier) -> None:
    latest = ledger.one("latest_dossier", file_code=new.file_code)
    if latest is not None and new.continues and _continuable(latest):
        ledger.put("dossier", latest["id"], captured=new.captured, declared=new.declared)
        _add_documents(ledger, latest["id"], new)
        if new.code:
            ledger.put("dossier", latest["id"], code=new.code, details=json.dumps(new.details, ensure_ascii=False))
        else:
            _settle(ledger, latest["id"], DossierState.HELD, "", {})
        return
    revision = latest["revision"] + 1 if latest is not None else 1
    dossier = f"{new.file_code}.r{revision}"
    ledger.act("add_dossier", id=dossier, file_code=new.file_code, revision=revision, job=found.job,
               batch=found.batch, declared=new.declared, captured=new.captured, opened=_now())
    _add_documents(ledger, dossier, new)
    code = new.code
    if latest is not None and not code:
        code = _replace(ledger, new.file_code, dossier)
    _settle(ledger, dossier, DossierState.OPEN, code, new.details)


def _replace(ledger: Ledger, file_code: str, by: str) -> str:
    """Let a sound scan replace every revision that waits for a person; return the code that forbids it."""
    for row in ledger.all("revisions_of", file_code=file_code):
        if row["id"] == by or row["state"] == DossierState.REPLACED:
            continue
        if row["state"] not in AGAIN:
            return errors.DOSSIER_KNOWN.code
        for page in ledger.all("pages_of_dossier", dossier=row["id"]):
            _move_page(ledger, page["id"], PageState.REPLACED)
        ledger.move(DOSSIER, row["id"], DossierState(row["state"]), DossierState.REPLACED)
    return ""


def _settle(ledger: Ledger, dossier: str, old: DossierState, code: str, details: dict[str, str | int]) -> None:
    new = DossierState.HELD if code else DossierState.CLOSED
    ledger.move(DOSSIER, dossier, old, new, code=code, details=json.dumps(details, ensure_ascii=False))


def _add_documents(ledger: Ledger, dossier: str, new: NewDossier) -> None:
    row = ledger.one("dossier_of", id=dossier)
    assert row is not None
    taken = {document["ordinal"]: document for document in ledger.all("documents_of_dossier", dossier=dossier)}
    for document in new.documents:
        key = str(DocumentKey(new.file_code, document.ordinal, row["revision"]))
        old = taken.get(document.ordinal)
        first = 1
        if old is not None:
            first += len(ledger.all("pages_of_document", document=key))
            ledger.put("document", key, sheets=old["sheets"] + document.sheets)
        else:
            ledger.act("add_document", id=key, dossier=dossier, ordinal=document.ordinal,
                       type_name=document.type_name, sheets=document.sheets, created=_now())
        ledger.note("document.separated", key, pages=len(document.pages))
        for number, page in enumerate(document.pages, start=first):
            ledger.put("page", page, document=key, dossier=dossier, number=number)


def assembled(ledger: Ledger, document: str, done: Assembled) -> None:
    """Write down that the unsigned file is durable."""
    ledger.move(DOCUMENT, document, DocumentState.SEPARATED, DocumentState.ASSEMBLED, unsigned_path=done.path,
                unsigned_sha256=done.sha256, stamp_box=json.dumps(to_plain(done.stamp_box)))


def intend_to_sign(ledger: Ledger, document: str, unsigned_sha256: str, at: str) -> int:
    """Write down that the key is about to be used; return how many uses had no known outcome before."""
    with ledger.transaction():
        before = len(ledger.all("open_intents", document=document))
        ledger.act("add_intent", document=document, unsigned_sha256=unsigned_sha256, at=at)
        ledger.note("key.intent", document, again=before)
    return before


def signed(ledger: Ledger, document: str, done: Signed, at: str) -> None:
    """Write down that the signed file is durable."""
    with ledger.transaction():
        uses = len(ledger.all("open_intents", document=document))
        if uses > 1 and not done.adopted:
            ledger.note("key.used_again", document, uses=uses)
        ledger.act("settle_intents", document=document, outcome="adopted" if done.adopted else "signed")
        ledger.move(DOCUMENT, document, DocumentState.ASSEMBLED, DocumentState.SIGNED, signed_path=done.path,
                    signed_sha256=done.sha256, signed_at=at, stamp=done.stamp, signer=done.signer,
                    level=done.level, development=int(done.development_key))


def hold_document(ledger: Ledger, document: str, old: DocumentState, code: str, reason: str) -> None:
    """Hold a document, and with it its dossier, for a person."""
    with ledger.transaction():
        ledger.move(DOCUMENT, document, old, DocumentState.HELD, code=code, reason=reason)
        dossier = next((row for row in ledger.all("dossier_of_document", document=document)), None)
        if dossier is not None and dossier["state"] == DossierState.CLOSED:
            hold_dossier(ledger, dossier["id"], code, reason=reason)


def hold_page(ledger: Ledger, page: int, code: str, reason: str) -> None:
    """Hold a page, and with it the dossier it is in, for a person."""
    with ledger.transaction():
        row = ledger.one("page", id=page)
        if row is None or not PAGE.allows(PageState(row["state"]), PageState.HELD):
            return
        ledger.move(PAGE, page, PageState(row["state"]), PageState.HELD, code=code, reason=reason)
        dossier = ledger.one("dossier_of", id=row["dossier"])
        if dossier is not None and dossier["state"] == DossierState.CLOSED:
            hold_dossier(ledger, dossier["id"], errors.PAGE_HELD_IN_DOSSIER.code, count=1)


def remove_page(ledger: Ledger, name: str, who: str) -> None:
    """Take a held page that is in no document out of the count, as a person decides; its master is kept.

    ``name`` is that of the list of held things (batch/sheet and side); ``who`` stands in the audit chain.

    Raises:
        ApplianceError: REQUEST_REFUSED when there is no such page, or a document has it.
    """
    with ledger.transaction():
        row = ledger.one("held_page", name=name)
        if row is None:
            raise errors.REQUEST_REFUSED.error(reason=f"{name}: no held page of that name")
        if row["document"]:
            raise errors.REQUEST_REFUSED.error(reason=f"{name} belongs to a document; scan its dossier again")
        ledger.move(PAGE, row["id"], PageState.HELD, PageState.REMOVED)
        ledger.note("page.removed_by", str(row["id"]), who=who, code=row["code"])


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


def packed(ledger: Ledger, dossier: str, uuid: str, done: Packed) -> None:
    """Write down that the package is durable and waits to be sent."""
    with ledger.transaction():
        for document in ledger.all("documents_of_dossier", dossier=dossier):
            ledger.move(DOCUMENT, document["id"], DocumentState.SIGNED, DocumentState.PACKED)
        ledger.move(DOSSIER, dossier, DossierState.CLOSED, DossierState.PACKED)
        ledger.act("add_delivery", package=uuid, dossier=dossier, path=done.path, sha256=done.sha256,
                   size=done.size, queued=_now())
        ledger.note("delivery.queued", uuid, sha256=done.sha256)


def hold_dossier(ledger: Ledger, /, dossier: str, code: str, **details: str | int) -> None:
    """Hold a closed dossier for a person."""
    _settle(ledger, dossier, DossierState.CLOSED, code, details)


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
                ledger.move(PAGE, page["id"], PageState.READ, PageState.FILED)
                pages += 1
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
        ledger.put("dossier", dossier, cleared=_now())
        ledger.note("dossier.cleared", dossier)


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
