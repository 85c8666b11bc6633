"""Looks at a signed PDF without the network and says what holds and what does not."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import find_cms_attribute_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus

from appliance.core import clock, files
from appliance.core.jobs import Verified, VerifyJob
from appliance.core.model import Box
from appliance.signing import additions, judging, levels
from appliance.signing.frugal import FrugalReader
from appliance.signing.stamp import DEVELOPMENT_ORGANISATION

PADES = "/ETSI.CAdES.detached"
BINDING = ("signing_certificate_v2", "signing_certificate")
"""Signed attributes that name the certificate; one of them makes a signature PAdES."""

LOGGERS = ("pyhanko", "pyhanko_certvalidator")


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """What a file's signature is worth.

    Attributes:
        valid: all of the following hold; ``reason`` says what does not.
        intact: the signed bytes and the signature over them are unchanged.
        trusted: the certificate leads to one of the given roots and may sign.
        covers_whole_file: nothing was added after signing but revocation data and time stamps.
        modification: what was added, in pyHanko's words: none, lta_updates, form_filling, other.
        level: B-B, B-T, B-LT or B-LTA, as far as it holds; empty when the signature is not PAdES.
        signer: common name of the certificate; ``issuer`` likewise.
        certificate_sha256: of the signer's certificate, lowercase hex.
        signed_at: the claimed time, ISO 8601 +07:00.
        stamp: text of the visible stamp.
        box: where the stamp stands, points, PDF axes; None when it is invisible.
        development: whether the certificate says it is for trials.
        proved: since when the signature surely exists by its time stamp, ISO 8601 +07:00; empty without one.
        stamped_by: common name of who made the time stamp.
        trial_stamp: whether the certificate of who made the time stamp says that it is for trials.
        weak: what is too weak about hash or key; empty: nothing.
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
    proved: str = ""
    stamped_by: str = ""
    trial_stamp: bool = False
    weak: str = ""


def verify(path: Path, trust_roots: Sequence[Path], at: datetime | None = None) -> SignatureReport:
    """Look at the signature of ``path``. A file that cannot be read gives a report, not an error.

    Args:
        path: the PDF.
        trust_roots: PEM files of the roots that are trusted; none trusts nobody.
        at: as of when it is judged; None: now.

    Raises:
        OSError: a trust root cannot be read.
    """
    quiet()
    roots = [root for file in trust_roots for root in _certificates(file)]
    try:
        with path.open("rb") as stream:
            return asyncio.run(_examine(FrugalReader(stream), roots, at or clock.now()))
    except Exception as problem:  # noqa: BLE001 - hostile bytes may fail anywhere in the parser: then it is not valid
        return SignatureReport(False, f"the file cannot be read as a signed PDF ({type(problem).__name__})")


def filed(job: VerifyJob, trust_roots: Sequence[str]) -> Verified:
    """Look at the signature of a document as it lies on disk: the very file that the ledger names.

    ``trust_roots``: PEM files; where there is none, the signature must be whole, by whoever it is.
    """
    path = Path(job.path)
    if not path.is_file() or files.sha256_of(path) != job.sha256:
        return Verified(False, "the signed file is not the one in the ledger", job.sha256)
    report = verify(path, [Path(root) for root in trust_roots])
    whole = report.intact and report.covers_whole_file
    valid = report.valid if trust_roots else whole and report.level != ""
    return Verified(valid, "" if valid else report.reason, job.sha256, report.signer, report.trusted)


async def async_verify(path: Path, trust_roots: Sequence[Path]) -> SignatureReport:
    """Do as ``verify`` from a running loop, without stopping it."""
    return await asyncio.to_thread(verify, path, trust_roots)


def quiet() -> None:
    """Silence loggers that would write names of signers (rule: no personal data in logs)."""
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


async def _examine(reader: PdfFileReader, roots: Sequence[x509.Certificate], at: datetime) -> SignatureReport:
    signatures = reader.embedded_regular_signatures
    if not signatures:
        return SignatureReport(False, "the file has no signature")
    stamps = await additions.stamps_of(reader, roots, at)
    known = judging.known_of(reader, roots)
    reports = [await _report(signature, known, stamps, at) for signature in signatures]
    broken = [report for report in reports[:-1] if not (report.intact and report.trusted)]
    if broken:
        return replace(reports[-1], valid=False, reason=f"an earlier signature is not valid: {broken[0].reason}")
    return reports[-1]


async def _report(signature: EmbeddedPdfSignature, known: judging.Known, stamps: additions.Stamps,
                  at: datetime) -> SignatureReport:
    status = await judging.as_of(signature, known.roots, at)
    clean, level = additions.room_is_empty(signature), _level(signature)
    judged = judging.Judgement(status.trusted, level, _distrust(status))
    if known.roots and level not in ("", "B-B"):
        judged = await judging.by_its_own_data(signature, known, level, stamps.over(signature), at)
    added, weak = additions.unlawful(status, stamps), additions.weakness(signature)
    reason = _reason(status, signature, judged, [added, stamps.fault, additions.early(status, stamps, at), weak])
    reason = reason if clean else "the room left beside the signature is not empty"
    modified, stamp, (proved, stamped_by) = status.modification_level, status.timestamp_validity, _time(status)
    return replace(
        _described(signature), valid=not reason, reason=reason, intact=status.intact and status.valid and clean,
        trusted=judged.trusted, covers_whole_file=not added, level=judged.level, weak=weak,
        modification=modified.name.lower() if modified is not None else "", proved=proved, stamped_by=stamped_by,
        trial_stamp=bool(proved and stamp and _is_trial(stamp.signing_cert)),
    )


def _reason(status: PdfSignatureStatus, signature: EmbeddedPdfSignature, judged: judging.Judgement,
            faults: Sequence[str]) -> str:
    """Return why the signature is not valid, the gravest first; empty when it is."""
    stamp = status.timestamp_validity
    late = stamp is not None and not (stamp.intact and stamp.valid)
    found = [
        "" if status.intact else "the content was changed after signing",
        "" if status.valid else "the signature does not verify",
        "the time stamp does not verify" if late else "", *faults,
        "" if judged.trusted else f"{_whose(status, judged)} is not trusted ({judged.reason})",
        "" if _is_pades(signature) else "the signature is not PAdES",
    ]
    return next(filter(None, found), "")


def _whose(status: PdfSignatureStatus, judged: judging.Judgement) -> str:
    """Return whose certificate is not trusted, in words."""
    stamp = status.timestamp_validity
    stamped = judged.level not in ("", "B-B") and stamp is not None and not stamp.trusted
    return "the authority of the time stamp" if stamped else "the certificate"


def _certificates(path: Path) -> list[x509.Certificate]:
    """Read the certificates of a PEM file; OSError where it holds something else, such as a key."""
    try:
        found = [x509.Certificate.load(der) for _, _, der in pem.unarmor(path.read_bytes(), multiple=True)]
        return [one for one in found if one.subject]
    except (ValueError, TypeError, KeyError):
        raise OSError(errno.EINVAL, "không phải chứng thư PEM / no PEM certificate", str(path)) from None


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
        development=_is_trial(certificate),
    )


def _is_trial(certificate: x509.Certificate) -> bool:
    """Say whether a certificate says of itself that it is for trials."""
    return bool(certificate.subject.native.get("organization_name") == DEVELOPMENT_ORGANISATION)


def _name(fields: dict[str, Any]) -> str:
    return str(fields.get("common_name") or fields.get("organization_name") or "")


def _level(signature: EmbeddedPdfSignature) -> str:
    if not _is_pades(signature):
        return ""
    if len(signature.reader.embedded_regular_signatures) == 1:
        return levels.of(signature.reader).level
    return "B-B" if levels.token_of(signature.signer_info) is None else "B-T"


def _time(status: PdfSignatureStatus) -> tuple[str, str]:
    """Return what the signature's time stamp says: when, and by whom."""
    stamp = status.timestamp_validity
    if stamp is None or not (stamp.intact and stamp.valid):
        return "", ""
    return clock.iso(stamp.timestamp), _name(stamp.signing_cert.subject.native)


def _is_pades(signature: EmbeddedPdfSignature) -> bool:
    """Say whether a signature is of that form: its subfilter, and an attribute that binds it to its certificate."""
    signed = signature.signer_info["signed_attrs"]
    bound = any(next(find_cms_attribute_iter(signed, name), None) is not None for name in BINDING)
    return bound and _subfilter(signature) == PADES


def _subfilter(signature: EmbeddedPdfSignature) -> str:
    return str(signature.sig_object.get("/SubFilter", ""))


def _box(field: Any) -> Box | None:
    left, low, right, high = (float(edge) for edge in field.get("/Rect", (0, 0, 0, 0)))
    return Box(left, low, right, high) if right > left and high > low else None
