"""Room for the stamp in the ledger: strips that a leader allows, files made anew for what a stamp says now."""

from __future__ import annotations

from appliance.core import errors
from appliance.core.states import DOCUMENT, DocumentState
from appliance.spool import papers
from appliance.spool.ledger import Ledger, Row

OF_SETTINGS = tuple(kind.code for kind in (errors.STAMP_FONT, errors.STAMP_SPACE, errors.STAMP_WORDLESS))
"""Codes that hold a document for what the settings say, or whose names they have."""


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


def write_anew(ledger: Ledger, document: str) -> None:
    """Have the file of an assembled document made again, as its stamp says more than there is room for in it.

    That is so where the key, the settings or the release are others than when the room was found.
    """
    with ledger.transaction():
        ledger.act("drop_intents", document=document)
        ledger.move(DOCUMENT, document, DocumentState.ASSEMBLED, DocumentState.HELD, code=errors.STAMP_SPACE.code)
        ledger.move(DOCUMENT, document, DocumentState.HELD, DocumentState.SEPARATED, code="", reason="")


def ask_again(ledger: Ledger) -> int:
    """Let documents go on that settings held: the daemon has read them again. Return how many there were."""
    waiting = [row for code in OF_SETTINGS for row in ledger.all("documents_without_room", code=code)]
    for document in waiting:
        with ledger.transaction():
            papers.go_on(ledger, document, document["code"])
    return len(waiting)


def _waiting(ledger: Ledger, name: str) -> Row:
    """Return the document that waits for room; of several revisions only one can."""
    for document in ledger.all("documents_without_room", code=errors.STAMP_NO_ROOM.code):
        if name in (document["id"], document["id"].rpartition(".r")[0]):
            return document
    raise errors.STAMP_NOT_ASKED.error(name=name)
