"""Which key may sign a document, and by whose leave: a standing authorisation, or the person's own open session.

A standing authorisation is for the agency's key alone. A personal signature is given by nobody but who scanned
every page of the document, in a signing session that this very person has opened.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core import errors
from appliance.core.jobs import AGENCY, SignJob
from appliance.core.rules import RuleProfile
from appliance.sessions import Sessions
from appliance.signing.desk import SignerDesk
from appliance.signing.protocol import KeyFacts
from appliance.spool import authorisations, filing
from appliance.spool.ledger import Book, Ledger, Row

LEAVE = frozenset(kind.code for kind in (
    errors.AUTHORISATION_MISSING, errors.SESSION_CLOSED, errors.SCANNED_BY_SEVERAL, errors.SCANNED_BY_NOBODY))
"""Codes with which a document waits because nobody has given leave: no key was touched."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to use a key once: its name, what the intent on the audit chain says of it, and for which job.

    ``number`` is that of the authorisation, 0 in a person's own session, which was ``opened`` then (ISO 8601).
    """

    key: str
    leave: str
    job: str
    number: int = 0
    opened: str = ""


@dataclass(frozen=True)
class Permits:
    """Asks ledger, sessions and signer."""

    book: Book
    signer: SignerDesk
    sessions: Sessions

    async def of(self, row: Row, rules: RuleProfile) -> Permit:
        """Return leave to sign one document of ``documents_to_sign``.

        Raises:
            ApplianceError: one of ``LEAVE``, SIGNER_AWAY, or why there is no key.
        """
        if rules.stamp.role == "person":
            return self._personal(row)
        return await self._standing(row["job"])

    async def _standing(self, job: str) -> Permit:
        key = self.signer.key
        if key is None:
            raise self.signer.refusal or errors.SIGNER_AWAY.error()
        found = await self.book.ask(authorisations.in_force, key.fingerprint, job)
        if found is None:
            raise errors.AUTHORISATION_MISSING.error(job=job)
        return Permit(AGENCY, f"authorisation {found['id']}", job, found["id"])

    def _personal(self, row: Row) -> Permit:
        """Return the leave of who scanned every page; nobody signs for another."""
        if row["people"] > 1:
            raise errors.SCANNED_BY_SEVERAL.error(document=row["id"])
        code = row["operator_code"] or ""
        if not code:
            raise errors.SCANNED_BY_NOBODY.error(document=row["id"])
        session = self.sessions.of(code)
        if session is None:
            raise errors.SESSION_CLOSED.error(code=code)
        return Permit(code, f"session of {session.opened}", row["job"], opened=session.opened)


def refuse_over(sessions: Sessions, permit: Permit) -> None:
    """Refuse leave of a session that is over, or is another one by now.

    Raises:
        ApplianceError: SESSION_CLOSED.
    """
    session = sessions.of(permit.key) if permit.opened else None
    if permit.opened and (session is None or session.opened != permit.opened):
        raise errors.SESSION_CLOSED.error(code=permit.key)


def intended(ledger: Ledger, permit: Permit, job: SignJob, key: KeyFacts) -> None:
    """Write down that a key is about to be used; in one transaction document and leave are looked at once more.

    So nothing on the audit chain is ever signed behind the link that took the leave away, that named another key,
    or that locked the document or made another file of it while it waited for its turn.

    Raises:
        ApplianceError: AUTHORISATION_MISSING, STATE_CONFLICT.
    """
    with ledger.transaction():
        filing.refuse_changed(ledger, job.document, job.unsigned_sha256)
        if permit.number:
            authorisations.refuse_over(ledger, permit.number, permit.job, key.fingerprint)
        filing.intend_to_sign(ledger, job.document, job.unsigned_sha256, job.signed_at, key=key.fingerprint,
                              leave=permit.leave)
