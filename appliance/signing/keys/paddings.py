"""Which RSA padding a certificate's signatures have: the usual one, or the older one for certificates named."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from appliance.core.signature import Signing

PSS, PKCS1 = "pss", "pkcs1v15"


@dataclass(frozen=True, slots=True)
class Paddings:
    """The settings; ``exceptions``: SHA-256 of certificates, lowercase hex, that sign by PKCS#1 v1.5."""

    usual: str
    exceptions: tuple[str, ...]


def of_settings(signing: Signing) -> Paddings:
    """Return what the settings say."""
    return Paddings(signing.padding, signing.pkcs1v15)


def chosen(padding: str | Paddings, certificate: x509.Certificate) -> str:
    """Return the padding of one certificate's signatures: ``pss`` or ``pkcs1v15``."""
    if isinstance(padding, str):
        return padding
    return PKCS1 if certificate.fingerprint(hashes.SHA256()).hex() in padding.exceptions else padding.usual
