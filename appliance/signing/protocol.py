"""What the signer process and the daemon say to each other (core/wire.py), as typed values.

Signer to daemon: ``hello`` once the key is ready, or ``refused`` and then it ends; ``signed``,
``verified`` or ``failed`` for each job. Daemon to signer: ``sign`` with a ``SignJob``, ``verify`` with a
``VerifyJob``. One job at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.core.errors import ApplianceError, by_code
from appliance.core.jobs import Signed, Verified


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """The key that signs (``hello``).

    Attributes:
        subject: common name of the certificate; a person's name for a personal one: never in a metric.
        issuer: common name of who issued it.
        not_before: ISO 8601; not_after likewise.
        development: whether it is a key for trials, to be marked wherever it shows.
        algorithm: how it signs, in words.
        trust_root: PEM file a receiver may trust, empty when none lies beside the key.
        pid: process that holds the key.
    """

    subject: str
    issuer: str
    not_before: str
    not_after: str
    development: bool
    algorithm: str
    trust_root: str = ""
    pid: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """A document is signed (``signed``)."""

    document: str
    signed: Signed


@dataclass(frozen=True, slots=True)
class Looked:
    """The signature of a document was looked at (``verified``)."""

    document: str
    verified: Verified


@dataclass(frozen=True, slots=True)
class Failed:
    """A document could not be signed, or its signature not be looked at (``failed``)."""

    document: str
    code: str
    reason: str
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """There is no key that may sign (``refused``); the signer ends."""

    code: str
    reason: str
    details: dict[str, str] = field(default_factory=dict)


def details_of(problem: ApplianceError) -> dict[str, str]:
    """Return an error's details as text, so that they may travel."""
    return {name: str(value) for name, value in problem.details.items()}


def error_of(answer: Failed | Refused) -> ApplianceError:
    """Return the error that was told."""
    return by_code(answer.code).error(**{"reason": answer.reason, **answer.details})
