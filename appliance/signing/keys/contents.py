"""What lies on a token: the private key that is meant, its certificate, and how the token signs with it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pkcs11
from asn1crypto import algos, core
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pkcs11 import MGF, Attribute, Mechanism, ObjectClass
from pkcs11.util.ec import encode_ecdsa_signature

from appliance.core import errors
from appliance.signing.keys.key import DIGEST, SALT, PublicKey
from appliance.signing.keys.uri import KeyUri

PSS = (Mechanism.SHA256, MGF.SHA256, SALT)


@dataclass(frozen=True, slots=True)
class Stored:
    """A certificate on the token with what ties it to its key."""

    id: bytes
    label: str
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True)
class Manner:
    """How a token signs: the mechanism, what goes in, what comes out."""

    mechanism: Mechanism
    parameters: Any
    before: Callable[[bytes], bytes]
    after: Callable[[bytes], bytes]

    def sign(self, private: Any, data: bytes) -> bytes:
        """Return the signature of a private key over ``data``."""
        made: bytes = private.sign(self.before(data), mechanism=self.mechanism, mechanism_param=self.parameters)
        return self.after(made)


def certificates(session: pkcs11.Session) -> list[Stored]:
    """Return the certificates of a token; what is none is passed over."""
    found = []
    for thing in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        try:
            certificate = x509.load_der_x509_certificate(bytes(thing[Attribute.VALUE]))
        except ValueError:
            continue
        found.append(Stored(_attribute(thing, Attribute.ID) or b"", _attribute(thing, Attribute.LABEL) or "",
                            certificate))
    return found


def private_key(session: pkcs11.Session, uri: KeyUri, stored: Sequence[Stored]) -> Any:
    """Return the private key that a URI means; its label may be that of the certificate.

    Raises:
        ApplianceError: KEY_MISSING when there is none, or more than one.
    """
    found = _private(session, uri.label, uri.id)
    if not found and uri.label:
        found = [key for one in stored if one.label == uri.label and one.id and uri.id in (b"", one.id)
                 for key in _private(session, "", one.id)]
    if len({key.handle for key in found}) != 1:
        which = f"{uri.label or uri.id.hex()}, {uri.described}"
        raise errors.KEY_MISSING.error(reason=errors.both(f"{len(found)} khóa riêng trên thiết bị: {which}",
                                                          f"private keys on the token: {len(found)}: {which}"))
    return found[0]


def certificate_of(private: Any, stored: Sequence[Stored], now: datetime) -> x509.Certificate:
    """Return the certificate of a private key; of several that which is valid now, and longest.

    Raises:
        ApplianceError: KEY_MISSING.
    """
    own = [one.certificate for one in stored if _fits(private, one)]
    if not own:
        raise errors.KEY_MISSING.error(reason=errors.both(
            "thiết bị không có chứng thư cho khóa riêng",
            "the token has no certificate for its private key"))
    return max(own, key=lambda one: (one.not_valid_before_utc <= now <= one.not_valid_after_utc,
                                     one.not_valid_after_utc))


def manner_of(public: PublicKey, padding: str, able: set[Mechanism]) -> Manner:
    """Return how a token signs with a key; the token's own hashing is taken where it has it, else the raw way.

    Args:
        public: the public key.
        padding: ``pss`` or ``pkcs1v15``.
        able: what the token can do.

    Raises:
        ApplianceError: KEY_FAILED when it has no way to make such a signature.
    """
    for manner in _manners(public, padding):
        if manner.mechanism in able:
            return manner
    words = "ECDSA" if isinstance(public, ec.EllipticCurvePublicKey) else f"RSA {padding}"
    raise errors.KEY_FAILED.error(reason=errors.both(
        f"thiết bị không làm được {words}; xem signing.padding",
        f"the token cannot do {words}; see signing.padding"))


def _manners(public: PublicKey, padding: str) -> tuple[Manner, ...]:
    if isinstance(public, ec.EllipticCurvePublicKey):
        return (Manner(Mechanism.ECDSA, None, _hash, encode_ecdsa_signature),)
    if padding == "pss":
        return (Manner(Mechanism.SHA256_RSA_PKCS_PSS, PSS, _same, _same),
                Manner(Mechanism.RSA_PKCS_PSS, PSS, _hash, _same))
    return (Manner(Mechanism.SHA256_RSA_PKCS, None, _same, _same),
            Manner(Mechanism.RSA_PKCS, None, _digest_info, _same))


def _same(data: bytes) -> bytes:
    return data


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _digest_info(data: bytes) -> bytes:
    kind = {"algorithm": DIGEST, "parameters": core.Null()}
    return bytes(algos.DigestInfo({"digest_algorithm": kind, "digest": _hash(data)}).dump())


def _private(session: pkcs11.Session, label: str, own_id: bytes) -> list[Any]:
    wanted: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
    if label:
        wanted[Attribute.LABEL] = label
    if own_id:
        wanted[Attribute.ID] = own_id
    return list(session.get_objects(wanted))


def _fits(private: Any, one: Stored) -> bool:
    public = one.certificate.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        modulus = _attribute(private, Attribute.MODULUS)
        if modulus:
            return int.from_bytes(modulus, "big") == public.public_numbers().n
    return one.id != b"" and one.id == _attribute(private, Attribute.ID)


def _attribute(thing: Any, name: Attribute) -> Any:
    try:
        return thing[name]
    except (pkcs11.PKCS11Error, NotImplementedError):  # a token need not tell everything
        return None
