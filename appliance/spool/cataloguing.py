"""Catalogue fields of documents: read, released, set by a person. Audited by their names, never by values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Found, Verified
from appliance.core.plain import from_plain, to_plain
from appliance.core.states import DOCUMENT, DocumentState, DossierState
from appliance.spool.dossiers import settle
from appliance.spool.holding import hold_dossier
from appliance.spool.ledger import Ledger, Row

AWAITS, VERIFIED, DOUBTFUL, RELEASED = "awaits", "verified", "doubtful", "released"
"""How the fields of a document stand; empty: nobody looked (migrations/0013)."""

PAGE, PERSON, ASKED, EMPTY = "page", "person", "doubtful", "left_empty"
"""Where a field is from: sure on the page, said by a person; a person is asked; or left empty."""

OF_PERSONS = ("insuranceNumber", "citizenId")
"""Fields that are numbers of persons; they leave the ledger with the local copies."""

OPEN = (DocumentState.SEPARATED, DocumentState.ASSEMBLED, DocumentState.SIGNED, DocumentState.HELD)
"""States of a document whose fields may still be set: its package is not built."""


def found_of(row: Row) -> list[Found]:
    """Return what the ledger holds of a document's fields."""
    return [from_plain(Found, one) for one in json.loads(row["catalogue"])]


def awaits(ledger: Ledger, document: str) -> None:
    """Write down that the fields of a document wait for its signature."""
    with ledger.transaction():
        ledger.put("document", document, catalogued=AWAITS)
        ledger.note("document.fields_await_signature", document)


def verified(ledger: Ledger, document: str, done: Verified) -> None:
    """Write down that the signature of a document is valid: its fields may now be read."""
    with ledger.transaction():
        if _document(ledger, document)["state"] != DocumentState.SIGNED:
            raise _changed(document)
        ledger.put("document", document, catalogued=VERIFIED)
        ledger.note("document.signature_verified", document, sha256=done.sha256, trusted=done.trusted)


def unverified(ledger: Ledger, document: str, reason: str) -> None:
    """Hold the dossier of a document whose signature does not verify."""
    with ledger.transaction():
        ledger.note("document.signature_refused", document, code=errors.SIGNATURE_UNVERIFIED.code)
        row = _document(ledger, document)
        hold_dossier(ledger, row["dossier"], errors.SIGNATURE_UNVERIFIED.code, document=document, reason=reason)


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at: pages in order, the document's state, and how its fields stood."""

    pages: tuple[int, ...]
    state: str
    catalogued: str


def read(ledger: Ledger, document: str, found: Sequence[Found], failure: str = "",
         looked: Looked | None = None) -> bool:
    """Write down what the pages say; release it, or ask a person about it; return whether it is released.

    What a person has said before stays. ``failure``: why the pages could not be looked at.

    Raises:
        ApplianceError: STATE_CONFLICT when the document is locked, or is another than was ``looked`` at.
    """
    with ledger.transaction():
        row = _document(ledger, document)
        if row["state"] not in OPEN or (looked is not None and looked != _looked(ledger, row)):
            raise _changed(document)
        said = [one for one in found_of(row) if one.source == PERSON]
        kept = [*said, *(one for one in found if one.name not in {one.name for one in said})]
        asked = failure != "" or any(one.source == ASKED for one in kept)
        _keep(ledger, document, kept, DOUBTFUL if asked else RELEASED)
        if not asked:
            _note_release(ledger, document, kept)
            return True
        ledger.note("document.fields_doubtful", document, fields=" ".join(_asked(kept)))
        _ask(ledger, row["dossier"], failure)
        return False


def set_field(ledger: Ledger, document: str, name: str, value: str, who: str) -> None:
    """Let a person say what a field is; empty: it stays empty. The audit chain has who and which, never the value.

    Raises:
        ApplianceError: REQUEST_REFUSED when there is no such document, or its package is built.
    """
    with ledger.transaction():
        row = _open(ledger, document)
        others = [one for one in found_of(row) if one.name != name]
        new = Found(name, value, 1.0, source=PERSON if value else EMPTY)
        ledger.note("document.field_set", document, who=who, field=name)
        _write_again(ledger, row)
        _answered(ledger, row, [*others, new])


def accept(ledger: Ledger, document: str, who: str) -> None:
    """Let all fields of a document that are not sure stay empty, as a person decides; errors as ``set_field``."""
    with ledger.transaction():
        row = _open(ledger, document)
        if row["catalogued"] != DOUBTFUL:
            raise errors.REQUEST_REFUSED.error(reason=f"{document}: no field of it is asked about")
        ledger.note("document.fields_accepted", document, who=who, fields=" ".join(_asked(found_of(row))))
        _answered(ledger, row, [replace(one, value="", source=EMPTY) if one.source == ASKED else one
                                for one in found_of(row)])


def forget_persons(ledger: Ledger, dossier: str) -> None:
    """Take numbers of persons out of a dossier and its earlier revisions: the archive has them."""
    kept = ledger.one("dossier_of", id=dossier)
    assert kept is not None
    for revision in ledger.all("revisions_of", file_code=kept["file_code"]):
        if revision["revision"] > kept["revision"]:
            continue
        for row in ledger.all("all_documents_of", dossier=revision["id"]):
            found = found_of(row)
            others = [one for one in found if one.name not in OF_PERSONS]
            if len(others) < len(found):
                _keep(ledger, row["id"], others, row["catalogued"])


def _write_again(ledger: Ledger, row: Row) -> None:
    """Have a file that carries its fields, and for which no key was used yet, written anew."""
    if (row["state"] != DocumentState.ASSEMBLED or row["catalogued"] != RELEASED
            or ledger.all("open_intents", document=row["id"])):
        return
    ledger.move(DOCUMENT, row["id"], DocumentState.ASSEMBLED, DocumentState.HELD)
    ledger.move(DOCUMENT, row["id"], DocumentState.HELD, DocumentState.SEPARATED)


def _answered(ledger: Ledger, row: Row, found: Sequence[Found]) -> None:
    """Keep what is known now; where nothing is asked any more, release it, and the dossier goes on."""
    if row["catalogued"] != DOUBTFUL or _asked(found):
        _keep(ledger, row["id"], found, row["catalogued"])
        return
    _keep(ledger, row["id"], found, RELEASED)
    _note_release(ledger, row["id"], found)
    dossier = ledger.one("dossier_of", id=row["dossier"])
    if dossier is None or dossier["state"] != DossierState.HELD or dossier["code"] not in _CODES:
        return
    if ledger.all("documents_doubtful", dossier=dossier["id"]):
        _ask(ledger, dossier["id"])
    else:
        settle(ledger, dossier["id"], DossierState.HELD, "", {})


_CODES = (errors.CATALOGUE_DOUBTFUL.code, errors.CATALOGUE_UNREADABLE.code)


def _ask(ledger: Ledger, dossier: str, failure: str = "") -> None:
    """Hold a dossier, or let it say what is asked next: of the first document about which a person is asked."""
    row = ledger.one("dossier_of", id=dossier)
    first = ledger.all("documents_doubtful", dossier=dossier)[0]
    fields = ", ".join(_asked(found_of(first)))
    code = errors.CATALOGUE_UNREADABLE.code if failure else errors.CATALOGUE_DOUBTFUL.code
    details = {"document": first["id"], "fields": fields or "-", "reason": failure or "-"}
    if row is not None and row["state"] == DossierState.CLOSED:
        settle(ledger, dossier, DossierState.CLOSED, code, dict(details))
    elif row is not None and row["state"] == DossierState.HELD and row["code"] in _CODES:
        ledger.put("dossier", dossier, details=json.dumps(details, ensure_ascii=False))


def _note_release(ledger: Ledger, document: str, found: Iterable[Found]) -> None:
    names = {one.name for one in found if one.value and one.source in (PAGE, PERSON)}
    ledger.note("document.fields_released", document, fields=" ".join(sorted(names)))


def _asked(found: Iterable[Found]) -> list[str]:
    return [one.name for one in found if one.source == ASKED]


def _keep(ledger: Ledger, document: str, found: Sequence[Found], state: str) -> None:
    text = json.dumps(to_plain(list(found)), ensure_ascii=False)
    ledger.put("document", document, catalogue=text, catalogued=state)


def _looked(ledger: Ledger, row: Row) -> Looked:
    pages = ledger.all("pages_of_document", document=row["id"])
    return Looked(tuple(page["id"] for page in pages), row["state"], row["catalogued"])


def _changed(document: str) -> ApplianceError:
    return errors.STATE_CONFLICT.error(what=f"document {document}", expected="that was read")


def _document(ledger: Ledger, document: str) -> Row:
    row = ledger.one("document", id=document)
    if row is None:
        raise errors.REQUEST_REFUSED.error(reason=f"{document}: không có tài liệu này / no such document")
    return row


def _open(ledger: Ledger, document: str) -> Row:
    row = _document(ledger, document)
    if row["state"] not in OPEN:
        raise errors.REQUEST_REFUSED.error(reason=f"{document}: đã đóng gói / its package is built")
    return row
