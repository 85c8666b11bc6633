"""Is this file a PDF/A-2b or 2u, and what is in it? Before release, for ``appliance verify``, and for tests.

pikepdf's allowlist validator judges the content. It refuses forms, signatures, extension schemas and conformance U
outright, so it is shown a likeness: stamps drawn as page content, the archive's own schema taken out of the
metadata, U called B, and images without their bytes, which it does not look at: a document of any size costs little
memory. What it is not shown has rules of its own: ``check_signed.py``, ``xmp_archive.py``, ``letters.py``.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.documents import letters, xmp_archive
from appliance.documents.check_signed import END, check_signatures, signature_fields
from appliance.documents.reader import Reader

if TYPE_CHECKING:
    import pikepdf

FLAVOUR = "2b"

_HEADER = re.compile(rb"%PDF-1\.[0-7][\r\n]+%[\x80-\xff]{4}")
_FORM_ENTRIES = ("/AcroForm", "/DSS", "/Perms", "/Extensions")
_PHOTOGRAPHIC = ("/DCTDecode", "/CCITTFaxDecode", "/JBIG2Decode")
_LEVEL_B, _LEVEL_U = (f"<pdfaid:conformance>{level}</pdfaid:conformance>" for level in "BU")


@dataclass(frozen=True, slots=True)
class Summary:
    """What a document holds; ``words`` counts what a reader can extract."""

    pages: int
    images: int
    words: int
    signatures: int
    title: str


def check(path: Path) -> list[str]:
    """Return what keeps a file from being PDF/A-2b, or 2u where it says so; an empty list when nothing does."""
    import pikepdf  # heavy; never in the daemon

    problems = list(_check_bytes(path))
    try:
        with pikepdf.open(path, inherit_page_attributes=False) as document:
            problems += check_signatures(document, path)
            problems += _check_letters(document)
            problems += _check_metadata(document)
            problems += _check_content(document)
    except pikepdf.PdfError as problem:
        problems.append(f"not a whole PDF: {problem}")
    return problems


def conformance(path: Path) -> str:
    """Return 2b or 2u, as the file's metadata says; empty where they say neither.

    Raises:
        ValueError: it is no PDF that can be read.
    """
    import pikepdf

    try:
        with pikepdf.open(path) as document:
            packet = _packet(document)
    except pikepdf.PdfError as problem:
        raise ValueError(f"not a readable PDF: {problem}") from None
    return "2b" if _LEVEL_B in packet else "2u" if _LEVEL_U in packet else ""


def summary(path: Path) -> Summary:
    """Say what a PDF holds.

    Raises:
        ValueError: it is no PDF that can be read.
    """
    import pikepdf

    try:
        with pikepdf.open(path) as document:
            images = sum(len(page.get_images()) for page in document.pages)
            title = str(document.docinfo.get("/Title", ""))
            signatures = sum("/V" in field for field in signature_fields(document))
            return Summary(len(document.pages), images, len(text_of(path).split()), signatures, title)
    except pikepdf.PdfError as problem:
        raise ValueError(f"not a readable PDF: {problem}") from None


def text_of(path: Path) -> str:
    """Return the text a reader can extract, page by page."""
    reader = Reader(path)
    try:
        return "\n".join(reader.text(at) for at in range(reader.pages))
    finally:
        reader.close()


def _check_bytes(path: Path) -> Iterator[str]:
    with path.open("rb") as stream:
        if not _HEADER.match(stream.read(32)):
            yield "6.1.2: header"
        stream.seek(max(0, path.stat().st_size - 16))
        if not END.search(stream.read()):
            yield "6.1.3: data after the end of file"


def _check_letters(document: pikepdf.Pdf) -> list[str]:
    try:
        return list(dict.fromkeys(letters.faults(document)))
    except ValueError as problem:
        return [f"policy: {problem}"]


def _packet(document: pikepdf.Pdf) -> str:
    stream: Any = document.Root.get("/Metadata")
    return stream.read_bytes().decode("utf-8", "replace") if hasattr(stream, "read_bytes") else ""


def _check_metadata(document: pikepdf.Pdf) -> list[str]:
    """Judge the archive's own schema, then take it out; the rest is the validator's."""
    packet = _packet(document)
    if not packet:
        return []
    found = xmp_archive.faults(packet)
    document.Root.Metadata.write(xmp_archive.without(packet).replace(_LEVEL_U, _LEVEL_B).encode())
    return found


def _check_content(document: pikepdf.Pdf) -> list[str]:
    from pikepdf import pdfa

    settings = pdfa.resolve_save_kwargs(FLAVOUR)
    written = io.BytesIO()
    _flatten(document)
    _empty_images(document)
    document.save(written, **settings)
    written.seek(0)
    return [str(finding) for finding in pdfa.validate_written(written, FLAVOUR).findings]


def _flatten(document: pikepdf.Pdf) -> None:
    """Draw signature stamps as page content and take out whatever belongs to a form; the file stays as it is."""
    for page in document.pages:
        if "/Annots" in page.obj:
            _draw_stamps(document, page)
    for entry in _FORM_ENTRIES:
        if entry in document.Root:
            del document.Root[entry]


def _empty_images(document: pikepdf.Pdf) -> None:
    """Take the bytes out of images whose coding the validator does not look into."""
    import pikepdf

    for stream in document.objects:
        if isinstance(stream, pikepdf.Stream) and stream.get("/Subtype") == "/Image":
            coding: Any = stream.get("/Filter")
            if isinstance(coding, pikepdf.Name) and coding in _PHOTOGRAPHIC:
                how: Any = stream.get("/DecodeParms")
                stream.write(b"\0", filter=coding, decode_parms=how)


def _draw_stamps(clone: pikepdf.Pdf, page: pikepdf.Page) -> None:
    import pikepdf

    kept = []
    for note in page.obj.get("/Annots", []):
        if note.get("/Subtype") == "/Widget" and note.get("/FT") == "/Sig":
            _draw_stamp(clone, page, note)
        else:
            kept.append(note)
    if kept:
        page.obj.Annots = pikepdf.Array(kept)
    elif "/Annots" in page.obj:
        del page.obj["/Annots"]


def _draw_stamp(clone: pikepdf.Pdf, page: pikepdf.Page, note: Any) -> None:
    """Draw a widget's appearance where its rectangle is (ISO 32000-1, 12.5.5, without a matrix)."""
    import pikepdf

    form = note.get("/AP", {}).get("/N")
    if not isinstance(form, pikepdf.Stream):
        return
    left, bottom, right, top = (float(edge) for edge in note.Rect)
    x0, y0, x1, y1 = (float(edge) for edge in form.get("/BBox", [0, 0, 1, 1]))
    if right <= left or top <= bottom or x1 <= x0 or y1 <= y0:
        return
    form.Subtype = pikepdf.Name.Form
    name = page.add_resource(form, pikepdf.Name.XObject)
    across, up = (right - left) / (x1 - x0), (top - bottom) / (y1 - y0)
    drawing = f"q {across:.5f} 0 0 {up:.5f} {left:.3f} {bottom:.3f} cm {name} Do Q"
    page.contents_add(clone.make_stream(drawing.encode("ascii")))
