"""Whether a signature is trusted, by what is in its own file and no network.

A signature without a time stamp is judged as of now. One with a time stamp is judged as of that moment; whether the
time stamp itself is trusted is judged as of the next one over the document, and the last as of now. So a signature
holds for as long as its newest time stamp does, however long its own certificates have run out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from asn1crypto import cms, crl, ocsp, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import InsufficientRevinfoError, PathError, ValidationError
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, CertRevTrustPolicy, RevocationCheckingPolicy

from appliance.core import errors
from appliance.signing import levels, long_lists, validity

USE = KeyUsageConstraints(key_usage={"non_repudiation"})
PROVED = ("B-LT", "B-LTA")
NO_CHECK = CertRevTrustPolicy(NO_REVOCATION)
CHECK = CertRevTrustPolicy(RevocationCheckingPolicy.from_legacy("hard-fail"), retroactive_revinfo=True)
"""An answer from after the signature says of it too; every certificate that names somebody to ask must have one."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a signature is trusted and as what level; ``reason`` why not."""

    trusted: bool
    level: str
    reason: str = ""


@dataclass(frozen=True)
class Known:
    """What is known without asking: the roots that are trusted, and what the file holds."""

    roots: tuple[x509.Certificate, ...]
    certificates: tuple[x509.Certificate, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()
    crls: tuple[crl.CertificateList, ...] = ()

    def context(self, moment: datetime, policy: CertRevTrustPolicy,
                others: Iterable[x509.Certificate]) -> ValidationContext:
        """Return what a certificate is judged with as of a moment."""
        return ValidationContext(
            trust_roots=list(self.roots), other_certs=[*self.certificates, *others], moment=moment,
            crls=list(self.crls), ocsps=list(self.ocsps), revinfo_policy=policy, allow_fetching=False)


@dataclass(frozen=True)
class Stamp:
    """A time stamp: of when, the certificates in it, and the last revision of the file that it covers."""

    moment: datetime
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    revision: int = 0


def known_of(reader: PdfFileReader, roots: Sequence[x509.Certificate]) -> Known:
    """Return what a file holds to judge its signature with."""
    if "/DSS" not in reader.root:
        return Known(tuple(roots))
    store = DocumentSecurityStore.read_dss(reader)
    return Known(tuple(roots), tuple(store.load_certs()),
                 tuple(ocsp.OCSPResponse.load(one.get_object().data) for one in store.ocsps),
                 tuple(long_lists.load(one.get_object().data) for one in store.crls))


def stamp_of(token: cms.SignedData, revision: int = 0) -> Stamp:
    """Return what a time-stamp token over a revision of the file, or over a signature, says."""
    found = extract_certificate_info(token)
    moment: datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
    return Stamp(moment, found.signer_cert, tuple(found.other_certs), revision)


async def as_of(signature: EmbeddedPdfSignature, roots: Sequence[x509.Certificate],
                at: datetime) -> PdfSignatureStatus:
    """Look whether a signature is whole, and judge it as of ``at`` without anything that proves an earlier time."""
    context = ValidationContext(
        trust_roots=list(roots), allow_fetching=False, revocation_mode="soft-fail", moment=at)
    return await async_validate_pdf_signature(signature, signer_validation_context=context, key_usage_settings=USE)


async def by_its_own_data(signature: EmbeddedPdfSignature, known: Known, level: str,
                          above: Sequence[Stamp], at: datetime) -> Judgement:
    """Judge a signature with a time stamp.

    Args:
        signature: of a document.
        known: what it is judged with.
        level: what it claims to be; where the revocation data do not suffice, the answer's level is B-T.
        above: time stamps over the document, the oldest first.
        at: as of when the newest time stamp is judged.
    """
    token = levels.token_of(signature.signer_info)
    assert token is not None, "a level above B-B has a time stamp"
    stamp = stamp_of(token["content"])
    policy = CHECK if level in PROVED else NO_CHECK
    try:
        for later in reversed(above):
            await _stamping(later, known, NO_CHECK, at)
            at = later.moment
        await _stamping(stamp, known, NO_CHECK, at)
        await _signing(signature, known, policy, stamp.moment)
        await _stamping(stamp, known, policy, stamp.moment)
    except InsufficientRevinfoError as problem:
        if level in PROVED:
            return await by_its_own_data(signature, replace(known, ocsps=(), crls=()), "B-T", above, at)
        return Judgement(False, level, words(problem))
    except (PathError, ValidationError) as problem:
        return Judgement(False, level, words(problem))
    return Judgement(True, level)


def words(problem: Exception) -> str:
    """Return why a certificate is not trusted, naming nobody."""
    told = validity.told(problem)
    return f"{told.code}: {errors.half(str(told.details.get('reason', told.kind.en)), errors.EN)}"


async def _signing(signature: EmbeddedPdfSignature, known: Known, policy: CertRevTrustPolicy, at: datetime) -> None:
    context = known.context(at, policy, signature.other_embedded_certs)
    validator = CertificateValidator(signature.signer_cert, validation_context=context)
    await validator.async_validate_usage(validity.USE)  # type: ignore[no-untyped-call]


async def _stamping(stamp: Stamp, known: Known, policy: CertRevTrustPolicy, at: datetime) -> None:
    context = known.context(at, policy, stamp.others)
    validator = CertificateValidator(stamp.certificate, validation_context=context)
    await validator.async_validate_usage(set(), {"time_stamping"})  # type: ignore[no-untyped-call]
