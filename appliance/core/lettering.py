"""How wide and high text is in the stamp's typeface, and where lines may be broken. Pure; needs no font file.

``letters.json`` holds what ``signing/stamp.ttf`` says of each letter and is made from it, once, not at run time
(``python -m appliance.signing.typeface``); a test compares them.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from appliance.core import errors

FILE = Path(__file__).with_name("letters.json")

MORE_LINES = 6
"""Lines at most that breaking may add: no stamp is higher."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Advance, top and bottom of the ink of each letter the font has, in 1/1000 em; y grows upwards."""

    advance: Mapping[str, int]
    top: Mapping[str, int]
    bottom: Mapping[str, int]


@lru_cache(maxsize=1)
def load() -> Metrics:
    """Return the measures of the stamp's typeface, read once a process."""
    letters: dict[str, list[int]] = json.loads(FILE.read_text(encoding="utf-8"))
    return Metrics(*({letter: said[at] for letter, said in letters.items()} for at in range(3)))


def as_text(metrics: Metrics) -> str:
    """Return measures as ``letters.json`` has them: advance, top and bottom by letter, a line each."""
    lines = (f'{json.dumps(letter)}: [{width}, {metrics.top[letter]}, {metrics.bottom[letter]}]'
             for letter, width in sorted(metrics.advance.items()))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def refuse_missing(texts: Iterable[str], metrics: Metrics) -> None:
    """Refuse letters the font lacks: they would print as empty boxes and break PDF/A (6.2.11.8).

    Raises:
        ApplianceError: STAMP_FONT naming the code points.
    """
    missing = sorted({letter for text in texts for letter in text if letter not in metrics.advance})
    if missing:
        raise errors.STAMP_FONT.error(text=" ".join(f"U+{ord(letter):04X}" for letter in missing))


def width_of(text: str, metrics: Metrics) -> int:
    """Return the width of a line in 1/1000 em."""
    return sum(metrics.advance[letter] for letter in text)


def top_of(text: str, metrics: Metrics) -> int:
    """Return how far the ink of a line reaches above its baseline, in 1/1000 em."""
    return max((metrics.top[letter] for letter in text), default=0)


def bottom_of(text: str, metrics: Metrics) -> int:
    """Return how far the ink of a line reaches above its baseline at its lowest; mostly negative, in 1/1000 em."""
    return min((metrics.bottom[letter] for letter in text), default=0)


def breakings(texts: Sequence[str], metrics: Metrics) -> list[tuple[str, ...]]:
    """Return the ways to break texts at blanks, fewest lines first; of those with as many lines the narrowest.

    Args:
        texts: one line each where there is room; no two of them are ever joined.
        metrics: the font.
    """
    words = [[(word, width_of(word, metrics)) for word in text.split(" ")] for text in texts]
    blank = metrics.advance.get(" ", 0)
    rooms = sorted({width for text in words for width in _runs([wide for _, wide in text], blank)})
    found: list[tuple[str, ...]] = []
    for most in range(len(texts), len(texts) + MORE_LINES + 1):
        def fits(room: int, most: int = most) -> bool:
            return 0 < len(_broken(words, room, blank)) <= most

        lines = _broken(words, rooms[bisect_left(rooms, True, key=fits)], blank)  # the widest room always fits
        if lines not in found:
            found.append(lines)
    return found


def _runs(widths: Sequence[int], blank: int) -> set[int]:
    """Return every width that a run of words has: a line is as wide as one of them."""
    ends = [0, *accumulate(width + blank for width in widths)]
    return {last - first - blank for at, first in enumerate(ends) for last in ends[at + 1:]}


def _broken(texts: Iterable[Sequence[tuple[str, int]]], room: int, blank: int) -> tuple[str, ...]:
    """Break at blanks so that no line is wider than ``room``; nothing when a word is."""
    lines: list[str] = []
    for text in texts:
        line, filled = "", -blank
        for word, width in text:
            if width > room:
                return ()
            if filled + blank + width > room:
                lines.append(line)
                line, filled = word, width
            else:
                line, filled = (f"{line} {word}" if line else word), filled + blank + width
        lines.append(line)
    return tuple(lines)
