"""Whether a certificate may sign now: chain, use, revocation; asked before a key is held, and again while it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from asn1crypto import pem, x509
from cryptography.hazmat.primitives import serialization
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator import errors as problems
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, CertRevTrustPolicy, RevocationCheckingPolicy
from pyhanko_certvalidator.util import get_declared_revinfo

from appliance.core import clock, errors
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.signing import lawful
from appliance.signing.answers import Answers
from appliance.signing.enquiries import Enquiries
from appliance.signing.fetchers import Inquest
from appliance.signing.keys import Key
from appliance.signing.protocol import Outside

USE = {"non_repudiation"}
EVERY = timedelta(minutes=5)
"""How often a key that is held is looked at again; what authorities said is remembered, so this is cheap."""

SOONEST = timedelta(seconds=10)
TOLERANCE = timedelta(minutes=1)
"""How far the clocks of authorities and host may lie apart."""

PATHLESS = errors.both("thiếu chứng thư gốc của nó", "its root is missing")
UNPROVED = errors.both("câu trả lời không kiểm tra được", "answers do not verify")

KNOWN, UNKNOWN, NOT_NAMED = "good", "unknown", "not named"

_WORDS: tuple[tuple[type[Exception], errors.Kind, Callable[[Any], str]], ...] = (
    (problems.RevokedError, errors.CERTIFICATE_REVOKED,
     lambda of: f"{clock.iso(of.revocation_dt)}, {of.reason.native}"),
    (problems.ExpiredError, errors.CERTIFICATE_EXPIRED, lambda of: clock.iso(of.expired_dt)),
    (problems.NotYetValidError, errors.CERTIFICATE_NOT_YET, lambda of: clock.iso(of.valid_from)),
    (problems.DisallowedAlgorithmError, errors.CERTIFICATE_WEAK, lambda _: errors.both(
        "thuật toán hoặc khóa không được dùng",
        "algorithm or key not allowed")),
    (problems.StaleRevinfoError, errors.REVOCATION_UNKNOWN,
     lambda of: errors.both(f"câu trả lời hết hạn {clock.iso(of.time_cutoff)}",
                            f"answers ran out {clock.iso(of.time_cutoff)}")),
    (problems.InvalidCertificateError, errors.CERTIFICATE_USAGE, lambda _: errors.both(
        "mục đích dùng khóa",
        "key usage")),
)


@dataclass(frozen=True)
class Trust:
    """Whom the office trusts, and how to ask them. One for a process.

    Attributes:
        roots: certificates that chains must lead to.
        strict: whether nobody saying that it is not revoked means that nothing is signed.
    """

    roots: tuple[x509.Certificate, ...]
    strict: bool
    enquiries: Enquiries


@dataclass(frozen=True)
class Standing:
    """A certificate that may sign, with what says so: DER of the pieces.

    Attributes:
        revocation: ``good``, ``unknown`` (nobody could be asked, and the settings let it pass), or ``not named``
            when the certificates name nobody to ask.
        checked: when it was looked at; until: when it is to be looked at again at the latest.
        missing: what could not be had, in words that name hosts only.
    """

    certificate: bytes
    chain: tuple[bytes, ...]
    ocsps: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    revocation: str
    checked: datetime
    until: datetime
    missing: tuple[str, ...] = ()


def trust_of(config: Config, outside: Outside) -> Trust:
    """Return whom the settings trust; answers are remembered below ``state/revocation``.

    Raises:
        ApplianceError: TRUST_UNREADABLE.
    """
    roots = tuple(root for path in config.signing.trust for root in certificates(Path(path)))
    answers = Answers(config.storage.state / "revocation")
    return Trust(roots, config.signing.revocation == "require", Enquiries(outside, answers))


async def refuse_invalid(key: Key, trust: Trust) -> Standing:
    """Refuse a key whose certificate may not sign now; return what says that it may.

    Raises:
        ApplianceError: CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET, CERTIFICATE_REVOKED, CERTIFICATE_USAGE,
            ISSUER_UNKNOWN, CERTIFICATE_SELF_SIGNED, CERTIFICATE_WEAK, REVOCATION_UNKNOWN, TRUST_UNREADABLE.
    """
    lawful.refuse_unlawful(key.certificate)
    lawful.refuse_outside_validity(key.certificate, clock.now())
    for last in (False, True):
        inquest = Inquest(trust.enquiries)
        try:
            return await _looked_at(key, trust, inquest)
        except problems.InsufficientRevinfoError as problem:
            if last or not inquest.forget():
                return await _unheard(key, trust, inquest, problem)
        except (problems.PathError, problems.ValidationError) as problem:
            refusal = told(problem, inquest.missing)
            if last or refusal.kind is not errors.ISSUER_UNKNOWN or not inquest.forget():
                raise refusal from None
    raise AssertionError("the second look is the last one")


def told(problem: Exception, missing: Sequence[str] = ()) -> ApplianceError:
    """Return the appliance's error for one of pyhanko-certvalidator; its own words name people and are not used.

    ``missing``: what could not be had meanwhile: an issuer that could not be fetched is not an unknown one.
    """
    which = ("", "") if getattr(problem, "is_ee_cert", True) else ("của bên cấp, ", "of its issuer, ")
    unheard = "; ".join(dict.fromkeys(missing))
    for kind, error, words in _WORDS:
        if isinstance(problem, kind):
            return error.error(reason=_said(which, words(problem)))
    if isinstance(problem, problems.InsufficientRevinfoError):
        return errors.REVOCATION_UNKNOWN.error(reason=unheard or UNPROVED)
    if isinstance(problem, problems.PathError) and unheard:
        return errors.REVOCATION_UNKNOWN.error(reason=unheard)
    return errors.ISSUER_UNKNOWN.error(reason=_said(which, PATHLESS))


def _said(which: tuple[str, str], words: str) -> str:
    """Return a reason in both languages with whose certificate it is of."""
    vi, en = (begin + errors.half(words, lang) for lang, begin in enumerate(which))
    return vi if vi == en else errors.both(vi, en)


def certificates(path: Path) -> list[x509.Certificate]:
    """Return the certificates of a PEM file of roots.

    Raises:
        ApplianceError: TRUST_UNREADABLE.
    """
    try:
        found = [x509.Certificate.load(der) for _, _, der in pem.unarmor(path.read_bytes(), multiple=True)]
        return [root for root in found if root.subject]
    except OSError as problem:
        raise errors.TRUST_UNREADABLE.error(path=str(path), reason=problem.strerror or "unreadable") from None
    except (ValueError, TypeError, KeyError):
        raise errors.TRUST_UNREADABLE.error(path=str(path), reason="no PEM certificate") from None


def _context(key: Key, trust: Trust, inquest: Inquest, policy: CertRevTrustPolicy) -> ValidationContext:
    own = certificates(Path(key.trust_root)) if key.development and key.trust_root else []
    return ValidationContext(
        trust_roots=[*trust.roots, *own], other_certs=list(key.signer.cert_registry), allow_fetching=True,
        revinfo_policy=policy, time_tolerance=TOLERANCE, fetchers=inquest.get_fetchers(),
    )


async def _looked_at(key: Key, trust: Trust, inquest: Inquest) -> Standing:
    mode = RevocationCheckingPolicy.from_legacy("hard-fail" if trust.strict else "soft-fail")
    validation = _context(key, trust, inquest, CertRevTrustPolicy(mode))
    path = await _path(key, validation)
    return _standing(path, validation, inquest, _revocation(path, validation))


async def _unheard(key: Key, trust: Trust, inquest: Inquest, problem: Exception) -> Standing:
    """Let a certificate pass of which nobody can say anything, where the settings do; else raise."""
    if trust.strict:
        raise told(problem, inquest.missing) from None
    validation = _context(key, trust, inquest, CertRevTrustPolicy(NO_REVOCATION))
    try:
        path = await _path(key, validation)
    except (problems.PathError, problems.ValidationError) as other:
        raise told(other, inquest.missing) from None
    inquest.missing.append("answers do not verify, or have run out")
    return _standing(path, validation, inquest, UNKNOWN)


async def _path(key: Key, validation: ValidationContext) -> ValidationPath:
    der = key.certificate.public_bytes(serialization.Encoding.DER)
    validator = CertificateValidator(x509.Certificate.load(der), validation_context=validation)
    path: ValidationPath = await validator.async_validate_usage(USE)  # type: ignore[no-untyped-call]
    return path


def _standing(path: ValidationPath, validation: ValidationContext, inquest: Inquest, revocation: str) -> Standing:
    now = clock.now()
    line = [item for item in path if isinstance(item, x509.Certificate)]
    ends = [answer.renew_at for name, answer in inquest.used.items() if not name.startswith("certificate")]
    return Standing(
        line[-1].dump(), tuple(item.dump() for item in line[:-1]),
        tuple(item.dump() for item in validation.ocsps), tuple(item.dump() for item in validation.crls),
        revocation, now, max(now + SOONEST, min([now + EVERY, *ends])), tuple(inquest.missing),
    )


def _revocation(path: ValidationPath, validation: ValidationContext) -> str:
    if validation.soft_fail_exceptions:
        return UNKNOWN
    named = any(any(get_declared_revinfo(item)) for item in path
                if isinstance(item, x509.Certificate) and not item.self_issued)
    return KNOWN if named else NOT_NAMED
