"""Tesseract in this process, through tesserocr: no file, no process, no second start of the models."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from appliance.core import errors
from appliance.core.model import Box, TextLine, Word
from appliance.documents.ocr import DEFAULT_DPI, LONGEST_SIDE, Reading, Recognised, clean, level, segmentation

if TYPE_CHECKING:
    from appliance.documents.ocr import Grey


class Inside:
    """``Engine`` in process. A crash in it takes the worker along."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._api: Any = None

    def recognise(self, image: Grey, dpi: int, seconds: float) -> Recognised:
        """Recognise one page; see ``Engine``."""
        if max(image.shape) > LONGEST_SIDE:
            raise errors.OCR_FAILED.error(reason=f"a side of more than {LONGEST_SIDE} pixels")
        begun = time.process_time()
        lines = tuple(self._lines(image, dpi, seconds))
        return Recognised(lines, time.process_time() - begun)

    def close(self) -> None:
        """Let the engine's memory go."""
        if self._api is not None:
            self._api.End()
            self._api = None

    def _lines(self, image: Grey, dpi: int, seconds: float) -> list[TextLine]:
        import numpy as np  # only the worker that reads needs it
        import tesserocr

        api = self._open()
        height, width = image.shape
        pixels = np.ascontiguousarray(image).tobytes()
        begun = time.monotonic()
        try:
            api.SetPageSegMode(segmentation(image))
            api.SetImageBytes(pixels, width, height, 1, width)
            api.SetSourceResolution(dpi or DEFAULT_DPI)
            if not api.Recognize(timeout=max(1, int(seconds * 1000))):
                late = time.monotonic() - begun >= seconds
                raise errors.OCR_FAILED.error(reason=f"more than {seconds:g} seconds" if late else "engine gave up")
            return list(_found(api.GetIterator(), tesserocr.RIL))
        finally:
            api.Clear()

    def _open(self) -> Any:
        if self._api is None:
            import tesserocr

            try:
                self._api = tesserocr.PyTessBaseAPI(path=self._reading.tessdata, lang=self._reading.languages)
            except RuntimeError as problem:
                raise errors.OCR_FAILED.error(reason=str(problem).splitlines()[0]) from None
        return self._api


def _found(iterator: Any, ril: Any) -> Iterator[TextLine]:
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
