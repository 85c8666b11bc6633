"""Who confirmed that a batch holds no state secret, in the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core import errors
from appliance.core.states import BATCH, BatchState
from appliance.spool.ledger import Ledger

UNASKED, CARD, PAGE, SEPARATOR, COMMAND = "unasked", "card", "page", "separator", "command"
"""How a batch was confirmed; ``unasked``: its rule profile asks nobody. Empty: nobody has confirmed."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """How and by whom a batch is confirmed; an empty ``how`` is not at all."""

    how: str = UNASKED
    by: str = ""


def write(ledger: Ledger, batch: str, said: Confirmed) -> bool:
    """Write a confirmation under a batch that has none; return whether it had none."""
    with ledger.transaction():
        row = ledger.one("batch", id=batch)
        if row is None or row["confirmed"]:
            return False
        ledger.put("batch", batch, confirmed=said.how, confirmed_by=said.by)
        ledger.note("batch.confirmed", batch, who=said.by, by=said.how)
    return True


def withdraw_card(ledger: Ledger, batch: str) -> None:
    """Let a card's confirmation not count: the batch's cards are in doubt."""
    with ledger.transaction():
        row = ledger.one("batch", id=batch)
        if row is not None and row["confirmed"] == CARD:
            ledger.put("batch", batch, confirmed="", confirmed_by="")
            ledger.note("batch.unconfirmed", batch)


def hold(ledger: Ledger, batch: str) -> None:
    """Hold a closed batch until somebody confirms."""
    ledger.move(BATCH, batch, BatchState.CLOSED, BatchState.HELD, code=errors.NO_SECRET_UNCONFIRMED.code)


def later(ledger: Ledger, batch: str, said: Confirmed, who: str) -> None:
    """Confirm a batch after its Start; one that waits for that goes on. ``who`` says so in the audit chain.

    Raises:
        ApplianceError: REQUEST_REFUSED when there is no such batch, or it is through already.
    """
    with ledger.transaction():
        row = ledger.one("batch", id=batch)
        if row is not None and row["confirmed"] and row["code"] != errors.NO_SECRET_UNCONFIRMED.code:
            return
        if row is None or row["state"] in (BatchState.SEPARATED, BatchState.REMOVED):
            reason = f"không có lượt quét nào chờ xác nhận / no batch waits for a confirmation: {batch}"
            raise errors.REQUEST_REFUSED.error(reason=reason)
        ledger.put("batch", batch, confirmed=said.how, confirmed_by=said.by)
        ledger.note("batch.confirmed", batch, who=who, code=said.by, by=said.how)
        if (row["state"], row["code"]) == (BatchState.HELD, errors.NO_SECRET_UNCONFIRMED.code):
            ledger.move(BATCH, batch, BatchState.HELD, BatchState.CLOSED, code="")
