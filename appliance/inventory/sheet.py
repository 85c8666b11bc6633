"""A list as a CSV file: its rows by the names of its columns, and every mistake with file and row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.core import errors
from appliance.monitoring import rows


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where; row 1 is the headings, 0 the whole file."""

    path: Path
    row: int
    vi: str
    en: str

    def __str__(self) -> str:
        where = f"{self.path}, dòng/row {self.row}" if self.row else str(self.path)
        return f"{where}: {self.vi} / {self.en}"


@dataclass(frozen=True, slots=True)
class Form:
    """What a list looks like: its columns in order, which must be filled, what they may say."""

    columns: Sequence[str]
    needed: Sequence[str]
    patterns: Mapping[str, str]


Line = tuple[int, dict[str, str]]
"""The number of a row, and its cells by column."""


def read(path: Path, form: Form) -> tuple[list[Line], list[Fault]]:
    """Read a list; rows with a mistake are not among its rows.

    Raises:
        ApplianceError: LIST_UNREADABLE.
    """
    try:
        lines = rows.lines(path)
    except rows.UNREADABLE as problem:
        raise errors.LIST_UNREADABLE.error(path=path, reason=rows.unreadable(problem)) from None
    whole = rows.unsplit(lines[0][1]) if lines else None
    if whole:
        return [], [Fault(path, whole.row, whole.vi, whole.en)]
    wanted = ",".join(form.columns)
    if not lines or lines[0][1] != list(form.columns):
        return [], [Fault(path, 1, f"các cột phải là {wanted}", f"the columns must be {wanted}")]
    found: list[Line] = []
    faults: list[Fault] = []
    for number, cells in lines[1:]:
        if any(cell.strip() for cell in cells):
            wrong = [Fault(path, number, vi, en) for vi, en in _wrong(cells, form)]
            faults += wrong
            found += [] if wrong else [(number, dict(zip(form.columns, cells, strict=True)))]
    return found, faults


def _wrong(cells: list[str], form: Form) -> Iterator[tuple[str, str]]:
    if len(cells) != len(form.columns):
        yield (f"có {len(cells)} ô, phải là {len(form.columns)}",
               f"it has {len(cells)} cells, {len(form.columns)} are wanted")
        return
    for name, text in zip(form.columns, cells, strict=True):
        if text != text.strip():
            yield f"{name}: thừa khoảng trắng", f"{name}: blanks around it"
        elif not text and name in form.needed:
            yield f"{name}: để trống", f"{name}: empty"
        elif text and name in form.patterns and not re.fullmatch(form.patterns[name], text):
            yield f"{name}: giá trị '{text}' sai", f"{name}: '{text}' is not allowed"
