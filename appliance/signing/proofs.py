"""What proves a signature for as long as its certificates are long gone: chains, OCSP answers, revocation lists."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from asn1crypto import crl, ocsp, x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.util import get_declared_revinfo

from appliance.core import clock, errors
from appliance.core.errors import ApplianceError
from appliance.signing import validity
from appliance.signing.fetchers import Inquest
from appliance.signing.validity import TOLERANCE, Trust

KEPT = timedelta(minutes=10)
"""How long what was collected is used for other documents too, at most."""

PAUSE = 300.0
"""Seconds in which what could not be had is not asked for again, where a signature may do without: longer than a
time stamp takes, so that a document waits for it once."""

UNHEARD = frozenset(kind.code for kind in (errors.REVOCATION_UNKNOWN, errors.OUTSIDE_UNREACHABLE,
                                           errors.ADDRESS_REFUSED))
"""Codes that say nothing against a certificate, only that nobody could be asked."""


@dataclass(frozen=True)
class Party:
    """A certificate and those that came with it; ``roots`` are trusted for it besides the office's."""

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...] = ()
    roots: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True)
class Proof:
    """Everything that validates a signer and a time-stamping authority without a network."""

    certificates: tuple[x509.Certificate, ...]
    ocsps: tuple[ocsp.OCSPResponse, ...]
    crls: tuple[crl.CertificateList, ...]
    until: datetime

    def covers(self, certificate: x509.Certificate) -> bool:
        """Say whether a certificate is among the proved ones."""
        return any(one.sha256 == certificate.sha256 for one in self.certificates)


@dataclass
class Proofs:
    """Collects proofs, one for a signer and an authority, and keeps each as long as it is fresh."""

    trust: Trust
    _kept: dict[tuple[bytes, bytes], Proof] = field(default_factory=dict)
    _silent: dict[tuple[bytes, bytes], float] = field(default_factory=dict)

    async def of(self, signer: Party, authority: Party) -> Proof:
        """Return the proof of both.

        Raises:
            ApplianceError: why the signer's certificate may not sign (``validity``), TIMESTAMP_UNTRUSTED for the
                authority's, LEVEL_MISSED where a certificate names nobody to ask.
        """
        names = (signer.certificate.sha256, authority.certificate.sha256)
        known = self._kept.get(names)
        if known is None or known.until <= clock.now():
            known = self._kept[names] = await self._collect(signer, authority)
        return known

    async def within(self, seconds: float, signer: Party, authority: Party) -> Proof | None:
        """Return the proof of both, or None when it cannot be had in time.

        Raises:
            ApplianceError: somebody says that a certificate may not be used.
        """
        names = (signer.certificate.sha256, authority.certificate.sha256)
        if seconds <= 0 or time.monotonic() < self._silent.get(names, 0.0):
            return None
        try:
            async with asyncio.timeout(seconds):
                return await self.of(signer, authority)
        except TimeoutError:
            self._silent[names] = time.monotonic() + PAUSE
        except ApplianceError as problem:
            if problem.code not in UNHEARD and problem.kind is not errors.LEVEL_MISSED:
                raise
            self._silent[names] = time.monotonic() + PAUSE
        return None

    async def _collect(self, signer: Party, authority: Party) -> Proof:
        """Collect; kept answers that do not bear a look, though every one was there, are asked for anew once."""
        inquest = Inquest(self.trust.enquiries)
        try:
            return await self._collected(signer, authority, inquest)
        except ApplianceError as problem:
            if problem.kind is errors.CERTIFICATE_REVOKED or inquest.missing or not inquest.forget():
                raise
        return await self._collected(signer, authority, Inquest(self.trust.enquiries))

    async def _collected(self, signer: Party, authority: Party, inquest: Inquest) -> Proof:
        context = ValidationContext(
            trust_roots=[*self.trust.roots, *signer.roots, *authority.roots],
            other_certs=[*signer.others, *authority.others], allow_fetching=True, revocation_mode="hard-fail",
            time_tolerance=TOLERANCE, fetchers=inquest.get_fetchers())
        paths = [await _signing(signer, context, inquest), await _stamping(authority, context, inquest)]
        _refuse_silent(paths)
        certificates = {one.sha256: one for path in paths for one in path if isinstance(one, x509.Certificate)}
        ends = [answer.renew_at for name, answer in inquest.used.items() if not name.startswith("certificate")]
        return Proof(tuple(certificates.values()), tuple(context.ocsps), tuple(context.crls),
                     min([clock.now() + KEPT, *ends]))


async def _signing(party: Party, context: ValidationContext, inquest: Inquest) -> ValidationPath:
    validator = CertificateValidator(party.certificate, party.others, validation_context=context)
    try:
        path: ValidationPath = await validator.async_validate_usage(validity.USE)  # type: ignore[no-untyped-call]
    except (PathError, ValidationError) as problem:
        raise validity.told(problem, inquest.missing) from None
    return path


async def _stamping(party: Party, context: ValidationContext, inquest: Inquest) -> ValidationPath:
    validator = CertificateValidator(party.certificate, party.others, validation_context=context)
    try:
        path: ValidationPath = await validator.async_validate_usage(  # type: ignore[no-untyped-call]
            set(), {"time_stamping"})
    except (PathError, ValidationError) as problem:
        told = validity.told(problem, inquest.missing)
        if told.code in UNHEARD:
            raise told from None
        raise errors.TIMESTAMP_UNTRUSTED.error(reason=str(told.details.get("reason", ""))) from None
    return path


def _refuse_silent(paths: Sequence[ValidationPath]) -> None:
    """Refuse chains of which nobody would ever say that they were not revoked: that would be no B-LT."""
    for path in paths:
        for one in list(path)[1:]:
            if not any(get_declared_revinfo(one)) and one.ocsp_no_check_value is None:
                raise errors.LEVEL_MISSED.error(level="B-LT", reason="a certificate names nobody to ask")


def proves(one: x509.Certificate, ocsps: Iterable[ocsp.OCSPResponse], lists: Iterable[crl.CertificateList]) -> bool:
    """Say whether there is an answer on a certificate among OCSP answers and revocation lists."""
    if any(listed.issuer == one.issuer for listed in lists):
        return True
    singles = [single for answer in ocsps
               for single in answer.basic_ocsp_response["tbs_response_data"]["responses"]]
    return any(_is_of(single["cert_id"], one) for single in singles)


def _is_of(named: ocsp.CertId, one: x509.Certificate) -> bool:
    """Say whether an OCSP answer means a certificate: a number alone may be given by two issuers."""
    issuer = hashlib.new(named["hash_algorithm"]["algorithm"].native, one.issuer.dump()).digest()
    return bool(named["serial_number"].native == one.serial_number and named["issuer_name_hash"].native == issuer)
