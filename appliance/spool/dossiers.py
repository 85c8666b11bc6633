"""How dossiers and documents come to be: what separation found in a batch, written down all or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from appliance.core import clock, errors
from appliance.core.model import DocumentKey
from appliance.core.states import (
    BATCH,
    DOSSIER,
    PAGE,
    BatchState,
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


@dataclass(frozen=True, slots=True)
class Later:
    """What of a batch waits: pages of the dossiers in which so many sides are in doubt (spool/reloading.py)."""

    pages: frozenset[int] = frozenset()
    doubts: int = 0


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


def separated(ledger: Ledger, found: Separated, later: Later = Later()) -> None:
    """Write down dossiers and documents of a batch, all or nothing; ``later`` is left for another time."""
    with ledger.transaction():
        for page in found.separators:
            _move_page(ledger, page, PageState.SEPARATOR)
        for page, code, reason in found.questions:
            _move_page(ledger, page, PageState.HELD, code=code, reason=reason)
        for dossier in found.dossiers:
            _file_dossier(ledger, found, dossier)
        for row in ledger.all("live_sides", batch=found.batch):
            if row["waits"] != (row["id"] in later.pages):
                ledger.put("page", row["id"], waits=int(row["id"] in later.pages))
        if later.pages:
            ledger.put("batch", found.batch, parted=later.doubts)
        else:
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
            settle(ledger, latest["id"], DossierState.HELD, "", {})
        return
    revision = latest["revision"] + 1 if latest is not None else 1
    dossier = f"{new.file_code}.r{revision}"
    ledger.act("add_dossier", id=dossier, file_code=new.file_code, revision=revision, job=found.job,
               batch=found.batch, declared=new.declared, captured=new.captured, opened=_now())
    _add_documents(ledger, dossier, new)
    code = new.code
    if latest is not None and not code:
        code = replace_earlier(ledger, dossier)
    settle(ledger, dossier, DossierState.OPEN, code, new.details)


def replace_earlier(ledger: Ledger, by: str) -> str:
    """Let a sound scan replace every revision that waits for a person; return the code that forbids it.

    A scan of fewer sheets that no separator counted takes nobody's place: it may be a part of the paper.
    """
    new = ledger.one("dossier_of", id=by)
    assert new is not None
    rows = [row for row in ledger.all("revisions_of", file_code=new["file_code"])
            if row["id"] != by and row["state"] != DossierState.REPLACED]
    if any(row["state"] not in AGAIN for row in rows):
        return errors.DOSSIER_KNOWN.code
    if not new["declared"] and any(new["captured"] < row["captured"] for row in rows):
        return errors.RESCAN_SHORT.code
    for row in rows:
        for page in ledger.all("pages_of_dossier", dossier=row["id"]):
            _move_page(ledger, page["id"], PageState.REPLACED)
        ledger.move(DOSSIER, row["id"], DossierState(row["state"]), DossierState.REPLACED)
    return ""


def settle(ledger: Ledger, dossier: str, old: DossierState, code: str, details: dict[str, str | int]) -> None:
    """Close a dossier, or hold it when there is a code."""
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


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
