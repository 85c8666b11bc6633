"""Time stamps: the office's authorities asked in their order, a few requests at a time, each answer checked."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import random
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from asn1crypto import tsp, x509
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError, ValidationError

from appliance.core import clock, errors
from appliance.core.errors import ApplianceError
from appliance.core.signature import Tsa
from appliance.signing import tokens
from appliance.signing.clocks import Clocks
from appliance.signing.protocol import Fetch, Outside
from appliance.signing.tokens import Token

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Requests to one authority at a time; a state authority was measured to slow down beyond four."""

MOST = 64 << 10
"""Longest answer in bytes; time stamps have 3 to 10 thousand."""

PAUSES = (1.0, 3.0, 9.0)
"""Seconds between attempts, about."""

REST = 120.0
"""Seconds for which an authority that failed is asked after the others."""

TRUSTED = 3600.0
"""Seconds for which the certificate of an authority is not looked at again."""

DISTRUSTED = 600.0
"""Seconds for which no time stamp is taken by a certificate that somebody spoke against."""

FINAL = frozenset(kind.code for kind in (errors.ADDRESS_REFUSED, errors.TIMESTAMP_UNTRUSTED,
                                         errors.HOST_CLOCK_WRONG, errors.TSA_CLOCK_WRONG))
"""Codes after which another attempt at once changes nothing."""

HTTP_OK = 200


class Authority(TimeStamper):
    """One time-stamping authority, asked over the way outside. ``size``: of its largest token so far, bytes."""

    def __init__(self, settings: Tsa, outside: Outside) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.settings = settings
        self.name = urlsplit(settings.url).netloc
        self.rests_until = 0.0
        self.size = 0
        self.last: Token | None = None
        self._outside = outside
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tokens.Response:
        """Return the answer to one request.

        Raises:
            ApplianceError: OUTSIDE_UNREACHABLE, ADDRESS_REFUSED, TIMESTAMP_REFUSED.
        """
        asked = Fetch(0, "timestamp", self.settings.url, base64.b64encode(req.dump()).decode(),
                      "application/timestamp-query", "application/timestamp-reply", self.settings.seconds, MOST)
        async with self._turns:
            fetched = await self._outside.fetch(asked)
        if fetched.code:
            raise errors.by_code(fetched.code).error(reason=fetched.reason)
        if fetched.status != HTTP_OK:
            raise errors.OUTSIDE_UNREACHABLE.error(reason=f"{self.name}: HTTP {fetched.status}")
        return tokens.read(base64.b64decode(fetched.body), fetched.content_type)

    async def token(self, digest: bytes) -> Token:
        """Return a time stamp over a SHA-256 whose content and signature are right; errors as ``tokens``."""
        asked = tokens.request(digest, self.settings.policy)
        token = tokens.inspect(await self.async_request_tsa_response(asked), asked)
        self.size = max(self.size, token.size)
        return token


@dataclass
class Timestamps:
    """Every authority of the office. ``pauses`` and ``rest`` are in seconds."""

    authorities: Sequence[Authority]
    roots: Sequence[x509.Certificate]
    clocks: Clocks = field(default_factory=Clocks)
    pauses: Sequence[float] = PAUSES
    rest: float = REST
    now: Callable[[], datetime] = clock.now
    _trusted: dict[bytes, float] = field(default_factory=dict)
    _distrusted: dict[bytes, float] = field(default_factory=dict)
    _meeting: asyncio.Task[Token] | None = None

    @property
    def resting(self) -> bool:
        """Say whether there are authorities and every one failed just now."""
        now = time.monotonic()
        return bool(self.authorities) and all(authority.rests_until > now for authority in self.authorities)

    @property
    def size(self) -> int:
        """Size of the largest token seen, bytes; 0 before the first."""
        return max((authority.size for authority in self.authorities), default=0)

    async def meet(self) -> Token:
        """Return a token of the authority that will probably answer; at first a stamp on nothing is asked for.

        So its certificate and the size of its tokens are known before a key is used; many who want to know share
        one question. Errors as ``token``.
        """
        known = [one.last for one in self._in_order() if one.last is not None]
        if known:
            return known[0]
        if self._meeting is None or self._meeting.done():
            self._meeting = asyncio.create_task(self.token(hashlib.sha256(secrets.token_bytes(32)).digest()))
            self._meeting.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(self._meeting)

    async def token(self, digest: bytes) -> Token:
        """Return a time stamp over a SHA-256 by the first authority that gives a right one.

        Raises:
            ApplianceError: TSA_MISSING, or what is told by the authority whose failure says most.
        """
        problems = []
        for authority in self._in_order():
            try:
                return await self._asked(authority, digest)
            except ApplianceError as problem:
                log.warning("no time stamp from %s: %s", authority.name, problem.code)
                authority.rests_until = time.monotonic() + self.rest
                problems.append(problem)
        if not problems:
            raise errors.TSA_MISSING.error()
        raise max(reversed(problems), key=lambda problem: problem.code)

    def distrust(self, certificate: x509.Certificate) -> None:
        """Take no time stamp by a certificate for a while: it is revoked; another authority's may do."""
        self._trusted.pop(certificate.sha256, None)
        self._distrusted[certificate.sha256] = time.monotonic() + DISTRUSTED
        for authority in self.authorities:
            if authority.last is not None and authority.last.certificate.sha256 == certificate.sha256:
                authority.last = None

    def _in_order(self) -> list[Authority]:
        """Return the authorities as configured, those that failed just now behind the others."""
        now = time.monotonic()
        return sorted(self.authorities, key=lambda authority: authority.rests_until > now)

    async def _asked(self, authority: Authority, digest: bytes) -> Token:
        """Ask one authority as often as its settings allow."""
        for attempt in range(authority.settings.attempts):
            if attempt:
                pause = self.pauses[min(attempt, len(self.pauses)) - 1]
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load, guards nothing
            try:
                return await self._once(authority, digest)
            except ApplianceError as problem:
                if problem.code in FINAL or attempt + 1 == authority.settings.attempts:
                    raise
                log.info("attempt %d at %s: %s", attempt + 1, authority.name, problem.code)
        raise errors.TSA_MISSING.error()

    async def _once(self, authority: Authority, digest: bytes) -> Token:
        began = self.now()
        token = await authority.token(digest)
        ended = self.now()
        ahead = _ahead(token.moment, began, ended)
        self.clocks.compare(authority.settings.url, ahead, ended.timestamp(), time.monotonic())
        await self._refuse_untrusted(token)
        authority.last = token
        authority.rests_until = 0.0
        return token

    async def _refuse_untrusted(self, token: Token) -> None:
        """Refuse a certificate that does not lead to a trusted root or is not for time stamps.

        Raises:
            ApplianceError: TIMESTAMP_UNTRUSTED.
        """
        name = token.certificate.sha256
        if self._distrusted.get(name, 0.0) > time.monotonic():
            raise errors.TIMESTAMP_UNTRUSTED.error(reason="its certificate did not hold a moment ago")
        if self._trusted.get(name, 0.0) > time.monotonic():
            return
        context = ValidationContext(trust_roots=list(self.roots), other_certs=list(token.others),
                                    allow_fetching=False, revocation_mode="soft-fail", moment=token.moment)
        validator = CertificateValidator(token.certificate, validation_context=context)
        try:
            await validator.async_validate_usage(set(), {"time_stamping"})  # type: ignore[no-untyped-call]
        except (PathBuildingError, PathValidationError, ValidationError) as problem:
            raise errors.TIMESTAMP_UNTRUSTED.error(reason=type(problem).__name__) from None
        self._trusted[name] = time.monotonic() + TRUSTED


def _ahead(told: datetime, began: datetime, ended: datetime) -> float:
    """Return how far the told time lies beyond the time in which it was asked for; seconds, below 0: before."""
    if told > ended:
        return (told - ended).total_seconds()
    return min(0.0, (told - began).total_seconds())
