"""Whom a certificate names, and by whom it was issued."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from cryptography import x509
from cryptography.x509.oid import NameOID


def common_name(name: x509.Name) -> str:
    """Return the common name, or the whole name when there is none."""
    fields = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(fields[0].value) if fields else name.rfc4514_string()


def names(certificate: x509.Certificate, person: str) -> bool:
    """Say whether a certificate names a person; blanks, capitals and how letters are composed do not count."""
    return _plain(common_name(certificate.subject)) == _plain(person) != ""


def chain_of(certificate: x509.Certificate, known: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Return the issuers of a certificate that are known, up to the root if it is there, nearest first."""
    chain: list[x509.Certificate] = []
    last = certificate
    while last.issuer != last.subject:
        issuers = [one for one in known if one.subject == last.issuer and one not in chain and _issued(last, one)]
        if not issuers:
            break
        last = issuers[0]
        chain.append(last)
    return chain


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:  # noqa: BLE001 - a foreign certificate may hold a key of any kind: then it is not the issuer
        return False
    return True


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()
