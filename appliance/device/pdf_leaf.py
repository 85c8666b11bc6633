"""The pages of a PDF as leaves: the sole full-page JPEG as it is, any other page rendered once.

Runs in a process of its own (pdf_process.py): a hostile file may hang or crash PDFium. PDFium is not safe to
call from two threads: one volume, one thread at a time.
"""

from __future__ import annotations

import io
import math
from dataclasses import replace
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image, ImageChops, ImageStat

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import image_header
from appliance.device.image_header import FileKind
from appliance.device.leaf import Leaf, Source, decoding, encoded, refused
from appliance.device.pdf_anatomy import Anatomy

RENDER_DPI = 300
POINTS = 72.0
COVERED = 0.97
"""Share of the page, along each axis, that a full-page image covers at least."""

PROOF_DPI = 20
LARGEST_DIFFERENCE = 12.0
"""Mean difference of grey levels between page and image above which they are not the same picture.
Two ways of reducing a text page differ by 1 to 4; a page turned, inverted or masked by far more."""

ACCESS_COPY = "Bản sao để tra cứu, không phải bản lưu trữ"
"""What `appliance copy` writes into its files: none of them becomes a page again."""

_HARMLESS_NOTES = frozenset({raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP})
_ORIENTATION = {0: 1, 90: 6, 180: 3, 270: 8}


class PdfVolume:
    """A PDF; each of its pages is a leaf."""

    def __init__(self, data: bytes, max_pixels: int) -> None:
        self._data = data
        self._max_pixels = max_pixels
        try:
            self._document = pdfium.PdfDocument(data)
            self.count = len(self._document)
        except pdfium.PdfiumError as problem:
            raise errors.IMAGE_UNKNOWN.error(reason=_why(problem)) from None
        if not self.count:
            raise errors.IMAGE_UNKNOWN.error(reason="PDF without a page")
        if ACCESS_COPY in self._document.get_metadata_value("Subject"):
            raise errors.IMAGE_UNKNOWN.error(reason=ACCESS_COPY)
        self._document.init_forms()
        self._anatomy = Anatomy(data)

    def leaf(self, at: int) -> Leaf:
        """Return a page; see ``Volume``."""
        found: list[Leaf] = []
        source = self._anatomy.source(at)
        try:
            decoding(lambda: self._page(at, found))
        except ApplianceError as problem:
            return refused(self._data, problem, source)
        leaf = found[0]
        return leaf if leaf.source.depth else replace(leaf, source=source)

    def close(self) -> None:
        """Let the document go; see ``Volume``."""
        self._document.close()

    def _page(self, at: int, found: list[Leaf]) -> bytes:
        page = self._document[at]
        try:
            leaf = self._as_it_is(page) or self._rendered(page)
        finally:
            page.close()
        found.append(leaf)
        return leaf.data

    def _rendered(self, page: Any) -> Leaf:
        width, height = (math.ceil(points / POINTS * RENDER_DPI) for points in page.get_size())
        image_header.admit(width, height, self._max_pixels)
        picture = page.render(scale=RENDER_DPI / POINTS).to_pil().convert("RGB")
        return Leaf(encoded(picture, RENDER_DPI), RENDER_DPI, original=self._data)

    def _as_it_is(self, page: Any) -> Leaf | None:
        """Return the page's sole picture when it is a JPEG that shows what the page shows."""
        image = _sole_image(page)
        if image is None or image.get_filters() != ["DCTDecode"]:
            return None
        jpeg = bytes(image.get_data())
        try:
            header = image_header.read(jpeg, self._max_pixels)
        except ApplianceError:
            return None
        plain = header.kind is FileKind.JPEG and header.components in (1, 3) and header.bits == 8
        inches = _full_page(page, image)
        if not plain or not header.lawful_coding or not header.complete or not inches:
            return None
        if not _same_picture(page, jpeg):
            return None
        orientation, dpi = _ORIENTATION[page.get_rotation()], round(header.width / inches)
        return Leaf(jpeg, dpi, original=self._data, orientation=orientation,
                    source=Source(8 * header.components, dpi))


def _why(problem: pdfium.PdfiumError) -> str:
    if getattr(problem, "err_code", None) == raw.FPDF_ERR_PASSWORD or "password" in str(problem).lower():
        return "PDF, mật khẩu / password"
    return "PDF, hỏng / damaged"


def _sole_image(page: Any) -> Any:
    """Return the only thing that is drawn on a page if that is an image; hidden text draws nothing."""
    notes = raw.FPDFPage_GetAnnotCount(page)
    if any(_note_kind(page, index) not in _HARMLESS_NOTES for index in range(notes)):
        return None
    found = None
    for thing in page.get_objects(max_depth=1):
        hidden = (
            thing.type == raw.FPDF_PAGEOBJ_TEXT
            and raw.FPDFTextObj_GetTextRenderMode(thing) == raw.FPDF_TEXTRENDERMODE_INVISIBLE
        )
        if hidden:
            continue
        if found is not None or thing.type != raw.FPDF_PAGEOBJ_IMAGE:
            return None
        found = thing
    return found


def _note_kind(page: Any, index: int) -> int:
    note = raw.FPDFPage_GetAnnot(page, index)
    try:
        return int(raw.FPDFAnnot_GetSubtype(note))
    finally:
        raw.FPDFPage_CloseAnnot(note)


def _full_page(page: Any, image: Any) -> float:
    """Return the image's width in inches when it lies straight and covers the page, else 0."""
    a, b, c, d, _, _ = image.get_matrix().get()
    if a <= 0 or d <= 0 or abs(b) + abs(c) > 0.01 * (a + d):
        return 0.0
    left, bottom, right, top = image.get_bounds()
    box = page.get_cropbox(fallback_ok=True)
    for low, high, page_low, page_high in ((left, right, box[0], box[2]), (bottom, top, box[1], box[3])):
        inside = min(high, page_high) - max(low, page_low)
        if inside < COVERED * (page_high - page_low) or inside < COVERED * (high - low):
            return 0.0
    return float(right - left) / POINTS


def _same_picture(page: Any, jpeg: bytes) -> bool:
    """Whether the page, drawn small, is the JPEG, drawn small: masks, inverted or odd colours show."""
    proof = page.render(scale=PROOF_DPI / POINTS).to_pil().convert("RGB")
    with Image.open(io.BytesIO(jpeg)) as picture:
        picture.draft("RGB", (4 * proof.width, 4 * proof.height))
        turned = picture.convert("RGB").rotate(-page.get_rotation(), expand=True)
    small = turned.resize(proof.size, Image.Resampling.BOX)
    differences = ImageStat.Stat(ImageChops.difference(proof, small)).mean
    return max(differences) <= LARGEST_DIFFERENCE
