"""Documents that a rule profile does not keep: taken out of their dossier, recorded and counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.core import errors
from appliance.core.states import DOCUMENT, PAGE, DocumentState, PageState
from appliance.spool.ledger import Ledger, Row

LEFT = (PageState.ANALYSED, PageState.READ)


def leave_out(ledger: Ledger, dossier: Row, types: Mapping[str, str]) -> list[dict[str, Any]]:
    """Take documents of some types out of a closed dossier; return what was taken out, now and before.

    ``types`` says what each type that is not kept is called. Their pages are ``removed``, with the reason, and in
    no document any more; masters stay. A document of which something is made already stays.
    """
    for document in ledger.all("documents_of_dossier", dossier=dossier["id"]):
        if document["type_name"] in types and document["state"] == DocumentState.SEPARATED:
            _leave(ledger, document, types[document["type_name"]])
    gone = [row for row in ledger.all("documents_excluded", dossier=dossier["id"])
            if row["code"] == errors.NOT_KEPT.code]
    return [{"document": row["ordinal"], "type": row["type_name"], "sheets": row["sheets"], "reason": row["reason"]}
            for row in gone]


def _leave(ledger: Ledger, document: Row, what: str) -> None:
    code = errors.NOT_KEPT.code
    pages = ledger.all("pages_of_document", document=document["id"])
    if any(page["state"] not in LEFT for page in pages):
        return
    for page in pages:
        ledger.move(PAGE, page["id"], PageState(page["state"]), PageState.REMOVED, code=code, reason=what)
        ledger.put("page", page["id"], document=None, dossier=None, number=0)
    ledger.move(DOCUMENT, document["id"], DocumentState.SEPARATED, DocumentState.HELD, code=code, reason=what)
    ledger.move(DOCUMENT, document["id"], DocumentState.HELD, DocumentState.EXCLUDED)
    ledger.note("document.left_out", document["id"], code=code, pages=len(pages))
