"""A cell and a row of a table, whatever file it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What a cell holds. FORMULA is one without a stored result; a stored result is of its own kind."""

    TEXT = 0
    NUMBER = 1
    DATE = 2
    FORMULA = 3
    ERROR = 4
    MERGED = 5


class Cell(NamedTuple):
    """What stands in a cell: text as written, a number in full, a date as DD/MM/YYYY."""

    text: str
    kind: Kind = Kind.TEXT


NOTHING = Cell("")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file as people see it, and its cells by column from 0; empty ones are left out."""

    number: int
    cells: dict[int, Cell] = field(default_factory=dict)


def letters_of(column: int) -> str:
    """Return a column's name: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
