"""Special papers in the ledger: pages with notes, copies of fragile paper, normative documents (docs/papers.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from appliance.core import errors
from appliance.core.model import CertifiedCopy, Special
from appliance.core.states import DOCUMENT, PAGE, DocumentState, DossierState, PageState
from appliance.spool import rescans
from appliance.spool.dossiers import Later, Separated, settle
from appliance.spool.ledger import Ledger, Row

ORDINARY, EXCLUDED, KEPT = "ordinary", "excluded", "kept"

MINE = tuple(kind.code for kind in (errors.NOTE_PAIR_UNLIKE, errors.COPY_UNNAMED, errors.NORMATIVE_EXCLUDED,
                                    errors.STAMP_NO_ROOM, errors.STAMP_FONT, errors.STAMP_SPACE,
                                    errors.STAMP_WORDLESS))
"""Codes that hold a document, and its dossier with it, until a person has decided or changed the settings."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person says of one document, and who: a staff code, or the office."""

    file_code: str
    ordinal: int
    who: str
    reason: str = ""


def separated(ledger: Ledger, found: Separated, later: Later) -> None:
    """Write down what separation found, and what is special about it, all or nothing."""
    with ledger.transaction():
        rescans.separated(ledger, found, later)
        for dossier in found.dossiers:
            row = ledger.one("latest_dossier", file_code=dossier.file_code)
            assert row is not None
            for document in dossier.documents:
                _note(ledger, row["id"], document.pages, document.special)


def _note(ledger: Ledger, dossier: str, pages: tuple[int, ...], special: Special) -> None:
    for page, shows in special.notes:
        ledger.put("page", page, note_of=shows)
    if not (special.fragile or special.original_of):
        return
    row = ledger.one("page", id=pages[0])
    if row is None or row["dossier"] != dossier:
        return
    columns: dict[str, Any] = {"fragile": int(special.fragile), "original_of": special.original_of}
    if special.copy is not None:
        columns |= _copied(special.copy)
    ledger.put("document", row["document"], **columns)


def _copied(copy: CertifiedCopy) -> dict[str, str]:
    return {"copy_form": copy.form, "copy_number": copy.number, "copy_date": copy.date}


def special_of(document: Row) -> Special:
    """Return what is special about a document; pages with notes left out."""
    copy = CertifiedCopy(document["copy_form"], document["copy_number"], document["copy_date"])
    return Special(bool(document["fragile"]), copy if copy.form else None, document["original_of"])


def hold(ledger: Ledger, document: Row, unlike: str = "") -> list[str]:
    """Hold every document of a dossier that a person must decide about before it is made; return the codes.

    ``unlike`` says what is wrong with the captures of pages with notes of ``document``.
    """
    with ledger.transaction():
        asked = {row["id"]: _question(row) for row in ledger.all("papers_to_ask", dossier=document["dossier"])}
        if unlike:
            asked.setdefault(document["id"], errors.NOTE_PAIR_UNLIKE.code)
        for key, code in asked.items():
            reason = unlike if code == errors.NOTE_PAIR_UNLIKE.code else ""
            ledger.move(DOCUMENT, key, DocumentState.SEPARATED, DocumentState.HELD, code=code, reason=reason)
        held = list(asked.values())
        dossier = ledger.one("dossier_of", id=document["dossier"])
        if held and dossier is not None and dossier["state"] == DossierState.CLOSED:
            settle(ledger, dossier["id"], DossierState.CLOSED, held[0], {"reason": unlike or "-"})
    return held


def _question(document: Row) -> str:
    """Return the code of what a person must say of a document first."""
    unnamed = document["fragile"] and not document["copy_form"]
    return (errors.COPY_UNNAMED if unnamed else errors.NORMATIVE_EXCLUDED).code


def name_copy(ledger: Ledger, of: Decision, copy: CertifiedCopy) -> None:
    """Write down which certified copy a document is, as a person says.

    Raises:
        ApplianceError: PAPER_REFUSED when there is no such document, it is no copy, or it is written already.
    """
    with ledger.transaction():
        document = _document(ledger, of)
        if not document["fragile"]:
            raise errors.PAPER_REFUSED.error(reason="không phải bản sao giấy hỏng / no copy of fragile paper")
        if document["state"] not in (DocumentState.SEPARATED, DocumentState.HELD):
            raise errors.PAPER_REFUSED.error(reason="tài liệu đã lập tệp / the file is made already")
        ledger.put("document", document["id"], **_copied(copy))
        ledger.note("document.copy_named", document["id"], who=of.who, form=copy.form, number=copy.number,
                    date=copy.date)
        go_on(ledger, document, errors.COPY_UNNAMED.code)


def keep_pair(ledger: Ledger, of: Decision) -> None:
    """Say that both captures of pages with notes are right as they are, as a person decides.

    Raises:
        ApplianceError: PAPER_REFUSED.
    """
    with ledger.transaction():
        document = _held(ledger, of, errors.NOTE_PAIR_UNLIKE.code)
        ledger.put("document", document["id"], pair=KEPT)
        ledger.note("document.pair_kept", document["id"], who=of.who)
        go_on(ledger, document, errors.NOTE_PAIR_UNLIKE.code)


def normative(ledger: Ledger, of: Decision, *, exclude: bool) -> None:
    """Take a normative document out of its dossier, or let it be an ordinary paper, as a leader decides.

    Raises:
        ApplianceError: PAPER_REFUSED.
    """
    with ledger.transaction():
        document = _held(ledger, of, errors.NORMATIVE_EXCLUDED.code)
        ledger.put("document", document["id"], normative=EXCLUDED if exclude else ORDINARY)
        ledger.note(f"document.normative_{EXCLUDED if exclude else ORDINARY}", document["id"], who=of.who,
                    reason=of.reason)
        if exclude:
            _take_out(ledger, document)
        else:
            go_on(ledger, document, errors.NORMATIVE_EXCLUDED.code)


def _take_out(ledger: Ledger, document: Row) -> None:
    for page in ledger.all("pages_of_document", document=document["id"]):
        ledger.move(PAGE, page["id"], PageState(page["state"]), PageState.REMOVED)
        ledger.put("page", page["id"], document=None, dossier=None, number=0)
    ledger.move(DOCUMENT, document["id"], DocumentState.HELD, DocumentState.EXCLUDED, code="", reason="")
    ledger.put("dossier", document["dossier"], composition="")
    _release(ledger, document["dossier"])


def go_on(ledger: Ledger, document: Row, code: str) -> None:
    """Let a document that waited for this go on, and its dossier when nothing else waits; in a transaction."""
    if (document["state"], document["code"]) == (DocumentState.HELD, code):
        ledger.move(DOCUMENT, document["id"], DocumentState.HELD, DocumentState.SEPARATED, code="", reason="")
        _release(ledger, document["dossier"])


def _release(ledger: Ledger, dossier: str) -> None:
    row = ledger.one("dossier_of", id=dossier)
    if row is None or row["state"] != DossierState.HELD or row["code"] not in (*MINE, errors.NOTHING_LEFT.code):
        return
    documents = ledger.all("documents_of_dossier", dossier=dossier)
    waiting = [document for document in documents if document["state"] == DocumentState.HELD]
    if not documents:
        ledger.put("dossier", dossier, code=errors.NOTHING_LEFT.code, details="{}")
    elif waiting:
        details = json.dumps({"reason": waiting[0]["reason"] or "-"}, ensure_ascii=False)
        ledger.put("dossier", dossier, code=waiting[0]["code"], details=details)
    else:
        settle(ledger, dossier, DossierState.HELD, "", {})


def _held(ledger: Ledger, of: Decision, code: str) -> Row:
    document = _document(ledger, of)
    if (document["state"], document["code"]) != (DocumentState.HELD, code):
        raise errors.PAPER_REFUSED.error(reason="tài liệu không chờ việc này / it does not wait for this")
    return document


def _document(ledger: Ledger, of: Decision) -> Row:
    dossier = ledger.one("latest_dossier", file_code=of.file_code)
    documents = ledger.all("documents_of_dossier", dossier=dossier["id"]) if dossier is not None else []
    for document in documents:
        if document["ordinal"] == of.ordinal:
            return document
    raise errors.PAPER_REFUSED.error(reason="không có tài liệu này / no such document")
