"""Reading a page's text with Tesseract, in this process or (slower, safer) in its own.

The image given is a rendition: upright, grey, possibly reduced. Coordinates given back are pixels of the
upright page: rendition pixels times ``scale``.
"""

from __future__ import annotations

import importlib.util
import os
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from appliance.core import errors
from appliance.core.model import Box, PageText, TextLine, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

DEFAULT_DPI = 300
STEEPEST = 0.2
ENGINE_MODULE = "tesserocr"


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read: Tesseract languages, folder of their models, ``tesserocr`` or ``pytesseract``."""

    languages: str = "vie+eng"
    tessdata: str = "/usr/share/tesseract-ocr/5/tessdata"
    engine: str = "tesserocr"


class Reader:
    """Reads pages; the engine is loaded once and kept, so keep one reader a worker.

    Attributes:
        engine: the engine really used: ``pytesseract`` when asked for or tesserocr is not installed.
    """

    def __init__(self, reading: Reading) -> None:
        # one thread: Tesseract's own threads cost three times the CPU and gain little (bench/README.md)
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")
        self.reading = reading
        self.engine = reading.engine if importlib.util.find_spec(ENGINE_MODULE) else "pytesseract"
        self._api: Any = None

    def read(self, image: Grey, dpi: int, scale: float, seconds: float) -> PageText:
        """Read one page.

        Args:
            image: height x width, uint8, 0 black; upright.
            dpi: of the rendition, 0 when unknown.
            scale: page pixels per rendition pixel.
            seconds: time limit.

        Raises:
            ApplianceError: OCR_FAILED when time is up, the model is missing or the engine fails.
        """
        begun = time.process_time()
        if self.engine == "tesserocr":
            lines = self._recognise(image, dpi, seconds)
            spent = time.process_time() - begun
        else:
            from appliance.documents.ocr_process import read_lines  # pytesseract: only where it is the engine

            lines, spent = read_lines(image, dpi, self.reading, seconds)
        return compose(lines, scale, PageText(self.engine, self.reading.languages, 0.0, (), spent))

    def close(self) -> None:
        """Let the engine's memory go."""
        if self._api is not None:
            self._api.End()
            self._api = None

    def _recognise(self, image: Grey, dpi: int, seconds: float) -> list[TextLine]:
        import numpy as np  # only the worker that reads needs it
        import tesserocr

        api = self._open()
        height, width = image.shape
        pixels = np.ascontiguousarray(image).tobytes()
        begun = time.monotonic()
        try:
            api.SetImageBytes(pixels, width, height, 1, width)
            api.SetSourceResolution(dpi or DEFAULT_DPI)
            if not api.Recognize(timeout=max(1, int(seconds * 1000))):
                late = time.monotonic() - begun >= seconds
                raise errors.OCR_FAILED.error(reason=f"more than {seconds:g} seconds" if late else "engine gave up")
            return list(_lines(api.GetIterator(), tesserocr.RIL))
        finally:
            api.Clear()

    def _open(self) -> Any:
        if self._api is None:
            import tesserocr

            try:
                self._api = tesserocr.PyTessBaseAPI(path=self.reading.tessdata, lang=self.reading.languages)
            except RuntimeError as problem:
                raise errors.OCR_FAILED.error(reason=str(problem).splitlines()[0]) from None
        return self._api


def compose(lines: list[TextLine], scale: float, head: PageText) -> PageText:
    """Return the page's text in page pixels, with the mean certainty of its letters."""
    words = [word for line in lines for word in line.words]
    letters = sum(len(word.text) for word in words)
    certainty = sum(word.certainty * len(word.text) for word in words) / letters if letters else 0.0
    return replace(head, certainty=round(certainty, 4), lines=tuple(_scaled(line, scale) for line in lines))


def clean(text: str) -> str:
    """Return a word as it is kept: NFC, no control characters, no space around it."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(letter for letter in composed if unicodedata.category(letter)[0] != "C").strip()


def level(baseline: float, slope: float, box: Box) -> tuple[float, float]:
    """Return a usable baseline: steep ones come of text that runs up or down the page."""
    if abs(slope) > STEEPEST:
        return box.y1, 0.0
    return baseline, slope


def _lines(iterator: Any, ril: Any) -> Iterator[TextLine]:
    """Walk the engine's result in reading order, line by line."""
    words: list[Word] = []
    place: tuple[Box, float, float] | None = None
    while iterator is not None and not iterator.Empty(ril.WORD):
        if iterator.IsAtBeginningOf(ril.TEXTLINE) or place is None:
            words, place = [], _place(iterator, ril.TEXTLINE)
        word = _word(iterator, ril.WORD)
        if word is not None:
            words.append(word)
        if iterator.IsAtFinalElement(ril.TEXTLINE, ril.WORD) and place is not None and words:
            yield TextLine(place[0], place[1], place[2], tuple(words))
        if not iterator.Next(ril.WORD):
            return


def _place(iterator: Any, textline: int) -> tuple[Box, float, float] | None:
    edges = iterator.BoundingBox(textline)
    if edges is None:
        return None
    box = Box(*map(float, edges))
    ends = iterator.Baseline(textline)
    if ends is None or ends[1][0] == ends[0][0]:
        return box, box.y1, 0.0
    (x0, y0), (x1, y1) = ends
    slope = (y1 - y0) / (x1 - x0)
    return (box, *level(y0 + slope * (box.x0 - x0), slope, box))


def _word(iterator: Any, unit: int) -> Word | None:
    edges = iterator.BoundingBox(unit)
    text = clean(iterator.GetUTF8Text(unit))
    if edges is None or not text or edges[2] <= edges[0] or edges[3] <= edges[1]:
        return None
    return Word(text, Box(*map(float, edges)), max(0.0, min(1.0, iterator.Confidence(unit) / 100)))


def _scaled(line: TextLine, scale: float) -> TextLine:
    words = tuple(replace(word, box=_scaled_box(word.box, scale)) for word in line.words)
    return replace(line, box=_scaled_box(line.box, scale), baseline_y=line.baseline_y * scale, words=words)


def _scaled_box(box: Box, scale: float) -> Box:
    return Box(box.x0 * scale, box.y0 * scale, box.x1 * scale, box.y1 * scale)
