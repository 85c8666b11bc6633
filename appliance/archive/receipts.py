"""The archive's signed answer, checked before anything is deleted: a compact JWS, EdDSA (RFC 7515, 8037)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from appliance.core import errors

ALGORITHM = "EdDSA"
TYPE = "archive-receipt+jwt"
ACCEPTED, REJECTED = "accepted", "rejected"
LONGEST = 64 << 10
"""Longest receipt in characters."""

_END_OF_TIME = 250_000_000_000

_CLAIMS = {"iss": str, "iat": int, "jti": str, "sub": str, "file_code": str, "sha256": str, "size": int,
           "status": str, "reason": str, "documents": int, "prev": str}


@dataclass(frozen=True, slots=True)
class Receipt:
    """A verified receipt.

    Attributes:
        token: the receipt as it came; this is what is kept.
        issued: Unix time in seconds, by the archive's clock.
        package: UUID of the package; empty when the archive could not read it.
        reason: why it was rejected; empty when accepted.
        previous: SHA-256 of the receipt that the archive gave before this one (its chain).
        replaces: UUID of the package whose place this one took; empty where it took none, or nothing is said.
        document_ids: codes of the documents that the archive has of it; empty where it names none.
    """

    token: str
    number: str
    issuer: str
    issued: int
    package: str
    file_code: str
    sha256: str
    size: int
    accepted: bool
    reason: str
    documents: int
    previous: str
    replaces: str = ""
    document_ids: tuple[str, ...] = ()


def verify(token: str, public_key_pem: bytes, sha256: str, size: int) -> Receipt:
    """Check a receipt for the package with this SHA-256 and size; return what it says.

    The algorithm is fixed to EdDSA with an Ed25519 key, whatever the token claims. The time of issue is
    not compared with this host's clock: an office without a right clock must still believe its archive.

    Raises:
        ApplianceError: RECEIPT_INVALID.
    """
    claims = _claims(token, _key(public_key_pem))
    receipt = _receipt(token, claims)
    if receipt.sha256 != sha256.lower() or receipt.size != size:
        _refuse("it is for another package")
    return receipt


def _key(pem: bytes) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        _refuse("the archive's public key cannot be read")
    if not isinstance(key, Ed25519PublicKey):
        _refuse("the archive's public key is not Ed25519")
    return key


def _claims(token: str, key: Ed25519PublicKey) -> dict[str, Any]:
    if len(token) > LONGEST:
        _refuse("too long")
    options: Any = {"verify_iat": False, "require": ["iss", "iat", "jti", "sub"]}
    try:
        decoded = jwt.decode_complete(token, key, algorithms=[ALGORITHM], options=options)
    except jwt.InvalidTokenError as problem:
        _refuse(f"{type(problem).__name__}")
    if decoded["header"].get("typ") != TYPE:
        _refuse("it is a token of another type")
    claims: dict[str, Any] = decoded["payload"]
    return claims


def _receipt(token: str, claims: dict[str, Any]) -> Receipt:
    for name, kind in _CLAIMS.items():
        if type(claims.get(name)) is not kind:
            _refuse(f"the claim {name} is missing")
    if not 0 <= claims["iat"] < _END_OF_TIME:
        _refuse("it was given at no time")
    if claims["status"] not in {ACCEPTED, REJECTED}:
        _refuse("it says neither accepted nor rejected")
    return Receipt(
        token=token, number=claims["jti"], issuer=claims["iss"], issued=claims["iat"], package=claims["sub"],
        file_code=claims["file_code"], sha256=claims["sha256"], size=claims["size"],
        accepted=claims["status"] == ACCEPTED, reason=claims["reason"], documents=claims["documents"],
        previous=claims["prev"], replaces=str(claims.get("replaces", "")),
        document_ids=_document_ids(claims.get("document_ids", [])))


def _document_ids(claim: object) -> tuple[str, ...]:
    """Return the codes of the documents, where the archive names them."""
    if not isinstance(claim, list) or not all(isinstance(one, str) for one in claim):
        _refuse("the claim document_ids is no list of texts")
    return tuple(claim)


def _refuse(reason: str) -> NoReturn:
    raise errors.RECEIPT_INVALID.error(reason=reason)
