"""Authorities and certificates for tests of TLS, and an archive that knows its offices by theirs."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.core import clock
from appliance.core.delivery import Tls

LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name}.pem"
        basic = x509.BasicConstraints(ca=True, path_length=None)
        self._certificate = self._begin(self._name, self._key.public_key()).add_extension(basic, True).sign(
            self._key, hashes.SHA256())
        self.file.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, *, server: bool = False, days: float = 30) -> Tls:
        """Issue a certificate; its files, and this authority as the one to believe."""
        key = ec.generate_private_key(ec.SECP256R1())
        usage = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        built = self._begin(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key.public_key(), days)
        built = built.add_extension(x509.ExtendedKeyUsage([usage]), False)
        if server:
            built = built.add_extension(x509.SubjectAlternativeName([LOOPBACK, x509.DNSName("localhost")]), False)
        certificate, private = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        certificate.write_bytes(built.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                              serialization.NoEncryption()))
        return Tls(str(self.file), str(certificate), str(private))

    def _begin(self, name: x509.Name, key: ec.EllipticCurvePublicKey, days: float = 30) -> x509.CertificateBuilder:
        start = clock.now() - timedelta(days=1)
        return (x509.CertificateBuilder().subject_name(name).issuer_name(self._name).public_key(key)
                .serial_number(x509.random_serial_number()).not_valid_before(start)
                .not_valid_after(clock.now() + timedelta(days=days))
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
                .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False))


@dataclass
class Door:
    """An archive that says of every package that it does not know it, and notes who asked."""

    url: str = ""
    asked: list[str] = field(default_factory=list)


@asynccontextmanager
async def door(server: Tls, offices: Path, plain: bool = False) -> AsyncIterator[Door]:
    """Open it: the archive's own certificate, and the authority of its offices' ones."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server.certificate, server.key)
    context.load_verify_locations(offices)
    context.verify_mode = ssl.CERT_REQUIRED
    found = Door()

    async def serve(request: web.BaseRequest) -> web.Response:
        assert request.transport is not None
        peer = request.transport.get_extra_info("peercert") or {}
        found.asked.append(dict(part[0] for part in peer.get("subject", ())).get("commonName", ""))
        return web.Response(status=404)

    runner = web.ServerRunner(web.Server(serve))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=None if plain else context).start()
    found.url = f"http{'' if plain else 's'}://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield found
    finally:
        await runner.cleanup()
