"""The authority's side, on the controller: certificates with random numbers and no more rights than asked for.

A request is believed for its key alone. Names and purpose come from whoever signs: from the inventory.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from appliance.core import clock, errors, files
from appliance.core.errors import ApplianceError
from appliance.pki import pem
from appliance.pki.purposes import Purpose

EARLIER = timedelta(hours=1)
"""A host whose clock is a little behind must not find its certificate not yet valid."""

SHORTEST_RSA, SHORTEST_CURVE = 2048, 256
"""Bits that a host's key has at least."""

WEAK = "RSA < 2048, EC < 256"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey


@dataclass(frozen=True)
class Order:
    """What is signed: a request, where the certificate goes, for whom and for how long; ``renew``: days left."""

    request: Path
    out: Path
    purpose: Purpose
    names: list[str]
    days: int
    renew: int


@dataclass(frozen=True)
class Authority:
    """An authority: its certificate, those above it that others need, and its key."""

    certificate: x509.Certificate
    above: list[x509.Certificate]
    key: Key

    def sign(self, order: Order, now: datetime) -> dict[str, Any]:
        """Sign a request, or find that it is signed already.

        Raises:
            ApplianceError: SIGNING_REQUEST_REFUSED, AUTHORITY_UNUSABLE, HOST_NAME_UNUSABLE, PEM_UNREADABLE.
        """
        asked, names = pem.request(order.request), pem.names(order.names)
        if not asked.is_signature_valid:
            raise errors.SIGNING_REQUEST_REFUSED.error(path=order.request, reason="signature")
        if not _strong(asked.public_key()):
            raise errors.SIGNING_REQUEST_REFUSED.error(path=order.request, reason=WEAK)
        if pem.names_of(asked) != names:
            raise errors.SIGNING_REQUEST_REFUSED.error(
                path=order.request, reason=f"{', '.join(pem.names_of(asked)) or '-'} / {', '.join(names)}")
        done = self._done(order, asked, names, now)
        if done is None:
            made = self._made(order, asked, names, now)
            files.make_folder(order.out.parent)
            files.write_durably(order.out, pem.written([made, *self._chain()]), 0o644)
        leaf = done or made
        return {"changed": done is None, "certificate": str(order.out), "serial": f"{leaf.serial_number:x}",
                "not_after": clock.iso(leaf.not_valid_after_utc)}

    def _done(self, order: Order, asked: x509.CertificateSigningRequest, names: list[str],
              now: datetime) -> x509.Certificate | None:
        """Return the certificate that lies there already, where it is just this one and still lasts."""
        try:
            leaf, *above = pem.chain(order.out)
            leaf.verify_directly_issued_by(self.certificate)
        except (ApplianceError, ValueError, TypeError, InvalidSignature):
            return None
        same = (above == self._chain() and pem.names_of(leaf) == names
                and pem.public(leaf.public_key()) == pem.public(asked.public_key())
                and set(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
                == set(order.purpose.usages))
        return leaf if same and (leaf.not_valid_after_utc - now).days >= order.renew else None

    def _made(self, order: Order, asked: x509.CertificateSigningRequest, names: list[str],
              now: datetime) -> x509.Certificate:
        end = min(now + timedelta(days=order.days), self.certificate.not_valid_after_utc)
        if (end - now).days < order.renew:
            raise errors.AUTHORITY_UNUSABLE.error(reason=f"{self.certificate.not_valid_after_utc:%d/%m/%Y}")
        public, above = asked.public_key(), self.certificate.public_key()
        usage = x509.KeyUsage(digital_signature=True, content_commitment=False, key_encipherment=False,
                              data_encipherment=False, key_agreement=False, key_cert_sign=False, crl_sign=False,
                              encipher_only=False, decipher_only=False)
        made = (x509.CertificateBuilder().subject_name(pem.subject(names)).issuer_name(self.certificate.subject)
                .public_key(public).serial_number(x509.random_serial_number())
                .not_valid_before(max(now - EARLIER, self.certificate.not_valid_before_utc)).not_valid_after(end)
                .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                .add_extension(usage, critical=True)
                .add_extension(x509.ExtendedKeyUsage(order.purpose.usages), critical=False)
                .add_extension(pem.alternative(names), critical=False)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
                .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above),  # type: ignore[arg-type]
                               critical=False))
        plain = isinstance(self.key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
        return made.sign(self.key, None if plain else hashes.SHA256())

    def _chain(self) -> list[x509.Certificate]:
        """Return what others need between a certificate and the root that they have."""
        return [one for one in (self.certificate, *self.above) if one.subject != one.issuer]


def _strong(key: object) -> bool:
    """Say whether a key is of a kind and length that may be vouched for."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= SHORTEST_RSA
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.key_size >= SHORTEST_CURVE
    return isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey)


def opened(certificate: Path, key: Path, passphrase: bytes | None) -> Authority:
    """Return the authority of a certificate (with those above it in the same file) and its key.

    Raises:
        ApplianceError: AUTHORITY_UNUSABLE, PEM_UNREADABLE.
    """
    chain = pem.chain(certificate)
    try:
        found = serialization.load_pem_private_key(key.read_bytes(), passphrase)
    except OSError as problem:
        raise errors.AUTHORITY_UNUSABLE.error(reason=f"{key}: {problem.strerror}") from None
    except (ValueError, TypeError):  # TypeError: it has a passphrase and none was given, or the other way round
        why = errors.both(f"{key}: sai mật khẩu, hoặc tệp hỏng", f"{key}: wrong passphrase, or a damaged file")
        raise errors.AUTHORITY_UNUSABLE.error(reason=why) from None
    if not isinstance(found, Key) or pem.public(found.public_key()) != pem.public(chain[0].public_key()):
        raise errors.AUTHORITY_UNUSABLE.error(reason=f"{key} / {certificate}")
    try:
        able = chain[0].extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        able = False
    if not able:
        raise errors.AUTHORITY_UNUSABLE.error(reason=f"{certificate}: basicConstraints")
    return Authority(chain[0], chain[1:], found)
