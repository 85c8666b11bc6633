"""The virtual scanner's certificate: signed by itself, as office scanners have it, and kept in a folder."""

from __future__ import annotations

import datetime as dt
import hashlib
import ssl
from pathlib import Path

from appliance.core import files

CERTIFICATE, KEY = "certificate.pem", "key.pem"
VALID = dt.timedelta(days=3650)


def prepare(folder: Path, name: str) -> tuple[ssl.SSLContext, str]:
    """Return the server's context and its certificate's SHA-256 (``AB:CD:...``); both are made where missing.

    Raises:
        OSError: the folder cannot be written, or what lies in it is no certificate with its key.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not ((folder / CERTIFICATE).exists() and (folder / KEY).exists()):
        _make(folder, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    plain = ssl.PEM_cert_to_DER_cert((folder / CERTIFICATE).read_text(encoding="ascii"))
    return context, hashlib.sha256(plain).digest().hex(":").upper()


def _make(folder: Path, name: str) -> None:
    """Make a key and a certificate that names nobody but the scanner."""
    from cryptography import x509  # only the virtual scanner's own process
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64] or "scanner")])
    now = dt.datetime.now(dt.UTC)
    made = (x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(now + VALID)
            .sign(key, hashes.SHA256()))
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                               serialization.NoEncryption())
    files.write_durably(folder / KEY, secret)
    (folder / KEY).chmod(0o600)
    files.write_durably(folder / CERTIFICATE, made.public_bytes(serialization.Encoding.PEM))
