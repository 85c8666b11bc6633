"""One document becomes one PDF/A-2: masters as they are, geometry as one matrix, text underneath."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.core import clock, errors
from appliance.core.files import TEMPORARY, adopt_durably, make_folder
from appliance.core.jobs import Assembled, AssembleJob, AssemblePage
from appliance.core.model import Geometry
from appliance.documents import page_text
from appliance.documents.outline import put_outline
from appliance.documents.pdfa import PdfWriter, number, put_document
from appliance.documents.picture import put_picture
from appliance.documents.stampbox import StampPlace, place_stamp
from appliance.documents.textlayer import UnseenFont, text_operators
from appliance.documents.xmp import Description

DEFAULT_DPI = 300
SMALLEST_PT, LARGEST_PT = 3.0, 14400.0  # ISO 19005-2, 6.1.13


@dataclass(frozen=True, slots=True)
class Sheetform:
    """How one page lies: its geometry with a page size, points per pixel, and its size in points."""

    geometry: Geometry
    scale: float
    width: float
    height: float


def assemble(job: AssembleJob) -> Assembled:
    """Write a document; the same job gives the same bytes.

    Returns:
        Where it lies, with ``seconds`` of CPU, the stamp's box in points and the strip that was added for it.

    Raises:
        ApplianceError: DOCUMENT_EMPTY, MASTER_DAMAGED, IMAGE_UNKNOWN, IMAGE_UNDECODABLE, IMAGE_TOO_SMALL,
            IMAGE_TOO_LARGE, PAGE_TEXT_DAMAGED, STAMP_NO_ROOM, or STAMP_PAGE_NARROW.
        OSError: the disk is full or broken.
    """
    begun = time.process_time()
    if not job.pages:
        raise errors.DOCUMENT_EMPTY.error()
    out = Path(job.out)
    make_folder(out.parent)
    temporary = out.with_name(f"{out.name}.{secrets.token_hex(4)}{TEMPORARY}")
    try:
        writer, place = _write(job, temporary)
        adopt_durably(temporary, out)
    finally:
        temporary.unlink(missing_ok=True)
    return Assembled(job.out, writer.sha256, writer.size, len(job.pages), place.box, time.process_time() - begun,
                     place.strip_mm)


def _write(job: AssembleJob, path: Path) -> tuple[PdfWriter, StampPlace]:
    first = lie(job.pages[0])
    place = place_stamp(job.stamp, job.band, first.width, first.height)
    with path.open("xb") as stream:
        writer = PdfWriter(stream)
        tree, font = writer.reserve(), UnseenFont(writer.reserve())
        pages = [_put_page(writer, page, (tree, font), place.extra if at == 0 else 0.0)
                 for at, page in enumerate(job.pages)]
        font.put(writer)
        ways = put_outline(writer, pages, job.title, job.parts)
        put_document(writer, tree, [number for number, _ in pages], _description(job, place), ways)
    return writer, place


def lie(page: AssemblePage) -> Sheetform:
    """Return how a page lies; a geometry without page size takes the turned image's.

    Raises:
        ApplianceError: IMAGE_TOO_SMALL or IMAGE_TOO_LARGE when PDF/A cannot hold such a page.
    """
    geometry = page.geometry
    if geometry.page_width <= 0 or geometry.page_height <= 0:
        upright = (geometry.width, geometry.height) if geometry.turn % 2 == 0 else (geometry.height, geometry.width)
        geometry = replace(geometry, page_width=float(upright[0]), page_height=float(upright[1]))
    scale = 72 / (page.dpi or DEFAULT_DPI)
    width, height = geometry.page_width * scale, geometry.page_height * scale
    if min(width, height) < SMALLEST_PT:
        raise errors.IMAGE_TOO_SMALL.error(width=page.width, height=page.height)
    if max(width, height) > LARGEST_PT:
        raise errors.IMAGE_TOO_LARGE.error(width=page.width, height=page.height)
    return Sheetform(geometry, scale, width, height)


def placement(form: Sheetform) -> str:
    """Return the matrix that lays the unit square of the image on the page, as six numbers.

    The image's own axis points down and PDF's up, so the matrix is turned over twice.
    """
    a, b, c, d, e, f = form.geometry.matrix()
    k, wide, high = form.scale, form.geometry.width, form.geometry.height
    parts = (k * a * wide, -k * b * wide, -k * c * high, k * d * high,
             k * (c * high + e), form.height - k * (d * high + f))
    return " ".join(map(number, parts))


def clipping(form: Sheetform) -> str:
    """Return the operators that keep an image to its page: what lies beside the paper is not to show on a strip."""
    return f"0 0 {number(form.width)} {number(form.height)} re W n"


def _put_page(writer: PdfWriter, page: AssemblePage, shared: tuple[int, UnseenFont],
              extra: float) -> tuple[int, float]:
    """Write a page; return its object's number and the height of its top edge."""
    tree, font = shared
    form = lie(page)
    picture = put_picture(writer, page)
    words = text_operators(page_text.load(Path(page.text)), font, form.height, form.scale) if page.text else ""
    # text first and the image over it: even a viewer that ignores "invisible" never shows it
    shown = f"{clipping(form)}\n" if extra else ""
    content = writer.put_stream("", f"{words}\nq\n{shown}{placement(form)} cm\n/Im Do\nQ\n".encode("ascii"))
    box = f"[0 0 {number(form.width)} {number(form.height + extra)}]"
    written = writer.put(
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox {box} /Resources << /XObject << /Im {picture} 0 R >> "
        f"/Font << /F {font.number} 0 R >> >> /Contents {content} 0 R >>"
    )
    return written, form.height + extra


def _description(job: AssembleJob, place: StampPlace) -> Description:
    return Description(job.identifier, job.title, job.creator, job.subject, job.conversion_mark,
                       clock.parse(job.created), job.fields, job.provenance, job.conformance, place.strip_mm)
