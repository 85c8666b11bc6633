"""A finished document is proved before anybody signs it: what was asked for is what lies on the disk.

Read back from the file, page by page and never more than a few images at a time: as many pages as were asked for,
each of the size and with its image in the place that the ledger's geometry says; the image's bytes, by their hash,
those of the master, of which readers are told what its own header says; the text, through the fonts of the file,
the words that were recognised, every one, in their order, at their boxes, in NFC. A word is compared letter by
letter, with one space behind it as written. PDFium, which knows nothing of this appliance, reads each page too; it
puts blanks and overlapping words in another order, so of its reading only the letters count, and nearly all must be
there.
"""

from __future__ import annotations

import hashlib
import io
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.core import errors
from appliance.core.jobs import AssembleJob, AssemblePage
from appliance.core.model import ImageFormat, PageText, TextLine
from appliance.documents import content, letters, page_text
from appliance.documents.assemble import Sheetform, lie
from appliance.documents.content import LaidWord
from appliance.documents.picture import read_jpeg_header, read_strip
from appliance.documents.reader import Reader
from appliance.documents.stampbox import place_stamp
from appliance.documents.textlayer import ADVANCE, EM, LEVEL, readable

if TYPE_CHECKING:
    import pikepdf

NEAR_PT = 0.05
"""Points by which a place in the file may differ from where it should be: numbers are written to 4 decimals."""

FEW, ENOUGH = 20, 0.8
"""Of a page with at least so many letters an independent reader must find this share."""


def prove(job: AssembleJob, path: Path) -> None:
    """Prove a document against the job that it was written by.

    Raises:
        ApplianceError: PDF_PAGES_DIFFER, PDF_IMAGE_DIFFERS, PDF_TEXT_DIFFERS, or PAGE_TEXT_DAMAGED.
    """
    import pikepdf  # heavy; never in the daemon
    import pypdfium2

    try:
        with pikepdf.open(path, inherit_page_attributes=False) as document:
            reader = Reader(path)
            try:
                _prove(job, document, reader)
            finally:
                reader.close()
    except (pikepdf.PdfError, pypdfium2.PdfiumError) as problem:
        raise errors.PDF_PAGES_DIFFER.error(reason=f"{type(problem).__name__}: {problem}"[:120]) from None


def _prove(job: AssembleJob, document: pikepdf.Pdf, reader: Reader) -> None:
    counted = (len(document.pages), reader.pages)
    if counted != (len(job.pages), len(job.pages)):
        raise errors.PDF_PAGES_DIFFER.error(reason=f"{counted[0]} pages, not {len(job.pages)}")
    known: dict[int, str] = {}
    for at, (page, wanted) in enumerate(zip(document.pages, job.pages, strict=True)):
        extra = _extra(job) if at == 0 else 0.0
        if fault := _place_fault(page.obj, wanted, extra):
            raise errors.PDF_PAGES_DIFFER.error(reason=f"page {at + 1}: {fault}")
        image = page.obj.Resources.XObject.Im
        if _digest(image) != _wanted_digest(wanted) or _entries(image) != _wanted_entries(image, wanted):
            raise errors.PDF_IMAGE_DIFFERS.error(reason=f"page {at + 1}")
        known = known or letters.to_letters(page.obj.Resources.Font.F)
        text = page_text.load(Path(wanted.text)) if wanted.text else PageText("", "", 0.0, ())
        fault = _content_fault(page.obj.Contents.read_bytes(), known, (text, lie(wanted)), extra)
        if fault or (fault := _reader_fault(reader, at, text)):
            raise errors.PDF_TEXT_DIFFERS.error(reason=f"page {at + 1}: {fault}")


def _extra(job: AssembleJob) -> float:
    form = lie(job.pages[0])
    return place_stamp(job.stamp, job.band, form.width, form.height).extra


def _place_fault(page: Any, wanted: AssemblePage, extra: float) -> str:
    """Say what is wrong with a page's size or with what is on it, or nothing."""
    form = lie(wanted)
    box = [float(edge) for edge in page.MediaBox]
    if not _near(box, [0, 0, form.width, form.height + extra]):
        return f"size {box[2]:.1f} x {box[3]:.1f} pt"
    if more := {"/Rotate", "/CropBox", "/UserUnit", "/Annots"} & set(page.keys()):
        return min(more)
    if set(page.Resources.XObject.keys()) != {"/Im"} or set(page.Resources.Font.keys()) != {"/F"}:
        return "more than one image or font"
    image = page.Resources.XObject.Im
    size = int(image.Width), int(image.Height)
    if size != (wanted.geometry.width, wanted.geometry.height):
        return f"image of {size[0]} x {size[1]}"
    return ""


def _digest(image: Any) -> str:
    return hashlib.sha256(image.get_raw_stream_buffer()).hexdigest()


def _wanted_digest(page: AssemblePage) -> str:
    """Return the hash of what must be embedded: a JPEG's whole file, of a TIFF its strip."""
    if page.format is ImageFormat.JPEG:
        return page.sha256.lower()
    data = Path(page.path).read_bytes()
    if hashlib.sha256(data).hexdigest() != page.sha256.lower():
        raise errors.MASTER_DAMAGED.error(name=Path(page.path).name)
    return hashlib.sha256(read_strip(data).data).hexdigest()


def _entries(image: Any) -> dict[str, Any]:
    """Return all that a reader is told of an image besides its bytes, nested dictionaries too."""
    import pikepdf

    told = {str(key): value for key, value in image.items() if key != "/Length"}
    return {key: _entries(value) if isinstance(value, pikepdf.Dictionary) else
            value if isinstance(value, int) else str(value) for key, value in told.items()}


def _wanted_entries(image: Any, page: AssemblePage) -> dict[str, Any]:
    """Return what that must be: what the master's own header says, and nothing that hides, masks or inverts it."""
    entries: dict[str, Any] = {"/Type": "/XObject", "/Subtype": "/Image"}
    if page.format is ImageFormat.JPEG:
        header = read_jpeg_header(io.BytesIO(image.read_raw_bytes()))
        space = "/DeviceGray" if header.components == 1 else "/DeviceRGB"
        return entries | {"/Width": header.width, "/Height": header.height, "/BitsPerComponent": header.bits,
                          "/ColorSpace": space, "/Filter": "/DCTDecode"}
    strip = read_strip(Path(page.path).read_bytes())
    how = {"/K": -1, "/Columns": strip.width, "/Rows": strip.height, "/BlackIs1": strip.ones_are_white}
    return entries | {"/Width": strip.width, "/Height": strip.height, "/BitsPerComponent": 1,
                      "/ColorSpace": "/DeviceGray", "/Filter": "/CCITTFaxDecode", "/DecodeParms": how}


def _content_fault(data: bytes, known: dict[int, str], wanted: tuple[PageText, Sheetform], extra: float) -> str:
    """Say what is wrong with a page's content, or nothing."""
    text, form = wanted
    try:
        laid = content.read(data, known)
    except ValueError as problem:
        return str(problem)
    kept_to = (0, 0, form.width, form.height) if extra else ()
    if not (_near(laid.matrix, _matrix(form)) and _near(laid.kept_to, kept_to)):
        return "the image lies elsewhere"
    for at, (found, want) in enumerate(zip_longest(laid.words, _wanted_words(text, form))):
        if found is None or want is None:
            return f"{len(laid.words)} words, not so many as were read"
        if found.text != want.text:
            return f"word {at + 1} is another"
        if not _near((found.x, found.y, found.run), (want.x, want.y, want.run)):
            return f"word {at + 1} stands elsewhere"
    return ""


def _wanted_words(text: PageText, form: Sheetform) -> Iterator[LaidWord]:
    """Tell where each word must stand: from the left edge of its box to the right one, on its line."""
    for line in text.lines:
        level = abs(line.slope) < LEVEL
        for word in line.words:
            if shown := readable(word.text):
                x = (line.box.x0 + line.box.x1) / 2 if level else word.box.x0
                down = line.baseline_y + line.slope * (x - line.box.x0)
                run = (word.box.x1 - word.box.x0) * form.scale
                yield LaidWord(shown + " ", word.box.x0 * form.scale, form.height - down * form.scale,
                               max(run, _least(shown, line, form)))


def _least(word: str, line: TextLine, form: Sheetform) -> float:
    """Return the shortest run of a word: the text layer squeezes no letter to less than a hundredth."""
    return len(word) * ADVANCE / EM * max(1.0, (line.box.y1 - line.box.y0) * 0.8 * form.scale) / 100


def _matrix(form: Sheetform) -> list[float]:
    """Return where the image's corners must lie, as a matrix: its lower left corner and two sides."""
    a, b, c, d, e, f = form.geometry.matrix()

    def point(x: float, y: float) -> tuple[float, float]:
        return (a * x + c * y + e) * form.scale, form.height - (b * x + d * y + f) * form.scale

    wide, high = form.geometry.width, form.geometry.height
    origin, right, top = point(0, high), point(wide, high), point(0, 0)
    return [right[0] - origin[0], right[1] - origin[1], top[0] - origin[0], top[1] - origin[1], *origin]


def _reader_fault(reader: Reader, at: int, text: PageText) -> str:
    """Say what an independent reader misses on a page, or nothing."""
    wanted = _counted("".join(readable(word.text) for line in text.lines for word in line.words))
    asked = wanted.total()
    if asked < FEW:
        return ""
    there = (wanted & _counted(reader.text(at))).total()
    if there < ENOUGH * asked:  # the quick way loses an end for every letter outside the basic plane
        there = (wanted & _counted(reader.letters(at))).total()
    return f"a reader finds {there} of {asked} letters" if there < ENOUGH * asked else ""


def _counted(text: str) -> Counter[str]:
    """Count the letters of a text as readers agree on them: ligatures undone, blanks left out."""
    return Counter("".join(unicodedata.normalize("NFKC", text).split()))


def _near(found: Sequence[float], wanted: Sequence[float]) -> bool:
    return len(found) == len(wanted) and all(abs(one - other) <= NEAR_PT
                                             for one, other in zip(found, wanted, strict=True))
