"""Room for the stamp in the ledger: a leader lets an empty strip be added where nothing on page 1 is free."""

from __future__ import annotations

from appliance.core import errors
from appliance.spool import papers
from appliance.spool.ledger import Ledger, Row


def allow_strip(ledger: Ledger, name: str, who: str, reason: str) -> str:
    """Let page 1 of a document that has no room for its stamp get a strip at its top; return the document's id.

    Args:
        ledger: where it is written down, on the audit chain too.
        name: id of the document, with or without its revision.
        who: staff code of the leader.
        reason: why, as the leader says.

    Raises:
        ApplianceError: STAMP_NOT_ASKED when no such document waits for room.
    """
    with ledger.transaction():
        document = _waiting(ledger, name)
        ledger.put("document", document["id"], strip_leave=who)
        ledger.note("document.strip_allowed", document["id"], who=who, reason=reason)
        papers.go_on(ledger, document, errors.STAMP_NO_ROOM.code)
    return str(document["id"])


def _waiting(ledger: Ledger, name: str) -> Row:
    """Return the document that waits for room; of several revisions only one can."""
    for document in ledger.all("documents_without_room", code=errors.STAMP_NO_ROOM.code):
        if name in (document["id"], document["id"].rpartition(".r")[0]):
            return document
    raise errors.STAMP_NOT_ASKED.error(name=name)
