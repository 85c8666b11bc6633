"""Sheets declared against captured: who says what. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

REGISTER, CLOSING_NOTE, SEPARATOR, OPERATOR = "register", "closing_note", "separator", "operator"

NAMES = {
    REGISTER: ("mục lục ghi", "register"), CLOSING_NOTE: ("chứng từ kết thúc ghi", "closing note"),
    SEPARATOR: ("phiếu phân tách ghi", "separator"), OPERATOR: ("người quét đếm", "operator"),
}
"""How each source is called, in the order in which they are told."""

OF_RECORDS = (REGISTER, CLOSING_NOTE)
"""Sources that number the sheets of records; the others count all paper between two separators."""


@dataclass(frozen=True, slots=True)
class Sheets:
    """Sheets of one dossier.

    Attributes:
        said: what each source says; 0 or nothing where it does not say.
        paper: captured, all paper but separators.
        covers: how many of these are folder cover, table of contents and closing note.
        annexes: how many are scanned beside the copy that stands for them (originals of fragile paper).
        covers_count: whether register and closing note count those too.
        settled: a person has decided that what was captured is all there is.
    """

    said: Mapping[str, int] = field(default_factory=dict)
    paper: int = 0
    covers: int = 0
    annexes: int = 0
    covers_count: bool = False
    settled: bool = False

    def captured(self, source: str) -> int:
        """Return what was captured of that which a source counts."""
        if source not in OF_RECORDS:
            return self.paper
        return self.paper - self.annexes - (0 if self.covers_count else self.covers)


def differ(sheets: Sheets) -> tuple[str, str] | None:
    """Return what every source says, in Vietnamese and English, where one says another number than was captured."""
    said = {source: sheets.said[source] for source in NAMES if sheets.said.get(source)}
    if sheets.settled or all(number == sheets.captured(source) for source, number in said.items()):
        return None
    vi = [f"{NAMES[source][0]} {number} tờ" for source, number in said.items()]
    en = [f"{NAMES[source][1]} {number}" for source, number in said.items()]
    vi_tail, en_tail = f"quét được {sheets.paper} tờ", f"captured {sheets.paper}"
    if sheets.covers:
        vi_tail += f" (trong đó bìa, mục lục văn bản, chứng từ kết thúc {sheets.covers} tờ)"
        en_tail += f" (folder cover, table of contents, closing note: {sheets.covers} of them)"
    return ", ".join([*vi, vi_tail]), ", ".join([*en, en_tail])
