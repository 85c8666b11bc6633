"""Proves a certificate before it is put in force: its key, names, purpose and time, and a handshake with it.

The handshake is made in memory by the same OpenSSL that will use the certificate, so what is let through here is
not refused there.
"""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage
from cryptography.x509.oid import NameOID

from appliance.core import errors
from appliance.pki import pem
from appliance.pki.purposes import Purpose

TLS = frozenset({Usage.SERVER_AUTH, Usage.CLIENT_AUTH})
ROUNDS = 8
"""Turns that a handshake in memory may take; it takes three."""


@dataclass(frozen=True)
class Offer:
    """What is to be installed: PEM files of certificate with chain, key and roots; ``shown``: as people know it."""

    certificate: Path
    key: Path
    roots: Path
    shown: Path


def prove(offer: Offer, purpose: Purpose, names: list[str], now: datetime) -> None:
    """Refuse a certificate that would not do.

    Raises:
        ApplianceError: HOST_KEY_MISSING, HOST_CERTIFICATE_TIME, HOST_NAME_WRONG, HOST_PURPOSE_WRONG,
            HOST_ISSUER_UNKNOWN, PEM_UNREADABLE.
    """
    leaf = pem.chain(offer.certificate)[0]
    if pem.public(leaf.public_key()) != pem.public_of(offer.key):
        raise errors.HOST_KEY_MISSING.error(path=offer.shown, purpose=purpose.name)
    refuse_time(leaf, now, offer.shown)
    if pem.names_of(leaf) != sorted(names):
        raise errors.HOST_NAME_WRONG.error(path=offer.shown, found=", ".join(pem.names_of(leaf)) or "-",
                                           wanted=", ".join(names))
    if why := _other_purpose(leaf, purpose):
        raise errors.HOST_PURPOSE_WRONG.error(path=offer.shown, purpose=purpose.name, reason=why)
    if why := _handshakes(offer, purpose, names):
        raise errors.HOST_ISSUER_UNKNOWN.error(path=offer.shown, reason=why)


def refuse_time(leaf: x509.Certificate, now: datetime, shown: Path) -> None:
    """Refuse a certificate that is not valid now. Raises ApplianceError, HOST_CERTIFICATE_TIME."""
    begin, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    if not begin <= now < end:
        raise errors.HOST_CERTIFICATE_TIME.error(path=shown, begin=f"{begin:%d/%m/%Y}", end=f"{end:%d/%m/%Y}")


def _other_purpose(leaf: x509.Certificate, purpose: Purpose) -> str:
    """Say why a certificate is for something else, or for more; empty when it is right."""
    try:
        found = set(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return "extendedKeyUsage: -"
    try:
        if leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return "basicConstraints: CA"
    except x509.ExtensionNotFound:
        pass
    if not set(purpose.usages) <= found <= TLS:
        return "extendedKeyUsage: " + ", ".join(sorted(one.dotted_string for one in found))
    return ""


def _handshakes(offer: Offer, purpose: Purpose, names: list[str]) -> str:
    """Use the certificate on each side that it is for; return OpenSSL's word for what is wrong, or empty."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name in names if purpose.server else ():
                _shake(_server(offer), _believing(ssl.PROTOCOL_TLS_CLIENT, offer), name)
            if purpose.client:
                client = _believing(ssl.PROTOCOL_TLS_CLIENT, offer)
                client.load_cert_chain(offer.certificate, offer.key)
                client.check_hostname, client.verify_mode = False, ssl.CERT_NONE  # the other side is a stand-in
                server = _believing(ssl.PROTOCOL_TLS_SERVER, offer)
                server.load_cert_chain(_stand_in(Path(folder)))
                _shake(server, client, None)
    except ssl.SSLCertVerificationError as problem:
        return problem.verify_message
    except ssl.SSLError as problem:
        return problem.reason or "TLS"
    except ValueError:  # a name that nobody can ask for; those of our own requests are proved before
        return "subjectAltName"
    return ""


def _server(offer: Offer) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(offer.certificate, offer.key)
    return context


def _believing(side: int, offer: Offer) -> ssl.SSLContext:
    context = ssl.SSLContext(side)
    context.load_verify_locations(offer.roots)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _shake(server: ssl.SSLContext, client: ssl.SSLContext, name: str | None) -> None:
    """Have two sides meet in memory. Raises ssl.SSLError."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [client.wrap_bio(down, up, server_hostname=name), server.wrap_bio(up, down, server_side=True)]
    for _ in range(ROUNDS):
        for side in list(sides):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            sides.remove(side)
        if not sides:
            return
    raise ssl.SSLError(0, "no end of the handshake")


def _stand_in(folder: Path) -> Path:
    """Return the file of a certificate for the other side, whom nobody needs to believe."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = datetime.now().astimezone()
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256()))
    path = folder / "stand-in.pem"
    path.write_bytes(pem.written([made]) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return path
