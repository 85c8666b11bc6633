"""Whether a page begins a legal normative document, by its heading. Pure: the text of a page in, yes or no out.

Only the heading counts: what a document cites in its body, or a form says of the circular it comes with, makes none
of it normative. Notations and names are data (normative.toml).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from appliance.core.model import PageText, TextLine

MOST_LINES = 30
"""Lines of a heading at most."""

HEADING = 0.5
"""Share of the written part of a page, from its top, in which a heading lies."""

MIDDLE = (0.2, 0.8)
"""Share of the written width in which the middle of a line lies that stands in the middle of the page."""

BROAD = 0.6
"""Share of the written width that such a line may take at most."""


@dataclass(frozen=True, slots=True)
class _Signs:
    """What tells a normative document: its number, names of types, words of a body, of a citation.

    ``alone``: words of a citation that cite nothing where they are a heading of their own: the name of the type.
    """

    number: re.Pattern[str]
    types: frozenset[str]
    body: tuple[str, ...]
    citing: re.Pattern[str]
    alone: frozenset[str]


def heads(text: PageText) -> bool:
    """Say whether a page begins a legal normative document."""
    signs = _signs()
    before = ""
    for line, words in _heading(text, signs):
        if _numbered(words, before, signs) or (_named(words, signs) and _in_the_middle(line, text)):
            return True
        before = "" if words.isupper() and plain(words).lower() in signs.alone else words
    return False


def _heading(text: PageText, signs: _Signs) -> Iterator[tuple[TextLine, str]]:
    """Return the lines before the body begins, from the top down, each with its words."""
    lines = sorted((line for line in text.lines if line.words), key=lambda line: line.box.y0)[:MOST_LINES]
    if not lines:
        return
    top, bottom = lines[0].box.y0, max(line.box.y1 for line in text.lines)
    for line in lines:
        words = " ".join(word.text for word in line.words)
        if line.box.y0 > top + HEADING * (bottom - top) and len(text.lines) > MOST_LINES // 2:
            return
        if plain(words).lower().lstrip("-–+* ").startswith(signs.body):
            return
        yield line, words


def _numbered(words: str, before: str, signs: _Signs) -> bool:
    """Say whether a line bears the number of a normative document as its own."""
    line = plain(words)
    found = signs.number.search(line)
    if found is None:
        return False
    own = line[:found.start()].lower()
    cited = own if own.strip() else plain(before).lower().rstrip(" :,;(")
    rest = line[found.end():].strip()
    return not signs.citing.search(cited) and not rest.lower().startswith(("ngay", "cua", "quy dinh", "ve ", ")"))


def _named(words: str, signs: _Signs) -> bool:
    """Say whether a line is the name of a type, in capitals, and nothing else."""
    return words.isupper() and plain(words).strip(" .:*_-") in signs.types


def _in_the_middle(line: TextLine, text: PageText) -> bool:
    left, right = min(one.box.x0 for one in text.lines), max(one.box.x1 for one in text.lines)
    width = max(right - left, 1.0)
    middle = ((line.box.x0 + line.box.x1) / 2 - left) / width
    return MIDDLE[0] <= middle <= MIDDLE[1] and (line.box.x1 - line.box.x0) <= BROAD * width


def plain(text: str) -> str:
    """Return a text without marks about letters, ``Đ`` as ``D``, every dash as a hyphen, one blank a gap."""
    letters = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d").replace("Ð", "D"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"\s+", " ", re.sub(r"\s*[\u2010-\u2015\u2212-]\s*", "-", bare)).strip()


@lru_cache(maxsize=1)
def _signs() -> _Signs:
    data = resources.files("appliance.documents").joinpath("normative.toml")
    table = tomllib.loads(data.read_text(encoding="utf-8"))
    notations = "|".join(f"(?:{one})" for one in table["notations"])
    number = (r"(?<![A-Za-z0-9])(?:Luat |LUAT |Phap lenh |PHAP LENH )?(?:S[oO06]|s[o06](?=\s*:))\s*[:.;]?\s*"
              rf"[0-9]{{1,4}}\s*/\s*(?:19|20)[0-9]{{2}}\s*/\s*(?i:{notations})(?![A-Za-z0-9])")
    citing = "|".join(map(re.escape, table["citing"]))
    return _Signs(re.compile(number), frozenset(table["types"]), tuple(table["body"]),
                  re.compile(rf"(?:^|\s|\()(?:{citing})$|\b(?:theo|kem theo|can cu)\b"),
                  frozenset(one for one in table["citing"] if " " in one))
