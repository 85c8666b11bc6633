"""Asks authorities about certificates: over the way outside, once for all who want to know, with a memory."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from asn1crypto import ocsp, pem, x509
from pyhanko_certvalidator.authority import Authority
from pyhanko_certvalidator.errors import OCSPFetchError
from pyhanko_certvalidator.fetchers.common_utils import (
    enumerate_delivery_point_urls,
    format_ocsp_request,
    process_ocsp_response_data,
    unpack_cert_content,
)
from pyhanko_certvalidator.util import get_ocsp_urls, get_relevant_crl_dps, issuer_serial

from appliance.core import clock
from appliance.signing.answers import Answer, Answers, name_of, read
from appliance.signing.protocol import Fetch, Outside

SECONDS = {"ocsp": 10.0, "crl": 60.0, "certificate": 10.0}
MOST = {"ocsp": 1 << 16, "crl": 20 << 20, "certificate": 1 << 18}
"""Longest answers in bytes: the list of a large authority has megabytes, the others a few thousand."""

PAUSE = 15.0
"""Seconds in which somebody who did not answer is not asked again."""

ACCEPT = {"ocsp": "application/ocsp-response", "crl": "application/pkix-crl",
          "certificate": "application/pkix-cert, application/pkcs7-mime, application/x-x509-ca-cert"}
OK = 200


class NoAnswerError(Exception):
    """Somebody did not answer, or not with what was asked for; the text names a host and no person."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of whom: ``name`` that the answer is kept under, addresses in turn, what is posted."""

    kind: str
    name: str
    urls: tuple[str, ...]
    check: Callable[[bytes], bytes]
    body: bytes = b""


@dataclass
class Enquiries:
    """Answers from memory while they hold, else from outside. One for a process.

    Args:
        pause: seconds in which somebody who did not answer is not asked again.
    """

    outside: Outside
    answers: Answers
    pause: float = field(default_factory=lambda: PAUSE)
    _running: dict[str, asyncio.Task[Answer]] = field(default_factory=dict)
    _silent: dict[str, tuple[float, str]] = field(default_factory=dict)

    async def ask(self, question: Question) -> Answer:
        """Return an answer that holds; an old one that still does when nobody can be reached.

        Raises:
            NoAnswerError: there is none.
        """
        known = self.answers.get(question.name)
        if known is not None and known.is_fresh(clock.now()):
            return known
        try:
            answer = await self._once(question)
        except NoAnswerError:
            if known is None:
                raise
            return known
        return answer if known is None or answer.holds(clock.now()) else known

    async def _once(self, question: Question) -> Answer:
        """Ask once for all who want to know just now; one who waits no longer takes it from nobody else."""
        since, reason = self._silent.get(question.name, (0.0, ""))
        if reason and time.monotonic() < since + self.pause:
            raise NoAnswerError(reason)
        task = self._running.get(question.name)
        if task is None or task.get_loop() is not asyncio.get_running_loop():
            task = self._running[question.name] = asyncio.create_task(self._fetch(question))
            task.add_done_callback(lambda done: self._settle(question.name, done))
        return await asyncio.shield(task)

    def _settle(self, name: str, task: asyncio.Task[Answer]) -> None:
        if self._running.get(name) is task:
            del self._running[name]
        problem = None if task.cancelled() else task.exception()
        if problem is not None:
            self._silent[name] = (time.monotonic(), str(problem))
        else:
            self._silent.pop(name, None)

    async def _fetch(self, question: Question) -> Answer:
        """Ask at each address until one gives an answer that holds; one that ran out is better than none."""
        problems, over = [], None
        for url in question.urls:
            try:
                data = await self._bytes(question, url)
                answer = await asyncio.to_thread(self._keep, question, data)
            except NoAnswerError as problem:
                problems.append(str(problem))
                continue
            if answer.holds(clock.now()):
                return answer
            over = over or answer
        if over is not None:
            return over
        raise NoAnswerError("; ".join(dict.fromkeys(problems)) or f"no address for {question.kind}")

    async def _bytes(self, question: Question, url: str) -> bytes:
        kind = question.kind
        body = base64.b64encode(question.body).decode()
        content = "application/ocsp-request" if body else ""
        asked = Fetch(0, kind, url, body, content, ACCEPT[kind], SECONDS[kind], MOST[kind])
        fetched = await self.outside.fetch(asked)
        if fetched.code:
            raise NoAnswerError(fetched.reason)
        if fetched.status != OK:
            raise NoAnswerError(f"{kind}: HTTP {fetched.status}")
        return base64.b64decode(fetched.body)

    def _keep(self, question: Question, data: bytes) -> Answer:
        """Look at what came and remember it; an answer that is of no use now is not kept."""
        now = clock.now()
        try:
            answer = read(question.kind, question.check(data), now)
        except (ValueError, TypeError, KeyError, OCSPFetchError) as problem:
            raise NoAnswerError(f"{question.kind}: not understood ({type(problem).__name__})") from None
        if answer.holds(now):
            return self.answers.put(question.name, answer)
        return answer


def about(certificate: x509.Certificate, authority: Authority, nonce: bool = True) -> Question:
    """Return the question to the OCSP responders of a certificate."""
    request = format_ocsp_request(certificate, authority, certid_hash_algo="sha1", request_nonces=nonce)

    def check(data: bytes) -> bytes:
        try:
            process_ocsp_response_data(data, ocsp_request=request, ocsp_url="")
        except OCSPFetchError:
            raise
        except Exception as problem:  # noqa: BLE001 - hostile bytes may fail anywhere in the parser
            raise ValueError(str(type(problem).__name__)) from None
        return data

    name = name_of("ocsp", issuer_serial(certificate) + authority.public_key.sha256)
    return Question("ocsp", name, tuple(get_ocsp_urls(certificate)), check, request.dump())


def lists_of(certificate: x509.Certificate) -> list[Question]:
    """Return the questions for the revocation lists of a certificate, one for each distribution point."""
    questions = []
    for point in get_relevant_crl_dps(certificate, use_deltas=False):
        urls = tuple(enumerate_delivery_point_urls(point))
        if urls:
            questions.append(Question("crl", name_of("crl", "\n".join(urls).encode()), urls, _der))
    return questions


def issuers_at(url: str) -> Question:
    """Return the question for the certificates at an address."""
    return Question("certificate", name_of("certificate", url.encode()), (url,), _certificates)


def certificates_in(data: bytes) -> list[x509.Certificate]:
    """Return the certificates of a DER certificate, a PKCS#7 collection or PEM text.

    Raises:
        ValueError, TypeError, KeyError: it is none of them.
    """
    kind = None if pem.detect(data) else "application/octet-stream"
    found = list(unpack_cert_content(data, kind, "", permit_pem=True))
    for certificate in found:
        _ = certificate.subject, certificate.public_key.sha256
    return found


def response(answer: Answer) -> ocsp.OCSPResponse:
    """Return the OCSP response in an answer."""
    return ocsp.OCSPResponse.load(answer.data)


def _der(data: bytes) -> bytes:
    return pem.unarmor(data)[2] if pem.detect(data) else data


def _certificates(data: bytes) -> bytes:
    certificates_in(data)
    return data
