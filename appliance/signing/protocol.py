"""What the signer process and the daemon say to each other (core/wire.py), as typed values.

Daemon to signer: ``ask`` with an ``Asked``, many at a time; ``fetched`` with what a ``fetch`` brought.
Signer to daemon: ``hello`` for each key that is ready, ``gone`` for one that is no more, ``refused`` when the
office's key cannot be had; ``done`` or ``failed`` for each thing that was asked; ``fetch`` for everything that lies
on a network: the signer itself has none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from appliance.core.errors import ApplianceError, by_code
from appliance.core.jobs import AGENCY

LIMIT = 32 << 20
"""Longest line in bytes: a revocation list of a large authority has megabytes."""


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A key that signs (``hello``).

    Attributes:
        subject: common name of the certificate; a person's name for a personal one: never in a metric.
        issuer: common name of who issued it.
        not_before: ISO 8601; not_after likewise.
        development: whether it is a key for trials, to be marked wherever it shows.
        algorithm: how it signs, in words.
        trust_root: PEM file a receiver may trust, empty when none lies beside the key.
        pid: process that holds the key.
        name: ``agency``, or the staff code of the person whose own key it is.
        fingerprint: SHA-256 of the certificate, lowercase hex.
    """

    subject: str
    issuer: str
    not_before: str
    not_after: str
    development: bool
    algorithm: str
    trust_root: str = ""
    pid: int = 0
    name: str = AGENCY
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted (``ask``): ``what`` is sign, lift, verify, open, close or unlock; ``body`` its job."""

    number: int
    what: str
    body: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Done:
    """The answer to what was asked (``done``)."""

    number: int
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """What was asked could not be done (``failed``)."""

    number: int
    code: str
    reason: str
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A person's own key is to be used until the session is closed: ``open``. Answer: ``KeyFacts``.

    ``token`` is a PKCS#11 URI, empty for a development key; ``name`` is whom its certificate must name. ``again``:
    one more try after two wrong PINs.
    """

    code: str
    name: str
    token: str = ""
    pin: str = field(default="", repr=False)
    again: bool = False


@dataclass(frozen=True, slots=True)
class CloseSession:
    """A person's key is no longer to be used: ``close``. Answer: nothing."""

    code: str


@dataclass(frozen=True, slots=True)
class Unlock:
    """The PIN of the office's token, from a person: ``unlock``. Answer: ``KeyFacts``.

    An empty ``pin``: that of the systemd credential. ``again``: a person has looked and allows one more try after
    two wrong PINs, and takes the present time of the clock for right.
    """

    pin: str = field(default="", repr=False)
    again: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """A key can no longer be used (``gone``): token taken out, session closed, certificate no longer valid."""

    name: str
    code: str
    reason: str
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """There is no key of the office that may sign (``refused``)."""

    code: str
    reason: str
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stamper:
    """When the certificate of a time-stamping authority ends (``stamper``), ISO 8601: told when it is news."""

    not_after: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """A request to the world outside (``fetch``).

    Attributes:
        number: of the request, told again in the answer.
        purpose: timestamp, ocsp, crl, certificate or remote.
        url: where to; asked only if the settings name it.
        body: base64 of what is posted; empty: it is a GET.
        content_type: of the body. accept: of the answer.
        seconds: how long the answer may take. most: how long it may be, in bytes.
        token: name of the systemd credential that is sent as bearer token; empty: none.
    """

    number: int
    purpose: str
    url: str
    body: str = ""
    content_type: str = ""
    accept: str = ""
    seconds: float = 10.0
    most: int = 1 << 20
    token: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a request brought (``fetched``): a status and base64 of the answer, or the code of an error and why."""

    number: int
    status: int = 0
    content_type: str = ""
    body: str = ""
    code: str = ""
    reason: str = ""


KEY_USED = "key_used"
"""Detail of an error after which a use of the key was in vain: the signature was thrown away."""


class Outside(Protocol):
    """The way to the world outside: the line to the daemon, or the daemon's own client."""

    async def fetch(self, asked: Fetch) -> Fetched:
        """Return what a request brought. Never raises for what the network does."""
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...


class Nowhere:
    """No way outside: for signatures that need none."""

    async def fetch(self, asked: Fetch) -> Fetched:
        """Say that nothing can be reached."""
        return Fetched(asked.number, code="K530", reason="there is no way to a network")

    async def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


NOWHERE: Outside = Nowhere()


def details_of(problem: ApplianceError) -> dict[str, str]:
    """Return an error's details as text, so that they may travel."""
    return {name: str(value) for name, value in problem.details.items()}


def reason_of(problem: ApplianceError) -> str:
    """Return an error's reason in a few words."""
    return str(problem.details.get("reason", problem.en))


def error_of(answer: Failed | Refused | Gone, name: str = AGENCY) -> ApplianceError:
    """Return the error that was told of the key of this name."""
    return with_command(by_code(answer.code).error(**{"reason": answer.reason, **answer.details}), name)


def with_command(problem: ApplianceError, name: str) -> ApplianceError:
    """Return an error with the command by which this key's PIN is given, where its text has a place for that."""
    if "{command}" in problem.kind.vi:
        problem.details["command"] = command_of(name)
    return problem


def command_of(name: str) -> str:
    """Return the command by which the PIN of a key is given, by the key's name."""
    return "appliance sign unlock" if name == AGENCY else f"appliance sign open {name}"
