"""A signature's own rules in a PDF/A-2 (ISO 19005-2, 6.1.2, 6.3, 6.4), which pikepdf's validator does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pikepdf

END = re.compile(rb"%%EOF[\r\n]{0,2}\Z")

_ALLOWED_EXTENSIONS = ("/ESIC", "/ADBE", "/Type")
_PRINT, _FORBIDDEN_FLAGS = 4, 1 | 2 | 32 | 256


def signature_fields(document: pikepdf.Pdf) -> list[Any]:
    """Return the form fields of a file that are for signatures."""
    form: Any = document.Root.get("/AcroForm", {})
    return [field for field in form.get("/Fields", []) if field.get("/FT") == "/Sig"]


def check_signatures(document: pikepdf.Pdf, path: Path) -> Iterator[str]:
    """Tell what is wrong with the signatures of a file, and with what a signed file alone may hold."""
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
    for field in signature_fields(document):
        yield from _check_widget(field)
        if "/V" in field:
            yield from _check_range(field.V, path)


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


def _check_range(value: Any, path: Path) -> Iterator[str]:
    """Check that the signature covers its revision but for itself (ISO 19005-2, 6.4.3)."""
    edges = [int(edge) for edge in value.get("/ByteRange", [])]
    if len(edges) != 4:
        yield "6.4.3: no byte range"
        return
    start, before, after, rest = edges
    if start != 0 or _bytes(path, before) != b"<" or _bytes(path, after - 1) != b">":
        yield "6.4.3: the byte range leaves out more than the signature"
    end = after + rest
    if end > path.stat().st_size or not END.search(_bytes(path, max(0, end - 16), min(16, end))):
        yield "6.4.3: the signed revision does not end at its end of file"


def _bytes(path: Path, at: int, size: int = 1) -> bytes:
    if at < 0:
        return b""
    with path.open("rb") as stream:
        stream.seek(at)
        return stream.read(size)
