"""Which sheet of which dossier is put back, counted as a person does: the separator is the first. Pure.

Nothing is guessed: while a sheet before is not looked at, or cannot be, only the sheet of the batch is told.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from itertools import groupby

from appliance.core.model import Separator, SheetKind
from appliance.core.place import Place, tail_of
from appliance.documents.sheet import Seal, Sheet, SidePage, look


@dataclass(slots=True)
class _Count:
    """The open dossier while the sheets are gone through; an empty ``code``: not known."""

    code: str = ""
    sheets: int = 0
    papers: int = 0
    declared: int = 0
    lost: str = ""
    pair: int = 0

    def forget(self) -> None:
        """Lose sight of the dossier: a separator may lie where nobody has looked."""
        self.lost = self.code or self.lost
        self.code = ""

    def take(self, sheet: Sheet) -> None:
        """Count the next sheet."""
        separator = sheet.separator
        if sheet.fault:
            self.forget()
        elif separator is not None and separator.kind is SheetKind.DOSSIER:
            self._dossier(separator)
        elif separator is not None and separator.file_code not in (self.code, ""):
            self.forget()
        else:
            self.sheets += 1
            paper = separator is None and not sheet.cover
            self.papers += paper and self.pair != 1  # what follows a note separator is one sheet, captured twice
            self.pair = max(0, self.pair - paper)
            if separator is not None:
                self.pair = 2 * sheet.note

    def _dossier(self, separator: Separator) -> None:
        if separator.file_code == self.code:
            self.sheets += 1
        elif separator.file_code != self.lost:
            self.code, self.sheets, self.papers, self.declared = separator.file_code, 1, 0, separator.sheets


def place_of(pages: Sequence[SidePage], unseen: Container[int], sheet: int, seal: Seal) -> Place:
    """Return where a sheet stands in the stack, and in its dossier as far as that is known.

    Args:
        pages: the sides up to that sheet, in the order of capture, without replaced attempts.
        unseen: sheets that nobody has looked at, or that cannot be looked at.
        sheet: the first sheet to put back; of itself it may have one side among ``pages``, or none.
        seal: what makes a separator sound.
    """
    count, last = _Count(), 0
    for number, group in groupby(pages, key=lambda page: page.sheet):
        last = number
        if number in unseen:
            count.forget()
        else:
            count.take(look(tuple(group), seal))
    full = count.declared and count.papers >= count.declared
    if not count.code or (last != sheet and full):  # what comes after a full dossier begins another
        return Place(sheet)
    return Place(sheet, count.sheets + (last != sheet), tail_of(count.code))
