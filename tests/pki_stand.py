"""A PKI on loopback for tests and benches: root, issuing CA, OCSP, CRL, several TSAs, and all kinds of signers.

    def test_(pki: Stand): ...                 # pytest fixture (conftest.py): a fresh stand for one test
    def test_(shared_pki: Stand): ...          # one for the whole session; ``reset`` it after trouble
    with Stand(folder) as stand: ...           # or by hand; its files are put into ``folder``

What it offers:
    stand.signing(key="office", level...)      dict for ``parse({"signing": ...})``: pkcs12, trust, addresses, tsa
    stand.toml(key="office")                   the same as text of a settings file
    stand.p12("office", passphrase=None)       PKCS#12 file of a signer with its chain (root included)
    stand.pem("issuing"), stand.root           PEM file of a certificate; PEM file of the trusted root
    stand.certificate("office")                ``cryptography`` certificate; ``stand.key("office")`` its private key
    stand.tsa("tsa"), stand.address            address of a TSA; beginning of every address
    stand.token("office", "officer")           SoftHSM token with these keys (pki_token.Token: uri, pin, library,
                                               environment, take_out, put_back, put_in)
    stand.trouble("tsa", "late", seconds=2)    misfortunes (pki_server.Trouble says which); stand.clear() ends them
    stand.revoke("office"), stand.restore(..)  from now on OCSP and CRL say so
    stand.requests, stand.connections          Counter of requests by service; number of TCP connections
    stand.reset()                              counts from nought, no misfortune

Signers (pki_authority.PEOPLE): office (RSA-2048), office_ec (P-256), officer, officer_ec, officer2 (people),
soon_over (30 days left), expired, not_yet_valid, revoked (90 days ago), wrong_usage (a web server's), self_signed,
weak_rsa (1024 bits), sha1 (hash of its certificate), stranger (another root). TSAs: tsa, tsa2 (good), tsa_unfit
(certificate without timeStamping), other_tsa (another root). Services for ``trouble``: those and ocsp, crl,
certificate.

The server is a thread of this process; ``apart(folder)`` starts one in a process of its own (its CPU time is not
this process's), and answers the same but for keys: see ``Apart``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pki_token
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from pki_authority import ARCH, OFFICE, OFFICER, PEOPLE, SECOND_OFFICER, Authority
from pki_keys import private_key
from pki_server import Server, Trouble

PEM = serialization.Encoding.PEM
TRUSTED = "root"


class Stand:
    """A PKI that answers on loopback for as long as its block lasts."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._server = Server(port)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._server.authority = self._authority = Authority(self.address)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._tokens = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._server.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    @property
    def requests(self) -> Counter[str]:
        """How often each service was asked."""
        return Counter(self._server.requests)

    @property
    def connections(self) -> int:
        """How many TCP connections were made."""
        return self._server.connections

    def trouble(self, service: str, what: str, *, seconds: float = 0.0, status: int = 503,
                times: int | None = None) -> None:
        """Let something befall the next requests of a service (pki_server.Trouble)."""
        self._server.troubles[service] = Trouble(what, seconds, status, times)

    def clear(self, service: str = "") -> None:
        """End the misfortune of a service, or all of them."""
        self._server.troubles = {name: trouble for name, trouble in self._server.troubles.items()
                                 if service and name != service}

    def reset(self) -> None:
        """Count from nought and end all misfortunes."""
        self.clear()
        self._server.requests.clear()
        self._server.connections = 0

    def revoke(self, name: str, since: datetime | None = None) -> None:
        """Revoke a certificate; unless said otherwise as of two hours ago, before the CRL that is in force."""
        self._authority.revoke(name, since or datetime.now(UTC) - timedelta(hours=2))

    def restore(self, name: str) -> None:
        """Say again that a certificate is good."""
        self._authority.revoke(name, None)

    def tsa(self, name: str = "tsa") -> str:
        """Return the address of a time-stamping authority."""
        return f"{self.address}/{ARCH}/tsa/{name}"

    def certificate(self, name: str) -> x509.Certificate:
        """Return someone's certificate."""
        with self._server.alone:
            return x509.load_der_x509_certificate(self._authority.certificate(name).dump())

    def chain(self, name: str) -> list[x509.Certificate]:
        """Return the certificates above someone's, the root last."""
        with self._server.alone:
            return [x509.load_der_x509_certificate(item.dump()) for item in self._authority.chain(name)]

    def key(self, name: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
        """Return someone's private key."""
        return private_key(name)

    @property
    def root(self) -> Path:
        """PEM file of the root that is trusted."""
        return self.pem(TRUSTED)

    def pem(self, name: str) -> Path:
        """Return a PEM file with someone's certificate."""
        path = self.folder / f"{name}.pem"
        path.write_bytes(self.certificate(name).public_bytes(PEM))
        return path

    def p12(self, name: str = "office", passphrase: bytes | None = None) -> Path:
        """Return a PKCS#12 file with someone's key, certificate and chain."""
        path = self.folder / f"{name}.p12"
        guard: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if passphrase:
            guard = serialization.BestAvailableEncryption(passphrase)
        path.write_bytes(pkcs12.serialize_key_and_certificates(
            name.encode(), self.key(name), self.certificate(name), self.chain(name), guard))
        return path

    def token(self, *names: str, label: str = "") -> pki_token.Token:
        """Return a new SoftHSM token with the keys of ``names`` (office, if nobody is named) and their chain."""
        self._tokens += 1
        place = self.folder / f"token{self._tokens}"
        token = pki_token.make(place, label or f"token{self._tokens}")
        for number, name in enumerate(names or ("office",), 1):
            key, certificate = place / f"{name}.key", place / f"{name}.der"
            key.write_bytes(self.key(name).private_bytes(PEM, serialization.PrivateFormat.PKCS8,
                                                         serialization.NoEncryption()))
            certificate.write_bytes(self.certificate(name).public_bytes(serialization.Encoding.DER))
            token.put_in(name, key, certificate, number)
            key.unlink()
        issuing = place / "issuing.der"
        issuing.write_bytes(self.certificate("issuing").public_bytes(serialization.Encoding.DER))
        token.put_certificate("issuing", issuing, "f0")
        return token

    def signing(self, key: str = "office", tsa: tuple[str, ...] = ("tsa",), **more: Any) -> dict[str, Any]:
        """Return the table ``[signing]`` for this stand; ``key`` empty: names no key. ``more`` goes in as it is."""
        table: dict[str, Any] = {"trust": [str(self.root)], "addresses": [self.address],
                                 "tsa": [{"url": self.tsa(name), "seconds": 10.0} for name in tsa]}
        return table | ({"pkcs12": str(self.p12(key))} if key else {}) | more

    def toml(self, key: str = "office", tsa: tuple[str, ...] = ("tsa",)) -> str:
        """Return the same as text of a settings file."""
        table = self.signing(key, tsa)
        times = table.pop("tsa")
        lines = ["[signing]", *(f"{name} = {json.dumps(value)}" for name, value in table.items())]
        for time in times:
            lines += ["", "[[signing.tsa]]", *(f"{name} = {json.dumps(value)}" for name, value in time.items())]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Apart:
    """A stand in a process of its own, so that its work is not counted as this process's.

    ``table`` is its ``[signing]``, ``files`` the PKCS#12 file of each signer.
    """

    table: dict[str, Any]
    files: dict[str, str]
    token: pki_token.Token | None
    _process: subprocess.Popen[str]

    def counts(self) -> dict[str, int]:
        """Return how often each service was asked since the last question; all misfortunes end."""
        return self._told({})

    def trouble(self, service: str, what: str, seconds: float = 0.0) -> None:
        """Let something befall all requests of a service until ``counts``."""
        self._told({"service": service, "what": what, "seconds": seconds})

    def _told(self, wish: dict[str, Any]) -> dict[str, int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(wish)}\n")
        self._process.stdin.flush()
        counted: dict[str, int] = json.loads(self._process.stdout.readline())
        return counted


@contextmanager
def apart(folder: Path) -> Iterator[Apart]:
    """Run a stand elsewhere; its token, if SoftHSM is here, has the keys office and office_ec."""
    command = [sys.executable, str(Path(__file__)), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())
            token = pki_token.Token("office", Path(told["token"]), Path(told["token"]).with_name("tokens"))
            yield Apart(told["table"], told["files"], token if told["token"] else None, process)
        finally:
            process.stdin.close()
            process.wait(20)


def main(folder: Path) -> None:
    """Stand until standard input is closed; every line, a misfortune or ``{}``, is answered with the requests."""
    with Stand(folder) as stand:
        files = {name: str(stand.p12(name)) for name in PEOPLE}
        token = "" if pki_token.available() else str(stand.token("office", "office_ec", label="office").conf)
        print(json.dumps({"table": stand.signing(), "files": files, "token": token}), flush=True)
        for line in sys.stdin:
            print(json.dumps(stand.requests), flush=True)
            stand.reset()
            if wish := json.loads(line):
                stand.trouble(wish["service"], wish["what"], seconds=wish["seconds"])


__all__ = ["OFFICE", "OFFICER", "PEOPLE", "SECOND_OFFICER", "Apart", "Stand", "Trouble", "apart"]

if __name__ == "__main__":
    main(Path(sys.argv[1]))
