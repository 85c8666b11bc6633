"""pyhanko-certvalidator's fetchers over the way outside: it always asks them, so the memory lies behind them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import cms, crl, ocsp, x509
from pyhanko_certvalidator.authority import Authority
from pyhanko_certvalidator.errors import CertificateFetchError, CRLFetchError, OCSPFetchError
from pyhanko_certvalidator.fetchers import CertificateFetcher, CRLFetcher, FetcherBackend, Fetchers, OCSPFetcher
from pyhanko_certvalidator.fetchers.common_utils import gather_aia_issuer_urls
from pyhanko_certvalidator.util import issuer_serial

from appliance.core import clock
from appliance.signing import enquiries, long_lists
from appliance.signing.answers import Answer
from appliance.signing.enquiries import Enquiries, NoAnswerError, Question

MOST_QUESTIONS = 60
"""Questions for one certificate path: a path has five certificates at most, and hostile ones ask for thousands."""


@dataclass
class Inquest(FetcherBackend):
    """What is asked for one certificate path: the answers that were used, and what could not be had."""

    enquiries: Enquiries
    used: dict[str, Answer] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    count: int = 0
    begun: datetime = field(default_factory=clock.now)

    def get_fetchers(self) -> Fetchers:
        """Return the three fetchers."""
        return Fetchers(_Ocsp(self), _Lists(self), _Issuers(self))

    async def close(self) -> None:
        """Do nothing: the way outside belongs to the signer."""

    async def ask(self, question: Question) -> Answer:
        """Return an answer and note it.

        Raises:
            NoAnswerError: there is none; its reason is noted.
        """
        self.count += 1
        try:
            if self.count > MOST_QUESTIONS:
                raise NoAnswerError(f"more than {MOST_QUESTIONS} questions for one certificate")
            answer = await self.enquiries.ask(question)
        except NoAnswerError as problem:
            self.missing.append(str(problem))
            raise
        self.used[question.name] = answer
        return answer

    def forget(self) -> bool:
        """Drop the kept answers that were used, so that the next ask goes outside; say whether there was one."""
        kept = [name for name, answer in self.used.items() if answer.fetched < self.begun]
        for name in kept:
            self.enquiries.answers.drop(name)
        return bool(kept)


class _Ocsp(OCSPFetcher):
    def __init__(self, inquest: Inquest) -> None:
        self._inquest = inquest
        self._mine: dict[bytes, ocsp.OCSPResponse] = {}

    async def fetch(self, cert: x509.Certificate | cms.AttributeCertificateV2,
                    authority: Authority) -> ocsp.OCSPResponse:
        try:
            answer = await self._inquest.ask(enquiries.about(cert, authority))
        except NoAnswerError as problem:
            raise OCSPFetchError(str(problem)) from None
        return self._mine.setdefault(issuer_serial(cert), enquiries.response(answer))

    def fetched_responses(self) -> Iterable[ocsp.OCSPResponse]:
        return list(self._mine.values())

    def fetched_responses_for_cert(
            self, cert: x509.Certificate | cms.AttributeCertificateV2) -> Iterable[ocsp.OCSPResponse]:
        mine = self._mine.get(issuer_serial(cert))
        return [] if mine is None else [mine]


class _Lists(CRLFetcher):
    def __init__(self, inquest: Inquest) -> None:
        self._inquest = inquest
        self._by_name: dict[str, crl.CertificateList] = {}
        self._mine: dict[bytes, list[crl.CertificateList]] = {}

    async def fetch(self, cert: x509.Certificate | cms.AttributeCertificateV2, *,
                    use_deltas: bool | None = None) -> Iterable[crl.CertificateList]:  # noqa: ARG002 - whole lists
        found, problem = [], ""
        for question in enquiries.lists_of(cert):
            try:
                answer = await self._inquest.ask(question)
            except NoAnswerError as missing:
                problem = str(missing)
                continue
            found.append(self._by_name.setdefault(question.name, long_lists.load(answer.data)))
        if problem and not found:
            raise CRLFetchError(problem)
        return self._mine.setdefault(issuer_serial(cert), found)

    def fetched_crls(self) -> Iterable[crl.CertificateList]:
        return list(self._by_name.values())

    def fetched_crls_for_cert(
            self, cert: x509.Certificate | cms.AttributeCertificateV2) -> Iterable[crl.CertificateList]:
        return self._mine[issuer_serial(cert)]


class _Issuers(CertificateFetcher):
    def __init__(self, inquest: Inquest) -> None:
        self._inquest = inquest
        self._mine: list[x509.Certificate] = []

    def fetch_cert_issuers(
            self, cert: x509.Certificate | cms.AttributeCertificateV2) -> AsyncGenerator[x509.Certificate, None]:
        return self._at(list(gather_aia_issuer_urls(cert)))

    def fetch_crl_issuers(self, certificate_list: crl.CertificateList) -> AsyncGenerator[x509.Certificate, None]:
        return self._at(list(certificate_list.issuer_cert_urls))

    def fetched_certs(self) -> Iterable[x509.Certificate]:
        return list(self._mine)

    async def _at(self, urls: list[str]) -> AsyncGenerator[x509.Certificate, None]:
        for url in urls:
            for certificate in await self._one(url):
                self._mine.append(certificate)
                yield certificate

    async def _one(self, url: str) -> list[x509.Certificate]:
        """Return what lies at one address; what cannot be had is noted, and the next address is tried."""
        try:
            return enquiries.certificates_in((await self._inquest.ask(enquiries.issuers_at(url))).data)
        except (NoAnswerError, CertificateFetchError):
            return []
