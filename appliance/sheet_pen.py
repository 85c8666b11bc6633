"""Sheets to print, as vector PDF: text, lines, QR and patch codes, black on white, for any printer.

Lengths are millimetres from the upper left corner of an A4 sheet, letters in points. The stamp's own typeface is
in the file, so that no font has to be installed. The same sheets give the same bytes. pikepdf and segno are loaded
only here.
"""

from __future__ import annotations

import io
import unicodedata
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from appliance.documents import patches
from appliance.signing.typeface import Typeface, load

if TYPE_CHECKING:
    import pikepdf

WIDTH, HEIGHT, MIDDLE = 210.0, 297.0, 105.0
MM = 72 / 25.4
SMALLEST = 7.0
"""Points below which letters are not made smaller to fit a line."""

PITCH = 1.15
"""From line to line, of the size of letters."""

BOLD_SHARE = 0.034
"""Width of the outline of bold letters, of their size; the typeface has one weight."""

QUIET = 4
"""Modules of white that a QR code needs on every side (ISO/IEC 18004)."""

SEAM_MM = 0.02
"""So much each row of modules goes into the next: no printer draws a white hair between them."""

PATCH_MM = 11.0
"""Between the edge of the sheet and its patch codes: printers leave 4 to 6 mm white, and the bars need some too."""

LATIN_FONT_FLAGS = 32


@dataclass(frozen=True, slots=True)
class Type:
    """How a text is printed: its largest size, how many lines of what width in mm, and its look."""

    points: float
    lines: int = 1
    width: float = 170.0
    middle: bool = True
    bold: bool = False
    white: bool = False


class Pen:
    """Draws one sheet; heights of text are baselines."""

    def __init__(self, face: Typeface) -> None:
        self._face = face
        self._marks: list[str] = ["0 g 0 G"]
        self.letters: set[str] = set()

    def write(self, at: tuple[float, float], text: str, type_: Type) -> None:
        """Print a text in up to ``type_.lines`` lines, smaller where it is too long; the last line is at ``at``.

        What is still too long ends in dots. A letter that the typeface lacks becomes ``?``.
        """
        text = unicodedata.normalize("NFC", text)
        text = "".join(letter if letter in self._face.glyphs else "?" for letter in text)
        points = type_.points
        while len(lines := self._broken(text, points, type_.width)) > type_.lines and points > SMALLEST:
            points -= 0.5
        if len(lines) > type_.lines:
            lines[type_.lines - 1] = f"{lines[type_.lines - 1][:-2]}…"
        for back, line in enumerate(reversed(lines[:type_.lines])):
            self._line((at[0], at[1] - back * points * PITCH / MM), line, replace(type_, points=points))

    def _line(self, at: tuple[float, float], text: str, type_: Type) -> None:
        left = at[0] - (self._long(text, type_.points) / 2 if type_.middle else 0.0)
        glyphs = "".join(f"{self._face.glyphs[letter]:04X}" for letter in text)
        weight = f"2 Tr {type_.points * BOLD_SHARE:.3f} w" if type_.bold else "0 Tr"
        colour = "1 g 1 G" if type_.white else "0 g 0 G"
        place = f"{left * MM:.2f} {(HEIGHT - at[1]) * MM:.2f} Td"
        self._marks.append(f"{colour} BT /F {type_.points:g} Tf {weight} {place} <{glyphs}> Tj ET 0 g 0 G")
        self.letters |= set(text)

    def _broken(self, text: str, points: float, width: float) -> list[str]:
        """Break a text at blanks, and a word that is longer than a line anywhere."""
        lines = [""]
        for word in text.split(" "):
            if self._long(f"{lines[-1]} {word}".strip(), points) <= width:
                lines[-1] = f"{lines[-1]} {word}".strip()
                continue
            lines += [word] if lines[-1] else []
            lines[-1] = word
            while (fits := self._fitting(lines[-1], points, width)) < len(lines[-1]):
                lines[-1:] = [lines[-1][:fits], lines[-1][fits:]]
        return lines

    def _fitting(self, text: str, points: float, width: float) -> int:
        """Return how many letters, at least one, stand on a line."""
        at = len(text)
        while at > 1 and self._long(text[:at], points) > width:
            at -= 1
        return at

    def lines(self, text: str, type_: Type) -> int:
        """Return in how many lines ``write`` prints a text, none of whose letters is made smaller."""
        plain = unicodedata.normalize("NFC", text)
        known = "".join(letter if letter in self._face.glyphs else "?" for letter in plain)
        return min(type_.lines, len(self._broken(known, type_.points, type_.width)))

    def bar(self, left: float, top: float, width: float, height: float) -> None:
        """Print a black rectangle."""
        self._fill([(left, top, width, height)])

    def rule(self, start: tuple[float, float], length: float, weight: float = 0.25) -> None:
        """Print a level line."""
        self._fill([(start[0], start[1], length, weight)])

    def frame(self, box: tuple[float, float, float, float], weight: float = 0.4) -> None:
        """Print the outline of a rectangle: left, top, width, height."""
        left, top, width, height = box
        place = f"{left * MM:.2f} {(HEIGHT - top - height) * MM:.2f} {width * MM:.2f} {height * MM:.2f}"
        self._marks.append(f"{weight * MM:.2f} w {place} re S")

    def code(self, payload: str, middle: tuple[float, float], width: float) -> None:
        """Print a QR code ``width`` mm wide, its quiet zone not counted; up to 30 % of it may be lost."""
        import segno

        rows = [list(row) for row in segno.make(payload, error="h", micro=False, boost_error=False).matrix]
        module = width / len(rows)
        left, top = middle[0] - width / 2, middle[1] - width / 2
        self._fill((left + start * module, top + at * module, long * module, module + SEAM_MM)
                   for at, row in enumerate(rows) for start, long in _runs(row))

    def patch(self, letter: str, left: float, width: float) -> None:
        """Print a patch code along the upper edge and, turned about, along the lower."""
        for inset, thick in patches.bars(letter):
            self.bar(left, PATCH_MM + inset, width, thick)
            self.bar(left, HEIGHT - PATCH_MM - inset - thick, width, thick)

    def operators(self) -> bytes:
        """Return the content stream."""
        return "\n".join(self._marks).encode("ascii")

    def _long(self, text: str, points: float) -> float:
        return sum(self._face.metrics.advance[letter] for letter in text) * points / 1000 / MM

    def _fill(self, boxes: Iterable[tuple[float, float, float, float]]) -> None:
        found = [f"{left * MM:.2f} {(HEIGHT - top - high) * MM:.2f} {wide * MM:.2f} {high * MM:.2f} re"
                 for left, top, wide, high in boxes]
        self._marks.append("\n".join([*found, "f"]))


def pdf(sheets: Iterable[Callable[[Pen], None]], title: str) -> bytes:
    """Return the PDF of sheets, each drawn by a function."""
    import pikepdf

    face, letters = load(), set[str]()
    with pikepdf.new() as made:
        font = made.make_indirect(pikepdf.Dictionary())
        for draw in sheets:
            pen = Pen(face)
            draw(pen)
            letters |= pen.letters
            _add_page(made, pen, font)
        font.update(_font(made, face, letters))
        made.docinfo["/Title"] = title
        made.Root.Lang = pikepdf.String("vi-VN")
        stream = io.BytesIO()
        made.save(stream, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return stream.getvalue()


def _add_page(made: pikepdf.Pdf, pen: Pen, font: Any) -> None:
    import pikepdf

    page = made.add_blank_page(page_size=(round(WIDTH * MM, 2), round(HEIGHT * MM, 2)))
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    page.Contents = made.make_stream(zlib.compress(pen.operators(), 9), Filter=pikepdf.Name.FlateDecode)


def _font(made: pikepdf.Pdf, face: Typeface, letters: set[str]) -> Any:
    """Return the typeface as a font that maps glyph numbers to themselves, and back to letters for who searches."""
    import pikepdf
    from pikepdf import Array, Dictionary, Name

    used = sorted((face.glyphs[letter], letter) for letter in letters)
    program = made.make_stream(face.program, Filter=Name.FlateDecode, Length1=face.program_size)
    described = Dictionary(
        Type=Name.FontDescriptor, FontName=Name(f"/{face.name}"), Flags=LATIN_FONT_FLAGS, ItalicAngle=0,
        FontBBox=Array(face.box), Ascent=face.ascent, Descent=face.descent, CapHeight=face.cap_height, StemV=80,
        FontFile2=program)
    system = Dictionary(Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0)
    widths = Array([part for glyph, _ in used for part in (glyph, Array([face.widths[glyph]]))])
    below = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=Name(f"/{face.name}"), CIDSystemInfo=system,
        CIDToGIDMap=Name.Identity, DW=0, W=widths, FontDescriptor=made.make_indirect(described))
    return Dictionary(
        Type=Name.Font, Subtype=Name.Type0, BaseFont=Name(f"/{face.name}"), Encoding=Name("/Identity-H"),
        DescendantFonts=Array([made.make_indirect(below)]), ToUnicode=made.make_stream(_to_unicode(used)))


def _to_unicode(used: list[tuple[int, str]]) -> bytes:
    entries = [f"<{glyph:04X}> <{letter.encode('utf-16-be').hex()}>" for glyph, letter in used]
    blocks = [entries[at:at + 100] for at in range(0, len(entries), 100)]
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return ("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Sheet def\n"
            "/CMapType 2 def\n"
            f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{body}\nendcmap\nend\nend").encode("ascii")


def _runs(row: list[int]) -> Iterable[tuple[int, int]]:
    """Return where each run of black modules begins and how long it is."""
    start = 0
    for at in range(len(row) + 1):
        if at < len(row) and row[at]:
            continue
        if at > start:
            yield start, at - start
        start = at + 1
