"""Is this file a PDF/A-2b, and what is in it? For tests, the self-test and ``appliance verify``.

pikepdf's allowlist validator judges the content; it refuses forms and signatures outright, so a signed file is
judged as a clone whose stamps are drawn as page content, and the signature's own rules are checked here.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pikepdf

FLAVOUR = "2b"

_HEADER = re.compile(rb"%PDF-1\.[0-7][\r\n]+%[\x80-\xff]{4}")
_END = re.compile(rb"%%EOF[\r\n]{0,2}\Z")
_ALLOWED_EXTENSIONS = ("/ESIC", "/ADBE", "/Type")
_FORM_ENTRIES = ("/AcroForm", "/DSS", "/Perms", "/Extensions")
_PRINT, _FORBIDDEN_FLAGS = 4, 1 | 2 | 32 | 256


@dataclass(frozen=True, slots=True)
class Summary:
    """What a document holds; ``words`` counts what a reader can extract."""

    pages: int
    images: int
    words: int
    signatures: int
    title: str


def check(path: Path) -> list[str]:
    """Return what keeps a file from being PDF/A-2b; an empty list when nothing does."""
    import pikepdf  # heavy; never in the daemon

    data = path.read_bytes()
    problems = list(_check_bytes(data))
    try:
        with pikepdf.open(path, inherit_page_attributes=False) as document:
            problems += _check_signatures(document, data)
            problems += _check_content(document)
    except pikepdf.PdfError as problem:
        problems.append(f"not a whole PDF: {problem}")
    return problems


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
            signatures = sum("/V" in field for field in _signature_fields(document))
            return Summary(len(document.pages), images, len(text_of(path).split()), signatures, title)
    except pikepdf.PdfError as problem:
        raise ValueError(f"not a readable PDF: {problem}") from None


def text_of(path: Path) -> str:
    """Return the text a reader can extract, page by page."""
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        return "\n".join(_page_text(page) for page in document)
    finally:
        document.close()


def _page_text(page: Any) -> str:
    layer = page.get_textpage()
    try:
        return str(layer.get_text_range())
    finally:
        layer.close()
        page.close()


def _check_bytes(data: bytes) -> Iterator[str]:
    if not _HEADER.match(data):
        yield "6.1.2: header"
    if not _END.search(data[-16:]):
        yield "6.1.3: data after the end of file"


def _check_content(document: pikepdf.Pdf) -> list[str]:
    from pikepdf import pdfa

    settings = pdfa.resolve_save_kwargs(FLAVOUR)
    written = io.BytesIO()
    with _flattened(document) as clone:
        clone.save(written, **settings)
    written.seek(0)
    return [str(finding) for finding in pdfa.validate_written(written, FLAVOUR).findings]


def _flattened(document: pikepdf.Pdf) -> pikepdf.Pdf:
    """Return a clone with signature stamps as page content and without anything of a form."""
    import pikepdf

    copy = io.BytesIO()
    document.save(copy, stream_decode_level=pikepdf.StreamDecodeLevel.none, fix_metadata_version=False)
    clone = pikepdf.open(copy)
    for page in clone.pages:
        _draw_stamps(clone, page)
    for entry in _FORM_ENTRIES:
        if entry in clone.Root:
            del clone.Root[entry]
    return clone


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


def _signature_fields(document: pikepdf.Pdf) -> list[Any]:
    form: Any = document.Root.get("/AcroForm", {})
    return [field for field in form.get("/Fields", []) if field.get("/FT") == "/Sig"]


def _check_signatures(document: pikepdf.Pdf, data: bytes) -> Iterator[str]:
    root = document.Root
    if "/Version" in root and not re.fullmatch(r"/1\.[0-7]", str(root.Version)):
        yield f"6.1.2: catalogue version {root.Version}"
    for name in root.get("/Extensions", {}):
        if name not in _ALLOWED_EXTENSIONS:
            yield f"policy: developer extension {name}"
    form: Any = root.get("/AcroForm", {})
    if form.get("/NeedAppearances") is True:
        yield "6.4.1: NeedAppearances"
    if "/XFA" in form:
        yield "6.4.2: XFA"
    for field in _signature_fields(document):
        yield from _check_widget(field)
        if "/V" in field:
            yield from _check_range(field.V, data)


def _check_widget(field: Any) -> Iterator[str]:
    """Check the signature's widget (ISO 19005-2, 6.3.2, 6.3.3, 6.4.1)."""
    flags = int(field.get("/F", 0))
    if not flags & _PRINT or flags & _FORBIDDEN_FLAGS:
        yield f"6.3.2: flags {flags} of a signature field"
    if "/A" in field or "/AA" in field:
        yield "6.4.1: action on a signature field"
    left, bottom, right, top = (float(edge) for edge in field.get("/Rect", [0, 0, 0, 0]))
    if "/AP" not in field and (left, bottom) != (right, top):
        yield "6.3.3: a visible signature without appearance"
    if "/AP" in field and set(field.AP.keys()) != {"/N"}:
        yield "6.3.3: a signature appearance other than /N"


def _check_range(value: Any, data: bytes) -> Iterator[str]:
    """Check that the signature covers its revision but for itself (ISO 19005-2, 6.4.3)."""
    edges = [int(edge) for edge in value.get("/ByteRange", [])]
    if len(edges) != 4:
        yield "6.4.3: no byte range"
        return
    start, before, after, rest = edges
    if start != 0 or data[before:before + 1] != b"<" or data[after - 1:after] != b">":
        yield "6.4.3: the byte range leaves out more than the signature"
    end = after + rest
    if end > len(data) or not _END.search(data[max(0, end - 16):end]):
        yield "6.4.3: the signed revision does not end at its end of file"
