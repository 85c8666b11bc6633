"""A file of dossiers, row by row: headings found, letters understood, every row checked. Bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from appliance.core import errors
from appliance.documents.register import comma, grid, guess, headings
from appliance.documents.register.cell import Cell, Kind, Row
from appliance.documents.register.headings import Headings
from appliance.documents.register.row import Bounds, Fault, check
from appliance.documents.register.spec import RegisterKind

SAMPLE = 3000
"""Rows by which the letters of a column are judged."""

WORKBOOK = b"PK"


@dataclass(frozen=True, slots=True)
class Wish:
    """How a file is to be read: its kind, the office's bounds and headings, most rows, the sheet of a workbook."""

    kind: RegisterKind
    bounds: Bounds = field(default_factory=Bounds)
    columns: Mapping[str, str] = field(default_factory=dict)
    most_rows: int = 1_000_000
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A row that was looked at: the number of its line, its values, and the rules that it breaks.

    ``twin``: the line on which its code stood first, 0 when it is the first itself.
    """

    line: int
    code: str
    values: dict[str, str]
    faults: list[Fault]
    twin: int = 0


@dataclass(slots=True)
class Reading:
    """An opened file; ``letters`` says which columns were in old letters, by heading."""

    path: Path
    wish: Wish
    found: Headings = field(default_factory=lambda: Headings(0, {}, {}))
    letters: dict[str, str] = field(default_factory=dict)
    rows: int = 0

    def checked(self) -> Iterator[Checked]:
        """Yield every row of the file, in order.

        Raises:
            ApplianceError: REGISTER_UNREADABLE, REGISTER_HEADINGS, REGISTER_LETTERS, REGISTER_TOO_LONG.
        """
        source = self._rows()
        head = list(islice(source, headings.LOOKED_AT))
        self.found = headings.find(head, self.wish.kind, self.wish.columns)
        body = [row for row in head if row.number > self.found.row]
        sample = body + list(islice(source, SAMPLE))
        ways = self._ways(sample)
        seen: dict[int, int] = {}
        for row in chain(sample, source):
            cells = self._mapped(row, ways)
            if not cells or (row.number <= self.found.row + 2 and headings.is_numbering(row)):
                continue
            self.rows += 1
            if self.rows > self.wish.most_rows:
                raise errors.REGISTER_TOO_LONG.error(file=self.path.name, most=self.wish.most_rows)
            yield self._look(row.number, cells, seen)

    def _rows(self) -> Iterator[Row]:
        with self.path.open("rb") as stream:
            packed = stream.read(4)
        if packed.startswith(WORKBOOK) or packed == b"\xd0\xcf\x11\xe0":
            return grid.rows(self.path, self.wish.sheet)
        kind, columns = self.wish.kind, self.wish.columns
        return comma.rows(
            self.path, lambda rows: max((headings.hits(row, kind, columns) for row in rows), default=0))

    def _ways(self, sample: list[Row]) -> dict[int, str]:
        """Judge the letters of every mapped column."""
        texts: dict[int, list[str]] = {column: [] for column in self.found.columns}
        for row in sample:
            for column, cell in row.cells.items():
                if column in texts and cell.kind is Kind.TEXT and not cell.text.isascii():
                    texts[column].append(cell.text)
        judged = guess.judge_all(texts)
        for column, found in judged.items():
            heading = self.found.texts[self.found.columns[column]]
            if not found.name:
                raise errors.REGISTER_LETTERS.error(file=self.path.name, column=heading)
            if found.words and found.name != guess.UNICODE:
                self.letters[heading] = found.name
        return {column: found.name for column, found in judged.items()}

    def _mapped(self, row: Row, ways: Mapping[int, str]) -> dict[str, Cell]:
        """Return the cells of a row by field, their text as Unicode."""
        found = {}
        for column, cell in row.cells.items():
            name = self.found.columns.get(column)
            if name is not None:
                plain = cell.text.isascii()
                found[name] = cell if plain else Cell(guess.read(cell.text, ways[column]), cell.kind)
        return found

    def _look(self, line: int, cells: Mapping[str, Cell], seen: dict[int, int]) -> Checked:
        kind = self.wish.kind
        values, faults = check(kind, cells, self.wish.bounds)
        code = values.get(kind.code, "")
        first = seen.setdefault(hash(code), line) if code else line  # 64 bits stand for a text
        if first != line:
            faults.append(Fault(kind.code, "duplicate", {"other": str(first)}))
        return Checked(line, code, values, faults, 0 if first == line else first)
