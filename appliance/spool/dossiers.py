"""How dossiers and documents come to be: what separation found in a batch, written down all or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from appliance.core import clock, errors
from appliance.core.model import DocumentKey, Special
from appliance.core.states import BATCH, DOSSIER, PAGE, BatchState, DocumentState, DossierState, PageState
from appliance.spool import again, supplements
from appliance.spool.again import NewRescan
from appliance.spool.composition import ADDED_TO
from appliance.spool.ledger import Ledger, Row

Details = dict[str, str | int]
"""What fills the texts of the error that holds a dossier; ``then``: the code that holds it next."""

UNWRITTEN = (DocumentState.SEPARATED, DocumentState.HELD)
"""States of a document of which no file is made yet."""

CONTINUABLE = {errors.COUNT_MISMATCH.code, errors.DOSSIER_UNFINISHED.code, *ADDED_TO}


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document as separation found it; ordinal 0 takes the next free number.

    ``declared``: sheets that its separator says, 0 none; ``component``: what the code on its first page calls it.
    """

    ordinal: int
    type_name: str
    sheets: int
    pages: tuple[int, ...]
    continues: bool = False
    declared: int = 0
    component: str = ""
    special: Special = field(default_factory=Special)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A dossier that the ledger holds from earlier batches.

    ``closed``: nothing may be added; ``waiting``: sheets, or components (``lacking``), are missing; neither: its
    paper may be scanned again. ``written``: documents whose file is made: nothing can be added to those.
    ``added``: what comes now is an addition to what the archive has (supplements.py).
    """

    file_code: str
    ordinals: tuple[int, ...]
    captured: int
    declared: int
    closed: bool
    waiting: bool = False
    job: str = ""
    lacking: bool = False
    written: tuple[int, ...] = ()
    added: bool = False


@dataclass(frozen=True, slots=True)
class NewDossier:
    """A dossier as separation found it; ``code`` holds it.

    ``continues``: it goes on with one that waits, and ``captured`` counts what that one had. ``job`` and ``rules``:
    what its separator asked for; empty means as its batch. ``register``: what the register says of it
    (registers.py), kept from now on.
    """

    file_code: str
    declared: int
    captured: int
    documents: tuple[NewDocument, ...]
    code: str = ""
    details: Details = field(default_factory=dict)
    continues: bool = False
    job: str = ""
    rules: str = ""
    register: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class Separated:
    """All that separation found in one batch."""

    batch: str
    job: str
    dossiers: tuple[NewDossier, ...]
    separators: tuple[int, ...]
    questions: tuple[tuple[int, str, str], ...]
    rescans: tuple[NewRescan, ...] = ()


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
        if row is not None and not _continuable(row) and supplements.given(ledger, code) is not None:
            numbers = supplements.numbers(ledger, code)
            found.append(Earlier(code, numbers, 0, 0, closed=False, job=row["job"], written=numbers, added=True))
        elif row is not None:
            documents = ledger.all("ordinals_of_dossier", dossier=row["id"])
            written = tuple(one["ordinal"] for one in documents if one["state"] not in UNWRITTEN)
            found.append(Earlier(code, tuple(document["ordinal"] for document in documents), row["captured"],
                                 row["declared"], closed=row["state"] not in again.AGAIN, waiting=_continuable(row),
                                 job=row["job"], lacking=_continuable(row) and row["code"] in ADDED_TO,
                                 written=written))
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
        ledger.put("dossier", latest["id"], register=latest["register"] or new.register)
        code, details = both(new.code, new.details, *short(ledger, latest["id"]))
        if code:
            ledger.put("dossier", latest["id"], code=code, details=json.dumps(details, ensure_ascii=False))
        else:
            settle(ledger, latest["id"], DossierState.HELD, "", {})
        return
    revision = latest["revision"] + 1 if latest is not None else 1
    dossier = f"{new.file_code}.r{revision}"
    batch = ledger.one("batch", id=found.batch)
    ledger.act("add_dossier", id=dossier, file_code=new.file_code, revision=revision, job=new.job or found.job,
               rules=new.rules or (batch["rules"] if batch else ""), batch=found.batch, declared=new.declared,
               captured=new.captured, opened=_now())
    ledger.put("dossier", dossier, register=new.register, rescan=int(new.again))
    _add_documents(ledger, dossier, new)
    if latest is not None and not new.again:
        supplements.begin(ledger, new.file_code, dossier)
    code, details = both(new.code, new.details, *_taken(ledger, dossier, new))
    if latest is not None and not code:
        code = again.replace_earlier(ledger, dossier)
    settle(ledger, dossier, DossierState.OPEN, code, details)


def _taken(ledger: Ledger, dossier: str, new: NewDossier) -> tuple[str, Details]:
    """Say which number holds a scan because the archive has a document of it in another part of the dossier."""
    row = ledger.one("dossier_of", id=dossier)
    assert row is not None
    number = supplements.clash(ledger, row, (one.ordinal for one in new.documents))
    return (errors.NUMBER_TAKEN.code, {"ordinal": number}) if number else ("", {})


def short(ledger: Ledger, dossier: str) -> tuple[str, Details]:
    """Say what holds a dossier of which a document still lacks sheets, or has too many; nothing if none does."""
    for document in ledger.all("documents_of_dossier", dossier=dossier):
        if document["declared"] and document["declared"] != document["sheets"]:
            return errors.COUNT_MISMATCH.code, {"captured": document["sheets"], "declared": document["declared"]}
    return "", {}


def both(code: str, details: Details, then: str, told: Details) -> tuple[str, Details]:
    """Return what holds a dossier for two reasons: the first, if any; the second is told along behind held pages.

    Those a person may keep (spool/holding.py): then nothing else that holds the dossier is forgotten.
    """
    if not code:
        return then, told
    if then and code == errors.PAGE_HELD_IN_DOSSIER.code and not details.get("then"):
        return code, {**details, "then": then, **told}
    return code, details


def settle(ledger: Ledger, dossier: str, old: DossierState, code: str, details: Details) -> None:
    """Close a dossier, or hold it when there is a code."""
    new = DossierState.HELD if code else DossierState.CLOSED
    told = json.dumps(details, ensure_ascii=False)
    ledger.move(DOSSIER, dossier, old, new, code=code, details=told, composition="")


def _add_documents(ledger: Ledger, dossier: str, new: NewDossier) -> None:
    row = ledger.one("dossier_of", id=dossier)
    assert row is not None
    taken = {document["ordinal"]: document for document in ledger.all("documents_of_dossier", dossier=dossier)}
    for document in new.documents:
        key = str(DocumentKey(new.file_code, document.ordinal, row["revision"]))
        old = taken.get(document.ordinal)
        first = 1
        if old is not None:
            if old["state"] not in UNWRITTEN:
                raise errors.STATE_CONFLICT.error(what=f"document {key}", expected="separated")
            first += len(ledger.all("pages_of_document", document=key))
            ledger.put("document", key, sheets=old["sheets"] + document.sheets)
        else:
            ledger.act("add_document", id=key, dossier=dossier, ordinal=document.ordinal,
                       type_name=document.type_name, sheets=document.sheets, declared=document.declared,
                       component=document.component, created=_now())
        ledger.note("document.separated", key, pages=len(document.pages))
        for number, page in enumerate(document.pages, start=first):
            ledger.put("page", page, document=key, dossier=dossier, number=number)


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
