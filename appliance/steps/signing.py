"""Steps of a signature: by whose leave, with which key, and what waits while one of them or the time is missing."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from appliance.core import clock, errors, files, rules
from appliance.core.errors import ApplianceError
from appliance.core.jobs import LiftJob, Outcome, Signed, SignJob
from appliance.core.rules import LEVELS, RuleProfile
from appliance.core.states import DocumentState
from appliance.orders import documents
from appliance.permits import LEAVE, Permit, Permits, intended, refuse_over
from appliance.sessions import Sessions
from appliance.signing.desk import AT_ONCE
from appliance.signing.protocol import KEY_USED
from appliance.spool import authorisations, filing, stamps, waiting
from appliance.spool.ledger import Row
from appliance.steps.gate import FILE, Gate, Refusals
from appliance.steps.means import Means, config_of
from appliance.steps.stamps import Stamps
from appliance.timekeeper import OF_CLOCK

log = logging.getLogger(__name__)

FOR_SIGNER = LEAVE | OF_CLOCK | frozenset(kind.code for kind in (
    errors.KEY_MISSING, errors.CERTIFICATE_INVALID, errors.SEAL_MISSING, errors.SEAL_UNFIT, errors.TOKEN_AWAY,
    errors.PIN_NEEDED, errors.PIN_WRONG, errors.PIN_STOPPED, errors.PIN_LOCKED, errors.TOKEN_FULL,
    errors.KEY_FAILED, errors.NAME_DIFFERS, errors.CLOCK_BACK, errors.REMOTE_FAILED, errors.CERTIFICATE_EXPIRED,
    errors.CERTIFICATE_NOT_YET, errors.CERTIFICATE_REVOKED, errors.CERTIFICATE_USAGE, errors.ISSUER_UNKNOWN,
    errors.CERTIFICATE_SELF_SIGNED, errors.CERTIFICATE_WEAK, errors.REVOCATION_UNKNOWN, errors.TRUST_UNREADABLE))
"""Codes with which a document waits for authorisation, session, key, the office's seal, or the host's clock."""

FOR_TIMESTAMP = frozenset(kind.code for kind in (
    errors.OUTSIDE_UNREACHABLE, errors.ADDRESS_REFUSED, errors.TIMESTAMP_REFUSED, errors.TIMESTAMP_WRONG,
    errors.TIMESTAMP_UNTRUSTED, errors.HOST_CLOCK_WRONG, errors.TSA_CLOCK_WRONG, errors.TSA_MISSING,
    errors.LEVEL_MISSED))
"""Codes with which a document waits for a time stamp, or for what else its level needs."""


@dataclass
class SigningSteps:
    """Signs one document, lifts one signature, and lets those that wait be asked again."""

    means: Means
    gate: Gate = field(default_factory=Gate)
    refusals: Refusals = field(default_factory=Refusals)

    def __post_init__(self) -> None:
        self.sessions = Sessions(self.means.book, self.means.signer, self.means.config.operator)
        self.stamps = Stamps(self.means)
        self.permits = Permits(self.means.book, self.means.signer, self.sessions)
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def sign(self, row: Row) -> str:
        """Stamp and sign one document; the intent is in the ledger before the key is used."""
        profile = rules.load(row["rules"])
        try:
            self.refusals.refuse_broken(row["id"], row["reason"], time.monotonic())
            async with self._turns:  # the turn comes first: leave that is taken away stops all that wait for theirs
                self.means.timekeeper.refuse()
                permit = await self.permits.of(row, profile)
                self._refuse_closed(profile)
                job = await self._intended(row, profile, permit)
                done = await self._made(job, (permit.key, row["rules"]))
        except ApplianceError as problem:
            return await self._not_signed(row, problem)
        await self._signed(row, profile, job, done)
        return "ok"

    async def lift(self, row: Row) -> str:
        """Put a time stamp to a signature that was made without."""
        profile = rules.load(row["rules"])
        policy = documents.policy(profile)
        try:
            async with self._turns:  # shared with signatures: an intent that is written waits for no lift
                self._refuse_away()
                done = await self.means.signer.lift(
                    LiftJob(row["id"], row["signed_path"], row["signed_sha256"], policy))
        except ApplianceError as problem:
            if problem.code in FOR_TIMESTAMP and problem.kind is not errors.LEVEL_MISSED:
                self.gate.shut_once(time.monotonic())
            await self._tell(row["id"], problem)
            raise
        if not done.adopted:
            self.gate.open()
        await self.means.book.ask(filing.lifted, row["id"], done, _still(done, profile))
        return "ok"

    async def look(self) -> None:
        """Let documents be asked for again whose key, leave or time may be there now; called every few seconds.

        A disk that takes nothing stops nobody else who looks: it is tried again the next time.
        """
        try:
            await self.sessions.look()
            await self.means.book.ask(authorisations.expire)
            await self._look_for_signer()
            await self._look_for_time()
        except ApplianceError as problem:
            log.warning("what waits for a signature is looked at later: %s", problem.code)

    def _refuse_closed(self, profile: RuleProfile) -> None:
        """Ask no time-stamping authority that is known to be away: each would take minutes to find out."""
        if profile.signature.level != "B-B" and profile.signature.without_timestamp == "wait":
            self._refuse_away()

    def _refuse_away(self) -> None:
        if self.gate.closed and not self._probe():
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
        config = await config_of(self.means, row["dossier"])
        seal = await self.stamps.seal(profile, config.office.seal)
        refuse_over(self.sessions, permit)
        order = documents.SignatureOrder(row, profile, key.development, moment, permit.key, seal, key.fingerprint)
        job = documents.sign(order, self.means.store, config)
        await self.means.book.ask(intended, permit, job, key)
        return job

    async def _made(self, job: SignJob, way: tuple[str, str]) -> Signed:
        """Have a document signed; a key that did not sign one is not asked for all others again and again."""
        try:
            done = await self.means.signer.sign(job)
        except ApplianceError as problem:
            if problem.code in FOR_SIGNER:
                self.refusals.shut(way, time.monotonic())
            elif problem.kind is errors.SIGNING_FAILED:
                self.refusals.shut((job.document, FILE), time.monotonic())
                await self._tell(job.document, problem)
            raise
        self.refusals.open(way, (job.document, FILE))
        return done

    async def _tell(self, document: str, problem: ApplianceError) -> None:
        await self.means.book.ask(waiting.tell, document, problem.code, str(problem.details.get("reason", "")))

    async def _not_signed(self, row: Row, problem: ApplianceError) -> str:
        """Let a document wait for what is missing, or hold it for a person, or try again soon."""
        state = _state_for(problem.code)
        if state is None and (problem.kind.retry or problem.kind is errors.STATE_CONFLICT):
            raise problem  # a document that is no longer as it was is nobody's trouble
        if problem.code == errors.STAMP_SPACE.code and await self.stamps.outgrown(row):
            await self.means.book.ask(stamps.write_anew, row["id"])
            return "ok"
        if state is None:
            outcome = Outcome(row["id"], ok=False, code=problem.code, reason=problem.en)
            return await self.means.hold_document(row["id"], DocumentState.ASSEMBLED, outcome)
        if state is DocumentState.AWAITING_TIMESTAMP:
            self.gate.shut_once(time.monotonic())
        reason = str(problem.details.get("reason", ""))
        if not self.means.store.signed(row["id"]).exists():  # one that a stop cut short is adopted later
            in_vain = problem.code if KEY_USED in problem.details else ""
            await self.means.book.ask(waiting.not_used, row["id"], in_vain)
        await self.means.book.ask(waiting.let_wait, row["id"], state, problem.code, reason)
        return "waits"

    async def _signed(self, row: Row, profile: RuleProfile, job: SignJob, done: Signed) -> None:
        if done.stamped_at and not done.adopted:
            self.gate.open()
        await self.means.book.ask(filing.signed, row["id"], done, job.signed_at, _still(done, profile))
        files.remove_durably(Path(row["unsigned_path"]))

    async def _signing_time(self, document: str) -> datetime:
        """Return the present, or the time of an earlier use of the key whose file is there: it is then adopted."""
        earlier = await self.means.book.ask(lambda ledger: ledger.all("open_intents", document=document))
        if earlier and self.means.store.signed(document).exists():
            return clock.parse(earlier[-1]["at"])
        return clock.now().replace(microsecond=0)

    async def _look_for_signer(self) -> None:
        """Ask once for all that are alike whether they may be signed now."""
        state = DocumentState.AWAITING_SIGNER
        rows = await self.means.book.ask(lambda ledger: ledger.all("documents_waiting", state=state))
        if (wrong := self.means.timekeeper.refusal) is not None:  # asked again only to be told what is wrong now
            other = [row["id"] for row in rows if row["code"] in OF_CLOCK and row["code"] != wrong.code]
            if other:
                await self.means.book.ask(waiting.ask_again, other, state)
            return
        ways: dict[tuple[str | int, ...], tuple[str, str] | None] = {}
        free: dict[tuple[str, str], list[str]] = {}
        for row in rows:
            if _alike(row) not in ways:
                ways[_alike(row)] = await self._way(row)
            if (way := ways[_alike(row)]) is not None:
                free.setdefault(way, []).append(row["id"])
        if asked := self.refusals.chosen(free, time.monotonic()):
            await self.means.book.ask(waiting.ask_again, asked, state)

    async def _way(self, row: Row) -> tuple[str, str] | None:
        """Return key and rule profile if a document has leave, key and seal now; None while it has not.

        One that lacks other leave than before has the way of no key: it is told then.
        """
        try:
            profile = rules.load(row["rules"])
            permit = await self.permits.of(row, profile)
        except ApplianceError as problem:
            return ("", row["rules"]) if problem.code in LEAVE and problem.code != row["code"] else None
        there = permit.key in self.means.signer.keys and await self._sealed(row, profile)
        return (permit.key, row["rules"]) if there else None

    async def _sealed(self, row: Row, profile: RuleProfile) -> bool:
        """Say whether the seal is there now, or is missed for another reason than before, which is then told."""
        try:
            await self.stamps.seal(profile, (await config_of(self.means, row["dossier"])).office.seal)
        except ApplianceError as problem:
            told = (problem.code, str(problem.details.get("reason", "")))
            return problem.code in FOR_SIGNER and told != (row["code"], row["reason"])
        return True

    async def _look_for_time(self) -> None:
        """Let one document try when its time has come, and all once one has succeeded."""
        if self.gate.closed and not self.gate.due(time.monotonic()):
            return
        state = DocumentState.AWAITING_TIMESTAMP
        rows = await self.means.book.ask(lambda ledger: ledger.all("documents_waiting", state=state))
        asked = [row["id"] for row in rows]
        if asked:
            await self.means.book.ask(waiting.ask_again, self._chosen(asked), state)

    def _chosen(self, asked: list[str]) -> list[str]:
        """Return all, or one while the gate is closed: each time another, for it may lack more than the rest."""
        turn = self.gate.tries % len(asked)
        return asked[turn:turn + 1] if self.gate.closed else asked


def _still(done: Signed, profile: RuleProfile) -> str:
    """Return ``due`` where a signature still lacks something for the level of its profile."""
    return "due" if LEVELS.index(done.level) < LEVELS.index(profile.signature.level) else ""


def _alike(row: Row) -> tuple[str | int, ...]:
    return (row["job"], row["rules"], row["operator_code"] or "", row["people"], row["code"], row["reason"])


def _state_for(code: str) -> DocumentState | None:
    if code in FOR_SIGNER:
        return DocumentState.AWAITING_SIGNER
    return DocumentState.AWAITING_TIMESTAMP if code in FOR_TIMESTAMP else None
