"""Steps of a signature: by whose leave, with which key, and what waits while one of them or the time is missing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from appliance.core import clock, errors, files, rules
from appliance.core.errors import ApplianceError
from appliance.core.jobs import LiftJob, Outcome, Signed, SignJob
from appliance.core.rules import RuleProfile
from appliance.core.states import DocumentState
from appliance.orders import documents
from appliance.permits import Permit, Permits
from appliance.spool import filing, waiting
from appliance.spool.ledger import Row
from appliance.steps.gate import Gate
from appliance.steps.means import Means

FOR_SIGNER = frozenset(kind.code for kind in (
    errors.AUTHORISATION_MISSING, errors.SESSION_CLOSED, errors.KEY_MISSING, errors.CERTIFICATE_INVALID))
"""Codes with which a document waits for authorisation, session or key."""

FOR_TIMESTAMP = frozenset(kind.code for kind in (errors.OUTSIDE_UNREACHABLE, errors.ADDRESS_REFUSED))
"""Codes with which a document waits for a time stamp."""


@dataclass
class SigningSteps:
    """Signs one document, lifts one signature, and lets those that wait be asked again."""

    means: Means
    gate: Gate = field(default_factory=Gate)

    def __post_init__(self) -> None:
        self.permits = Permits(self.means.book, self.means.signer)

    async def sign(self, row: Row) -> str:
        """Stamp and sign one document; the intent is in the ledger before the key is used."""
        profile = rules.load(row["rules"])
        try:
            self._refuse_closed(profile)
            permit = await self.permits.of(row, profile)
            job = await self._intended(row, profile, permit)
            done = await self.means.signer.sign(job)
        except ApplianceError as problem:
            return await self._not_signed(row, problem)
        await self._signed(row, profile, job, done)
        return "ok"

    async def lift(self, row: Row) -> str:
        """Put a time stamp to a signature that was made without."""
        profile = rules.load(row["rules"])
        try:
            self._refuse_closed(profile)
            policy = documents.policy(profile)
            done = await self.means.signer.lift(
                LiftJob(row["id"], row["signed_path"], row["signed_sha256"], policy))
        except ApplianceError as problem:
            if problem.code in FOR_TIMESTAMP:
                self._shut()
            raise
        self.gate.open()
        await self.means.book.ask(filing.lifted, row["id"], done)
        return "ok"

    async def look(self) -> None:
        """Let documents be asked for again whose key, leave or time may be there now; called every few seconds."""
        await self._look_for_signer()
        await self._look_for_time()

    def _refuse_closed(self, profile: RuleProfile) -> None:
        """Ask no time-stamping authority that is known to be away: each would take minutes to find out."""
        wanted = profile.signature.level != "B-B" and profile.signature.without_timestamp == "wait"
        if wanted and self.gate.closed and not self._probe():
            raise errors.OUTSIDE_UNREACHABLE.error(reason="no time stamp could be had a moment ago")

    def _probe(self) -> bool:
        """Say whether this one may try; the next one may not before its time."""
        now = time.monotonic()
        if not self.gate.due(now):
            return False
        self.gate.shut(now)
        return True

    async def _intended(self, row: Row, profile: RuleProfile, permit: Permit) -> SignJob:
        """Write the intent down; return the job."""
        key = self.means.signer.keys.get(permit.key)
        if key is None:
            raise self.means.signer.refusal or errors.SIGNER_AWAY.error()
        moment = await self._signing_time(row["id"])
        order = documents.SignatureOrder(row, profile, key.development, moment, permit.key)
        job = documents.sign(order, self.means.store, self.means.config)
        await self.means.book.ask(filing.intend_to_sign, row["id"], row["unsigned_sha256"], job.signed_at,
                                  key=key.fingerprint, leave=permit.authorisation)
        return job

    async def _not_signed(self, row: Row, problem: ApplianceError) -> str:
        """Let a document wait for what is missing, or hold it for a person, or try again soon."""
        state = _state_for(problem.code)
        if state is None and problem.kind.retry:
            raise problem
        if state is None:
            outcome = Outcome(row["id"], ok=False, code=problem.code, reason=problem.en)
            return await self.means.hold_document(row["id"], DocumentState.ASSEMBLED, outcome)
        if state is DocumentState.AWAITING_TIMESTAMP:
            self._shut()
        reason = str(problem.details.get("reason", ""))
        await self.means.book.ask(waiting.let_wait, row["id"], state, problem.code, reason)
        return "waits"

    def _shut(self) -> None:
        """Close the gate once for all that were under way together."""
        now = time.monotonic()
        if not self.gate.closed or self.gate.due(now):
            self.gate.shut(now)

    async def _signed(self, row: Row, profile: RuleProfile, job: SignJob, done: Signed) -> None:
        lift = "due" if done.level == "B-B" and profile.signature.level != "B-B" else ""
        if done.level != "B-B":
            self.gate.open()
        await self.means.book.ask(filing.signed, row["id"], done, job.signed_at, lift)
        files.remove_durably(Path(row["unsigned_path"]))

    async def _signing_time(self, document: str) -> datetime:
        """Return the present, or the time of an earlier use of the key whose file is there: it is then adopted."""
        earlier = await self.means.book.ask(lambda ledger: ledger.all("open_intents", document=document))
        if earlier and self.means.store.signed(document).exists():
            return clock.parse(earlier[-1]["at"])
        return clock.now().replace(microsecond=0)

    async def _look_for_signer(self) -> None:
        """Ask once for each job and person whether they may be signed now."""
        state = DocumentState.AWAITING_SIGNER
        rows = await self.means.book.ask(lambda ledger: ledger.all("documents_waiting", state=state))
        leave: dict[tuple[str, str, int], bool] = {}
        for row in rows:
            alike = (row["job"], row["operator_code"], row["people"])
            if alike not in leave:
                leave[alike] = await self._may(row)
        free = [row["id"] for row in rows if leave[row["job"], row["operator_code"], row["people"]]]
        if free:
            await self.means.book.ask(waiting.ask_again, free, state)

    async def _may(self, row: Row) -> bool:
        """Say whether a document has leave and key now."""
        try:
            permit = await self.permits.of(row, rules.load(row["rules"]))
        except ApplianceError:
            return False
        return permit.key in self.means.signer.keys

    async def _look_for_time(self) -> None:
        """Let one document try when its time has come, and all once one has succeeded."""
        if self.gate.closed and not self.gate.due(time.monotonic()):
            return
        state = DocumentState.AWAITING_TIMESTAMP
        rows = await self.means.book.ask(lambda ledger: ledger.all("documents_waiting", state=state))
        asked = [row["id"] for row in rows]
        if asked:
            await self.means.book.ask(waiting.ask_again, asked[:1] if self.gate.closed else asked, state)


def _state_for(code: str) -> DocumentState | None:
    if code in FOR_SIGNER:
        return DocumentState.AWAITING_SIGNER
    return DocumentState.AWAITING_TIMESTAMP if code in FOR_TIMESTAMP else None
