"""Reads pages in a worker: draws the picture that OCR sees, reads it, and again in a process of its own.

The ladder of a page that cannot be read: in process; where that fails, takes too long or has ended a worker once,
by pytesseract in its own process; then OCR_FAILED, and the step files the page without text (steps/pages.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.core import errors, files
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Job, ReadDone, ReadJob
from appliance.core.model import PageText
from appliance.core.plain import from_plain
from appliance.documents import normative, page_text
from appliance.documents.ocr import IN_PROCESS, OWN_PROCESS, Reader, Reading
from appliance.imaging import rendition
from appliance.imaging.rendition import Rendition

SHARE = 0.9
"""Of a job's time: until then the second try must be through, before the pool ends this worker."""

ENDED = "it ended a worker"


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture of a page that is read: pixels, their dpi, page pixels for one of them."""

    pixels: rendition.Grey
    dpi: int
    scale: float


class PageReader:
    """Reads pages; keeps the engines that it has opened.

    ``open_reader`` makes the reader of a way to read.
    """

    def __init__(self, open_reader: Callable[[Reading], Reader] = Reader) -> None:
        self._open = open_reader
        self._readers: dict[Reading, Reader] = {}

    def read(self, job: Job) -> ReadDone:
        """Read one page and make its text durable.

        Raises:
            ApplianceError: OCR_FAILED when no engine can read it; OCR_HINDERED on trouble of the host;
                OCR_LANGUAGE_MISSING, OCR_PROGRAM_MISSING; MASTER_DAMAGED, or as ``rendition.draw``.
        """
        order = from_plain(ReadJob, job.body)
        data = master_bytes(Path(order.path))
        try:
            text, after = self._read(data, order, job)
            return keep(text, Path(order.out), after)
        except (OSError, MemoryError) as problem:
            raise errors.OCR_HINDERED.error(reason=type(problem).__name__) from problem

    def _read(self, data: bytes, order: ReadJob, job: Job) -> tuple[PageText, str]:
        """Return the text, and why the page had to be read again, or empty."""
        begun = time.monotonic()
        picture = draw(data, order)
        if order.engine == OWN_PROCESS or job.attempt > 1:
            return self._by(OWN_PROCESS, picture, order, order.seconds), ENDED if job.attempt > 1 else ""
        try:
            return self._by(IN_PROCESS, picture, order, order.seconds), ""
        except ApplianceError as first:
            if first.kind is not errors.OCR_FAILED:
                raise
            after = str(first.details["reason"])
        left = max(1.0, job.seconds * SHARE - (time.monotonic() - begun))
        return self._by(OWN_PROCESS, picture, order, left), after

    def _by(self, engine: str, picture: Picture, order: ReadJob, seconds: float) -> PageText:
        reading = Reading(order.languages, order.tessdata, engine)
        if reading not in self._readers:
            self._readers[reading] = self._open(reading)
        return self._readers[reading].read(picture.pixels, picture.dpi, picture.scale, seconds)


def draw(data: bytes, order: ReadJob) -> Picture:
    """Draw the picture of a page that OCR reads; errors as ``rendition.draw``."""
    wish = Rendition(order.format, order.geometry, order.dpi, order.ocr_dpi, order.treatment)
    return Picture(rendition.draw(data, wish), round(wish.out_dpi), order.dpi / wish.out_dpi)


def keep(text: PageText, out: Path, after: str = "") -> ReadDone:
    """Make a page's text durable; ``after`` says why it was read again."""
    files.make_folder(out.parent)
    page_text.save(text, out)
    words = sum(len(line.words) for line in text.lines)
    return ReadDone(str(out), text.engine, words, text.certainty, seconds=text.seconds, after=after,
                    normative=normative.heads(text))


def master_bytes(path: Path) -> bytes:
    """Return a master.

    Raises:
        ApplianceError: MASTER_DAMAGED when it is not there.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise errors.MASTER_DAMAGED.error(name=path.name) from None
