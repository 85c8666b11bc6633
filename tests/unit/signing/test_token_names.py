"""PKCS#11 URIs (RFC 7512) as settings hold them, and the names in certificates."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from appliance.signing import development
from appliance.signing.keys import uri
from appliance.signing.keys.identity import names


def test_a_uri_names_token_key_and_library() -> None:
    found = uri.parse("pkcs11:token=Ch%E1%BB%AF%20k%C3%BD;serial=0a1b;id=%01%FF;object=office;type=private"
                      "?module-path=/usr/lib/x.so")
    assert found.token == {"token": "Chữ ký", "serial": "0a1b"}
    assert (found.label, found.id, found.module) == ("office", b"\x01\xff", "/usr/lib/x.so")
    assert found.described == "Chữ ký"


def test_a_uri_that_names_nothing_fits_any_token() -> None:
    assert uri.parse("pkcs11:") == uri.KeyUri()
    assert uri.parse("pkcs11:").described == "any token"


def test_an_attribute_of_a_maker_is_passed_over() -> None:
    assert uri.parse("pkcs11:token=a;x-maker=b").token == {"token": "a"}


@pytest.mark.parametrize(("text", "why"), [
    ("token=a", "does not begin"),
    ("pkcs11:token=a?pin-value=1234", "credential"),
    ("pkcs11:token=a?pin-source=/etc/pin", "credential"),
    ("pkcs11:token=a;pin-value=1234", "credential"),
    ("pkcs11:token=a;token=b", "twice"),
    ("pkcs11:tokn=a", "unknown attribute tokn"),
    ("pkcs11:token=%zz", "escape"),
    ("pkcs11:token", "no value"),
    ("pkcs11:type=public", "type"),
])
def test_a_uri_that_is_wrong_or_tells_a_pin_is_refused_without_repeating_it(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        uri.parse(text)
    assert "1234" not in str(caught.value)


@pytest.fixture(scope="module")
def certificate() -> x509.Certificate:
    store = pkcs12.load_pkcs12(development.make("Nguyễn Thị  Ánh", datetime.now(UTC)), None)
    assert store.cert is not None
    return store.cert.certificate


@pytest.mark.parametrize("person", [
    "Nguyễn Thị Ánh", unicodedata.normalize("NFD", "Nguyễn Thị Ánh"), " Nguyễn  Thị Ánh ", "NGUYỄN THỊ ÁNH"])
def test_a_certificate_names_a_person_however_it_is_written(person: str, certificate: x509.Certificate) -> None:
    assert names(certificate, person)


@pytest.mark.parametrize("person", ["Nguyễn Thị Anh", "Nguyễn Thị Ánh B", "", "Ánh"])
def test_a_certificate_does_not_name_somebody_else(person: str, certificate: x509.Certificate) -> None:
    assert not names(certificate, person)
