"""Gives a signature that was made without a time stamp its time stamp, and what else its policy asks for.

The time stamp goes into the room beside the signature, which no signature covers; the rest is appended. The new
file takes the old one's place in one step. A file that was lifted before a crash is known by what it was before.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from asn1crypto import cms
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from appliance.core import clock, errors, files
from appliance.core.errors import ApplianceError
from appliance.core.jobs import LiftJob, Signed
from appliance.signing import levels, whole, witness
from appliance.signing.frugal import FrugalReader
from appliance.signing.growing import PIECE, GrowingFile
from appliance.signing.levels import Standing
from appliance.signing.proofs import Party
from appliance.signing.stamp import DEVELOPMENT_ORGANISATION
from appliance.signing.witness import Witness

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Found:
    """A whole signed file: its signature, where its CMS object lies between ``<`` and ``>``, and its level."""

    signature: EmbeddedPdfSignature
    start: int
    stop: int
    end: int
    size: int
    stamp: str
    standing: Standing

    @property
    def content(self) -> cms.ContentInfo:
        """The CMS object, parsed anew."""
        return cms.ContentInfo.load(self.signature.pkcs7_content)


async def async_lift(job: LiftJob, seen_by: Witness) -> Signed:
    """Bring the signed file to its policy's level, durably; one that is there already is adopted.

    A time stamp is kept though the proof that belongs behind it cannot be had yet: the answer's level says so.

    Raises:
        ApplianceError: nothing new can be had (the file stays as it was); LEVEL_MISSED when the time
            stamp does not fit into the room that was left for it; SIGNING_FAILED when the file is not the one that
            was named, or the disk refuses.
    """
    begun = time.monotonic()
    try:
        done = await asyncio.to_thread(_adopted, job) or await _make(job, seen_by)
    except OSError as problem:
        raise errors.SIGNING_FAILED.error(reason=problem.strerror or str(problem)) from None
    except (PdfError, SigningError) as problem:
        raise errors.SIGNING_FAILED.error(reason=f"{type(problem).__name__}: {problem}") from None
    found, sha256, adopted = done
    leaf = found.signature.signer_cert
    moment = found.standing.stamped_at
    return Signed(
        job.path, sha256, found.size, found.standing.level, _name(leaf.subject.native), found.stamp,
        leaf.subject.native.get("organization_name") == DEVELOPMENT_ORGANISATION, adopted,
        round(time.monotonic() - begun, 3), leaf.sha256.hex(), clock.iso(moment) if moment else "",
    )


def _adopted(job: LiftJob) -> tuple[_Found, str, bool] | None:
    """Return the file if it is the lifted one already; None when it is still to be lifted.

    Raises:
        ApplianceError: SIGNING_FAILED: it is neither.
    """
    sha256 = files.sha256_of(Path(job.path))
    with Path(job.path).open("rb") as stream:
        found = _look(stream)
        if sha256 == job.sha256:
            enough = not levels.below(found.standing.level, job.policy.level)
            return (found, sha256, True) if enough else None
        if job.sha256 in _earlier(stream, found):
            return found, sha256, True
    raise errors.SIGNING_FAILED.error(reason="the signed file no longer matches its hash")


async def _make(job: LiftJob, seen_by: Witness) -> tuple[_Found, str, bool]:
    path = Path(job.path)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}{files.TEMPORARY}")
    try:
        with temporary.open("x+b") as stream:
            await asyncio.to_thread(_copy, job, stream)
            growing = GrowingFile(stream)
            await _raise(growing, job, seen_by)
            found = await asyncio.to_thread(_look, stream)
        await asyncio.to_thread(files.adopt_durably, temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return found, growing.sha256, False


async def _raise(growing: GrowingFile, job: LiftJob, seen_by: Witness) -> None:
    """Put the time stamp to the signature if it has none, and append what else is asked for."""
    found = await asyncio.to_thread(_look, growing.stream)
    token = levels.token_of(found.signature.signer_info)
    if token is None:
        fresh = await seen_by.times.token(hashlib.sha256(found.signature.signer_info["signature"].native).digest())
        _put(growing.stream, found, witness.with_token(found.content, fresh).dump())
        authority = witness.authority_of(fresh)
    else:
        authority = witness.authority_in(token)
    await asyncio.to_thread(growing.settle)
    leaf = Party(found.signature.signer_cert, tuple(found.signature.other_embedded_certs))
    try:
        await seen_by.complete(growing, job.policy, (leaf, authority), None)
    except ApplianceError as problem:
        if token is not None or problem.code not in witness.LATER:
            raise
        log.warning("lifted to its time stamp only: %s", problem.code)


def _put(stream: IO[bytes], found: _Found, content: bytes) -> None:
    """Write a CMS object into its room.

    Raises:
        ApplianceError: LEVEL_MISSED: it is too long.
    """
    digits = content.hex().upper().encode()
    room = found.stop - found.start
    if len(digits) > room:
        raise errors.LEVEL_MISSED.error(level="B-T", reason="the time stamp is longer than the room left for it")
    stream.seek(found.start)
    stream.write(digits.ljust(room, b"0"))
    stream.flush()


def _look(stream: IO[bytes]) -> _Found:
    """Return the signature of a whole file.

    Raises:
        ApplianceError: SIGNING_FAILED: it is not whole.
    """
    try:
        reader = FrugalReader(stream)
        signature = whole.signature_of(reader)
        if signature is None:
            raise ValueError("not whole")
        _, first, second, rest = (int(edge) for edge in signature.byte_range)
        size = stream.seek(0, os.SEEK_END)
        stamp = str(signature.sig_field.get("/Contents", ""))
        return _Found(signature, first + 1, second - 1, second + rest, size, stamp, levels.of(reader))
    except OSError:
        raise
    except Exception as problem:  # noqa: BLE001 - a spoilt file may fail anywhere in the parser
        reason = f"the signed file is not whole ({type(problem).__name__})"
        raise errors.SIGNING_FAILED.error(reason=reason) from None


def _earlier(stream: IO[bytes], found: _Found) -> Iterator[str]:
    """Yield the hashes that the file may have had before: without what was appended, and without time stamp."""
    content = found.content
    yield _hash(stream, found, content.dump())
    signer = content["content"]["signer_infos"][0]
    del signer["unsigned_attrs"]
    yield _hash(stream, found, content.dump())


def _hash(stream: IO[bytes], found: _Found, content: bytes) -> str:
    """Return the SHA-256 of the file up to the signature's revision, with this CMS object in the room."""
    digest = hashlib.sha256()
    _feed(digest, stream, 0, found.start)
    digest.update(content.hex().upper().encode().ljust(found.stop - found.start, b"0"))
    _feed(digest, stream, found.stop, found.end)
    return digest.hexdigest()


def _feed(digest: hashlib._Hash, stream: IO[bytes], start: int, stop: int) -> None:
    stream.seek(start)
    while piece := stream.read(min(PIECE, stop - stream.tell())):
        digest.update(piece)


def _copy(job: LiftJob, stream: IO[bytes]) -> None:
    """Copy the signed file; refuse one that is not the one the ledger named."""
    copied = GrowingFile(stream)
    copied.copy(Path(job.path))
    if copied.sha256 != job.sha256:
        raise errors.SIGNING_FAILED.error(reason="the signed file no longer matches its hash")
    stream.flush()
    os.fsync(stream.fileno())


def _name(subject: dict[str, str]) -> str:
    return str(subject.get("common_name") or subject.get("organization_name") or "")
