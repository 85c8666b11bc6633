"""Looks at what a time-stamping authority sent (RFC 3161): whether it is a time stamp, and the one asked for."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from asn1crypto import algos, cms, core, tsp, x509
from pyhanko.sign.general import CMSStructuralError
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import (
    extract_certs_for_validation,
    get_signing_cert_attr,
    validate_sig_integrity,
)

from appliance.core import errors
from appliance.core.errors import ApplianceError

DIGEST = "sha256"
STRONG = ("sha256", "sha384", "sha512")
BY_SIZE = {32: "sha256", 48: "sha384", 64: "sha512"}
"""Hashes by their size in bytes."""

TYPES = ("application/timestamp-reply", "application/timestamp-response")
"""Media types of an answer: that of RFC 3161, and one that older servers send."""

GRANTED = ("granted", "granted_with_mods")
NONCE_BITS = 63
BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, StopIteration)
"""What asn1crypto raises for bytes that are not what they should be."""


class Response(tsp.TimeStampResp):  # type: ignore[misc]
    """An answer; one that refuses has no token, which asn1crypto's own does not know."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


@dataclass(frozen=True, slots=True)
class Token:
    """A time stamp whose content, imprint and signature are right; its certificate is not looked at yet.

    Attributes:
        moment: the time it tells.
        certificate: of the authority; ``others`` came with it.
        size: of the token, bytes.
    """

    content: cms.ContentInfo
    moment: datetime
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    size: int


def request(digest: bytes, policy: str = "") -> tsp.TimeStampReq:
    """Return the question for a time stamp over a hash (``BY_SIZE``), with a nonce, asking for the certificate."""
    algorithm = algos.DigestAlgorithm({"algorithm": BY_SIZE[len(digest)]})
    imprint = {"hash_algorithm": algorithm, "hashed_message": digest}
    fields = {"version": 1, "cert_req": True, "nonce": secrets.randbits(NONCE_BITS), "message_imprint": imprint}
    return tsp.TimeStampReq({**fields, "req_policy": policy} if policy else fields)


def read(body: bytes, content_type: str) -> Response:
    """Return the answer of an authority.

    Raises:
        ApplianceError: TIMESTAMP_REFUSED: it is none.
    """
    if not body:
        raise errors.TIMESTAMP_REFUSED.error(reason="an empty answer")
    if content_type not in TYPES:
        raise errors.TIMESTAMP_REFUSED.error(reason=f"the answer is {content_type or 'of no type'}")
    try:
        response: Response = Response.load(body, strict=True)
    except BROKEN:
        raise errors.TIMESTAMP_REFUSED.error(reason="the answer is not a time-stamp response") from None
    return response


def inspect(response: Response, asked: tsp.TimeStampReq) -> Token:
    """Return the time stamp of an answer when it is the one that was asked for.

    Raises:
        ApplianceError: TIMESTAMP_REFUSED, the authority gives none; TIMESTAMP_WRONG, it is another one.
    """
    try:
        _refuse_denied(response)
        content = response["time_stamp_token"]
        signed = content["content"]
        if content["content_type"].native != "signed_data":
            raise errors.TIMESTAMP_REFUSED.error(reason="no token in the answer")
        _refuse_other(_info(signed), asked)
        certificates = refuse_forged(signed)
        moment = _info(signed)["gen_time"].native
        return Token(content, moment, certificates[0], certificates[1:], len(content.dump()))
    except ApplianceError:
        raise
    except (SignatureValidationError, CMSStructuralError) as problem:
        raise errors.TIMESTAMP_WRONG.error(reason=type(problem).__name__) from None
    except BROKEN as problem:
        raise errors.TIMESTAMP_REFUSED.error(reason=f"a broken answer ({type(problem).__name__})") from None


def _refuse_denied(response: Response) -> None:
    status = response["status"]
    if status["status"].native not in GRANTED:
        why = sorted(status["fail_info"].native or ())
        raise errors.TIMESTAMP_REFUSED.error(reason=f"{status['status'].native} {' '.join(why)}".strip())


def _info(signed: cms.SignedData) -> tsp.TSTInfo:
    content = signed["encap_content_info"]
    if content["content_type"].native != "tst_info":
        raise errors.TIMESTAMP_REFUSED.error(reason="the token holds no time")
    return content["content"].parsed


def _refuse_other(info: tsp.TSTInfo, asked: tsp.TimeStampReq) -> None:
    """Refuse a time stamp for something else: another nonce, imprint or policy."""
    if info["nonce"].native != asked["nonce"].native:
        raise errors.TIMESTAMP_WRONG.error(reason="another nonce")
    given, wanted = info["message_imprint"], asked["message_imprint"]
    if (given["hash_algorithm"]["algorithm"].native, given["hashed_message"].native) != (
            wanted["hash_algorithm"]["algorithm"].native, wanted["hashed_message"].native):
        raise errors.TIMESTAMP_WRONG.error(reason="another imprint")
    if asked["req_policy"].native and info["policy"].dotted != asked["req_policy"].dotted:
        raise errors.TIMESTAMP_WRONG.error(reason=f"policy {info['policy'].dotted}")


def refuse_forged(signed: cms.SignedData) -> tuple[x509.Certificate, ...]:
    """Refuse a token whose signature does not hold; return the authority's certificate and the others.

    Raises:
        ApplianceError: TIMESTAMP_WRONG. SignatureValidationError, CMSStructuralError: it is broken.
    """
    if len(signed["signer_infos"]) != 1:
        raise errors.TIMESTAMP_WRONG.error(reason="not one signer")
    signer = signed["signer_infos"][0]
    algorithm = signer["digest_algorithm"]["algorithm"].native
    if algorithm not in STRONG:
        raise errors.TIMESTAMP_WRONG.error(reason=f"signed with {algorithm}")
    if isinstance(signer["signed_attrs"], core.Void) or get_signing_cert_attr(signer["signed_attrs"]) is None:
        raise errors.TIMESTAMP_WRONG.error(reason="it does not name the certificate it is signed with")
    found = extract_certs_for_validation(signed)
    digest = hashlib.new(algorithm, bytes(signed["encap_content_info"]["content"])).digest()
    if validate_sig_integrity(signer, found.signer_cert, "tst_info", digest) != (True, True):
        raise errors.TIMESTAMP_WRONG.error(reason="its signature does not verify")
    return (found.signer_cert, *found.other_certs)
