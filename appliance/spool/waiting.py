"""Documents that wait for a signer or for a time stamp: safe, unsigned, and asked for again when it may help."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.core.states import DOCUMENT, DocumentState
from appliance.spool.ledger import Ledger


def let_wait(ledger: Ledger, document: str, state: DocumentState, code: str, reason: str) -> None:
    """Let an assembled document wait in ``state``; ``code`` and ``reason`` say for what."""
    ledger.move(DOCUMENT, document, DocumentState.ASSEMBLED, state, code=code, reason=reason)


def tell(ledger: Ledger, document: str, code: str, reason: str) -> None:
    """Note why a document does not go on, where it stands; said once while it is the same."""
    row = ledger.one("document", id=document)
    if row is not None and row["code"] != code:
        ledger.put("document", document, code=code, reason=reason)


def not_used(ledger: Ledger, document: str, in_vain: str = "") -> None:
    """Write down that no use of the key for this document came to anything: there is no signed file of it.

    ``in_vain``: code of what was missing after the key was used; the signature was then thrown away.
    """
    with ledger.transaction():
        ledger.act("drop_intents", document=document)
        if in_vain:
            ledger.note("key.discarded", document, code=in_vain)


def ask_again(ledger: Ledger, documents: Iterable[str], state: DocumentState) -> int:
    """Let documents that wait in ``state`` be signed; return how many there were."""
    moved = 0
    with ledger.transaction():
        for document in documents:
            row = ledger.one("document", id=document)
            if row is not None and row["state"] == state:
                ledger.move(DOCUMENT, document, state, DocumentState.ASSEMBLED, code="", reason="")
                moved += 1
    return moved
