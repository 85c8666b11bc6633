"""A newer revision of a dossier, made from the one before: what changed is made anew, the rest is carried over.

Nothing of the older revision is overwritten: its documents keep their rows, ``bound`` keeps which pages they had,
and a step that is under way for it finds its states moved and lets go.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.core import clock, errors, files
from appliance.core.model import DocumentKey
from appliance.core.states import DOSSIER, PAGE, DocumentState, DossierState, PageState
from appliance.spool import again
from appliance.spool.composition import JUDGED
from appliance.spool.dossiers import Details, settle, short
from appliance.spool.ledger import Ledger, Row

WRITTEN = (DocumentState.SIGNED, DocumentState.PACKED, DocumentState.ACCEPTED)
"""States of a document whose signed file is carried over as it is."""

OWN = frozenset({"id", "file_code", "revision", "state", "code", "details", "job", "rules", "batch", "declared",
                 "captured", "package", "package_created", "opened", "accepted", "cleared", "rescan",
                 "composition"})
"""Columns of a dossier that a new revision does not take from the one before, or takes by name."""

BEGUN = ("id", "dossier", "ordinal", "type_name", "state", "sheets", "declared", "component", "created", "code",
         "reason")
"""Columns with which a document begins."""

MADE = frozenset({"unsigned_path", "unsigned_sha256", "stamp_box", "signed_path", "signed_sha256", "signed_at",
                  "stamp", "signer", "level", "development", "signing_key", "stamped_at", "lift", "catalogue",
                  "catalogued", "pair", "strip_mm"})
"""Columns that come of its pages as they were scanned, and are found again; what is true of its paper stays."""

LEFT_OUT = (DocumentState.EXCLUDED, DocumentState.REMOVED)
"""States of a document that is none of its dossier any more, and stays so."""

RELEASED = "released"
"""A decision (column ``decided``): the sheets captured are all there are."""

CHECKED = (errors.COUNT_MISMATCH.code, errors.PAGE_HELD_IN_DOSSIER.code, *JUDGED)
"""What holds a dossier and is looked at anew for the new revision."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a new revision changes of one document.

    Attributes:
        pages: its pages now, in order.
        replaces: of new pages, the old ones whose place they take.
        gone: old pages that have no place any more.
        sheets: how many sheets of paper it has now.
    """

    ordinal: int
    pages: tuple[int, ...]
    replaces: Mapping[int, int]
    gone: tuple[int, ...]
    sheets: int


@dataclass(frozen=True, slots=True)
class Renewal:
    """How a new revision is made.

    Attributes:
        signed: place of a document's signed file by its id.
        change: what is scanned again; None where only the code changes.
        file_code: another code, or empty.
        settled: codes of what held the old revision and is settled by this.
        columns: columns of the new dossier that are set beside.
    """

    signed: Callable[[str], Path]
    change: Change | None = None
    file_code: str = ""
    settled: Collection[str] = ()
    columns: Mapping[str, Any] = field(default_factory=dict)


def renew(ledger: Ledger, old: Row, how: Renewal) -> str:
    """Make a newer revision of a dossier, to be called in a transaction; return its id."""
    code = how.file_code or old["file_code"]
    revision = max((row["revision"] for row in ledger.all("revisions_of", file_code=code)), default=0) + 1
    new = f"{code}.r{revision}"
    documents = ledger.all("all_documents_of", dossier=old["id"])
    gain = how.change.sheets - _sheets(documents, how.change) if how.change else 0
    ledger.act("add_dossier", id=new, file_code=code, revision=revision, job=old["job"], rules=old["rules"],
               batch=old["batch"], declared=old["declared"], captured=old["captured"] + gain, opened=_now())
    carried = {name: old[name] for name in old.keys() if name not in OWN}  # noqa: SIM118 - not a mapping
    ledger.put("dossier", new, **{**carried, **how.columns})
    for document in documents:
        _renew_document(ledger, document, DocumentKey(code, document["ordinal"], revision), new, how)
    for page in ledger.all("pages_of_dossier", dossier=old["id"]):
        if page["state"] != PageState.REPLACED and not page["document"]:
            ledger.put("page", page["id"], dossier=new)
    if old["state"] != DossierState.ACCEPTED:
        again.withdraw(ledger, old)
        ledger.move(DOSSIER, old["id"], DossierState(old["state"]), DossierState.REPLACED)
    ledger.note("dossier.renewed", new, old=old["id"])
    holds, details = _standing(ledger, old, new, how)
    if not holds:
        holds, details = _before(ledger, new, code, old["id"]), {}
    settle(ledger, new, DossierState.OPEN, holds, details)
    return new


def _before(ledger: Ledger, new: str, file_code: str, old: str) -> str:
    """Let a sound revision replace earlier ones that wait; return the code that it waits for, or empty."""
    row = ledger.one("dossier_of", id=new)
    line = row["line"] if row is not None else ""
    rows = [row for row in ledger.all("revisions_of", file_code=file_code)
            if row["id"] not in (new, old) and row["line"] == line and row["state"] not in again.OVER]
    free, code = again.free(ledger, rows)
    if code:
        ledger.put("dossier", new, rescan=1)
    again.replace(ledger, free)
    return code


def _sheets(documents: list[Row], change: Change) -> int:
    return sum(document["sheets"] for document in documents if document["ordinal"] == change.ordinal)


def _renew_document(ledger: Ledger, old: Row, key: DocumentKey, dossier: str, how: Renewal) -> None:
    """Carry one document over, or have it made anew from its pages."""
    change = how.change if how.change is not None and how.change.ordinal == old["ordinal"] else None
    pages = ledger.all("pages_of_document", document=old["id"])
    for page in pages:
        ledger.act("add_bound", document=old["id"], number=page["number"], page=page["id"])
    new, whole = str(key), change is None and not how.file_code and old["state"] in WRITTEN
    columns = {name: old[name] for name in old.keys() if whole or name not in MADE}  # noqa: SIM118 - not a mapping
    columns |= {"id": new, "dossier": dossier}
    if whole:
        place = how.signed(new)
        _link(Path(old["signed_path"]), place)
        columns |= {"state": DocumentState.SIGNED.value, "signed_path": str(place)}
    elif change is not None or old["state"] not in (DocumentState.HELD, *LEFT_OUT):
        columns |= {"state": DocumentState.SEPARATED.value, "code": "", "reason": "", "created": _now()}
    ledger.act("add_document_as", **{name: columns[name] for name in BEGUN})
    ledger.put("document", new, **{name: value for name, value in columns.items() if name not in BEGUN})
    ledger.note("document.carried" if whole else "document.renewed", new, old=old["id"])
    if change is None:
        for page in pages:
            ledger.put("page", page["id"], document=new, dossier=dossier)
    else:
        _place_pages(ledger, change, new, dossier)
        ledger.put("document", new, sheets=change.sheets, declared=old["declared"] and change.sheets)


def _place_pages(ledger: Ledger, change: Change, document: str, dossier: str) -> None:
    """Give new and kept pages their numbers; old ones whose place is taken stay where they were, replaced."""
    for page in change.gone:
        row = ledger.one("page", id=page)
        assert row is not None
        if row["state"] != PageState.REMOVED:  # destroyed by decision: it stays so
            ledger.move(PAGE, page, PageState(row["state"]), PageState.REPLACED)
    for number, page in enumerate(change.pages, start=1):
        ledger.put("page", page, document=document, dossier=dossier, number=number,
                   **({"replaces": change.replaces[page]} if page in change.replaces else {}))
        row = ledger.one("page", id=page)
        if row is not None and row["state"] == PageState.FILED and not Path(row["text_path"] or "-").is_file():
            ledger.move(PAGE, page, PageState.FILED, PageState.ANALYSED, text_path="")


def _standing(ledger: Ledger, old: Row, new: str, how: Renewal) -> tuple[str, Details]:
    """Return what holds the new revision: what held the old one, unless that is settled by the change."""
    code, details = ("", {}) if old["state"] != DossierState.HELD else (old["code"], json.loads(old["details"]))
    held = [page for page in ledger.all("pages_of_dossier", dossier=new) if page["state"] == PageState.HELD]
    rows = ledger.all("documents_of_dossier", dossier=new)
    documents = [row for row in rows if row["state"] == DocumentState.HELD]
    then = str(details.get("then", "")) if code == errors.PAGE_HELD_IN_DOSSIER.code else ""
    if held:
        return errors.PAGE_HELD_IN_DOSSIER.code, {**details, "count": len(held)}
    if code == errors.PAGE_HELD_IN_DOSSIER.code:
        code = then
    if code in how.settled or code in CHECKED or _was_of_document(ledger, old, code):
        code = ""
    if documents and not code:
        return documents[0]["code"], {"reason": documents[0]["reason"]}
    return (code, details) if code else _counted(ledger, new)


def _counted(ledger: Ledger, new: str) -> tuple[str, Details]:
    """Return what holds a dossier whose sheets do not add up; nothing where a person has confirmed the count."""
    row = ledger.one("dossier_of", id=new)
    assert row is not None
    if any(one["what"] == RELEASED for one in json.loads(row["decided"])):
        return "", {}
    if row["declared"] and row["declared"] != row["captured"]:
        return errors.COUNT_MISMATCH.code, {"captured": row["captured"], "declared": row["declared"]}
    return short(ledger, new)


def _was_of_document(ledger: Ledger, old: Row, code: str) -> bool:
    return any(row["state"] == DocumentState.HELD and row["code"] == code
               for row in ledger.all("documents_of_dossier", dossier=old["id"]))


def _link(old: Path, new: Path) -> None:
    """Give a signed file a second name, which outlasts the first: the same bytes, no room taken."""
    new.unlink(missing_ok=True)
    os.link(old, new)
    files.sync_folder(new.parent)


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
