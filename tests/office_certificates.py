"""Certificates for tests of the archive's front: an authority, a server, offices."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
                      x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass
class Authority:
    """An authority that writes PEM files (key, then chain) into a folder."""

    folder: Path
    name: str = "Trial authority"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate = self._sign(_name(self.name), self.key, (x509.BasicConstraints(ca=True, path_length=0),))
        self.file = self.folder / f"{self.name}.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, *dns: str, file: str = "", seconds: int = 172_800) -> Path:
        """Write a certificate for a name, with these DNS names, for so long; as a server it is 127.0.0.1."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName(one) for one in dns] + [x509.IPAddress(ip_address("127.0.0.1"))]
        made = self._sign(_name(name), key, (x509.SubjectAlternativeName(names),), seconds)
        path = self.folder / f"{file or name}.pem"
        path.write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            + made.public_bytes(serialization.Encoding.PEM))
        return path

    def revoke(self, *files: Path) -> Path:
        """Write the list of these certificates as revoked."""
        now = datetime.now(UTC)
        made = x509.CertificateRevocationListBuilder().issuer_name(self.certificate.subject)
        made = made.last_update(now - timedelta(hours=1)).next_update(now + timedelta(days=1))
        for file in files:
            serial = x509.load_pem_x509_certificate(file.read_bytes()).serial_number
            made = made.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).build())
        path = self.folder / "revoked.pem"
        path.write_bytes(made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return path

    def client(self, own: Path | None) -> ssl.SSLContext:
        """Return the context of a client that trusts this authority and has the certificate ``own``."""
        context = ssl.create_default_context(cafile=str(self.file))
        if own:
            context.load_cert_chain(own)
        return context

    def _sign(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey,
              extensions: tuple[x509.ExtensionType, ...], seconds: int = 172_800) -> x509.Certificate:
        now = datetime.now(UTC)
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(_name(self.name))
        made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
        made = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(seconds=seconds))
        for one in extensions:
            made = made.add_extension(one, critical=isinstance(one, x509.BasicConstraints))
        return made.sign(self.key, hashes.SHA256())
