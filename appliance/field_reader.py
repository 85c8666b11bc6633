"""Reads catalogue fields in a worker: from the text of a document's pages, then small places of them once more.

Names and numbers are read again alone, from the master; an urgency stamp is looked for in the coloured ink that was
faded before the page was read. A second look that fails leaves the first as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from appliance.core.errors import ApplianceError
from appliance.core.jobs import Catalogued, CatalogueJob, CataloguePage, Found, Job
from appliance.core.model import Box, Geometry, PageText, Plane, TextLine, Treatment, Word
from appliance.core.plain import from_plain
from appliance.documents import page_text
from appliance.documents.catalogue import marks, reading, second, sheet
from appliance.documents.catalogue.sheet import Sheet
from appliance.documents.ocr import Reader, Reading
from appliance.imaging import rendition
from appliance.imaging.rendition import Rendition

NEAR_DPI, STAMP_DPI = 200, 200
"""Resolutions of the second looks; finer ones read no better, and stamps are lost at 150."""

MARGIN, LETTER = 24, 8
"""Pixels of white around a stamp; height of a letter of one at least."""

SECONDS = 10.0
"""A second look takes 10 to 30 ms; one that takes this long is given up."""

COLOURED = 40
"""Grey levels that fading must take from ink for it to be of a stamp: paper loses up to 30."""


class FieldReader:
    """Reads fields; keeps the engine that it has opened. ``open_reader`` makes the reader of a way to read."""

    def __init__(self, open_reader: Callable[[Reading], Reader] = Reader) -> None:
        self._open = open_reader
        self._readers: dict[Reading, Reader] = {}

    def catalogue(self, job: Job) -> Catalogued:
        """Read the fields of one document; a page without text has none."""
        order = from_plain(CatalogueJob, job.body)
        sheets = [sheet.lay_out(_text(page.text), number, page.geometry.page_width, page.geometry.page_height)
                  for number, page in enumerate(order.pages, 1)]
        found = reading.read(sheets, order.wanted, date.fromisoformat(order.latest))
        if not order.languages:
            return Catalogued(found)
        found = second.better(found, self._again(order, sheets, found))
        if "urgency" in order.wanted and all(one.name != "urgency" for one in found):
            found += self._urgency(order, sheets)
        return Catalogued(found)

    def _again(self, order: CatalogueJob, sheets: Sequence[Sheet], found: Sequence[Found]) -> tuple[Found, ...]:
        """Return the fields of pages on which small places were read again."""
        seen = list(sheets)
        for place in second.places(sheets, found):
            page = order.pages[place.page - 1]
            try:
                picture = _draw(page, place.box, NEAR_DPI, page.treatment)
                lines = self._read(order, picture, (NEAR_DPI, page.dpi), place.box)
            except (ApplianceError, OSError):
                continue
            seen[place.page - 1] = second.seen_again(seen[place.page - 1], place.box, lines)
        return reading.read(seen, order.wanted, date.fromisoformat(order.latest))

    def _urgency(self, order: CatalogueJob, sheets: Sequence[Sheet]) -> tuple[Found, ...]:
        """Look for an urgency stamp in the ink that was faded on the first page."""
        at = next((at for at, one in enumerate(sheets) if one.pieces), None)
        if at is None or (faded := order.pages[at].treatment) is None or faded.plane is Plane.GREY:
            return ()
        page, box = order.pages[at], second.stamped(sheets[at])
        try:
            every = _draw(page, box, STAMP_DPI, replace(faded, plane=Plane.GREY))
            kept = _draw(page, box, STAMP_DPI, faded)
            ink = cv2.threshold(cv2.subtract(kept, every), COLOURED, 0, cv2.THRESH_TOZERO)[1]
            if not ink.any():
                return ()
            picture, box = _close_up(np.asarray(ink, np.uint8), box, page.dpi / STAMP_DPI)
            lines = self._read(order, picture, (STAMP_DPI, page.dpi), box)
        except (ApplianceError, OSError):
            return ()
        found = marks.urgency(replace(sheets[at], pieces=tuple(sheet.pieces_of(lines))))
        return () if found is None else (found,)

    def _read(self, order: CatalogueJob, picture: npt.NDArray[np.uint8], dpi: tuple[int, int],
              box: Box) -> list[TextLine]:
        """Read a picture of a place (its dpi, the page's dpi); return its lines in pixels of the page."""
        reading_ = Reading(order.languages, order.tessdata, order.engine)
        if reading_ not in self._readers:
            self._readers[reading_] = self._open(reading_)
        text = self._readers[reading_].read(picture, dpi[0], dpi[1] / dpi[0], SECONDS)
        return [_moved(line, box) for line in text.lines]


def _draw(page: CataloguePage, box: Box, dpi: int, treatment: Treatment | None) -> npt.NDArray[np.uint8]:
    """Draw a place of a page for OCR; errors as ``rendition.draw``, and OSError."""
    part = _part(page.geometry, box)
    return rendition.draw(Path(page.path).read_bytes(), Rendition(page.format, part, page.dpi, dpi, treatment))


def _close_up(ink: npt.NDArray[np.uint8], box: Box, scale: float) -> tuple[npt.NDArray[np.uint8], Box]:
    """Return the part of a picture that has letters, dark on white, and where it stands.

    A word alone on a page, or beside what is left of its frame, is overlooked by Tesseract.
    """
    _, named, stats, _ = cv2.connectedComponentsWithStats((ink > 0).astype(np.uint8))
    tall = [label for label in range(1, len(stats)) if stats[label, cv2.CC_STAT_HEIGHT] >= LETTER]
    left, top, wide, high = cv2.boundingRect(np.isin(named, tall).astype(np.uint8))
    part = ink[top:top + high, left:left + wide]
    if not part.size:
        return np.full((MARGIN, MARGIN), 255, np.uint8), box
    dark = 255 - cv2.normalize(part, np.empty_like(part), 0, 255, cv2.NORM_MINMAX)
    picture = np.pad(np.asarray(dark, np.uint8), MARGIN, constant_values=255)
    x, y = (box.x0 + (left - MARGIN) * scale, box.y0 + (top - MARGIN) * scale)
    return picture, Box(x, y, x + picture.shape[1] * scale, y + picture.shape[0] * scale)


def _part(lie: Geometry, box: Box) -> Geometry:
    """Return how an image lies on a page that is only a place of its page."""
    return replace(
        lie, page_width=box.x1 - box.x0, page_height=box.y1 - box.y0,
        shift_x=lie.shift_x + lie.page_width / 2 - (box.x0 + box.x1) / 2,
        shift_y=lie.shift_y + lie.page_height / 2 - (box.y0 + box.y1) / 2)


def _moved(line: TextLine, box: Box) -> TextLine:
    words = tuple(Word(word.text, _shifted(word.box, box), word.certainty) for word in line.words)
    return replace(line, box=_shifted(line.box, box), baseline_y=line.baseline_y + box.y0, words=words)


def _shifted(box: Box, by: Box) -> Box:
    return Box(box.x0 + by.x0, box.y0 + by.y0, box.x1 + by.x0, box.y1 + by.y0)


def _text(path: str) -> PageText | None:
    """Return the text of a page; None where it has none, or its file is damaged: the page says so itself."""
    if not path:
        return None
    try:
        return page_text.load(Path(path))
    except (OSError, ApplianceError):
        return None
