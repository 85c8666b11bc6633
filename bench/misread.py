"""How far a text that was read is from the truth."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict


def normal(text: str) -> str:
    """Return NFC text with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def edits(truth: str, read: str) -> int:
    """Count insertions, deletions and changes (Myers 1999, as Hyyro's bit vectors)."""
    if not truth:
        return len(read)
    places: dict[str, int] = defaultdict(int)
    for at, letter in enumerate(truth):
        places[letter] |= 1 << at
    mask, top = (1 << len(truth)) - 1, 1 << (len(truth) - 1)
    up, down, score = mask, 0, len(truth)
    for letter in read:
        same = places.get(letter, 0)
        straight = same | down
        across = (((same & up) + up) ^ up) | same
        more, less = down | (~(across | up) & mask), up & across
        score += bool(more & top) - bool(less & top)
        more, less = (more << 1 | 1) & mask, less << 1 & mask
        up, down = less | (~(straight | more) & mask), more & straight
    return score


def words_found(truth: str, read: str) -> float:
    """Return F1 of words, whatever their order."""
    asked, got = Counter(truth.split()), Counter(read.split())
    return 2 * sum((asked & got).values()) / max(1, sum(asked.values()) + sum(got.values()))
