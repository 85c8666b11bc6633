"""The PKI stand's side on the network: OCSP, CRL, TSA and CA certificates over HTTP, with misfortunes on request.

Paths: ``/pki/tsa/NAME`` (tsa, tsa2, tsa_unfit, other_tsa), ``/pki/ocsp/NAME``, ``/pki/crls/NAME/latest.crl``,
``/pki/certs/NAME/ca.crt``. A request counts as of its service: the TSA's name, ``ocsp``, ``crl``, ``certificate``.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import core, ocsp, tsp
from certomancer.registry import ServiceLabel
from pki_authority import Authority

LARGE = 10 << 20
KINDS = ("tsa", "tsa2", "tsa_unfit", "other_tsa", "ocsp", "crl", "certificate")
TYPES = {"ocsp": "application/ocsp-response", "crl": "application/pkix-crl", "certificate": "application/pkix-cert"}
TSA_TYPE = "application/timestamp-reply"


@dataclass
class Trouble:
    """What befalls the requests of a service.

    Attributes:
        what: for any service: ``late`` (answers rightly after ``seconds``), ``error`` (HTTP ``status``), ``html``
            (a page with status 200), ``large`` (10 MB), ``nothing`` (the line is closed without a word),
            ``silent`` (no answer until the stand ends), ``empty``, ``garbage``, ``cut`` (half an answer).
            Of a TSA: ``wrong_nonce``, ``no_nonce``, ``wrong_imprint``, ``wrong_signature``, ``rejected``,
            ``wrong_hour`` (its clock is ``seconds`` off), ``unfit`` (certificate without the usage), ``stranger``.
            Of OCSP: ``try_later``, ``unauthorized``, ``stale`` (``seconds`` old), ``wrong_signature``.
            Of a CRL: ``stale``, ``wrong_signature``.
        times: how many requests it befalls; None: all until it is cleared.
    """

    what: str
    seconds: float = 0.0
    status: int = 503
    times: int | None = None


class Server(ThreadingHTTPServer):
    """Listens on a free port of loopback."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Answering)
        self.authority: Authority
        self.troubles: dict[str, Trouble] = {}
        self.requests: Counter[str] = Counter()
        self.connections = 0
        self.over = threading.Event()
        self.alone = threading.Lock()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up is what tests do."""

    def next_trouble(self, service: str) -> Trouble | None:
        """Count a request and return what shall befall it."""
        with self.alone:
            self.requests[service] += 1
            trouble = self.troubles.get(service)
            if trouble is None or trouble.times is None:
                return trouble
            trouble.times -= 1
            if trouble.times <= 0:
                del self.troubles[service]
            return trouble


class Answering(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120

    def setup(self) -> None:
        """Count the connection."""
        super().setup()
        with self.server.alone:
            self.server.connections += 1

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer with a list or a certificate."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Answer an OCSP or a TSA request."""
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, asked: bytes) -> None:
        parts = self.path.strip("/").split("/")
        if len(parts) < 3 or parts[1] not in ("tsa", "ocsp", "crls", "certs"):
            self._send(404, "text/plain", b"no such place")
            return
        service = parts[2] if parts[1] == "tsa" else {"crls": "crl", "certs": "certificate"}.get(parts[1], "ocsp")
        trouble = self.server.next_trouble(service)
        if trouble and self._befall(trouble):
            return
        try:
            with self.server.alone:
                answer = respond(self.server.authority, parts[1], parts[2], asked, trouble)
        except Exception as problem:  # noqa: BLE001 - whatever the request was, its sender is told
            self._send(400, "text/plain", f"{type(problem).__name__}: {problem}".encode())
            return
        self._send(200, TYPES.get(service, TSA_TYPE), answer, cut=bool(trouble and trouble.what == "cut"))

    def _befall(self, trouble: Trouble) -> bool:
        """Let happen what ends a request; return whether it is over."""
        what = trouble.what
        if what == "late":
            self.server.over.wait(trouble.seconds)
        elif what == "silent":
            self.server.over.wait(600)
            self.close_connection = True
        elif what == "nothing":
            self.close_connection = True
        elif what == "error":
            self._send(trouble.status, "text/plain", b"not today")
        elif what == "html":
            self._send(200, "text/html", "<html><body>Đăng nhập mạng</body></html>".encode())
        elif what == "large":
            self._send(200, TSA_TYPE, b"\x30" * LARGE)
        elif what == "empty":
            self._send(200, TSA_TYPE, b"")
        elif what == "garbage":
            self._send(200, TSA_TYPE, b"\x30\x03\x02\x01\x63 not what it seems")
        return what in ("silent", "nothing", "error", "html", "large", "empty", "garbage")

    def _send(self, status: int, kind: str, body: bytes, *, cut: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut


def respond(authority: Authority, place: str, name: str, asked: bytes, trouble: Trouble | None) -> bytes:
    """Return the answer of a service, spoilt as ``trouble`` says."""
    what = trouble.what if trouble else ""
    seconds = trouble.seconds if trouble else 0.0
    if place == "tsa":
        return _stamp(authority, name, asked, (what, seconds))
    if place == "ocsp":
        return _status(authority, name, asked, (what, seconds))
    registry = authority.arch.service_registry
    if place == "certs":
        found = registry.get_cert_from_repo(ServiceLabel(name))
        assert found is not None
        return bytes(found.dump())
    now = datetime.now(UTC) - timedelta(seconds=seconds if what == "stale" else 0)
    listed = registry.get_crl(ServiceLabel(name), now)
    if what == "wrong_signature":
        listed["signature"] = _spoilt(listed["signature"].native)
    return bytes(listed.dump(force=True))


def _status(authority: Authority, name: str, asked: bytes, how: tuple[str, float]) -> bytes:
    what, seconds = how
    if what in ("try_later", "unauthorized"):
        return bytes(ocsp.OCSPResponse({"response_status": what}).dump())
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=seconds if what == "stale" else 0)
    responder = authority.arch.service_registry.summon_responder(ServiceLabel(name), now)
    answer = responder.build_ocsp_response(ocsp.OCSPRequest.load(asked))
    if what != "wrong_signature":
        return bytes(answer.dump())
    basic = answer["response_bytes"]["response"].parsed
    basic["signature"] = _spoilt(basic["signature"].native)
    return bytes(ocsp.OCSPResponse({"response_status": "successful", "response_bytes": {
        "response_type": "basic_ocsp_response", "response": core.ParsableOctetString(basic.dump(force=True)),
    }}).dump())


def _stamp(authority: Authority, name: str, asked: bytes, how: tuple[str, float]) -> bytes:
    what, seconds = how
    request = tsp.TimeStampReq.load(asked)
    if what == "rejected":
        said = tsp.PKIStatusInfo({"status": "rejection", "status_string": ["not in the mood"]}).dump()
        return b"\x30" + bytes([len(said)]) + bytes(said)  # asn1crypto writes no answer without a token
    signer = {"unfit": "tsa_unfit", "stranger": "other_tsa"}.get(what, name)
    now = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds if what == "wrong_hour" else 0)
    answer = authority.arch.service_registry.summon_timestamper(ServiceLabel(signer), now).request_tsa_response(
        _misread(request, what))
    if what == "wrong_signature":
        info = answer["time_stamp_token"]["content"]["signer_infos"][0]
        info["signature"] = bytes(_spoilt(info["signature"].native))
        return bytes(answer.dump(force=True))
    return bytes(answer.dump())


def _misread(request: tsp.TimeStampReq, what: str) -> tsp.TimeStampReq:
    """Return what a confused authority believes it was asked."""
    said = {"version": "v1", "message_imprint": request["message_imprint"], "cert_req": True}
    if isinstance(request["nonce"], core.Integer) and what != "no_nonce":
        said["nonce"] = request["nonce"].native + (1 if what == "wrong_nonce" else 0)
    if what == "wrong_imprint":
        imprint = request["message_imprint"]
        said["message_imprint"] = {"hash_algorithm": imprint["hash_algorithm"],
                                   "hashed_message": bytes(_spoilt(imprint["hashed_message"].native))}
    return tsp.TimeStampReq(said)


def _spoilt(signature: bytes) -> bytes:
    return signature[:-1] + bytes([signature[-1] ^ 1])

