"""Jobs on signatures: given, lifted, looked at."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.model import Box
from appliance.core.stamping import StampLook

__all__ = [
    "AGENCY", "EvidenceItem", "LiftJob", "SealDone", "SealJob", "SignJob", "SignPolicy", "Signed", "Stencil",
    "Verified", "VerifyJob",
]


AGENCY = "agency"
"""Name of the office's key; a person's own key goes by the staff code."""


@dataclass(frozen=True, slots=True)
class SignPolicy:
    """How much a signature must prove (core/rules.py: SignatureTable)."""

    level: str = "B-B"
    lt_seconds: float = 0.0
    without_timestamp: str = "wait"


@dataclass(frozen=True, slots=True)
class Stencil:
    """The office's seal as a file of one G4 strip without header, one bit a pixel; its ink is painted."""

    path: str
    sha256: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class SealJob:
    """Make the stencil of a seal's image with this SHA-256. Answer: ``SealDone``.

    ``out`` is the file to write; ``diameter_mm`` is how large the seal is in truth.
    """

    path: str
    sha256: str
    diameter_mm: float
    out: str
    max_pixels: int


@dataclass(frozen=True, slots=True)
class SealDone:
    """A stencil that is durable, or ``fault``: why the image is none of a red seal, Vietnamese and English."""

    stencil: Stencil | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class SignJob:
    """Sign one document. Answer: ``Signed``. The output is adopted if it is already there and whole.

    ``certificate``: SHA-256 of that which the leave is for; no other key of that name signs. Empty: any.
    """

    document: str
    unsigned: str
    unsigned_sha256: str
    out: str
    box: Box
    lines: tuple[str, ...]
    look: StampLook
    signed_at: str
    field_name: str = "Signature1"
    key: str = AGENCY
    policy: SignPolicy = SignPolicy()
    seal: Stencil | None = None
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class LiftJob:
    """Give a B-B signature its time stamp, and what else its policy asks. Answer: ``Signed``.

    ``path`` is the signed file with this hash; it is replaced in one step, or stays as it is.
    """

    document: str
    path: str
    sha256: str
    policy: SignPolicy


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One thing that was known when a signature was made; ``path`` is its durable file, named by its SHA-256.

    ``kind``: certificate, chain, ocsp, crl, timestamp or result.
    """

    kind: str
    sha256: str
    path: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed PDF/A is durable at ``path``.

    Attributes:
        level: what the signature is in truth, B-B to B-LTA.
        key: SHA-256 of the signer's certificate, lowercase hex.
        stamped_at: moment of its time stamp, ISO 8601; empty without one.
        evidence: what was known of certificate and time when it was made.
    """

    path: str
    sha256: str
    size: int
    level: str
    signer: str
    stamp: str
    development_key: bool
    adopted: bool = False
    seconds: float = 0.0
    key: str = ""
    stamped_at: str = ""
    evidence: tuple[EvidenceItem, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifyJob:
    """Look at the signature of one signed document, a job for the signer. Answer: ``Verified``."""

    document: str
    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What the signature of a document is worth; ``reason`` says what does not hold."""

    valid: bool
    reason: str
    sha256: str
    signer: str = ""
    trusted: bool = False
