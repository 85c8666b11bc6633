"""Which letters the text of a column is written in, judged by how many of its words are Vietnamese. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from appliance.documents.register import letters, syllables

UNICODE = "Unicode"

SURE = 0.6
"""Share of syllables from which text counts as read right; foreign names and abbreviations are the rest."""

BETTER = 0.2
"""So much more must another way of reading give."""

FEW = 8
"""With fewer words a column has no say of its own: the whole file decides."""

MOST_WORDS = 4000
"""Words of a column that are looked at."""


@dataclass(frozen=True, slots=True)
class Letters:
    """How a column is to be read; ``name`` is empty where no way of reading makes sense of it."""

    name: str
    words: int = 0


def judge(texts: Iterable[str]) -> Letters:
    """Say in which letters texts are written."""
    shown: list[str] = []
    for text in texts:
        shown += syllables.words(text)
        if len(shown) >= MOST_WORDS:
            break
    if not shown:
        return Letters(UNICODE)
    as_is = syllables.share([letters.plain(word) for word in shown])
    shares = {name: syllables.share([read(word) for word in shown]) for name, read in letters.OLD.items()}
    best = max(shares, key=lambda name: shares[name])
    if shares[best] >= SURE and shares[best] >= as_is + BETTER:
        return Letters(best, len(shown))
    modern = any(not letters.VIETNAMESE.isdisjoint(word) for word in shown)
    if as_is >= SURE or modern or len(shown) < FEW:
        return Letters(UNICODE, len(shown))
    return Letters("", len(shown))


def judge_all(columns: Mapping[int, list[str]]) -> dict[int, Letters]:
    """Say it for every column; one with few words follows the whole."""
    whole = judge([text for texts in columns.values() for text in texts])
    found = {}
    for column, texts in columns.items():
        own = judge(texts)
        found[column] = own if own.words >= FEW or not whole.name else Letters(whole.name, own.words)
    return found


def read(text: str, name: str) -> str:
    """Return a cell's text as Unicode; ``name`` is how its column is read.

    A cell that says clearly otherwise is read its own way: columns that grew over years hold both.
    """
    if text.isascii():
        return text
    modern = not letters.VIETNAMESE.isdisjoint(text)
    if name not in letters.OLD:
        return letters.plain(text) if modern else _odd_one(text)
    return letters.plain(text) if modern else letters.OLD[name](text)


def _odd_one(text: str) -> str:
    """Read a cell of a Unicode column that may be old text: only where no word fits as it is and all do so."""
    shown = syllables.words(text)
    if len(shown) < 2 or syllables.share([letters.plain(word) for word in shown]) > 0:
        return letters.plain(text)
    for way in letters.OLD.values():
        if syllables.share([way(word) for word in shown]) == 1.0:
            return way(text)
    return letters.plain(text)
