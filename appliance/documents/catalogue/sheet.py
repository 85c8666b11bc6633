"""A read page as a reader sees it: pieces of text that stand together, and where."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from appliance.core.jobs import Found
from appliance.core.model import Box, PageText, TextLine, Word
from appliance.documents.catalogue.letters import bare, plain, words

WIDE_GAP = 1.9
"""Words further apart than so many letter heights stand in different cells."""

NARROW = 210.0
"""Width of A4 in mm: the unit in which a page is thought of, whatever its resolution."""

NOISE = 0.12
"""Words below are specks and strokes of a pen."""


@dataclass(frozen=True)
class Piece:
    """Words beside each other that belong together."""

    words: tuple[Word, ...]

    @cached_property
    def text(self) -> str:
        """The words with one space between them."""
        return " ".join(word.text for word in self.words)

    @cached_property
    def plain(self) -> str:
        """The text without diacritics; places are those of ``text``."""
        return plain(self.text)

    @cached_property
    def box(self) -> Box:
        """What the words span, page pixels."""
        return span(word.box for word in self.words)

    @property
    def middle(self) -> float:
        """The middle across the page, pixels."""
        return (self.box.x0 + self.box.x1) / 2

    @property
    def height(self) -> float:
        """The height of the tallest word, pixels."""
        return self.box.y1 - self.box.y0

    def part(self, start: int, end: int) -> Piece:
        """Return the words that reach into a stretch of ``text``."""
        at, kept = 0, []
        for word in self.words:
            if at < end and at + len(word.text) > start:
                kept.append(word)
            at += len(word.text) + 1
        return Piece(tuple(kept) or self.words)

    def least(self) -> float:
        """Return the certainty of its worst word, 0..1; specks do not count."""
        read = [word.certainty for word in self.words if bare(word.text)]
        return min(read, default=0.0)

    def mean(self) -> float:
        """Return the certainty of its letters, 0..1."""
        letters = sum(len(word.text) for word in self.words)
        return sum(word.certainty * len(word.text) for word in self.words) / letters if letters else 0.0


@dataclass(frozen=True)
class Sheet:
    """One page. ``number`` counts from 1 within the document; width and height in pixels of the upright page."""

    number: int
    width: float
    height: float
    pieces: tuple[Piece, ...]

    @property
    def mm(self) -> float:
        """Pixels a millimetre, were the page A4."""
        return min(self.width, self.height) / NARROW

    @cached_property
    def country(self) -> Piece | None:
        """The line that names the country, or the motto under it."""
        head = words()["head"]
        for known, wanted in ((head["country"], "cong hoa xa hoi"), (head["motto"], "doc lap")):
            name = bare(known)
            for piece in self.pieces:
                if piece.box.y0 < 0.4 * self.height and (wanted in piece.plain or close(bare(piece.text), name)):
                    return piece
        return None

    @property
    def two_columns(self) -> bool:
        """Whether the head has an organisation on the left and the country on the right."""
        return self.country is not None and self.country.middle > 0.56 * self.width

    @property
    def head_end(self) -> float:
        """Below this height the head with number and date is over."""
        if self.country is None:
            return 0.3 * self.height
        return self.country.box.y0 + 42 * self.mm

    def found(self, name: str, value: str, piece: Piece, certainty: float) -> Found:
        """Return a field that stands in a piece of this page."""
        return Found(name, " ".join(value.split()), round(max(0.0, min(1.0, certainty)), 3), piece.box, self.number)


def close(text: str, name: str) -> bool:
    """Say whether most of a long name is there, letter groups in their order."""
    if len(text) < 0.7 * len(name):
        return False
    pairs = {name[at:at + 3] for at in range(len(name) - 2)}
    there = sum(group in text for group in pairs)
    return there >= 0.6 * len(pairs)


def lay_out(text: PageText | None, number: int, width: float, height: float) -> Sheet:
    """Return a page with its text in pieces, from top to bottom and left to right; ``text`` None is not read."""
    pieces = pieces_of(text.lines) if text is not None and width > 0 and height > 0 else []
    return Sheet(number, width, height, tuple(sorted(pieces, key=lambda one: (one.box.y0, one.box.x0))))


def pieces_of(lines: Sequence[TextLine]) -> list[Piece]:
    """Return the words of lines in pieces that stand together; specks are left out."""
    usable = [tuple(word for word in line.words if word.certainty >= NOISE and word.text.strip()) for line in lines]
    tall = [word.box.y1 - word.box.y0 for line in usable for word in line if len(bare(word.text)) > 1]
    if not tall:
        return []
    unit = statistics.median(tall)
    return [piece for line in usable for piece in _parted(sorted(line, key=lambda word: word.box.x0), unit)]


def _parted(line: Sequence[Word], unit: float) -> list[Piece]:
    """Part the words of a line where they stand far apart, and where country or motto begin."""
    parts: list[list[Word]] = []
    for at, word in enumerate(line):
        gap = word.box.x0 - line[at - 1].box.x1 if at else 0.0
        if not parts or gap > WIDE_GAP * unit or (gap > 0.3 * unit and _begins_right(line, at)):
            parts.append([])
        parts[-1].append(word)
    return [Piece(tuple(part)) for part in parts]


def _begins_right(line: Sequence[Word], at: int) -> bool:
    """Say whether the right column of a head begins here, whose cells often nearly touch those of the left."""
    two = " ".join(plain(word.text) for word in line[at:at + 2])
    return two in ("cong hoa", "doc lap") and at > 0


def span(boxes: Iterable[Box]) -> Box:
    """Return the rectangle around some others."""
    every = list(boxes)
    return Box(min(box.x0 for box in every), min(box.y0 for box in every),
               max(box.x1 for box in every), max(box.y1 for box in every))


def joined(pieces: Sequence[Piece]) -> Piece:
    """Return pieces as one, in the order given."""
    return Piece(tuple(word for piece in pieces for word in piece.words))


def beside(sheet: Sheet, piece: Piece, left: float, right: float) -> Piece:
    """Return a piece with all that stands in its row between two heights across, from left to right."""
    middle = (piece.box.y0 + piece.box.y1) / 2
    row = [one for one in sheet.pieces
           if one.box.y0 < middle < one.box.y1 and one.middle > left and one.middle < right]
    if piece not in row:
        row.append(piece)
    return joined(sorted(row, key=lambda one: one.box.x0))


def below(found: Sequence[Piece], piece: Piece, gap: float) -> Piece | None:
    """Return the next of some pieces under one, at most ``gap`` pixels below its foot; None: there is none."""
    under = [one for one in found if one.box.y0 > (piece.box.y0 + piece.box.y1) / 2 and one is not piece
             and one.box.y0 - piece.box.y1 <= gap]
    return min(under, key=lambda one: one.box.y0, default=None)


def surer(found: Found, fit: float) -> Found:
    """Return a field with its certainty weighed by how well it fits, 0..1."""
    return replace(found, certainty=round(max(0.0, min(1.0, found.certainty * fit)), 3))
