"""Documents that wait for a signer or for a time stamp: safe, unsigned, and asked for again when it may help."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.core.states import DOCUMENT, DocumentState
from appliance.spool.ledger import Ledger


def let_wait(ledger: Ledger, document: str, state: DocumentState, code: str, reason: str) -> None:
    """Let an assembled document wait in ``state``; ``code`` and ``reason`` say for what."""
    with ledger.transaction():
        ledger.act("drop_intents", document=document)
        ledger.move(DOCUMENT, document, DocumentState.ASSEMBLED, state, code=code, reason=reason)


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
