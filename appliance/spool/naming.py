"""Who scanned a batch: by the card in its stack, or named later by a person; until then the batch is held."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core import errors
from appliance.core.states import BATCH, BatchState
from appliance.spool.ledger import Ledger, Row

CARD, LOGIN, DEVICE, TOKEN, OFFICE, LATER = "card", "login", "device", "token", "office", "later"
"""How a person becomes known, the strongest first; ``later``: a batch was held, then somebody said who it was."""

OTHERWISE = (errors.SCANNER_UNCHECKED.code, errors.NO_SECRET_UNCONFIRMED.code)
"""Codes of a held batch that waits for something else than a name."""


@dataclass(frozen=True, slots=True)
class Named:
    """The person under a batch; an empty name is nobody. ``code`` is empty where only a name is known."""

    name: str = ""
    code: str = ""
    by: str = ""


def by_card(ledger: Ledger, batch: str, person: Named) -> None:
    """Write the person of the card under a batch in place of who was known at Start."""
    row = _batch(ledger, batch)
    if (row["operator"], row["operator_code"], row["named_by"]) == (person.name, person.code, person.by):
        return
    with ledger.transaction():
        ledger.put("batch", batch, operator=person.name, operator_code=person.code, named_by=person.by)
        ledger.note("batch.named", batch, who=person.name, code=person.code, by=person.by)


def hold(ledger: Ledger, batch: str, code: str) -> None:
    """Hold a closed batch: who scanned it is not known, for the reason that ``code`` says."""
    ledger.move(BATCH, batch, BatchState.CLOSED, BatchState.HELD, code=code)


def later(ledger: Ledger, batch: str, person: Named, who: str) -> None:
    """Name the person under a held batch, which goes on then; ``who`` says so and stands in the audit chain.

    Raises:
        ApplianceError: REQUEST_REFUSED when no such batch waits for a name.
    """
    with ledger.transaction():
        row = ledger.one("batch", id=batch)
        if row is None or row["state"] != BatchState.HELD or row["code"] in OTHERWISE:
            reason = f"không có lượt quét nào chờ tên người quét / no batch waits for a name: {batch}"
            raise errors.REQUEST_REFUSED.error(reason=reason)
        ledger.move(BATCH, batch, BatchState.HELD, BatchState.CLOSED, code="", operator=person.name,
                    operator_code=person.code, named_by=LATER)
        ledger.note("batch.named", batch, who=who, code=person.code, by=LATER)


def _batch(ledger: Ledger, batch: str) -> Row:
    row = ledger.one("batch", id=batch)
    assert row is not None
    return row
