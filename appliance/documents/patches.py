"""Patch codes of our own sheets: bars that a torn or soiled sheet still shows. Pure.

Patch 2 means separator, patch 1 operator card. 2 reads the same from either edge, and no scanner acts on it
without being told to; 4 may switch a scanner from colour to bitonal ("toggle", Kodak A-61599), so it is on nothing
of ours. 1 is left to the host by every scanner. All others are separators of other systems.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from appliance.core.model import Mark

SEPARATOR, CARD = "2", "1"
"""Letters of the patch codes that our sheets bear."""

FAMILY = "Patch"
"""Kinds of marks that are patch codes begin so; their text is the letter."""

WIDE_MM, NARROW_MM, SPACE_MM = 5.08, 2.032, 2.032
"""Bars of 0.20 and 0.08 inch, spaces of 0.08 (Kodak A-61599)."""

HEIGHT_MM = 2 * WIDE_MM + 2 * NARROW_MM + 3 * SPACE_MM
BARS = {SEPARATOR: "WNNW", CARD: "WWNN"}
"""From the nearest edge of the sheet inwards."""


def letters(marks: Iterable[Mark]) -> tuple[str, ...]:
    """Return the letters of the patch codes among the marks of a page."""
    return tuple(mark.text for mark in marks if mark.kind.startswith(FAMILY))


def bars(letter: str) -> Iterator[tuple[float, float]]:
    """Return where each bar begins and how thick it is, in mm from the outer edge of the code inwards."""
    at = 0.0
    for bar in BARS[letter]:
        thick = WIDE_MM if bar == "W" else NARROW_MM
        yield at, thick
        at += thick + SPACE_MM
