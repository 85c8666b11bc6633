"""An authority in files as an agency has one, a host's folder of certificates, and commands as people give them."""

from __future__ import annotations

import contextlib
import io
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from appliance import certificate
from appliance.core.errors import ApplianceError
from appliance.pki import pem
from appliance.pki.cabinet import CERTIFICATE, KEY, ROOTS

PASSPHRASE = "mật khẩu của nơi cấp"


def authority(folder: Path, name: str, *, days: float = 3650, passphrase: str = "", ca: bool = True,
              above: Root | None = None, kind: str = "rsa") -> Root:
    """Make an authority in files; below ``above`` where one is given."""
    folder.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP384R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    parent = serialization.load_pem_private_key(above.key.read_bytes(), None) if above else key
    issuer = pem.chain(above.certificate)[0].subject if above else subject
    now = datetime.now(UTC)
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=400))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .sign(parent, hashes.SHA256()))  # type: ignore[arg-type]
    root = Root(folder / f"{name}.pem", folder / f"{name}.key")
    root.certificate.write_bytes(pem.written([made]))
    hidden = (serialization.BestAvailableEncryption(passphrase.encode()) if passphrase
              else serialization.NoEncryption())
    root.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden))
    return root


@dataclass(frozen=True)
class Root:
    """Files of an authority."""

    certificate: Path
    key: Path


def run(*words: object) -> dict[str, Any]:
    """Give ``appliance certificate`` a command; return what it prints."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert certificate.main([*map(str, words), "--json"]) == 0
    found: dict[str, Any] = json.loads(said.getvalue())
    return found


def refused(*words: object) -> str:
    """Give a command that is refused; return the code."""
    try:
        run(*words)
    except ApplianceError as problem:
        return problem.code
    raise AssertionError("not refused")


@dataclass
class Host:
    """A host with its folder of certificates; ``signed`` are the answers of authorities."""

    folder: Path
    names: dict[str, list[str]] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.folder / "pki"

    def request(self, purpose: str, *more: object) -> dict[str, Any]:
        """Ask for a certificate."""
        names = [word for name in self.names.get(purpose, ["localhost", "127.0.0.1"]) for word in ("--name", name)]
        return run("request", purpose, "--root", self.root, "--group", group(), *names, *more)

    def sign(self, by: Root, purpose: str, *more: object, name: str = "") -> Path:
        """Have the request signed; return the certificate."""
        out = self.folder / "signed" / f"{name or purpose}.pem"
        names = [word for one in self.names.get(purpose, ["localhost", "127.0.0.1"]) for word in ("--name", one)]
        run("sign", self.root / purpose / "next" / "request.csr", "--purpose", purpose, "--out", out,
            "--ca-certificate", by.certificate, "--ca-key", by.key, *names, *more)
        return out

    def install(self, purpose: str, *roots: Root, signed: Path | None = None) -> dict[str, Any]:
        """Put a certificate in force."""
        return run(*self.installing(purpose, *roots, signed=signed))

    def installing(self, purpose: str, *roots: Root, signed: Path | None = None) -> list[object]:
        """Return the words that put a certificate in force."""
        believed = [word for root in roots for word in ("--ca", root.certificate)]
        own = ["--certificate", signed] if signed else []
        return ["install", purpose, "--root", self.root, "--group", group(), *believed, *own]

    def provision(self, purpose: str, *roots: Root, renew: bool = False) -> None:
        """Ask, have it signed by the last of the roots, and install."""
        self.request(purpose, *(["--renew"] if renew else []))
        self.install(purpose, *roots, signed=self.sign(roots[-1], purpose))

    def file(self, purpose: str, name: str) -> str:
        """Return the path of a file that is in force."""
        return str(self.root / purpose / "current" / name)

    def files(self, purpose: str) -> tuple[str, str, str]:
        """Return roots, certificate and key that are in force."""
        return self.file(purpose, ROOTS), self.file(purpose, CERTIFICATE), self.file(purpose, KEY)


def group() -> str:
    """Return the name of a group that this process may give files to."""
    import grp

    return grp.getgrgid(os.getgid()).gr_name
