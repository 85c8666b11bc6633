"""Jobs on documents: written as PDF/A, their fields read."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.core.model import Box, EmptyBand, Geometry, ImageFormat, Treatment
from appliance.core.stamping import StampForm

__all__ = [
    "AssembleJob", "AssemblePage", "Assembled", "CatalogueJob", "CataloguePage", "Catalogued", "DocumentPart",
    "Found", "StampSpace",
]


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
    """How large the stamp is and where it should stand (rule profile), in mm.

    Attributes:
        forms: boxes of which each is large enough, the most wished first (core/stamping.py); none smaller is.
        strip: whether the page may get an empty strip at its top where no form fits.
    """

    corner: str
    width_mm: float
    height_mm: float
    margin_mm: float
    forms: tuple[StampForm, ...] = ()
    strip: bool = False


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
    """An unsigned PDF/A is durable at ``path``.

    Attributes:
        stamp_box: where the stamp stands, points, PDF axes, page 1.
        strip_mm: height of the empty strip that page 1 got at its top for it, 0 for most.
    """

    path: str
    sha256: str
    size: int
    pages: int
    stamp_box: Box
    seconds: float = 0.0
    strip_mm: float = 0.0


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
