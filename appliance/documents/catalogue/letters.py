"""Text as OCR gives it: compared without diacritics, digits told from letters that look like them."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

DIGITS = str.maketrans({"o": "0", "O": "0", "Q": "0", "D": "0", "l": "1", "I": "1", "i": "1", "|": "1", "z": "2",
                        "Z": "2", "s": "5", "S": "5", "B": "8"})
"""What OCR takes a digit for."""

DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−_~", "-"))
STROKED = {"đ": "d", "Đ": "d", "Ð": "d", "ð": "d"}


@lru_cache(maxsize=1)
def words() -> dict[str, Any]:
    """Return what the fields are known by, as words.toml has it."""
    text = resources.files("appliance.documents.catalogue").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Return a text without diacritics, in small letters, letter for letter: places stay the same."""
    return "".join(_base(letter) for letter in text)


def _base(letter: str) -> str:
    if letter in STROKED:
        return "d"
    small = unicodedata.normalize("NFD", letter)[0].lower()
    return small if len(small) == 1 else letter


@lru_cache(maxsize=8192)
def bare(text: str) -> str:
    """Return the letters and digits of a text alone, without diacritics and case."""
    return "".join(letter for letter in plain(text) if letter.isalnum())


def digits(text: str) -> tuple[str, int]:
    """Return a text with look-alikes turned into digits, spaces left out, and how many were turned."""
    close = "".join(text.split())
    turned = close.translate(DIGITS)
    return turned, sum(one != other for one, other in zip(close, turned, strict=True))


def distance(one: str, other: str, most: int) -> int:
    """Return how many letters must be changed, put in or left out; ``most`` + 1 where it is more than ``most``."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, row[0] = row[0], at
        for to, against in enumerate(other, 1):
            before, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, before + (letter != against))
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def alike(text: str, known: str, share: float = 0.15) -> float:
    """Return 1 where a text is what is known, less where letters differ, 0 where more than ``share`` of them do."""
    one, other = bare(text), bare(known)
    most = int(len(other) * share)
    off = distance(one, other, most)
    return 0.0 if off > most or not other else 1.0 - off / len(other)


def capital(text: str) -> float:
    """Return the share of capitals among the letters of a text; 0 where it has none."""
    letters = [letter for letter in text if letter.isalpha()]
    return sum(letter.isupper() for letter in letters) / len(letters) if letters else 0.0


def begins(text: str, known: str) -> bool:
    """Say whether a text begins with whole words that are known, whatever the diacritics."""
    start, whole = plain(known), " ".join(plain(text).split())
    return whole.startswith(start) and (len(whole) == len(start) or not whole[len(start)].isalnum())


def restored(text: str, written: Sequence[str]) -> str:
    """Give words that stand together in ``written`` back the diacritics that OCR has lost; other words stay."""
    said = text.split()
    for phrase in written:
        known = phrase.split()
        for at in range(len(said) - len(known) + 1):
            if [bare(word) for word in said[at:at + len(known)]] == [bare(word) for word in known]:
                said[at:at + len(known)] = known
    return " ".join(said)
