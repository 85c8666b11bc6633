"""An access copy: the pages of filed documents with other pictures, their text and places as they were.

Text, boxes and matrices are taken over as they stand; a page's one image is exchanged for another that fills
the same square. Signatures stay behind: they are of the filed document.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from appliance.core.jobs import DocumentPart
from appliance.documents.filed import MARK, Filed, FiledPage
from appliance.documents.outline import put_outline
from appliance.documents.pdfa import PdfWriter, number, put_document
from appliance.documents.xmp import Description

if TYPE_CHECKING:
    import pikepdf

TITLE = "Bản sao tra cứu: "
KEPT = ("/MediaBox", "/CropBox", "/Rotate", "/UserUnit")
"""Entries of a page that say how it lies."""

NAMED = 20
"""Sources that a copy names; of more it says how many there are."""

_UNIT = b"q\n/P Do\n/I Do\nQ\n"


@dataclass(frozen=True, slots=True)
class Bilevel:
    """A coded bilevel picture of ``size`` (width, height); ``jbig2`` or else a strip of G4 with black 0."""

    data: bytes
    size: tuple[int, int]
    jbig2: bool


@dataclass(frozen=True, slots=True)
class Layered:
    """Three layers: paper as a JPEG of ``paper_size``, over it inks where the mask is black.

    ``inks`` has a byte a pixel of ``inks_size``, which of ``colours`` (three bytes each) it is.
    """

    mask: Bilevel
    inks: bytes
    inks_size: tuple[int, int]
    colours: bytes
    paper: bytes
    paper_size: tuple[int, int]
    grey: bool


Picture = Bilevel | Layered | None
"""What a page shows; None for its master as it is."""

Redraw = Callable[[FiledPage], Picture]


class Copy:
    """A copy being written to a stream, document by document."""

    def __init__(self, stream: BinaryIO, redraw: Redraw) -> None:
        self.writer = PdfWriter(stream)
        self._redraw = redraw
        self._tree = self.writer.reserve()
        self._pages: list[tuple[int, float]] = []
        self._parts: list[DocumentPart] = []
        self._sources: list[tuple[str, str, str, str]] = []

    def add(self, filed: Filed) -> None:
        """Write the pages of a document.

        Raises:
            ApplianceError: COPY_SOURCE_FOREIGN.
        """
        begun = len(self._pages)
        self._sources.append((filed.identifier, filed.sha256, filed.title, filed.creator))
        self._parts.append(DocumentPart(begun, filed.title))
        self._parts += [DocumentPart(begun + at, title) for at, title in filed.parts]
        taken = _Taken(self.writer)
        for page in filed.pages():
            self._pages.append((self._put(page, taken), _top(page.page)))

    def finish(self, title: str, now: datetime) -> int:
        """End the file; return how many pages it has."""
        alone = len(self._sources) == 1
        parts = self._parts[1:] if alone else self._parts
        description = self._description(self._sources[0][2] if alone else title, now)
        ways = put_outline(self.writer, self._pages, description.title, parts)
        put_document(self.writer, self._tree, [page for page, _ in self._pages], description, ways)
        return len(self._pages)

    def _description(self, title: str, now: datetime) -> Description:
        named = self._sources[:NAMED]
        sources = "; ".join(f"{identifier} (SHA-256 {digest})" for identifier, digest, _, _ in named)
        sources += f"; … ({len(self._sources)})" if len(self._sources) > NAMED else ""
        return Description(
            identifier=f"{self._sources[0][0]}#ban-sao", title=TITLE + title, creator=self._sources[0][3],
            subject=f"Bản lưu trữ đã ký: {sources}", conversion_mark=MARK, created=now)

    def _put(self, page: FiledPage, taken: _Taken) -> int:
        drawn = self._redraw(page)
        there = dict(page.page.resources.get("/XObject", {}).items())
        names = {key: taken.text(thing) for key, thing in there.items() if key != page.name}
        names[page.name] = taken.text(page.picture) if drawn is None else f"{self._draw(drawn)} 0 R"
        things = " ".join(f"{key} {value}" for key, value in names.items())
        others = "".join(f"{key} {taken.text(value)} " for key, value in page.page.resources.items()
                         if key != "/XObject")
        contents = page.page.obj.Contents
        places = "".join(f"{key} {taken.text(page.page.obj[key])} " for key in KEPT if key in page.page.obj)
        return self.writer.put(
            f"<< /Type /Page /Parent {self._tree} 0 R {places}/Resources << {others}/XObject << {things} >> >> "
            f"/Contents {taken.text(contents)} >>")

    def _draw(self, drawn: Bilevel | Layered) -> int:
        if isinstance(drawn, Bilevel):
            entries = f"{_picture(drawn.size)} /ColorSpace /DeviceGray {_coding(drawn)}"
            return self.writer.put_plain(entries, drawn.data)
        mask = self.writer.put_plain(f"{_picture(drawn.mask.size)} /ImageMask true {_coding(drawn.mask)}",
                                     drawn.mask.data)
        inks = self.writer.put_stream(
            f"{_picture(drawn.inks_size)} /BitsPerComponent 8 /ColorSpace [/Indexed /DeviceRGB "
            f"{len(drawn.colours) // 3 - 1} <{drawn.colours.hex()}>] /Mask {mask} 0 R", drawn.inks)
        space = "/DeviceGray" if drawn.grey else "/DeviceRGB"
        paper = self.writer.put_plain(
            f"{_picture(drawn.paper_size)} /BitsPerComponent 8 /ColorSpace {space} /Filter /DCTDecode", drawn.paper)
        return self.writer.put_stream(
            "/Type /XObject /Subtype /Form /BBox [0 0 1 1] "
            f"/Resources << /XObject << /P {paper} 0 R /I {inks} 0 R >> >>", _UNIT)


class _Taken:
    """Objects of one source that are in the copy already, by their number there."""

    def __init__(self, writer: PdfWriter) -> None:
        self._writer = writer
        self._numbers: dict[tuple[int, int], int] = {}

    def text(self, thing: Any) -> str:
        """Return an object as PDF writes it; what is an object of its own is copied first, once."""
        import pikepdf

        if isinstance(thing, pikepdf.Object) and thing.is_indirect:
            return f"{self._number(thing)} 0 R"
        return self._direct(thing)

    def _number(self, thing: pikepdf.Object) -> int:
        import pikepdf

        known = self._numbers.get(thing.objgen)
        if known is not None:
            return known
        at = self._numbers[thing.objgen] = self._writer.reserve()
        if isinstance(thing, pikepdf.Stream):
            data = bytes(thing.read_raw_bytes())
            return self._writer.put_pieces(self._entries(thing), len(data), [data], at)
        return self._writer.put(self._direct(thing), at)

    def _direct(self, thing: Any) -> str:
        import pikepdf

        if isinstance(thing, pikepdf.Dictionary):
            return f"<< {self._entries(thing)} >>"
        if isinstance(thing, pikepdf.Array):
            return f"[{' '.join(self.text(one) for one in thing)}]"
        return _simple(thing)

    def _entries(self, thing: Any) -> str:
        return " ".join(f"{key} {self.text(value)}" for key, value in thing.items() if key != "/Length")


def _simple(thing: Any) -> str:
    """Return a number, name, string, truth value or nothing."""
    import pikepdf

    if thing is None:
        return "null"
    if isinstance(thing, bool):
        return "true" if thing else "false"
    if isinstance(thing, pikepdf.Object):
        return thing.unparse().decode("ascii")
    return str(thing) if isinstance(thing, int) else number(float(thing))


def _picture(size: tuple[int, int]) -> str:
    return f"/Type /XObject /Subtype /Image /Width {size[0]} /Height {size[1]}"


def _coding(picture: Bilevel) -> str:
    if picture.jbig2:
        return "/BitsPerComponent 1 /Filter /JBIG2Decode"
    wide, high = picture.size
    return ("/BitsPerComponent 1 /Filter /CCITTFaxDecode "
            f"/DecodeParms << /K -1 /Columns {wide} /Rows {high} /BlackIs1 false >>")


def _top(page: pikepdf.Page) -> float:
    return float(page.mediabox[3])

