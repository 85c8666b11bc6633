"""Signs one document: PAdES with a visible stamp, appended to the PDF/A without touching a byte of it."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from pathlib import Path

from asn1crypto import cms
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.general import SigningError

from appliance.core import clock, errors, files
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Signed, SignJob
from appliance.signing import adoption, appearance, mould, revisions, stamp, witness
from appliance.signing.adoption import Written
from appliance.signing.growing import GrowingFile
from appliance.signing.keys import Key
from appliance.signing.protocol import KEY_USED
from appliance.signing.revisions import Begun, Look
from appliance.signing.tokens import Token
from appliance.signing.witness import LATER, Plan, Witness


def sign(job: SignJob, key: Key, seen_by: Witness | None = None) -> Signed:
    """Do as ``async_sign``, from where no loop runs."""
    return asyncio.run(async_sign(job, key, seen_by))


async def async_sign(job: SignJob, key: Key, seen_by: Witness | None = None) -> Signed:
    """Sign ``job.unsigned`` into ``job.out``, durably; an output that is there and right is adopted.

    The time on the stamp and in the signature (/M) is ``job.signed_at``; PAdES forbids the CMS attribute. The
    answer's level is what was reached: that of the policy, or less where the policy allows it.

    Args:
        job: the document.
        key: the key.
        seen_by: who gives time stamps and proofs; needed for levels above B-B.

    Raises:
        ApplianceError: CERTIFICATE_INVALID, STAMP_FONT, STAMP_SPACE, PDF_UNFIT; what ``Witness.plan`` raises;
            SIGNING_FAILED when the unsigned file is not the one that was named, cannot be signed, or the disk
            refuses. No file is left then.
    """
    begun = time.monotonic()
    try:
        adopted = await asyncio.to_thread(adoption.adopt, job, key)
        written = adopted or await _make(job, key, seen_by or witness.none())
    except OSError as problem:
        raise errors.SIGNING_FAILED.error(reason=problem.strerror or str(problem)) from None
    except (PdfError, SigningError) as problem:
        raise errors.SIGNING_FAILED.error(reason=f"{type(problem).__name__}: {problem}") from None
    return Signed(
        job.out, written.sha256, written.size, written.level, key.subject, written.stamp, key.development,
        adopted is not None, round(time.monotonic() - begun, 3), key.fingerprint,
        clock.iso(written.stamped_at) if written.stamped_at else "",
    )


async def _make(job: SignJob, key: Key, seen_by: Witness) -> Written:
    """Sign a copy of the unsigned file and give it its name."""
    _refuse_unfit(job, key)
    plan = await seen_by.plan(key, job.policy)
    out = Path(job.out)
    files.make_folder(out.parent)
    temporary = out.with_name(f"{out.name}.{secrets.token_hex(4)}{files.TEMPORARY}")
    try:
        with temporary.open("x+b") as stream:
            growing = GrowingFile(stream)
            written = await _write(growing, job, key, (seen_by, plan))
        await asyncio.to_thread(files.adopt_durably, temporary, out)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return written


def _refuse_unfit(job: SignJob, key: Key) -> None:
    """Refuse a key that has run out, and a stamp that hides or invents a development key."""
    key.refuse_outside_validity(clock.now())
    key.refuse_outside_validity(clock.parse(job.signed_at))
    if stamp.says_development(job.lines) != key.development:
        raise errors.SIGNING_FAILED.error(reason="stamp and key disagree on whether this is a trial")


async def _write(growing: GrowingFile, job: SignJob, key: Key, means: tuple[Witness, Plan]) -> Written:
    """Write the whole signed file: copy, signature, and what makes it reach its level."""
    seen_by, plan = means
    look = await asyncio.to_thread(_look_of, job)
    await asyncio.to_thread(_copy, growing, job)
    begun = await asyncio.to_thread(revisions.begin_signature, growing, look, plan.digits)
    content = await mould.sign(key.signer, begun.digest)
    token = await _token(content, job, means)
    _fill(begun, content, token)
    level = "B-B" if token is None else await _raise(growing, job, key, (seen_by, plan, token))
    stamped = token.moment if token else None
    return Written(growing.sha256, growing.size, "\n".join(job.lines), level, stamped)


def _look_of(job: SignJob) -> Look:
    box = (round(job.box.x0, 2), round(job.box.y0, 2), round(job.box.x1, 2), round(job.box.y1, 2))
    moment = clock.parse(job.signed_at).astimezone(clock.VIETNAM)
    return Look(job.field_name, box, appearance.style_of(job), moment)


async def _token(content: cms.ContentInfo, job: SignJob, means: tuple[Witness, Plan]) -> Token | None:
    """Return the signature's time stamp; None where there shall be none, or the policy lets it come later."""
    seen_by, plan = means
    if not plan.timed:
        return None
    try:
        signature = content["content"]["signer_infos"][0]["signature"].native
        return await seen_by.times.token(hashlib.sha256(signature).digest())
    except ApplianceError as problem:
        if _may_wait(job, problem):
            return None
        raise _in_vain(problem) from None


def _fill(begun: Begun, content: cms.ContentInfo, token: Token | None) -> None:
    begun.fill(witness.with_token(content, token) if token else content)


async def _raise(growing: GrowingFile, job: SignJob, key: Key, means: tuple[Witness, Plan, Token]) -> str:
    """Bring a signature with its time stamp to its level; return the level."""
    seen_by, plan, token = means
    parties = (witness.party_of(key), witness.authority_of(token))
    try:
        return await seen_by.complete(growing, job.policy, parties, plan.proof)
    except ApplianceError as problem:
        if not _may_wait(job, problem):
            raise _in_vain(problem) from None
        return "B-T"


def _may_wait(job: SignJob, problem: ApplianceError) -> bool:
    """Say whether a signature of a lower level may stand for now."""
    return job.policy.without_timestamp == "sign_bb_then_lift" and problem.code in LATER


def _in_vain(problem: ApplianceError) -> ApplianceError:
    """Return the error with a word that the key was used for nothing."""
    return problem.kind.error(**{**problem.details, KEY_USED: "1"})


def _copy(growing: GrowingFile, job: SignJob) -> None:
    """Copy the unsigned file; refuse one that is not the one the ledger named."""
    growing.copy(Path(job.unsigned))
    if growing.sha256 != job.unsigned_sha256:
        raise errors.SIGNING_FAILED.error(reason="the unsigned file no longer matches its hash")
