"""What a certificate must be on its own before anybody outside is asked about it.

Circular 15/2025/TT-BKHCN: RSA of 2048 bits or more or ECDSA of 256 or more, SHA-256 or stronger; for signing
documents (contentCommitment, by its older name nonRepudiation); issued by an authority.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from appliance.core import clock, errors

SMALLEST_RSA, SMALLEST_EC = 2048, 256
WEAK = ("md5", "sha1")


def refuse_unlawful(certificate: x509.Certificate, others: Sequence[x509.Certificate] = ()) -> None:
    """Refuse a self-signed certificate, short keys, weak hashes and one that is not for signing documents.

    Args:
        certificate: of the signer.
        others: those it was issued by; a root's own signature proves nothing and is not looked at.

    Raises:
        ApplianceError: CERTIFICATE_SELF_SIGNED, CERTIFICATE_WEAK, CERTIFICATE_USAGE.
    """
    if certificate.issuer == certificate.subject:
        raise errors.CERTIFICATE_SELF_SIGNED.error()
    for checked in (certificate, *(other for other in others if other.issuer != other.subject)):
        algorithm = checked.signature_hash_algorithm
        if algorithm is not None and algorithm.name in WEAK:
            raise errors.CERTIFICATE_WEAK.error(reason=errors.both(
                f"ký bằng {algorithm.name}",
                f"signed with {algorithm.name}"))
    _refuse_short(certificate)
    _refuse_other_use(certificate)


def refuse_outside_validity(certificate: x509.Certificate, moment: datetime) -> None:
    """Refuse a certificate at a moment it does not cover.

    Raises:
        ApplianceError: CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET.
    """
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if moment > last:
        raise errors.CERTIFICATE_EXPIRED.error(reason=errors.both(
            f"hết hạn {clock.iso(last)}",
            f"expired {clock.iso(last)}"))
    if moment < first:
        raise errors.CERTIFICATE_NOT_YET.error(reason=errors.both(
            f"có hiệu lực từ {clock.iso(first)}",
            f"not valid before {clock.iso(first)}"))


def _refuse_short(certificate: x509.Certificate) -> None:
    public = certificate.public_key()
    size = public.key_size if isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) else 0
    least = SMALLEST_RSA if isinstance(public, rsa.RSAPublicKey) else SMALLEST_EC
    if size < least:
        raise errors.CERTIFICATE_WEAK.error(reason=errors.both(
            f"khóa {size} bit, cần {least}",
            f"key of {size} bits, {least} needed"))


def _refuse_other_use(certificate: x509.Certificate) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        raise errors.CERTIFICATE_USAGE.error(reason=errors.both(
            "chứng thư không ghi mục đích dùng khóa",
            "no key usage")) from None
    if not usage.content_commitment:
        raise errors.CERTIFICATE_USAGE.error(reason=errors.both(
            "mục đích dùng khóa thiếu nonRepudiation (chống chối bỏ)",
            "key usage lacks nonRepudiation"))
