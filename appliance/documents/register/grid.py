"""Rows of a sheet of a workbook, as they stream by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

from appliance.documents.register import workbook
from appliance.documents.register.cell import Cell, Kind, Row
from appliance.documents.register.parts import Parts
from appliance.documents.register.strings import Strings

_FIRST_DAY, _FIRST_DAY_1904 = date(1899, 12, 30), date(1904, 1, 1)
_LAST_SERIAL = 2_958_465
_LEAP_THAT_NEVER_WAS = 60
_REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T.*)?")
_TEXTS = ("v", "t", "f")
_MOST_DIGITS = 12


def rows(path: Path, wanted: str = "") -> Iterator[Row]:
    """Yield the rows of a sheet; empty ones are left out.

    Raises:
        ApplianceError: REGISTER_UNREADABLE.
    """
    with ExitStack() as stack:
        parts = stack.enter_context(Parts(path))
        sheet = workbook.sheet(parts, wanted)
        strings = stack.enter_context(Strings(parts))
        reader = _Reader(sheet, strings)
        for _ in parts.parse(sheet.part, reader):
            found, reader.rows = reader.rows, []
            yield from found


class _Reader:
    """Turns elements of a sheet into rows."""

    def __init__(self, sheet: workbook.Sheet, strings: Strings) -> None:
        self.rows: list[Row] = []
        self._sheet = sheet
        self._strings = strings
        self._merged = _by_row(sheet.merged)
        self._columns: dict[str, int] = {}
        self._number = 0
        self._column = -1
        self._cells: dict[int, Cell] = {}
        self._type = self._style = ""
        self._into: list[str] | None = None
        self._said: dict[str, list[str]] = {}
        self._phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        if name == "c":
            reference = attributes.get("r", "")
            self._column = self._place(reference) if reference else self._column + 1
            self._type, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._said = {}
        elif name in _TEXTS:
            if not self._phonetic:
                self._into = self._said.setdefault(name, [])
        elif name == "row":
            number = attributes.get("r", "")
            self._number = int(number) if _counts(number) else self._number + 1
            self._cells, self._column = {}, -1
        elif name == "rPh":
            self._phonetic = True

    def end(self, name: str) -> None:
        """Take the end of an element."""
        if name in _TEXTS:
            self._into = None
        elif name == "c":
            if self._said and 0 <= self._column < workbook.LAST_COLUMN:
                cell = self._cell()
                if cell.text or cell.kind is not Kind.TEXT:
                    self._cells[self._column] = cell
        elif name == "row":
            self._finish()
        elif name == "rPh":
            self._phonetic = False

    def text(self, data: str) -> None:
        """Take text."""
        if self._into is not None:
            self._into.append(data)

    def _finish(self) -> None:
        for column in self._merged.get(self._number, ()):
            self._cells[column] = Cell(self._cells.get(column, Cell("")).text, Kind.MERGED)
        if any(cell.text or cell.kind is Kind.FORMULA for cell in self._cells.values()):
            self.rows.append(Row(self._number, self._cells))

    def _place(self, reference: str) -> int:
        found = _REFERENCE.fullmatch(reference)
        if found is None:
            return self._column + 1
        letters = found[1]
        if letters not in self._columns:
            self._columns[letters] = workbook.column_of(letters)
        return self._columns[letters]

    def _cell(self) -> Cell:
        text = "".join(self._said.get("v", ()))
        if self._type == "s":
            return Cell(self._strings.at(int(text)) if _counts(text) else "")
        if self._type == "inlineStr":
            return Cell("".join(self._said.get("t", ())))
        if self._type == "e":
            return Cell(text, Kind.ERROR)
        if not text:
            return Cell("", Kind.FORMULA if "f" in self._said and self._type != "str" else Kind.TEXT)
        return self._numeric(text) if self._type == "n" else _of_type(self._type, text)

    def _numeric(self, text: str) -> Cell:
        if _counts(self._style) and int(self._style) in self._sheet.dates:
            day = day_of(text, from_1904=self._sheet.from_1904)
            return Cell(day, Kind.DATE) if day else Cell(text, Kind.NUMBER)
        return Cell(written(text), Kind.NUMBER)


def _counts(text: str) -> bool:
    """Say whether a text is a number that the file may count by: "²" is a digit too, and no number."""
    return text.isascii() and text.isdigit() and len(text) < _MOST_DIGITS


def _of_type(kind: str, text: str) -> Cell:
    """Return a cell that says of itself what it is: a result (str), a truth (b), a day (d)."""
    found = _ISO_DAY.fullmatch(text) if kind == "d" else None
    return Cell(f"{found[3]}/{found[2]}/{found[1]}", Kind.DATE) if found else Cell(text)


def day_of(text: str, *, from_1904: bool = False) -> str:
    """Return the day DD/MM/YYYY that a serial number stands for, or an empty text."""
    try:
        serial = int(float(text))
    except (ValueError, OverflowError):
        return ""
    if not 1 <= serial <= _LAST_SERIAL or (serial == _LEAP_THAT_NEVER_WAS and not from_1904):
        return ""
    first = _FIRST_DAY_1904 if from_1904 else _FIRST_DAY
    try:
        day = first + timedelta(serial + (1 if serial < _LEAP_THAT_NEVER_WAS and not from_1904 else 0))
    except OverflowError:
        return ""
    return f"{day:%d/%m}/{day.year:04d}"


def written(text: str) -> str:
    """Return a stored number as people write it: 1.6E3 is 1600; one that a cell cannot hold in full stays."""
    if text.isdigit():
        return text
    try:
        value = float(text)
    except ValueError:
        return text
    whole = value.is_integer() and abs(value) < 1e15  # beyond that a double has lost digits
    return str(int(value)) if whole else text


def _by_row(merged: tuple[tuple[int, int, int, int], ...]) -> dict[int, set[int]]:
    """Return the columns that lie in merged areas, by row."""
    found: dict[int, set[int]] = {}
    for first, last, left, right in merged:
        for number in range(first, last + 1):
            found.setdefault(number, set()).update(range(left, min(right, workbook.LAST_COLUMN) + 1))
    return found
