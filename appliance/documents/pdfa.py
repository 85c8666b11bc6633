"""The file structure of a PDF/A-2b (ISO 19005-2): objects, cross-reference table, catalogue, colour, metadata.

Written in one pass straight to disk, so that a document of a thousand pages needs no more memory than one of
three; pikepdf judges the result (check.py). The same calls give the same bytes.
"""

from __future__ import annotations

import hashlib
import importlib.util
import zlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from appliance.core import errors
from appliance.documents.xmp import Description, document_information, packet

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
LANGUAGE = "vi-VN"


class PdfWriter:
    """Writes objects to ``stream`` as they come; ``size`` and ``sha256`` tell of all bytes so far."""

    def __init__(self, stream: BinaryIO) -> None:
        self.size = 0
        self._stream = stream
        self._digest = hashlib.sha256()
        self._places: list[int] = [0]
        self._write(HEADER)

    @property
    def sha256(self) -> str:
        """SHA-256 of what was written, lowercase hex."""
        return self._digest.hexdigest()

    def reserve(self) -> int:
        """Return the number of an object to be written later."""
        self._places.append(0)
        return len(self._places) - 1

    def put(self, body: str, number: int = 0) -> int:
        """Write an object and return its number; ``number`` is one that was reserved."""
        number = self._begin(number)
        self._write(f"{body}\nendobj\n".encode("ascii"))
        return number

    def put_stream(self, entries: str, data: bytes, number: int = 0) -> int:
        """Write a stream object, deflated; ``entries`` is the rest of its dictionary."""
        packed = zlib.compress(data, 6)
        return self.put_pieces(f"{entries} /Filter /FlateDecode", len(packed), [packed], number)

    def put_plain(self, entries: str, data: bytes) -> int:
        """Write a stream object as it is."""
        return self.put_pieces(entries, len(data), [data])

    def put_pieces(self, entries: str, size: int, pieces: Iterable[bytes], number: int = 0) -> int:
        """Write a stream object of ``size`` bytes that come in pieces.

        Raises:
            ValueError: the pieces do not add up to ``size``.
        """
        number = self._begin(number)
        self._write(f"<< {entries} /Length {size} >>\nstream\n".encode("ascii"))
        begun = self.size
        for piece in pieces:
            self._write(piece)
        if self.size - begun != size:
            raise ValueError(f"stream of {self.size - begun} bytes was announced as {size}")
        self._write(b"\nendstream\nendobj\n")
        return number

    def finish(self, root: int, information: int, identifier: bytes) -> None:
        """Write the cross-reference table and the trailer; ``identifier`` has 16 bytes."""
        start, count = self.size, len(self._places)
        rows = "".join(f"{place:010d} 00000 n \n" for place in self._places[1:])
        name = f"<{identifier.hex().upper()}>"
        self._write(f"xref\n0 {count}\n0000000000 65535 f \n{rows}".encode("ascii"))
        self._write(f"trailer\n<< /Size {count} /Root {root} 0 R /Info {information} 0 R /ID [{name} {name}] >>\n"
                    f"startxref\n{start}\n%%EOF\n".encode("ascii"))

    def _begin(self, number: int) -> int:
        number = number or self.reserve()
        self._places[number] = self.size
        self._write(f"{number} 0 obj\n".encode("ascii"))
        return number

    def _write(self, data: bytes) -> None:
        self._stream.write(data)
        self._digest.update(data)
        self.size += len(data)


def put_document(writer: PdfWriter, tree: int, pages: list[int], description: Description, ways: str = "") -> None:
    """Write page tree, catalogue, colour profile and metadata, and end the file.

    Args:
        writer: holds the pages already.
        tree: reserved number of the page tree.
        pages: numbers of the pages in order.
        description: title, dates and marks.
        ways: entries of the catalogue for labels and bookmarks (outline.py).
    """
    kids = " ".join(f"{page} 0 R" for page in pages)
    writer.put(f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>", tree)
    colours = writer.put_stream("/N 3 /Alternate /DeviceRGB", srgb_profile())
    intent = writer.put(
        "<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /Info (sRGB IEC61966-2.1) "
        f"/RegistryName (http://www.color.org) /DestOutputProfile {colours} 0 R >>"
    )
    # metadata stays unpacked, so that a tool that knows nothing of PDF can find it
    metadata = writer.put_plain("/Type /Metadata /Subtype /XML", packet(description))
    root = writer.put(
        f"<< /Type /Catalog /Pages {tree} 0 R /Lang ({LANGUAGE}) /Metadata {metadata} 0 R "
        f"/OutputIntents [{intent} 0 R] /ViewerPreferences << /DisplayDocTitle true >> "
        f"/MarkInfo << /Marked false >> {ways} >>"
    )
    entries = " ".join(f"/{name} {text_string(value)}" for name, value in document_information(description).items())
    information = writer.put(f"<< {entries} >>")
    writer.finish(root, information, hashlib.sha256(writer.sha256.encode()).digest()[:16])


def text_string(value: str) -> str:
    """Return a PDF text string; letters outside ASCII as UTF-16BE (ISO 32000-1, 7.9.2.2)."""
    if value.isascii() and value.isprintable():
        return "(" + value.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") + ")"
    marked = "\ufeff" + value
    return f"<{marked.encode('utf-16-be').hex().upper()}>"


def number(value: float) -> str:
    """Return a real as PDF writes it: at most 4 decimals, never an exponent."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """Return the sRGB profile that comes with pikepdf (zlib licence), without importing pikepdf.

    Raises:
        ApplianceError: TOOL_MISSING.
    """
    spec = importlib.util.find_spec("pikepdf")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        path = Path(folder, "pdfa", "data", "sRGB.icc")
        if path.is_file():
            return path.read_bytes()
    raise errors.TOOL_MISSING.error(program="pikepdf (sRGB.icc)")
