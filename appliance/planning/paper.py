"""Reports and records on A4: heading, paragraphs and tables that go on from sheet to sheet. Lengths are in mm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from appliance.sheet_pen import MIDDLE, MM, PITCH, Pen, Type, pdf
from appliance.signing.typeface import load

LEFT, RIGHT, TOP, BOTTOM = 20.0, 192.0, 22.0, 276.0
POINTS, SMALL = 11.0, 10.0
ROW = 6.0

Drawn = Callable[[Pen, float], None]
"""Draws something whose first baseline is at a height."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, where it begins, how wide it is, and whether its cells are numbers."""

    heading: str
    left: float
    width: float
    number: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above: the office, the title and a line below it."""

    office: str
    title: str
    below: str


@dataclass
class Story:
    """What is printed, from top to bottom; ``foot`` stands on every sheet before its number."""

    foot: str
    _sheets: list[list[tuple[float, Drawn]]] = field(default_factory=lambda: [[]])
    _at: float = TOP

    def head(self, head: Head) -> None:
        """Print office, motto and title, as on official papers (Decree 30/2020)."""
        self._put(36.0, partial(_head, head=head))

    def space(self, long: float) -> None:
        """Leave room."""
        self._at += long

    def write(self, text: str, *, bold: bool = False, lines: int = 6) -> None:
        """Print a paragraph of at most so many lines."""
        type_ = Type(POINTS, lines, RIGHT - LEFT, middle=False, bold=bold)
        count = Pen(load()).lines(text, type_)
        high = count * POINTS * PITCH / MM
        self._put(high + 1.5, partial(_text, text=text, type_=type_, down=high - POINTS * PITCH / MM))

    def fact(self, label: str, value: str) -> None:
        """Print a label and what it says."""
        self._put(ROW, partial(_fact, label=label, value=value))

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]], bold: frozenset[int] = frozenset()
              ) -> None:
        """Print a table; ``bold``: which of its rows. Its headings come again on every sheet."""
        self._room(3 * ROW)
        self._put(ROW + 1, partial(_headings, columns=columns))
        for number, row in enumerate(rows):
            if self._at + ROW > BOTTOM:
                self.turn()
                self._put(ROW + 1, partial(_headings, columns=columns))
            self._put(ROW, partial(_row, columns=columns, cells=row, bold=number in bold))
        self.space(3)

    def signatures(self, names: Sequence[str]) -> None:
        """Leave room for signatures side by side."""
        self._room(42)
        self._put(40, partial(_signatures, names=names))

    def pdf(self, title: str) -> bytes:
        """Return all of it as PDF."""
        count = len(self._sheets)
        return pdf([partial(self._draw, number=number, of=count) for number in range(count)], title)

    def _draw(self, pen: Pen, number: int, of: int) -> None:
        for top, draw in self._sheets[number]:
            draw(pen, top)
        pen.write((MIDDLE, 287), f"{self.foot} – tờ {number + 1}/{of}", Type(8, 1, RIGHT - LEFT))

    def _put(self, high: float, draw: Drawn) -> None:
        self._room(high)
        self._sheets[-1].append((self._at, draw))
        self._at += high

    def _room(self, high: float) -> None:
        if self._at + high > BOTTOM and self._sheets[-1]:
            self.turn()

    def turn(self) -> None:
        """Go on on another sheet."""
        self._sheets.append([])
        self._at = TOP


def _head(pen: Pen, top: float, head: Head) -> None:
    pen.write((58, top + 5), head.office.upper(), Type(POINTS, 2, 76, bold=True))
    pen.write((148, top), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", Type(POINTS, 1, 88, bold=True))
    pen.write((148, top + 5), "Độc lập - Tự do - Hạnh phúc", Type(POINTS, bold=True))
    pen.rule((126, top + 7), 44)
    pen.write((MIDDLE, top + 19), head.title, Type(15, 1, RIGHT - LEFT, bold=True))
    pen.write((MIDDLE, top + 26), head.below, Type(POINTS, 1, RIGHT - LEFT))


def _text(pen: Pen, top: float, text: str, type_: Type, down: float) -> None:
    pen.write((LEFT, top + down), text, type_)


def _fact(pen: Pen, top: float, label: str, value: str) -> None:
    pen.write((LEFT, top), label, Type(POINTS, 1, 52, middle=False))
    pen.write((LEFT + 54, top), value, Type(POINTS, 1, RIGHT - LEFT - 54, middle=False, bold=True))


def _headings(pen: Pen, top: float, columns: Sequence[Column]) -> None:
    pen.rule((LEFT, top - 4.5), RIGHT - LEFT, 0.4)
    for one in columns:
        pen.write((_place(one), top), one.heading, Type(SMALL, 1, one.width, middle=one.number, bold=True))
    pen.rule((LEFT, top + 2), RIGHT - LEFT, 0.4)


def _row(pen: Pen, top: float, columns: Sequence[Column], cells: Sequence[str], bold: bool) -> None:
    for one, cell in zip(columns, cells, strict=True):
        pen.write((_place(one), top), cell, Type(SMALL, 1, one.width, middle=one.number, bold=bold))
    pen.rule((LEFT, top + 1.8), RIGHT - LEFT, 0.12)


def _place(one: Column) -> float:
    return one.left + one.width / 2 if one.number else one.left


def _signatures(pen: Pen, top: float, names: Sequence[str]) -> None:
    wide = (RIGHT - LEFT) / len(names)
    for number, name in enumerate(names):
        middle = LEFT + wide * (number + 0.5)
        pen.write((middle, top + 6), name, Type(POINTS, 1, wide - 4, bold=True))
        pen.write((middle, top + 11), "(ký, ghi rõ họ tên)", Type(SMALL, 1, wide - 4))
