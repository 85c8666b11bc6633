"""A key for trials, made at first run: so that a fresh machine can show the whole road.

A root certificate of its own and one signer below it; both say in the field O what they are. The root's
private key is never written, so nothing else can be signed under that root.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from appliance.core import files
from appliance.signing.stamp import DEVELOPMENT_MARK, DEVELOPMENT_ORGANISATION

KEY_FILE = "development.p12"
ROOT_FILE = "development-root.pem"
BITS = 2048
YEARS = timedelta(days=3 * 365)
EARLIER = timedelta(days=1)
"""A host whose clock is set back a little must not find its new certificate not yet valid."""

NAME_LIMIT = 64
"""Longest common name (X.520); the library counts bytes of UTF-8."""


def ensure(folder: Path, office: str) -> Path:
    """Return the PKCS#12 file of the development key below ``folder``; make it when there is none.

    Raises:
        OSError: the folder cannot be written.
    """
    path = folder / KEY_FILE
    if not path.is_file():
        files.make_folder(folder, 0o700)
        files.write_durably(path, make(office, datetime.now(UTC)), 0o600)
    return path


def publish_root(folder: Path, root: x509.Certificate) -> Path:
    """Write the root beside the key, so that a receiver can be told to trust it; return its path."""
    path = folder / ROOT_FILE
    data = root.public_bytes(serialization.Encoding.PEM)
    if not path.is_file() or path.read_bytes() != data:
        files.write_durably(path, data, 0o640)
    return path


def make(office: str, now: datetime, purpose: x509.ExtendedKeyUsage | None = None) -> bytes:
    """Return a new PKCS#12: RSA-2048 key, signer certificate and root, valid three years from ``now``.

    ``purpose``: the one thing the certificate is for; None: signing documents.
    """
    root_key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    signer_key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    root_name = _name("Development root" if purpose is None else f"{office} root")
    root = _root(root_name, root_key, now)
    signer = _signer(_name(office), signer_key.public_key(), now, (root_name, root_key))
    if purpose is not None:
        signer = signer.add_extension(purpose, critical=True)
    return pkcs12.serialize_key_and_certificates(
        DEVELOPMENT_MARK.encode(), signer_key, signer.sign(root_key, hashes.SHA256()), [root],
        serialization.NoEncryption())


def is_development(certificate: x509.Certificate) -> bool:
    """Say whether a certificate says of itself that it is for trials."""
    fields = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return any(field.value == DEVELOPMENT_ORGANISATION for field in fields)


def _name(common: str) -> x509.Name:
    return x509.Name([
        x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, DEVELOPMENT_ORGANISATION),
        x509.NameAttribute(NameOID.COMMON_NAME, shortened(common)),
    ])


def shortened(name: str) -> str:
    """Return as much of a name as a certificate can hold."""
    return name.encode()[:NAME_LIMIT].decode(errors="ignore").strip()


def _root(name: x509.Name, key: rsa.RSAPrivateKey, now: datetime) -> x509.Certificate:
    subject_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        _builder(name, name, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .add_extension(subject_id, critical=False)
        .sign(key, hashes.SHA256())
    )


def _signer(name: x509.Name, key: rsa.RSAPublicKey, now: datetime,
            issuer: tuple[x509.Name, rsa.RSAPrivateKey]) -> x509.CertificateBuilder:
    issuer_name, issuer_key = issuer
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        _builder(name, issuer_name, key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(issuer_id, critical=False)
    )


def _builder(subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey,
             now: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER).not_valid_after(now + YEARS)
    )


def _usage(certificates: bool) -> x509.KeyUsage:
    """Return the uses: issuing for a root; contentCommitment (nonRepudiation) for a signer."""
    return x509.KeyUsage(
        digital_signature=not certificates, content_commitment=not certificates, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=certificates, crl_sign=certificates,
        encipher_only=False, decipher_only=False,
    )
