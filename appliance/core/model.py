"""The things the appliance works with, as frozen values that may cross a process border.

Nothing here does input or output. Lengths are pixels of the captured image unless a name says
``_mm`` or ``_pt``; angles are degrees, clockwise positive as seen by a reader.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from appliance.core.limits import ImageLimits

A4_LONG_INCHES = 297 / 25.4


class Side(StrEnum):
    """One face of a sheet."""

    FRONT = "front"
    BACK = "back"


class ImageFormat(StrEnum):
    """How the bytes of a master are coded."""

    JPEG = "jpeg"
    G4 = "g4"
    UNKNOWN = "unknown"


class SheetKind(StrEnum):
    """What a separator sheet asks for (docs/separators.md)."""

    DOSSIER = "D"
    DOCUMENT = "T"
    CONTINUE = "C"
    RESCAN = "R"
    NOTE = "G"
    ORIGINAL = "O"


@dataclass(frozen=True, slots=True, order=True)
class PageKey:
    """Identity of a captured side. A hash is an attribute, never a key: two blank backs may be equal."""

    batch: str
    sheet: int
    side: Side
    attempt: int = 1

    def __str__(self) -> str:
        return f"{self.batch}/{self.sheet:04d}{'a' if self.side is Side.FRONT else 'b'}{self.attempt}"


@dataclass(frozen=True, slots=True)
class Master:
    """A captured image as it lies in the spool, never altered.

    Attributes:
        path: relative to the spool's ``masters`` folder.
        components: 1 grey or bitonal, 3 colour; 0 when the header could not be read.
        dpi: resolution the device was asked for (or the file's header says), 0 when unknown.
    """

    path: str
    sha256: str
    size: int
    format: ImageFormat
    width: int
    height: int
    components: int
    dpi: int
    orientation: int = 1

    @property
    def resolution(self) -> int:
        """Pixels an inch; where nobody states them the long side is taken for A4's 297 mm."""
        return self.dpi or max(1, round(max(self.width, self.height) / A4_LONG_INCHES))


@dataclass(frozen=True, slots=True)
class Geometry:
    """How a captured image is laid on its page. The image itself is never resampled.

    A point (x, y) of the image, y downwards, is turned about the image's centre by ``turn`` quarter
    turns and ``skew`` degrees clockwise, mirrored first if ``mirror``; the image's centre falls on the
    page's centre plus (``shift_x``, ``shift_y``). All in pixels of the captured image.

    Attributes:
        turn: quarter turns clockwise that bring the page upright, 0..3.
        skew: degrees clockwise that level the text, within +-45.
    """

    width: int
    height: int
    turn: int = 0
    skew: float = 0.0
    page_width: float = 0.0
    page_height: float = 0.0
    shift_x: float = 0.0
    shift_y: float = 0.0
    mirror: bool = False

    def matrix(self) -> tuple[float, float, float, float, float, float]:
        """Return (a, b, c, d, e, f) with X = a*x + c*y + e and Y = b*x + d*y + f, y downwards."""
        angle = math.radians(self.turn * 90 + self.skew)
        cos, sin = math.cos(angle), math.sin(angle)
        flip = -1.0 if self.mirror else 1.0
        a, b, c, d = cos * flip, sin * flip, -sin, cos
        centre_x, centre_y = self.width / 2, self.height / 2
        e = self.page_width / 2 + self.shift_x - a * centre_x - c * centre_y
        f = self.page_height / 2 + self.shift_y - b * centre_x - d * centre_y
        return a, b, c, d, e, f


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; unit and origin are said where it is used. x1 > x0 and y1 > y0."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A code read on a page. ``text`` is personal data: never logged, never a metric.

    ``angle`` is how many degrees clockwise the code is turned in the captured image.
    """

    kind: str
    text: str
    box: Box
    angle: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One measured judgement on a page: what was measured, the limit, and whether it holds.

    ``code`` is the code of the error catalogue when the limit does not hold; ``ok`` with a code is a warning.
    ``where`` says where on the captured side, for a person: mm from the left or the top, a side, a corner.
    """

    check: str
    value: float
    limit: float
    ok: bool
    code: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class EmptyBand:
    """What is free in the top band of the upright page, in mm from its top left corner.

    Attributes:
        left, right: the largest free rectangle of each half.
        cells: every cell that is taken, packed (core/cells.py); empty in analyses of earlier versions.
    """

    left: Box | None = None
    right: Box | None = None
    cells: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """The sheet of paper as it lay under the scanner.

    Attributes:
        width_mm, height_mm: of the upright sheet; of the image where its edges are not seen.
        size: name of the size ("A4"), "receipt", or "" for any other.
        skew: degrees clockwise that level its edges; None where none is seen.
        certain: whether its edges are surely where they were found.
    """

    width_mm: float
    height_mm: float
    size: str = ""
    skew: float | None = None
    certain: bool = False


class Plane(StrEnum):
    """Which light a picture for OCR is made of."""

    GREY = "grey"
    PRINT = "print"
    UNSTAMPED = "unstamped"


@dataclass(frozen=True, slots=True)
class Treatment:
    """How the picture that OCR reads is made of the captured image, and why.

    Attributes:
        plane: all ink; print with coloured ink faded; or with red ink faded only.
        levelled: uneven light is divided out.
        faded: shine-through is faded.
        reasons: words, for the record.
    """

    plane: Plane = Plane.GREY
    levelled: bool = False
    faded: bool = False
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageAnalysis:
    """What the imaging stage found on one page. ``seconds`` holds CPU seconds per step.

    ``unread``: places that surely look like a code and could not be read.
    """

    geometry: Geometry
    blank: bool
    marks: tuple[Mark, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    band: EmptyBand = EmptyBand()
    orientation_sure: bool = True
    seconds: dict[str, float] = field(default_factory=dict)
    paper: Paper | None = None
    treatment: Treatment | None = None
    unread: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageRules:
    """What a rule profile demands of a page image (rules/*.toml, table ``image``).

    ``warn`` names checks that only warn; with ``lenient`` all do.
    """

    min_dpi: int
    colour_required: bool
    lenient: bool = False
    limits: ImageLimits = field(default_factory=ImageLimits)
    warn: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word, NFC; box in pixels of the upright page; certainty 0..1."""

    text: str
    box: Box
    certainty: float


@dataclass(frozen=True, slots=True)
class TextLine:
    """Words that share a baseline, given as y = baseline_y + slope * (x - box.x0), page pixels."""

    box: Box
    baseline_y: float
    slope: float
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of one page in reading order; coordinates in pixels of the upright page."""

    engine: str
    languages: str
    certainty: float
    lines: tuple[TextLine, ...]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class CertifiedCopy:
    """A certified paper copy (Decree 30/2020, art. 25): form ``sao-y``, ``sao-luc`` or ``trich-sao``.

    ``number`` is its number and notation; ``date`` is YYYYMMDD.
    """

    form: str
    number: str
    date: str


@dataclass(frozen=True, slots=True)
class Special:
    """What is special about the paper of a document (docs/papers.md).

    Attributes:
        fragile: it is the certified copy of a fragile paper; ``copy`` is None where nobody has said which.
        original_of: number of the document whose fragile original this is, 0 for most.
        notes: pages captured again after a note was taken off, each with the page that shows the note.
    """

    fragile: bool = False
    copy: CertifiedCopy | None = None
    original_of: int = 0
    notes: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Separator:
    """What a separator sheet says (docs/separators.md). Zero and empty mean not given.

    Attributes:
        job: settings that the dossier asks for, by name.
        no_secret: whoever printed it confirms that the paper holds no state secret.
        page: of a rescan: the page whose sheet comes again, 0 the whole document or dossier.
        fragile: the document is the certified copy of a paper too fragile to handle; ``copy`` says which.
    """

    kind: SheetKind
    file_code: str
    ordinal: int = 0
    type_name: str = ""
    sheets: int = 0
    job: str = ""
    no_secret: bool = False
    page: int = 0
    fragile: bool = False
    copy: CertifiedCopy | None = None


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """Identity of a document: the same paper gives the same key in every run."""

    file_code: str
    ordinal: int
    revision: int = 1

    def __str__(self) -> str:
        return f"{self.file_code}.{self.ordinal}.r{self.revision}"

    @property
    def file_name(self) -> str:
        """Name of the PDF in the package: ``<fileCode>.<ordinal>.pdf`` (Circular 05/2025, art. 8.1d)."""
        return f"{self.file_code}.{self.ordinal}.pdf"
