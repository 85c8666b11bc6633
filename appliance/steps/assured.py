"""Whether somebody has confirmed that a closed batch holds no state secret; else the batch is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance import assurance
from appliance.core import errors, rules
from appliance.core.config import Config
from appliance.spool import confirming
from appliance.spool.confirming import CARD, SEPARATOR, Confirmed
from appliance.spool.dossiers import Separated
from appliance.spool.ledger import Book, Ledger, Row


@dataclass(frozen=True)
class Assured:
    """Asks for the confirmation of a batch, as its cards, its separators or a person gave it."""

    book: Book
    config: Config

    async def allow(self, batch: Row, found: Separated, pages: Sequence[Row], key: bytes) -> str:
        """Judge a batch by what was found in it; return the code that holds it, or empty."""
        card = assurance.by_card(pages, key, self.config)
        codes = assurance.dossiers_of(pages, key)
        names = [*((one.file_code, one.rules) for one in found.dossiers),
                 *((one.file_code, "") for one in found.rescans)]

        def judge(ledger: Ledger) -> str:
            if card:
                confirming.write(ledger, batch["id"], Confirmed(CARD, card))
            row = ledger.one("batch", id=batch["id"])
            assert row is not None
            if assurance.unconfirmed(row, names, codes, rules.load):
                confirming.hold(ledger, batch["id"])
                return errors.NO_SECRET_UNCONFIRMED.code
            if names and not row["confirmed"]:
                confirming.write(ledger, batch["id"], Confirmed(SEPARATOR))
            return ""

        return await self.book.ask(judge)
