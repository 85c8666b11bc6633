"""Jobs on pages: looked at, read, compared, measured."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.limits import TargetLimits
from appliance.core.model import Geometry, ImageFormat, ImageRules, Master, Treatment, Verdict
from appliance.core.target import TargetReading

__all__ = [
    "Alike", "AnalyseJob", "CompareJob", "CompareSide", "Compared", "ReadDone", "ReadJob", "TargetDone",
    "TargetJob",
]


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
