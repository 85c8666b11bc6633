"""The authorities of the PKI stand: their certificates, and what they answer.

Every certificate is issued anew for a stand, since it names the stand's own port; the keys are always the same.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import keys, x509
from certomancer import crypto_utils
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, KeyLabel, PKIArchitecture
from certomancer.registry.issued.general import RevocationStatus
from pki_keys import KEYS, QuickBackend, key_file

ARCH = "pki"
OFFICE = "BẢO HIỂM XÃ HỘI TỈNH HƯNG LẠC"
OFFICER = "Nguyễn Văn Đức"
SECOND_OFFICER = "Trần Thị Hoa"
ORGANISATION = "Bảo hiểm xã hội Việt Nam"

PEOPLE = {
    "office": OFFICE, "office_ec": OFFICE, "officer": OFFICER, "officer_ec": OFFICER, "officer2": SECOND_OFFICER,
    "soon_over": OFFICE, "expired": OFFICE, "not_yet_valid": OFFICE, "revoked": OFFICE, "wrong_usage": OFFICE,
    "self_signed": OFFICE, "weak_rsa": OFFICE, "sha1": OFFICE, "stranger": OFFICE,
}
"""Those who sign, by name, and the common name of their certificates."""

AUTHORITIES = {
    "root": "Test Root CA", "issuing": "Test Issuing CA", "root_ocsp": "Test Root OCSP",
    "issuing_ocsp": "Test Issuing OCSP", "tsa": "Test TSA", "tsa2": "Second Test TSA",
    "tsa_unfit": "Unfit Test TSA", "other_root": "Other Root CA", "other_tsa": "Other TSA",
}
YEAR = timedelta(days=365)


class Authority:
    """The architecture of one stand: root, issuing CA, OCSP, CRL, TSA and those who sign."""

    def __init__(self, prefix: str) -> None:
        crypto_utils.CRYPTO_BACKEND = QuickBackend()
        names = [*PEOPLE, *AUTHORITIES]
        for name in names:
            key_file(name)
        config = CertomancerConfig(architecture(prefix, names, datetime.now(UTC).replace(microsecond=0)),
                                   key_search_dir=str(KEYS), lazy_load_keys=True)
        self.arch: PKIArchitecture = config.get_pki_arch(ArchLabel(ARCH))

    def certificate(self, name: str) -> x509.Certificate:
        """Return someone's certificate."""
        return self.arch.get_cert(CertLabel(name))

    def key(self, name: str) -> keys.PrivateKeyInfo:
        """Return someone's private key."""
        return self.arch.key_set.get_private_key(KeyLabel(name))

    def chain(self, name: str) -> list[x509.Certificate]:
        """Return the certificates above someone's, the root last."""
        return [self.arch.get_cert(label) for label in self.arch.get_chain(CertLabel(name))
                if label.value != name]

    def revoke(self, name: str, since: datetime | None) -> None:
        """From now on say that a certificate is revoked; ``since`` None: that it is not."""
        status = None if since is None else RevocationStatus.from_config(  # type: ignore[no-untyped-call]
            {"revoked_since": since.isoformat(), "reason": "key_compromise"})
        # Certomancer reads revocation from settings only, so its frozen description is changed in place.
        object.__setattr__(self.arch.get_cert_spec(CertLabel(name)), "revocation", status)


def architecture(prefix: str, names: list[str], now: datetime) -> dict[str, Any]:
    """Return certomancer's settings for a stand that answers at ``prefix``, with moments around ``now``."""
    people = {name: {"common-name": said, "organization-name": ORGANISATION} for name, said in PEOPLE.items()}
    others = {name: {"common-name": said} for name, said in AUTHORITIES.items()}
    return {
        "external-url-prefix": prefix,
        "keysets": {ARCH: {"keys": {name: {"path": f"{name}.der"} for name in names}}},
        "pki-architectures": {ARCH: {
            "keyset": ARCH,
            "entity-defaults": {"country-name": "VN", "organization-name": "Test PKI"},
            "entities": {**others, **people},
            "certs": {**_authorities(now), **_people(now)},
            "services": _services(),
        }},
    }


def _authorities(now: datetime) -> dict[str, Any]:
    stamping = [_usage("digital_signature"),
                {"id": "extended_key_usage", "critical": True, "value": ["time_stamping"]}, _crl("root"),
                _access("root")]
    answering = [_usage("digital_signature"), {"id": "extended_key_usage", "critical": True,
                                               "value": ["ocsp_signing"]}, {"id": "ocsp_no_check"}]
    long = _validity(now - 8 * YEAR, now + 15 * YEAR)
    # A list of revoked certificates begins a whole number of periods after its CA: one hour before the stand.
    issuing = _validity(now - timedelta(days=5 * 365, hours=1), now + 10 * YEAR)
    return {
        "root": {"subject": "root", "issuer": "root", "extensions": _ca(None),
                 "validity": _validity(now - timedelta(days=3600, hours=1), now + 20 * YEAR)},
        "issuing": {"issuer": "root", "validity": issuing, "extensions": [*_ca(0), _crl("root"), _access("root")]},
        "root_ocsp": {"issuer": "root", "validity": long, "extensions": answering},
        "issuing_ocsp": {"issuer": "issuing", "validity": issuing, "extensions": answering},
        "tsa": {"issuer": "root", "validity": long, "extensions": stamping},
        "tsa2": {"issuer": "root", "validity": long, "extensions": stamping},
        "tsa_unfit": {"issuer": "root", "validity": long,
                      "extensions": [_usage("digital_signature"), _crl("root"), _access("root")]},
        "other_root": {"subject": "other_root", "issuer": "other_root", "validity": long, "extensions": _ca(None)},
        "other_tsa": {"issuer": "other_root", "validity": long, "extensions": [
            _usage("digital_signature"),
            {"id": "extended_key_usage", "critical": True, "value": ["time_stamping"]}]},
    }


def _people(now: datetime) -> dict[str, Any]:
    extensions = [_usage("digital_signature", "non_repudiation"), _crl("issuing"), _access("issuing", "issuing")]
    good: dict[str, Any] = {"issuer": "issuing", "validity": _validity(now - YEAR, now + 3 * YEAR),
                            "extensions": extensions}
    server = [_usage("key_encipherment"),
              {"id": "extended_key_usage", "critical": True, "value": ["server_auth"]}, *extensions[1:]]
    different: dict[str, dict[str, Any]] = {
        "soon_over": {"validity": _validity(now - YEAR, now + timedelta(days=30))},
        "expired": {"validity": _validity(now - 2 * YEAR, now - timedelta(days=2))},
        "not_yet_valid": {"validity": _validity(now + timedelta(days=2), now + 2 * YEAR)},
        "revoked": {"revocation": {"revoked-since": _moment(now - timedelta(days=90)), "reason": "key_compromise"}},
        "wrong_usage": {"extensions": server},
        "self_signed": {"issuer": "self_signed", "extensions": extensions[:1]},
        "sha1": {"digest-algo": "sha1"},
        "stranger": {"issuer": "other_root", "extensions": extensions[:1]},
    }
    return {name: {**good, **different.get(name, {})} for name in PEOPLE}


def _services() -> dict[str, Any]:
    return {
        "ocsp": {
            "root": {"for-issuer": "root", "responder-cert": "root_ocsp", "signing-key": "root_ocsp",
                     "validity-period": {"hours": 12}},
            "issuing": {"for-issuer": "issuing", "responder-cert": "issuing_ocsp", "signing-key": "issuing_ocsp",
                        "validity-period": {"hours": 12}},
        },
        "crl-repo": {
            "root": {"for-issuer": "root", "signing-key": "root", "simulated-update-schedule": "P90D"},
            "issuing": {"for-issuer": "issuing", "signing-key": "issuing", "simulated-update-schedule": "P5D"},
        },
        "cert-repo": {
            "root": {"for-issuer": "root", "publish-issued-certs": True},
            "issuing": {"for-issuer": "issuing", "publish-issued-certs": False},
        },
        "time-stamping": {name: {"signing-key": name, "signing-cert": name}
                          for name in ("tsa", "tsa2", "tsa_unfit", "other_tsa")},
    }


def _moment(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S+0000")


def _validity(first: datetime, last: datetime) -> dict[str, str]:
    return {"valid-from": _moment(first), "valid-to": _moment(last)}


def _usage(*uses: str) -> dict[str, Any]:
    return {"id": "key_usage", "critical": True, "smart-value": {"schema": "key-usage", "params": list(uses)}}


def _ca(length: int | None) -> list[dict[str, Any]]:
    limits: dict[str, Any] = {"ca": True} | ({} if length is None else {"path-len-constraint": length})
    return [{"id": "basic_constraints", "critical": True, "value": limits},
            _usage("digital_signature", "key_cert_sign", "crl_sign")]


def _crl(repository: str) -> dict[str, Any]:
    return {"id": "crl_distribution_points",
            "smart-value": {"schema": "crl-dist-url", "params": {"crl-repo-names": [repository]}}}


def _access(repository: str, *ocsp: str) -> dict[str, Any]:
    links: dict[str, Any] = {"ca-issuer-links": [{"repo": repository, "include-repo-authority": True}]}
    if ocsp:
        links["ocsp-responder-names"] = list(ocsp)
    return {"id": "authority_information_access", "smart-value": {"schema": "aia-urls", "params": links}}
