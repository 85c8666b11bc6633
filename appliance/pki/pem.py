"""Reads PEM files of certificates, keys and requests, and says what is in them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import NameOID

from appliance.core import errors

COMMON_NAME = 64
"""Letters that a common name may have (X.520)."""

LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
LONGEST_NAME = 253
"""What the name of a host is made of, and how long it may be (RFC 1123; an underscore is seen in practice)."""

STRANGE = (ValueError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension,
           x509.UnsupportedGeneralNameType)
"""What is raised by PEM that is none, or is made to be odd; keys and extensions are read only when asked for."""

FORM = serialization.PublicFormat.SubjectPublicKeyInfo


def chain(path: Path) -> list[x509.Certificate]:
    """Return the certificates of a file, in its order.

    Raises:
        ApplianceError: PEM_UNREADABLE.
    """
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
        _read(found[0])
    except (OSError, *STRANGE) as problem:
        raise errors.PEM_UNREADABLE.error(path=path, reason=_why(problem)) from None
    return found


def request(path: Path) -> x509.CertificateSigningRequest:
    """Return the request of a file.

    Raises:
        ApplianceError: PEM_UNREADABLE.
    """
    try:
        found = x509.load_pem_x509_csr(path.read_bytes())
        _read(found)
        _ = found.is_signature_valid
    except (OSError, *STRANGE) as problem:
        raise errors.PEM_UNREADABLE.error(path=path, reason=_why(problem)) from None
    return found


def written(certificates: Iterable[x509.Certificate]) -> bytes:
    """Return certificates as the content of a PEM file."""
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


def public(key: CertificatePublicKeyTypes) -> bytes:
    """Return a public key as bytes that can be compared."""
    return key.public_bytes(serialization.Encoding.DER, FORM)


def public_of(key_file: Path) -> bytes:
    """Return the public half of a private key's file; empty where there is none that can be read."""
    try:
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    except (OSError, ValueError, TypeError):  # TypeError: it is under a password
        return b""
    return public(key.public_key())  # type: ignore[arg-type]  # keys of certificates are of these kinds


def names(given: Iterable[str]) -> list[str]:
    """Return names of a host as certificates have them: small letters, addresses in their usual form, each once.

    Raises:
        ApplianceError: HOST_NAME_UNUSABLE.
    """
    return sorted({_usual(name) for name in given})


def alternative(names: Iterable[str]) -> x509.SubjectAlternativeName:
    """Return names of a host, or its addresses, as a certificate holds them."""
    return x509.SubjectAlternativeName([_general(name) for name in names])


def names_of(thing: x509.Certificate | x509.CertificateSigningRequest) -> list[str]:
    """Return the names in a certificate or request, sorted; of what is neither host nor address, its kind."""
    try:
        found = thing.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return sorted(str(one.value).lower() if isinstance(one, x509.DNSName | x509.IPAddress) else type(one).__name__
                  for one in found)


def subject(names: list[str]) -> x509.Name:
    """Return the subject of whoever has these names."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:COMMON_NAME])])


def _usual(name: str) -> str:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        labels = name.lower().split(".")
        right = all(LABEL.fullmatch(one) for one in labels) and not labels[-1].isdigit()
        if not right or len(name) > LONGEST_NAME:
            raise errors.HOST_NAME_UNUSABLE.error(name=name[:COMMON_NAME]) from None
        return name.lower()
    if getattr(address, "scope_id", None):  # it is good on one cable of one host
        raise errors.HOST_NAME_UNUSABLE.error(name=name[:COMMON_NAME])
    return str(address)


def _read(thing: x509.Certificate | x509.CertificateSigningRequest) -> None:
    """Read what is read only when asked for, so that what is odd in it is found here and nowhere else."""
    thing.public_key()
    names_of(thing)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _why(problem: Exception) -> str:
    return str(getattr(problem, "strerror", "") or "PEM")
