"""Reading a page's text with Tesseract: the engines behind one contract, and the reader that uses one of them.

The image given is a rendition: upright, grey, possibly reduced. Coordinates given back are pixels of the
upright page: rendition pixels times ``scale``. tests/contracts/test_every_ocr_engine.py is the contract.
"""

from __future__ import annotations

import importlib.util
import os
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from appliance.core.model import Box, PageText, TextLine, Word
from appliance.documents import languages, page_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

DEFAULT_DPI = 300
STEEPEST = 0.2
LONGEST_SIDE = 32_767
"""Pixels of a side that Tesseract takes at most."""

RULES = "|¦_"
"""What rules of tables and forms are read as."""

ONE_COLUMN, BY_ITSELF = 4, 3
"""Page segmentation modes. Upright papers are one column, so that labels and values and the rows of a list stay one
line. What is wider than high may be an open folder of two pages: there Tesseract looks for columns itself."""

ENGINE_MODULE = "tesserocr"
IN_PROCESS, OWN_PROCESS = "tesserocr", "pytesseract"


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read: Tesseract languages, folder of their models, ``tesserocr`` or ``pytesseract``."""

    languages: str = "vie+eng"
    tessdata: str = "/usr/share/tesseract-ocr/5/tessdata"
    engine: str = IN_PROCESS


@dataclass(frozen=True, slots=True)
class Recognised:
    """The lines of a picture, in its pixels and in reading order, and the CPU seconds that they took."""

    lines: tuple[TextLine, ...]
    seconds: float


class Engine(Protocol):
    """Recognises the words of a picture."""

    def recognise(self, image: Grey, dpi: int, seconds: float) -> Recognised:
        """Recognise one page; may be called again after a failure.

        Args:
            image: height x width, uint8, 0 black.
            dpi: of the image, 0 when unknown.
            seconds: time limit.

        Returns:
            Words as ``clean`` makes them, each with a box of some area within the image and a certainty of 0..1.

        Raises:
            ApplianceError: OCR_FAILED when time is up, the image is too long or the engine fails;
                OCR_LANGUAGE_MISSING, OCR_PROGRAM_MISSING when this host cannot read at all.
        """

    def close(self) -> None:
        """Let the engine's memory go; may be called twice."""


class Reader:
    """Reads pages; the engine is loaded once and kept, so keep one reader a worker.

    Attributes:
        engine: name of the engine really used: ``pytesseract`` when asked for or tesserocr is not installed.
    """

    def __init__(self, reading: Reading) -> None:
        # one thread: Tesseract's own threads cost three times the CPU and gain little (bench/README.md)
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")
        self.reading = reading
        self.engine = reading.engine if importlib.util.find_spec(ENGINE_MODULE) else OWN_PROCESS
        self._engine = engine_of(replace(reading, engine=self.engine))

    def read(self, image: Grey, dpi: int, scale: float, seconds: float) -> PageText:
        """Read one page.

        Args:
            image: height x width, uint8, 0 black; upright.
            dpi: of the rendition, 0 when unknown.
            scale: page pixels per rendition pixel.
            seconds: time limit.

        Raises:
            ApplianceError: as ``Engine.recognise``.
        """
        languages.refuse_unreadable(self.reading.languages, Path(self.reading.tessdata))
        found = self._engine.recognise(image, dpi, seconds)
        height, width = image.shape
        lines = (within(line, width, height) for line in found.lines)
        head = PageText(self.engine, self.reading.languages, 0.0, (), round(found.seconds, 4))
        return compose([line for line in lines if line.words], scale, head)

    def close(self) -> None:
        """Let the engine's memory go."""
        self._engine.close()


def engine_of(reading: Reading) -> Engine:
    """Return the engine of that name; each brings its library along only when it is used."""
    if reading.engine == IN_PROCESS:
        from appliance.documents.ocr_inside import Inside

        return Inside(reading)
    from appliance.documents.ocr_process import Apart

    return Apart(reading)


def compose(lines: list[TextLine], scale: float, head: PageText) -> PageText:
    """Return the page's text in page pixels, as its file keeps it, with the mean certainty of its letters."""
    words = [word for line in lines for word in line.words]
    letters = sum(len(word.text) for word in words)
    certainty = sum(word.certainty * len(word.text) for word in words) / letters if letters else 0.0
    text = replace(head, certainty=round(certainty, 4), lines=tuple(_scaled(line, scale) for line in lines))
    return page_text.settled(text)


def segmentation(image: Grey) -> int:
    """Return the page segmentation mode for a picture."""
    height, width = image.shape
    return ONE_COLUMN if height >= width else BY_ITSELF


def clean(text: str) -> str:
    """Return a word as it is kept: NFC, no control characters, no space in it, no rules of tables about it."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(letter for letter in composed if unicodedata.category(letter)[0] not in "CZ").strip(RULES)


def level(baseline: float, slope: float, box: Box) -> tuple[float, float]:
    """Return a usable baseline: steep ones come of text that runs up or down the page."""
    if abs(slope) > STEEPEST:
        return box.y1, 0.0
    return baseline, slope


def within(line: TextLine, width: int, height: int) -> TextLine:
    """Return a line as far as it lies within a picture; words that do not are gone."""
    words = (replace(word, box=_cut(word.box, width, height)) for word in line.words)
    kept = tuple(word for word in words if word.box.x1 > word.box.x0 and word.box.y1 > word.box.y0)
    return replace(line, box=_cut(line.box, width, height), words=kept)


def _cut(box: Box, width: int, height: int) -> Box:
    return Box(max(box.x0, 0.0), max(box.y0, 0.0), min(box.x1, float(width)), min(box.y1, float(height)))


def _scaled(line: TextLine, scale: float) -> TextLine:
    words = tuple(Word(word.text, _scaled_box(word.box, scale), word.certainty) for word in line.words)
    return replace(line, box=_scaled_box(line.box, scale), baseline_y=line.baseline_y * scale, words=words)


def _scaled_box(box: Box, scale: float) -> Box:
    return Box(box.x0 * scale, box.y0 * scale, box.x1 * scale, box.y1 * scale)
