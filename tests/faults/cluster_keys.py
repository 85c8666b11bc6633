"""Certificates of a trial cluster, and where its scheduler says that it is."""

from __future__ import annotations

import ipaddress
import json
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from appliance.core.config import Cluster


def made(folder: Path) -> Cluster:
    """Make an authority and one certificate of 127.0.0.1 that it issued; return where they lie."""
    folder.mkdir()
    now = datetime.now(UTC)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, name = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in ("root", "127.0.0.1"))

    def build(subject: x509.Name, public: ec.EllipticCurvePublicKey, *, authority: bool) -> x509.Certificate:
        place = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        return (x509.CertificateBuilder().subject_name(subject).issuer_name(root_name).public_key(public)
                .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
                .not_valid_after(now + timedelta(days=1)).add_extension(place, critical=False)
                .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
                .sign(root_key, hashes.SHA256()))

    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(build(root_name, root_key.public_key(), authority=True).public_bytes(pem))
    (folder / "cert.pem").write_bytes(build(name, key.public_key(), authority=False).public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8,
                                                       serialization.NoEncryption()))
    return Cluster("", str(folder / "ca.pem"), str(folder / "cert.pem"), str(folder / "key.pem"))


def address_in(told: Path, process: subprocess.Popen[bytes]) -> str:
    """Wait for the file that a scheduler writes; return its address."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            return str(json.loads(told.read_text())["address"])
        except (FileNotFoundError, ValueError):
            time.sleep(0.05)
    raise AssertionError("the scheduler does not start")
