"""Where paper is put back from, said as a person counts: sheets of the stack, separators and cards too.

The one place that fills ``{sheet}`` in the texts of the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from appliance.core.errors import Kind

ELLIPSIS = "…"
TAIL = 3
"""Characters of a dossier's code that are told: enough to find it in a stack, too few to be personal data."""

THEN = (" Sau đó hãy nạp lại từ tờ thứ {sheet}, rồi bấm Start.",
        " Then load again from sheet {sheet}, and press Start.")
"""Follows a text that does not name the sheet, when a batch waits for its paper."""


@dataclass(frozen=True, slots=True)
class Place:
    """A sheet of an open batch, counted from 1.

    Attributes:
        within: its number within its dossier, whose separator is the first; 0: not known, or not yet.
        tail: the last characters of that dossier's code.
    """

    sheet: int
    within: int = 0
    tail: str = ""

    @property
    def words(self) -> tuple[str, str]:
        """Return what stands for ``{sheet}``: Vietnamese, English."""
        of_dossier = (f" (tờ thứ {self.within} của hồ sơ {ELLIPSIS}{self.tail})",
                      f" (sheet {self.within} of dossier {ELLIPSIS}{self.tail})") if self.within else ("", "")
        return (f"{self.sheet} của lượt quét này{of_dossier[0]}, tính cả phiếu phân tách",
                f"{self.sheet} of this batch{of_dossier[1]}, separators counted")


MEASURED, POINTS = ("value", "limit"), (",", ".")
"""Details that are numbers, and what stands before their decimals: Vietnamese, English."""

NOWHERE: Mapping[str, Place] = MappingProxyType({})
"""No batch waits for paper, or nobody has asked where."""


def tail_of(file_code: str) -> str:
    """Return the end of a dossier's code that may be told."""
    return file_code[-TAIL:]


def told(kind: Kind, details: MutableMapping[str, Any], place: Place | None) -> tuple[str, str]:
    """Return both texts of an error, filled; with a place they say from which sheet paper is put back.

    ``details`` is asked for every other detail; what it says of ``sheet`` stands where no place is given. A part
    of the page (``place``) that it gives in both languages, "mép trên / top", is told in that of the text, and
    what was measured with the decimal sign of that language.
    """
    texts, part = [], str(details.get("place", "")).split(" / ")
    numbers = {name: str(details[name]) for name in MEASURED if name in details}
    for at, text in enumerate((kind.vi, kind.en)):
        if len(part) == len(THEN):
            details["place"] = part[at]
        details.update({name: number.replace(".", POINTS[at]) for name, number in numbers.items()})
        if place is not None:
            details["sheet"] = place.words[at]
            if "{sheet}" not in text:
                text += THEN[at]  # noqa: PLW2901 - the text goes on
        texts.append(text.format_map(details))
    return texts[0], texts[1]
