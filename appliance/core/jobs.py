"""What is asked of another process and what comes back. Names of files travel, never pixels.

Paths are absolute text. Every answer may be computed twice with the same effect.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from appliance.core.limits import TargetLimits
from appliance.core.model import (
    Box,
    EmptyBand,
    Geometry,
    ImageFormat,
    ImageRules,
    Master,
    PageAnalysis,
    Treatment,
    Verdict,
)
from appliance.core.target import TargetReading


class Priority(IntEnum):
    """Lower goes first: a look at a page being fed, at one still in the tray, at any other; then what lasts."""

    OPERATOR = 0
    TRAY = 3
    BACKLOG = 6
    PAGE = 10
    BULK = 20


@dataclass(frozen=True, slots=True)
class AnalyseJob:
    """Look at one captured side. Answer: ``PageAnalysis``."""

    master: Master
    path: str
    rules: ImageRules
    max_pixels: int


@dataclass(frozen=True, slots=True)
class ReadJob:
    """Read the text of one page and write it (documents/page_text.py) to ``out``. Answer: ``ReadDone``."""

    path: str
    format: ImageFormat
    geometry: Geometry
    dpi: int
    ocr_dpi: int
    languages: str
    engine: str
    tessdata: str
    seconds: int
    out: str
    treatment: Treatment | None = None


@dataclass(frozen=True, slots=True)
class ReadDone:
    """The text is durable at ``out``; ``after`` says why the page had to be read again, if it had.

    ``normative``: the page's heading is that of a legal normative document.
    """

    out: str
    engine: str
    words: int
    certainty: float
    seconds: float = 0.0
    after: str = ""
    normative: bool = False


@dataclass(frozen=True, slots=True)
class AssemblePage:
    """One page of a document: master, how it lies, its text (empty path: none)."""

    path: str
    sha256: str
    format: ImageFormat
    width: int
    height: int
    components: int
    dpi: int
    geometry: Geometry
    text: str = ""


@dataclass(frozen=True, slots=True)
class StampSpace:
    """How large the stamp is and where it should stand (rule profile), in mm."""

    corner: str
    width_mm: float
    height_mm: float
    margin_mm: float


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """A part of a document with a bookmark of its own: where it begins, pages counted from 0, and its name."""

    first: int
    title: str


@dataclass(frozen=True, slots=True)
class AssembleJob:
    """Write one document as PDF/A. Answer: ``Assembled``. ``created`` is ISO 8601 +07:00.

    Attributes:
        fields: descriptive fields of the document by name (rules.md 1.4).
        provenance: what identifies the capture: document and batches.
        parts: bookmarks below the document's own; none where it is of one piece.
        conformance: 2b, or 2u where the rule profile wants it.
    """

    pages: tuple[AssemblePage, ...]
    out: str
    identifier: str
    title: str
    creator: str
    subject: str
    conversion_mark: str
    created: str
    stamp: StampSpace
    band: EmptyBand = EmptyBand()
    fields: dict[str, str] = field(default_factory=dict)
    provenance: str = ""
    parts: tuple[DocumentPart, ...] = ()
    conformance: str = "2b"


@dataclass(frozen=True, slots=True)
class Assembled:
    """An unsigned PDF/A is durable at ``path``. ``stamp_box`` is in points, PDF axes, page 1."""

    path: str
    sha256: str
    size: int
    pages: int
    stamp_box: Box
    seconds: float = 0.0


AGENCY = "agency"
"""Name of the office's key; a person's own key goes by the staff code."""


@dataclass(frozen=True, slots=True)
class SignPolicy:
    """How much a signature must prove (core/rules.py: SignatureTable)."""

    level: str = "B-B"
    lt_seconds: float = 0.0
    without_timestamp: str = "wait"


@dataclass(frozen=True, slots=True)
class SignJob:
    """Sign one document. Answer: ``Signed``. The output is adopted if it is already there and whole."""

    document: str
    unsigned: str
    unsigned_sha256: str
    out: str
    box: Box
    lines: tuple[str, ...]
    font_size: float
    signed_at: str
    field_name: str = "Signature1"
    key: str = AGENCY
    policy: SignPolicy = SignPolicy()


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
class CataloguePage:
    """One page whose fields are read.

    Attributes:
        text: file of its text, empty: none.
        path, format, geometry, dpi, treatment: of its master, for a second look at small places.
    """

    text: str
    geometry: Geometry
    path: str = ""
    format: ImageFormat = ImageFormat.JPEG
    dpi: int = 300
    treatment: Treatment | None = None


@dataclass(frozen=True, slots=True)
class CatalogueJob:
    """Read the fields of one document from the text of its pages. Answer: ``Catalogued``.

    ``wanted`` names the fields; ``latest`` is the last day a paper may be of, ISO 8601. ``languages``: what a
    second look reads with; empty: there is none.
    """

    pages: tuple[CataloguePage, ...]
    wanted: tuple[str, ...]
    latest: str
    languages: str = ""
    engine: str = "tesserocr"
    tessdata: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A field that stands on a page: personal data, never logged. An empty value: the page says two things.

    Attributes:
        certainty: 0..1, how sure OCR is of it times how well it fits; 1 for what a person says.
        box: where it stands, pixels of the upright page; None where a person says it.
        page: number of the page within the document, from 1.
    """

    name: str
    value: str
    certainty: float
    box: Box | None = None
    page: int = 0
    source: str = "page"


@dataclass(frozen=True, slots=True)
class Catalogued:
    """The fields of one document."""

    found: tuple[Found, ...]


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


@dataclass(frozen=True, slots=True)
class PackageDocument:
    """One signed document of a package; ``fields`` are EAD_doc fields by name (rules.md 1.4)."""

    ordinal: int
    path: str
    sha256: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class PackageJob:
    """Build one submission package. Answer: ``Packed``. Same job, same bytes.

    Attributes:
        uuid: identity of the package, uppercase in the package, written to the ledger before.
        created: ISO 8601 +07:00 with milliseconds.
        fields: EAD fields of the dossier by name.
        provenance: JSON text for ``documentation/capture-provenance.json``.
        replaces: UUID of the package whose place a REPLACEMENT takes.
    """

    layout: str
    uuid: str
    created: str
    file_code: str
    title: str
    organisation: str
    organisation_id: str
    record_status: str
    fields: dict[str, str]
    documents: tuple[PackageDocument, ...]
    provenance: str
    schemas: str
    out: str
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Packed:
    """A package is durable at ``path``."""

    path: str
    sha256: str
    size: int
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RestoreDocument:
    """A signed document that is taken out of a package: its name without ``.pdf``, hash, and where it goes."""

    name: str
    sha256: str
    out: str


@dataclass(frozen=True, slots=True)
class RestoreJob:
    """Bring documents and masters back from a package with this SHA-256. Answer: ``Restored``.

    ``masters``: where each goes, by its SHA-256.
    """

    package: str
    sha256: str
    documents: tuple[RestoreDocument, ...]
    masters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Restored:
    """The hashes of the masters that the package had; they and all documents are durable."""

    masters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompareSide:
    """A captured side that is compared with another."""

    master: Master
    path: str


@dataclass(frozen=True, slots=True)
class CompareJob:
    """Say of each pair of sides whether they are the same face of the same sheet. Answer: ``Compared``."""

    pairs: tuple[tuple[CompareSide, CompareSide], ...]
    max_pixels: int


@dataclass(frozen=True, slots=True)
class Alike:
    """What the comparison of a pair says; neither ``same`` nor ``different`` where it is not sure, or one is blank.

    ``shared`` and ``worst`` are what was measured (imaging/likeness.py).
    """

    same: bool = False
    different: bool = False
    shared: float = 0.0
    worst: float = 0.0


@dataclass(frozen=True, slots=True)
class Compared:
    """One answer for each pair, in order."""

    alike: tuple[Alike, ...]


@dataclass(frozen=True, slots=True)
class TargetJob:
    """Measure the captured image of a target sheet. Answer: ``TargetDone``.

    ``reference`` is the file with the sheet's own tones and colours; one that is not there is not used. ``dpi`` is
    the resolution that was asked of the scanner.
    """

    master: Master
    path: str
    limits: TargetLimits
    dpi: int
    reference: str
    max_pixels: int


@dataclass(frozen=True, slots=True)
class TargetDone:
    """What a target sheet says of its scanner; a verdict that is ok and has a code warns."""

    reading: TargetReading
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """A lease for a worker: ``kind`` is that of a handler (handlers.py), ``body`` the plain job."""

    id: str
    kind: str
    body: dict[str, object]
    priority: int = Priority.PAGE
    seconds: int = 120
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: a plain answer, or an error of the catalogue."""

    id: str
    ok: bool
    body: dict[str, object] = field(default_factory=dict)
    code: str = ""
    reason: str = ""
    wall: float = 0.0
    cpu: float = 0.0


__all__ = [
    "AGENCY", "Alike", "AnalyseJob", "AssembleJob", "AssemblePage", "Assembled", "CatalogueJob", "CataloguePage",
    "Catalogued", "CompareJob", "CompareSide", "Compared", "DocumentPart", "EvidenceItem", "Found", "Job",
    "LiftJob", "Outcome",
    "PackageDocument", "PackageJob", "Packed", "PageAnalysis", "Priority", "ReadDone", "ReadJob", "SignJob",
    "SignPolicy", "Signed", "StampSpace", "TargetDone", "TargetJob", "Verified", "VerifyJob",
]
