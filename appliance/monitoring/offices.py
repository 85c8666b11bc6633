"""The list of offices: one CSV file that targets, expected offices and the inventory are made from.

How many offices, provinces and levels there are is the list's word alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.monitoring import rows
from appliance.monitoring.kinship import kinship
from appliance.monitoring.rows import Mistake, Office


@dataclass(frozen=True, slots=True)
class Offices:
    """What a file says, and what is wrong with it."""

    path: Path
    rows: tuple[Office, ...]
    mistakes: tuple[Mistake, ...]

    def on(self, day: date) -> tuple[Office, ...]:
        """Return the offices of a day, by code."""
        return tuple(sorted((one for one in self.rows if one.there(day)), key=lambda one: one.code))

    def refusal(self) -> ApplianceError | None:
        """Return the error that names the first mistake, None when there is none."""
        if not self.mistakes:
            return None
        first = self.mistakes[0]
        return errors.OFFICES_WRONG.error(path=self.path, row=first.row, reason=errors.both(first.vi, first.en),
                                          more=len(self.mistakes) - 1)


def read(path: Path) -> Offices:
    """Read a list without a mistake.

    Raises:
        ApplianceError: OFFICES_UNREADABLE, OFFICES_WRONG (the row is named).
    """
    found = look(path)
    refusal = found.refusal()
    if refusal:
        raise refusal
    return found


def look(path: Path) -> Offices:
    """Read a list with all of its mistakes, in the order of rows; rows that cannot be read are not among its rows.

    Raises:
        ApplianceError: OFFICES_UNREADABLE.
    """
    try:
        lines = rows.lines(path)
    except rows.UNREADABLE as problem:
        raise errors.OFFICES_UNREADABLE.error(path=path, reason=rows.unreadable(problem)) from None
    found: list[Office] = []
    mistakes = list(rows.headings(lines[0][1] if lines else []))
    for number, cells in () if mistakes else lines[1:]:
        if any(cell.strip() for cell in cells):
            wrong = list(rows.faults(number, cells, lines[0][1]))
            mistakes += wrong
            found += [] if wrong else [rows.office(number, cells)]
    if not mistakes and not found:
        mistakes.append(Mistake(1, "không có đơn vị nào", "there is no office"))
    mistakes += [] if mistakes else kinship(found)
    return Offices(path, tuple(found), tuple(sorted(mistakes, key=lambda one: one.row)))
