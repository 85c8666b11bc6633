"""Which letters the text of a finished file stands for: its fonts' ToUnicode, read back from the file.

Only what this appliance writes is read, text layer and stamp; anything else is a fault, never skipped.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pikepdf

FORBIDDEN = ("\x00", "\ufeff", "\ufffe")
"""What no code may stand for in conformance U (ISO 19005-2, 6.2.11.7.2)."""

_BLOCK = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_PAIR = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<((?:[0-9A-Fa-f]{4})+)>")
_SHOWN = re.compile(rb"/(\S+) [-\d.]+ Tf\b|<([0-9A-Fa-f]*)>\s*Tj\b")
_OTHER = re.compile(rb"\)\s*(?:Tj|'|\")|\]\s*TJ\b|>\s*['\"]")


def to_letters(font: Any) -> dict[int, str]:
    """Return the letter that each code of a font stands for; empty where the font has no ToUnicode.

    Raises:
        ValueError: it is not written as this appliance writes it.
    """
    stream = font.get("/ToUnicode")
    if stream is None:
        return {}
    data = stream.read_bytes()
    if b"beginbfrange" in data or b"usecmap" in data:
        raise ValueError("a ToUnicode of another kind")
    pairs = (pair for block in _BLOCK.findall(data) for pair in _PAIR.findall(block))
    return {int(code, 16): bytes.fromhex(letter.decode("ascii")).decode("utf-16-be") for code, letter in pairs}


def faults(document: pikepdf.Pdf) -> Iterator[str]:
    """Tell where a font has no ToUnicode, or a shown code no letter, on pages and in the stamps of signatures."""
    known: dict[tuple[int, int], dict[int, str]] = {}
    for page in document.pages:
        contents = page.obj.get("/Contents")
        if contents is not None:
            yield from _shown(_data(contents), page.obj.get("/Resources", {}), known)
        notes: Any = page.obj.get("/Annots", [])
        for note in notes:
            form = note.get("/AP", {}).get("/N")
            if form is not None and hasattr(form, "read_bytes"):
                yield from _shown(form.read_bytes(), form.get("/Resources", {}), known)


def _data(contents: Any) -> bytes:
    parts = [contents] if hasattr(contents, "read_bytes") else list(contents)
    return b"\n".join(part.read_bytes() for part in parts)


def _shown(data: bytes, resources: Any, known: dict[tuple[int, int], dict[int, str]]) -> Iterator[str]:
    fonts = resources.get("/Font", {})
    for name, font in fonts.items():
        if font.objgen not in known:
            known[font.objgen] = to_letters(font)
            if not known[font.objgen]:
                yield f"policy: font {name} without ToUnicode"
    if _OTHER.search(data):
        yield "policy: text in another form than this appliance writes"
    for name, codes in _codes(data).items():
        letters = known.get(fonts[name].objgen, {}) if name in fonts else {}
        if any(letters.get(code, "\x00") in FORBIDDEN for code in codes):
            yield f"6.2.11.7.2: a letter of font {name} that stands for nothing"


def _codes(data: bytes) -> dict[str, set[int]]:
    """Return the two-byte codes that are shown, by font."""
    shown: dict[str, list[bytes]] = {}
    font = ""
    for name, text in _SHOWN.findall(data):
        if name:
            font = "/" + name.decode("latin-1")
        else:
            shown.setdefault(font, []).append(bytes.fromhex(text.decode("ascii")))
    return {font: set(struct.unpack(f">{sum(map(len, texts)) // 2}H", b"".join(texts)))
            for font, texts in shown.items()}
