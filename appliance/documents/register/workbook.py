"""What a workbook says about its sheet before any row is read: where it lies, which cells are dates or merged."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from appliance.documents.register.parts import Parts

BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
"""Numbers of the built-in formats that show a day or a time (ECMA-376 part 1, 18.8.30)."""

MOST_MERGED = 100_000
MOST_MERGED_CELLS = 2_000_000
LAST_COLUMN = 1000

_NO_PART_OF_FORMAT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_OVERLAP = 200


@dataclass(slots=True)
class _Book:
    """Sheets, style of cells, and where parts lie."""

    sheets: list[tuple[str, str, bool]] = field(default_factory=list)
    targets: dict[str, str] = field(default_factory=dict)
    from_1904: bool = False
    formats: dict[int, str] = field(default_factory=dict)
    styles: list[int] = field(default_factory=list)
    in_cells: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take an element of workbook.xml, its relations or styles.xml."""
        if name == "sheet":
            relation = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            shown = attributes.get("state", "visible") == "visible"
            self.sheets.append((attributes.get("name", ""), relation, shown))
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904", "0") in ("1", "true")
        elif name == "Relationship" and attributes.get("TargetMode") != "External":
            self.targets[attributes.get("Id", "")] = attributes.get("Target", "")
        elif name == "numFmt":
            self.formats[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self.in_cells = True
        elif name == "xf" and self.in_cells:
            self.styles.append(int(attributes.get("numFmtId", "0")))

    def end(self, name: str) -> None:
        """Leave the styles of cells."""
        if name == "cellXfs":
            self.in_cells = False

    def text(self, data: str) -> None:
        """There is no text that matters."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its part, which styles show days, and the first day of its calendar."""

    part: str
    dates: frozenset[int]
    from_1904: bool
    merged: tuple[tuple[int, int, int, int], ...] = ()


def sheet(parts: Parts, wanted: str = "") -> Sheet:
    """Return the wanted sheet, or the first that is not hidden.

    Raises:
        ApplianceError: REGISTER_UNREADABLE.
    """
    book = _Book()
    try:
        for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"):
            if part != "xl/styles.xml" or parts.has(part):
                parts.parse_all(part, book)
    except ValueError:  # a number that is none
        raise parts.unreadable("xl/styles.xml bị hỏng / damaged") from None
    names = ", ".join(name for name, _, _ in book.sheets)
    for name, relation, shown in book.sheets:
        if (name == wanted) if wanted else shown:
            target = book.targets.get(relation, "")
            place = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            return Sheet(place, _dates(book), book.from_1904, _merged(parts, place))
    raise parts.unreadable(f"không có trang tính {wanted or 'nào'} / no such sheet; có / there are: {names or '–'}")


def column_of(letters: str) -> int:
    """Return a column's number from 0 by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def shows_day(code: str) -> bool:
    """Say whether a number format shows a day or a time."""
    return re.search("[dmyhs]", _NO_PART_OF_FORMAT.sub("", code).split(";")[0], re.IGNORECASE) is not None


def _dates(book: _Book) -> frozenset[int]:
    own = {number for number, code in book.formats.items() if code.lower() != "general" and shows_day(code)}
    return frozenset(style for style, number in enumerate(book.styles)
                     if number in own or (number in BUILT_IN_DATES and number not in book.formats))


def _merged(parts: Parts, place: str) -> tuple[tuple[int, int, int, int], ...]:
    """Return merged areas as (first row, last row, first column, last column).

    They stand behind the rows in the part, so it is skimmed once for them, unparsed.
    """
    found: dict[tuple[int, int, int, int], None] = {}
    rest = b""
    for piece in parts.pieces(place):
        data = rest + piece
        for one in _MERGED.finditer(data):
            first, last = int(one[2]), int(one[4])
            found[first, last, column_of(one[1].decode()), column_of(one[3].decode())] = None
        if len(found) > MOST_MERGED:
            raise parts.unreadable("có quá nhiều ô gộp / too many merged cells")
        rest = data[-_OVERLAP:]
    if sum((b - a + 1) * (min(d, LAST_COLUMN) - c + 1) for a, b, c, d in found) > MOST_MERGED_CELLS:
        raise parts.unreadable("có quá nhiều ô gộp / too many merged cells")
    return tuple(found)
