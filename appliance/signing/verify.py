"""Looks at a signed PDF without the network and says what holds and what does not."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from asn1crypto import parser, pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from appliance.core import clock, files
from appliance.core.jobs import Verified, VerifyJob
from appliance.core.model import Box
from appliance.signing.stamp import DEVELOPMENT_ORGANISATION

PADES = "/ETSI.CAdES.detached"
LOGGERS = ("pyhanko", "pyhanko_certvalidator")


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """What a file's signature is worth.

    Attributes:
        valid: all of the following hold; ``reason`` says what does not.
        intact: the signed bytes and the signature over them are unchanged.
        trusted: the certificate leads to one of the given roots and may sign.
        covers_whole_file: nothing was added after signing.
        modification: what was added, in pyHanko's words: none, lta_updates, form_filling, other.
        level: B-B, B-T or B-LT; empty when the signature is not PAdES.
        signer: common name of the certificate; ``issuer`` likewise.
        certificate_sha256: of the signer's certificate, lowercase hex.
        signed_at: the claimed time, ISO 8601 +07:00.
        stamp: text of the visible stamp.
        box: where the stamp stands, points, PDF axes; None when it is invisible.
        development: whether the certificate says it is for trials.
    """

    valid: bool
    reason: str
    intact: bool = False
    trusted: bool = False
    covers_whole_file: bool = False
    modification: str = ""
    level: str = ""
    signer: str = ""
    issuer: str = ""
    certificate_sha256: str = ""
    signed_at: str = ""
    stamp: str = ""
    box: Box | None = None
    development: bool = False


def verify(path: Path, trust_roots: Sequence[Path]) -> SignatureReport:
    """Look at the signature of ``path``. A file that cannot be read gives a report, not an error.

    Args:
        path: the PDF.
        trust_roots: PEM files of the roots that are trusted; none trusts nobody.

    Raises:
        OSError: a trust root cannot be read.
    """
    quiet()
    roots = [root for file in trust_roots for root in _certificates(file)]
    context = ValidationContext(trust_roots=roots, allow_fetching=False, revocation_mode="soft-fail")
    try:
        with path.open("rb") as stream:
            return asyncio.run(_examine(PdfFileReader(stream), context))
    except Exception as problem:  # noqa: BLE001 - hostile bytes may fail anywhere in the parser: then it is not valid
        return SignatureReport(False, f"the file cannot be read as a signed PDF ({type(problem).__name__})")


def filed(job: VerifyJob, trust_root: str) -> Verified:
    """Look at the signature of a document as it lies on disk: the very file that the ledger names.

    ``trust_root``: PEM file; where the key has none beside it, the signature must be whole, by whoever it is.
    """
    path = Path(job.path)
    if not path.is_file() or files.sha256_of(path) != job.sha256:
        return Verified(False, "the signed file is not the one in the ledger", job.sha256)
    report = verify(path, [Path(trust_root)] if trust_root else [])
    whole = report.intact and report.covers_whole_file
    valid = report.valid if trust_root else whole and report.level != ""
    return Verified(valid, "" if valid else report.reason, job.sha256, report.signer, report.trusted)


async def async_verify(path: Path, trust_roots: Sequence[Path]) -> SignatureReport:
    """Do as ``verify`` from a running loop, without stopping it."""
    return await asyncio.to_thread(verify, path, trust_roots)


def quiet() -> None:
    """Silence loggers that would write names of signers (rule: no personal data in logs)."""
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


async def _examine(reader: PdfFileReader, context: ValidationContext) -> SignatureReport:
    signatures = reader.embedded_regular_signatures
    if not signatures:
        return SignatureReport(False, "the file has no signature")
    reports = [await _report(signature, context) for signature in signatures]
    broken = [report for report in reports[:-1] if not (report.intact and report.trusted)]
    if broken:
        return replace(reports[-1], valid=False, reason=f"an earlier signature is not valid: {broken[0].reason}")
    return reports[-1]


async def _report(signature: EmbeddedPdfSignature, context: ValidationContext) -> SignatureReport:
    status = await async_validate_pdf_signature(
        signature, signer_validation_context=context,
        key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
    )
    clean = _padding_is_empty(signature)
    reason = _reason(status, signature) if clean else "the room left beside the signature is not empty"
    level = status.modification_level
    return replace(
        _described(signature), valid=not reason, reason=reason, intact=status.intact and status.valid and clean,
        trusted=status.trusted, covers_whole_file=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        modification=level.name.lower() if level is not None else "", level=_level(signature, status),
    )


def _padding_is_empty(signature: EmbeddedPdfSignature) -> bool:
    """Say whether only zeros follow the CMS object: those bytes are the only ones no signature covers."""
    contents = signature.pkcs7_content
    return not any(contents[parser.peek(contents):])


def _reason(status: PdfSignatureStatus, signature: EmbeddedPdfSignature) -> str:
    """Return why the signature is not valid, the gravest first; empty when it is."""
    if not status.intact:
        return "the content was changed after signing"
    if not status.valid:
        return "the signature does not verify"
    if status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        return "something was added to the file after signing"
    if not status.trusted:
        return f"the certificate is not trusted ({_distrust(status)})"
    if _subfilter(signature) != PADES:
        return "the signature is not PAdES"
    return ""


def _certificates(path: Path) -> list[x509.Certificate]:
    """Read the certificates of a PEM file."""
    return [x509.Certificate.load(der) for _, _, der in pem.unarmor(path.read_bytes(), multiple=True)]


def _distrust(status: PdfSignatureStatus) -> str:
    if status.revoked:
        return "revoked"
    indication = status.trust_problem_indic
    return "no path to a trusted root" if indication is None else indication.standard_name.lower().replace("_", " ")


def _described(signature: EmbeddedPdfSignature) -> SignatureReport:
    certificate = signature.signer_cert
    subject, issuer = certificate.subject.native, certificate.issuer.native
    moment = signature.self_reported_timestamp
    return SignatureReport(
        False, "", signer=_name(subject), issuer=_name(issuer),
        certificate_sha256=hashlib.sha256(certificate.dump()).hexdigest(),
        signed_at=clock.iso(moment) if moment is not None else "",
        stamp=str(signature.sig_field.get("/Contents", "")), box=_box(signature.sig_field),
        development=subject.get("organization_name") == DEVELOPMENT_ORGANISATION,
    )


def _name(fields: dict[str, Any]) -> str:
    return str(fields.get("common_name") or fields.get("organization_name") or "")


def _level(signature: EmbeddedPdfSignature, status: PdfSignatureStatus) -> str:
    if _subfilter(signature) != PADES:
        return ""
    if status.timestamp_validity is None:
        return "B-B"
    return "B-LT" if "/DSS" in signature.reader.root else "B-T"


def _subfilter(signature: EmbeddedPdfSignature) -> str:
    return str(signature.sig_object.get("/SubFilter", ""))


def _box(field: Any) -> Box | None:
    left, low, right, high = (float(edge) for edge in field.get("/Rect", (0, 0, 0, 0)))
    return Box(left, low, right, high) if right > left and high > low else None
