"""Receipts that must not be believed."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from appliance.archive.receipts import TYPE, verify
from appliance.core.errors import ApplianceError

KEY = ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = ed25519.Ed25519PrivateKey.from_private_bytes(b"o" * 32)
SHA256 = "ab" * 32
SIZE = 12345


def pem(key: Any) -> bytes:
    data: bytes = key.public_key().public_bytes(serialization.Encoding.PEM,
                                                serialization.PublicFormat.SubjectPublicKeyInfo)
    return data


def claims(**changes: Any) -> dict[str, Any]:
    told = {"iss": "archive", "iat": int(time.time()), "jti": "1", "sub": "uuid", "file_code": "H49.1",
            "sha256": SHA256, "size": SIZE, "status": "accepted", "reason": "", "documents": 2, "prev": ""}
    return {name: value for name, value in (told | changes).items() if value is not None}


def token(key: Any = KEY, algorithm: str = "EdDSA", typ: str = TYPE, **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm, {"typ": typ})


def unsigned() -> str:
    parts = [{"alg": "none", "typ": TYPE}, claims()]
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*coded, ""])


def refused(text: str, key: bytes | None = None, sha256: str = SHA256, size: int = SIZE) -> str:
    with pytest.raises(ApplianceError) as caught:
        verify(text, key or pem(KEY), sha256, size)
    assert caught.value.code == "A604"
    assert not caught.value.kind.retry
    return str(caught.value.details["reason"])


def test_a_good_receipt_is_believed_and_read() -> None:
    receipt = verify(token(), pem(KEY), SHA256, SIZE)
    assert (receipt.accepted, receipt.documents, receipt.sha256, receipt.token) == (True, 2, SHA256, token())


def test_a_signed_rejection_is_believed_too() -> None:
    receipt = verify(token(status="rejected", reason="not signed"), pem(KEY), SHA256, SIZE)
    assert (receipt.accepted, receipt.reason) == (False, "not signed")


def test_an_archive_whose_clock_is_ahead_is_believed() -> None:
    assert verify(token(iat=int(time.time()) + 86400), pem(KEY), SHA256, SIZE).accepted


def test_no_signature_is_refused() -> None:
    refused(unsigned())


def test_a_shared_secret_made_of_the_public_key_is_refused() -> None:
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in
                  ({"alg": "HS256", "typ": TYPE}, claims()))
    signature = base64.urlsafe_b64encode(hmac.digest(pem(KEY), head + b"." + body, hashlib.sha256)).rstrip(b"=")
    refused(b".".join([head, body, signature]).decode())


def test_another_archives_key_is_refused() -> None:
    refused(token(OTHER))


def test_a_changed_claim_is_refused() -> None:
    head, body, signature = token().split(".")
    plain = base64.urlsafe_b64decode(body + "==").replace(b'"size":12345', b'"size":12346')
    refused(".".join([head, base64.urlsafe_b64encode(plain).rstrip(b"=").decode(), signature]))


def test_a_receipt_for_another_package_is_refused() -> None:
    assert "another package" in refused(token(), sha256="cd" * 32)
    assert "another package" in refused(token(), size=SIZE + 1)


@pytest.mark.parametrize("name", list(claims()))
def test_a_missing_claim_is_refused(name: str) -> None:
    changes: dict[str, Any] = {name: None}
    refused(token(**changes))


@pytest.mark.parametrize(("name", "value"), [("status", "ok"), ("size", "12345"), ("size", True), ("reason", 5)])
def test_a_claim_of_another_kind_is_refused(name: str, value: Any) -> None:
    refused(token(**{name: value}))


def test_a_token_made_for_another_purpose_is_refused() -> None:
    assert "another type" in refused(token(typ="JWT"))


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "<html>", "x" * 70000, "…"])
def test_what_is_no_token_is_refused(text: str) -> None:
    refused(text)


def test_a_key_of_another_kind_is_refused() -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    assert "Ed25519" in refused(jwt.encode(claims(), curve, "ES256", {"typ": TYPE}), pem(curve))
    refused(token(), b"no key")


def test_the_codes_of_the_documents_are_read_where_the_archive_names_them() -> None:
    named = verify(token(document_ids=["H49.1.0000001", "H49.1.0000002"]), pem(KEY), SHA256, SIZE)
    assert named.document_ids == ("H49.1.0000001", "H49.1.0000002")
    assert verify(token(), pem(KEY), SHA256, SIZE).document_ids == ()


@pytest.mark.parametrize("claim", ["H49.1.0000001", [1], {"a": 1}, [["x"]]])
def test_codes_that_are_no_list_of_texts_are_refused(claim: Any) -> None:
    assert "document_ids" in refused(token(document_ids=claim))


@pytest.mark.parametrize("moment", [-1, 10**15])
def test_a_time_that_cannot_be_is_refused(moment: int) -> None:
    assert "no time" in refused(token(iat=moment))
