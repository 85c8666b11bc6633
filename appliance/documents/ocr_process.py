"""Tesseract as a process of its own, through pytesseract.

For orientation, for a page that timed out or ended a worker, and where tesserocr is not to be had. A crash or a
hang there costs that call, nothing else.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import shlex
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.core import errors
from appliance.core.model import Box, TextLine, Word
from appliance.documents.ocr import DEFAULT_DPI, LONGEST_SIDE, Reading, Recognised, clean, level, segmentation

if TYPE_CHECKING:
    from appliance.documents.ocr import Grey

_LINE_CLASSES = ("ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat")


class Apart:
    """``Engine`` in a process of its own, which is ended when time is up."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def recognise(self, image: Grey, dpi: int, seconds: float) -> Recognised:
        """Recognise one page; see ``Engine``."""
        import pytesseract  # only the worker that falls back needs it

        if max(image.shape) > LONGEST_SIDE:
            raise errors.OCR_FAILED.error(reason=f"a side of more than {LONGEST_SIDE} pixels")
        begun = _spent()
        with page_file(image) as path:
            hocr = call(pytesseract.image_to_pdf_or_hocr, seconds, path, lang=self._reading.languages,
                        extension="hocr",
                        config=f"{options(dpi, self._reading.tessdata)} --psm {segmentation(image)}")
        return Recognised(tuple(_parse(hocr)), _spent() - begun)

    def close(self) -> None:
        """Nothing is kept."""


def call(function: Callable[..., Any], seconds: float, *given: Any, **named: Any) -> Any:
    """Call a function of pytesseract for at most ``seconds``.

    Raises:
        ApplianceError: OCR_FAILED, without text of the page; OCR_PROGRAM_MISSING.
    """
    import pytesseract

    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    try:
        return function(*given, timeout=max(seconds, 0.001), **named)  # 0 would mean no limit
    except pytesseract.TesseractNotFoundError:
        raise errors.OCR_PROGRAM_MISSING.error() from None
    except pytesseract.TesseractError as problem:
        raise errors.OCR_FAILED.error(reason=f"tesseract ended with {problem.status}") from None
    except RuntimeError:  # pytesseract's way to say that time is up
        raise errors.OCR_FAILED.error(reason=f"more than {seconds:g} seconds") from None


@contextlib.contextmanager
def page_file(image: Grey) -> Iterator[str]:
    """Give a page to another process as PGM: no codec, so no second spent on PNG."""
    height, width = image.shape
    with tempfile.TemporaryDirectory(prefix="appliance-ocr-") as folder:
        path = Path(folder, "page.pgm")
        path.write_bytes(f"P5\n{width} {height}\n255\n".encode() + image.tobytes())
        yield str(path)


def options(dpi: int, tessdata: str) -> str:
    """Return command-line options for Tesseract."""
    folder = f" --tessdata-dir {shlex.quote(tessdata)}" if tessdata else ""
    return f"--dpi {dpi or DEFAULT_DPI}{folder}"


def _parse(hocr: bytes) -> Iterator[TextLine]:
    """Read the lines of an hOCR page in reading order.

    Raises:
        ApplianceError: OCR_FAILED when it is not whole.
    """
    try:
        root = ET.fromstring(hocr)  # noqa: S314 - written by our own tesseract, a moment ago
    except ET.ParseError:
        raise errors.OCR_FAILED.error(reason="tesseract's answer cannot be read") from None
    for element in root.iter():
        if element.get("class") not in _LINE_CLASSES:
            continue
        notes = _notes(element)
        box = Box(*notes["bbox"])
        slope, offset = notes.get("baseline", [0.0, 0.0])[:2]
        words = tuple(word for child in element.iter() if (word := _word(child)) is not None)
        if words:
            yield TextLine(box, *level(box.y1 + offset, slope, box), words)


def _word(element: ET.Element) -> Word | None:
    if element.get("class") != "ocrx_word":
        return None
    text, notes = clean("".join(element.itertext())), _notes(element)
    box = Box(*notes["bbox"])
    if not text or box.x1 <= box.x0 or box.y1 <= box.y0:
        return None
    return Word(text, box, max(0.0, min(1.0, notes.get("x_wconf", [0.0])[0] / 100)))


def _notes(element: ET.Element) -> dict[str, list[float]]:
    """Return the properties in an element's title: name and numbers."""
    notes: dict[str, list[float]] = {}
    for part in filter(str.strip, element.get("title", "").split(";")):
        name, *numbers = part.split()
        if all(re.fullmatch(r"-?[0-9.]+", number) for number in numbers):
            notes[name] = [float(number) for number in numbers]
    return notes


def _spent() -> float:
    """CPU seconds of this process and the children it has waited for."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
