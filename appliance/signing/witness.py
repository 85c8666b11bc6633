"""What a signature needs beyond the key: time stamps and proofs, as far as its policy asks. One for a process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import cms
from pyhanko.sign.general import extract_certificate_info

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.jobs import SignPolicy
from appliance.core.signature import Tsa
from appliance.signing import revisions, validity
from appliance.signing.answers import Answers
from appliance.signing.clocks import Clocks
from appliance.signing.enquiries import Enquiries
from appliance.signing.growing import GrowingFile
from appliance.signing.keys import Key
from appliance.signing.levels import ATTRIBUTE
from appliance.signing.proofs import UNHEARD, Party, Proof, Proofs
from appliance.signing.protocol import NOWHERE
from appliance.signing.timestamps import Authority, Timestamps
from appliance.signing.tokens import Token
from appliance.signing.validity import Trust

KIB = 1024
UNKNOWN_TOKEN = 12 * KIB
"""Bytes kept free for a time stamp of which nobody knows the size; they have 3 to 10 thousand."""

SPARE = KIB
"""Bytes by which a time stamp may be longer than any that was seen."""


@dataclass(frozen=True)
class Plan:
    """How one document is signed.

    Attributes:
        timed: whether a time stamp is asked for.
        digits: room for the signature, hexadecimal digits.
        proof: what can be put behind the signature; None where there is none yet.
    """

    timed: bool
    digits: int
    proof: Proof | None = None


@dataclass
class Witness:
    """Time stamps and proofs."""

    times: Timestamps
    proofs: Proofs

    async def plan(self, key: Key, policy: SignPolicy) -> Plan:
        """Find out what can be had before the key is used.

        Raises:
            ApplianceError: a time stamp or a proof that the policy insists on cannot be had.
        """
        if policy.level == "B-B":
            return Plan(False, key.reserved)
        later = policy.without_timestamp == "sign_bb_then_lift"
        try:
            if later and self.times.resting:
                return Plan(False, self._digits(key, later))
            proof = await self._foreseen(key, policy)
        except ApplianceError as problem:
            if not later or problem.code not in LATER:
                raise
            return Plan(not self.times.resting, self._digits(key, later))
        return Plan(True, self._digits(key, later), proof)

    async def _foreseen(self, key: Key, policy: SignPolicy) -> Proof | None:
        """Return what will prove a signature, by the first authority against which nobody speaks."""
        for others in reversed(range(max(1, len(self.times.authorities)))):
            token = await self.times.meet()
            try:
                return await self.proof(policy, party_of(key), authority_of(token))
            except ApplianceError as problem:
                if problem.kind is not errors.TIMESTAMP_UNTRUSTED or not others:
                    raise
        raise AssertionError("the last authority returns or raises")

    async def proof(self, policy: SignPolicy, signer: Party, authority: Party) -> Proof | None:
        """Return what proves a signature, or None where the policy can do without; errors as ``Proofs.of``."""
        try:
            if policy.level == "B-T":
                return await self.proofs.within(policy.lt_seconds, signer, authority)
            return await self.proofs.of(signer, authority)
        except ApplianceError as problem:
            if problem.kind is errors.TIMESTAMP_UNTRUSTED:
                self.times.distrust(authority.certificate)
            if problem.code not in UNHEARD:
                raise
            reason = str(problem.details.get("reason", ""))
            raise errors.LEVEL_MISSED.error(level=policy.level, reason=reason) from None

    async def stamp(self, growing: GrowingFile, proof: Proof | None) -> None:
        """Append a time stamp over the whole document; on failure the file ends where it did.

        Raises:
            ApplianceError: as ``Timestamps.token``.
        """
        try:
            begun = revisions.begin_timestamp(growing, self._time_digits(), proof)
            begun.fill((await self.times.token(begun.digest)).content)
        except BaseException:
            growing.forget()
            raise

    async def complete(self, growing: GrowingFile, policy: SignPolicy, parties: tuple[Party, Party],
                       known: Proof | None) -> str:
        """Bring a file whose signature has its time stamp to its policy's level; return the level.

        ``parties``: the signer and the authority of the time stamp; ``known``: what was found before it was signed.
        The proof lies behind the signature: for B-LTA in the revision of the document's time stamp, so that no more
        than two revisions are appended.

        Raises:
            ApplianceError: the level cannot be reached; the file is whole, and of the level below.
        """
        signer, authority = parties
        proof = known if known and known.covers(authority.certificate) else None
        proof = proof or await self.proof(policy, signer, authority)
        if proof is None:
            return "B-T"
        if policy.level != "B-LTA":
            revisions.append_proof(growing, proof)
            return "B-LT"
        await self.stamp(growing, proof)
        return "B-LTA"

    def _digits(self, key: Key, later: bool) -> int:
        """Return room for a signature of this key with a time stamp, hexadecimal digits in whole KiB.

        A time stamp that may come ``later`` may be another authority's: what does not fit then never will.
        """
        return min(key.reserved + self._time_digits(UNKNOWN_TOKEN if later else 0), revisions.MOST_DIGITS)

    def _time_digits(self, least: int = 0) -> int:
        size = max(self.times.size + SPARE, least) if self.times.size else UNKNOWN_TOKEN
        return 2 * KIB * -(-size // KIB)


LATER = frozenset(kind.code for kind in (
    errors.OUTSIDE_UNREACHABLE, errors.ADDRESS_REFUSED, errors.TIMESTAMP_REFUSED, errors.TIMESTAMP_WRONG,
    errors.TIMESTAMP_UNTRUSTED, errors.HOST_CLOCK_WRONG, errors.TSA_CLOCK_WRONG, errors.LEVEL_MISSED))
"""Codes that say that a time stamp or a proof may be had later."""


def of(authorities: Sequence[Tsa], trust: Trust, *, watched: bool = False) -> Witness:
    """Return the witness of an office's time-stamping authorities and trust; ``watched``: as ``Clocks``."""
    outside = trust.enquiries.outside
    return Witness(Timestamps([Authority(one, outside) for one in authorities], trust.roots,
                              Clocks(watched=watched)), Proofs(trust))


def none() -> Witness:
    """Return a witness that has nobody to ask: for B-B signatures."""
    return of((), Trust((), True, Enquiries(NOWHERE, Answers(None))))


def with_token(content: cms.ContentInfo, token: Token) -> cms.ContentInfo:
    """Return a signature with its time stamp; what was signed keeps its bytes."""
    whole = cms.ContentInfo.load(content.dump())
    whole["content"]["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes(
        [cms.CMSAttribute({"type": ATTRIBUTE, "values": [token.content]})])
    return whole


def authority_of(token: Token) -> Party:
    """Return the authority of a time stamp."""
    return Party(token.certificate, token.others)


def authority_in(token: cms.ContentInfo) -> Party:
    """Return the authority of a time stamp that stands in a file.

    Raises:
        CMSExtractionError: its certificate is not in it.
    """
    found = extract_certificate_info(token["content"])
    return Party(found.signer_cert, tuple(found.other_certs))


def party_of(key: Key) -> Party:
    """Return a key's certificate with its chain; the root of a development key is trusted for it."""
    roots = validity.certificates(Path(key.trust_root)) if key.development and key.trust_root else []
    return Party(key.signer.signing_cert, tuple(key.signer.cert_registry), tuple(roots))
