"""A remote signing service for tests: the API of the Cloud Signature Consortium, versions 1 and 2, on loopback.

It keeps a key, gives leave for the very hashes that were named and for no others, and signs each hash once for each
leave. ``trouble`` names a misfortune for the requests to come: down (503), html, short (one signature too few),
wrong (signs something else), refuse (an error in JSON), token (the access token is no longer good).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from asn1crypto import algos
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, AsymmetricPadding, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

PIN, TOKEN, CREDENTIAL = "864209", "access-token-of-the-office", "seal-1"
PSS_OID, RSA_OID, EC_OID = "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"
SHA256 = "2.16.840.1.101.3.4.2.1"
AT_ONCE = 5


class CscService(ThreadingHTTPServer):
    """The service; ``with`` starts and stops it."""

    def __init__(self, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, chain: list[x509.Certificate],
                 version: int = 1, pin: str = PIN) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.private, self.chain, self.version, self.pin = key, chain, version, pin
        self.trouble, self.mode = "", "explicit"
        self.calls: Counter[str] = Counter()
        self.wrong_pins = 0
        self.batches: list[int] = []
        self.leaves: dict[str, list[str]] = {}
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/csc/v{self.version}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *trouble: object) -> None:
        self.shutdown()
        self.server_close()

    def answer(self, what: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return status and body of an answer."""
        if asked.get("credentialID") != CREDENTIAL:
            return 400, {"error": "invalid_request", "error_description": "Invalid parameter credentialID"}
        if what == "credentials/info":
            return 200, self._info()
        if what == "credentials/authorize":
            return self._authorize(asked)
        if what == "signatures/signHash":
            return self._sign(asked)
        return 404, {"error": "not_found"}

    def _info(self) -> dict[str, Any]:
        der = [base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode() for one in self.chain]
        algorithms = [EC_OID] if isinstance(self.private, ec.EllipticCurvePrivateKey) else [PSS_OID, RSA_OID]
        auth = {"auth": {"mode": self.mode}} if self.version == 2 else {"authMode": self.mode}
        return {"key": {"status": "enabled", "algo": algorithms, "len": self.private.key_size},
                "cert": {"status": "valid", "certificates": der}, **auth, "SCAL": "2", "multisign": AT_ONCE}

    def _authorize(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        given = {one["id"]: one["value"] for one in asked.get("authData", [])}
        pin = given.get("PIN") if self.version == 2 else asked.get("PIN")
        if self.mode == "explicit" and pin != self.pin:
            self.wrong_pins += 1
            return 400, {"error": "invalid_pin", "error_description": f"The PIN {pin} is invalid"}
        named = self._named(asked)
        if len(named) != asked["numSignatures"] or len(named) > AT_ONCE:
            return 400, {"error": "invalid_request"}
        sad = secrets.token_urlsafe(16)
        self.leaves[sad] = named
        return 200, {"SAD": sad, "expiresIn": 300}

    def _sign(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        named = self._named(asked)
        if self.leaves.pop(asked["SAD"], None) != named:
            return 400, {"error": "invalid_sad"}
        if self.version == 1 and asked.get("hashAlgo") != SHA256:
            return 400, {"error": "invalid_request"}
        self.batches.append(len(named))
        signed = [self._raw(base64.b64decode(one), asked) for one in named]
        if self.trouble == "short":
            signed = signed[:-1]
        return 200, {"signatures": [base64.b64encode(one).decode() for one in signed]}

    def _raw(self, digest: bytes, asked: dict[str, Any]) -> bytes:
        if self.trouble == "wrong":
            digest = hashlib.sha256(digest).digest()
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))
        padding: AsymmetricPadding = PKCS1v15()
        if asked["signAlgo"] == PSS_OID:
            parameters = algos.RSASSAPSSParams.load(base64.b64decode(asked["signAlgoParams"]))
            padding = PSS(MGF1(hashes.SHA256()), int(parameters["salt_length"].native))
        return self.private.sign(digest, padding, Prehashed(hashes.SHA256()))

    def _named(self, asked: dict[str, Any]) -> list[str]:
        return list(asked["hashes"] if self.version == 2 else asked["hash"])


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: CscService

    def do_POST(self) -> None:
        own = self.server
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        what = self.path.partition(f"/csc/v{own.version}/")[2]
        with own.lock:
            own.calls[what] += 1
            if own.trouble == "down":
                self._send(503, b"", "text/plain")
            elif own.trouble == "html":
                self._send(200, b"<html>portal</html>", "text/html")
            elif own.trouble == "refuse":
                self._json(400, {"error": "service_paused", "error_description": "Nguyen Van A must pay"})
            elif own.trouble == "token" or self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self._json(401, {"error": "invalid_token"})
            else:
                self._json(*own.answer(what, asked))

    def _json(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""
