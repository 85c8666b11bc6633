"""One receiver cannot read RSASSA-PSS: only the certificates that are named sign with the older padding."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from appliance.core.config import parse
from appliance.core.errors import ApplianceError
from appliance.signing.keys.paddings import chosen, of_settings


def certificate() -> x509.Certificate:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Office")])
    return (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
            .sign(key, hashes.SHA256()))


def test_a_certificate_that_is_named_signs_with_the_older_padding_and_no_other() -> None:
    named, other = certificate(), certificate()
    settings = parse({"signing": {"pkcs1v15": [named.fingerprint(hashes.SHA256()).hex()]}}).signing
    assert chosen(of_settings(settings), named) == "pkcs1v15"
    assert chosen(of_settings(settings), other) == "pss"


def test_the_usual_padding_is_for_all_others() -> None:
    settings = parse({"signing": {"padding": "pkcs1v15"}}).signing
    assert chosen(of_settings(settings), certificate()) == "pkcs1v15"
    assert chosen("pss", certificate()) == "pss"


@pytest.mark.parametrize("written", ["AB" * 32, "ab:" * 31 + "ab", "ab"])
def test_a_fingerprint_that_would_never_match_is_refused(written: str) -> None:
    with pytest.raises(ApplianceError):
        parse({"signing": {"pkcs1v15": [written]}})
