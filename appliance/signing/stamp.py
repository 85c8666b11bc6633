"""The visible signature as text and numbers: what it says, whether it fits, where each line stands.

Pure: nothing is read or written. Content and type are the law's (Circular 05/2025 art. 8, Circular
01/2023 art. 8): name and time, no image, 10 points, black, upright.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from appliance.core import clock, errors
from appliance.core.model import Box
from appliance.core.rules import RuleProfile

DEVELOPMENT_MARK = "KHÓA THỬ NGHIỆM"
"""Stands on every stamp that was made with a development key."""

DEVELOPMENT_ORGANISATION = f"{DEVELOPMENT_MARK} / development"
"""Stands in the certificate of such a key, as its organisation."""

SMALLEST = 0.5
"""The text may shrink to this share of its lawful size, never below (rules.md 33)."""

PADDING = 1.0
"""Points between the edge of the box and the text."""

LOOSE, TIGHT, GAP = 1.15, 1.0, 0.03
"""Distance of baselines in em: as wished, at least, and the clear space between ink and ink."""

STEP = 0.25
"""Points between one font size that is tried and the next."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Advance, top and bottom of the ink of each letter the font has, in 1/1000 em; y grows upwards."""

    advance: Mapping[str, int]
    top: Mapping[str, int]
    bottom: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Placed:
    """One line of text and where its baseline begins, in points from the lower left of the stamp."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A stamp of ``width`` by ``height`` points with text of ``size`` points."""

    width: float
    height: float
    size: float
    lines: tuple[Placed, ...]


def lines(profile: RuleProfile, agency: str, person: str, signed_at: datetime,
          development: bool) -> tuple[str, ...]:
    """Say what the stamp of this rule profile reads, line by line.

    Args:
        profile: ``stamp.role`` chooses whose name stands first, ``stamp.conversion_mark`` whether the mark of
            conversion stands below.
        agency: name of the office.
        person: full name of the one who scanned and signs.
        signed_at: moment of signing; printed in Vietnamese time whatever the host's zone.
        development: whether the key is one for trials; then a line says so.

    Raises:
        ApplianceError: SIGNING_FAILED when the name is empty.
    """
    name = tidy(person if profile.stamp.role == "person" else agency)
    if not name:
        raise errors.SIGNING_FAILED.error(reason=f"the stamp has no {profile.stamp.role} name")
    said = (name, clock.iso(signed_at), *_mark(profile))
    return (*said, DEVELOPMENT_MARK) if development else said


def _mark(profile: RuleProfile) -> tuple[str, ...]:
    """Return the mark of conversion where the profile wants it seen (Law 20/2023 art. 12)."""
    mark = tidy(profile.conversion_mark) if profile.stamp.conversion_mark else ""
    return (mark,) if mark else ()


def tidy(text: str) -> str:
    """Return ``text`` in NFC, on one line, with single blanks."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def says_development(texts: Iterable[str]) -> bool:
    """Say whether the stamp carries the mark of a development key."""
    return any(DEVELOPMENT_MARK in text for text in texts)


def refuse_missing(texts: Iterable[str], metrics: Metrics) -> None:
    """Refuse letters the font lacks: they would print as empty boxes and break PDF/A (6.2.11.8).

    Raises:
        ApplianceError: STAMP_FONT naming the code points.
    """
    missing = sorted({letter for text in texts for letter in text if letter not in metrics.advance})
    if missing:
        raise errors.STAMP_FONT.error(text=" ".join(f"U+{ord(letter):04X}" for letter in missing))


def lay_out(texts: Sequence[str], box: Box, font_size: float, metrics: Metrics) -> Layout:
    """Centre the lines in the box at the largest size that fits, breaking long lines at blanks.

    Args:
        texts: lines in NFC.
        box: where the stamp stands, points.
        font_size: the lawful size in points; the largest that is tried.
        metrics: the font.

    Raises:
        ApplianceError: STAMP_FONT, or STAMP_SPACE when half the lawful size is still too large.
    """
    refuse_missing(texts, metrics)
    width, height = round(box.x1 - box.x0, 2), round(box.y1 - box.y0, 2)
    for step in range(int(font_size * (1 - SMALLEST) / STEP) + 1):
        size = font_size - step * STEP
        broken = _break_lines(texts, (width - 2 * PADDING) * 1000 / size, metrics)
        leading = _leading(broken, (height - 2 * PADDING) / size, metrics) if broken else None
        if leading is not None:
            return Layout(width, height, size, _place(broken, width, height, (size, leading), metrics))
    raise errors.STAMP_SPACE.error(width=width, height=height)


def width_of(text: str, metrics: Metrics) -> int:
    """Return the width of a line in 1/1000 em."""
    return sum(metrics.advance[letter] for letter in text)


def number(value: float) -> str:
    """Write a number as PDF has it: at most two decimals, never an exponent, never minus zero."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def operators(layout: Layout, glyphs: Mapping[str, int], font: str) -> bytes:
    """Write the layout as PDF operators: black text with two-byte glyph numbers.

    Args:
        layout: what ``lay_out`` gave.
        glyphs: glyph number of each letter.
        font: name of the font among the resources, without the slash.
    """
    parts = [f"q 0 g BT /{font} {number(layout.size)} Tf"]
    for line in layout.lines:
        code = "".join(f"{glyphs[letter]:04X}" for letter in line.text)
        parts.append(f"1 0 0 1 {number(line.x)} {number(line.y)} Tm <{code}> Tj")
    return "\n".join([*parts, "ET Q"]).encode("ascii")


def _break_lines(texts: Iterable[str], room: float, metrics: Metrics) -> list[str]:
    """Break at blanks so that no line is wider than ``room`` (1/1000 em); empty when a word is."""
    broken: list[str] = []
    for text in texts:
        line = ""
        for word in text.split(" "):
            longer = f"{line} {word}" if line else word
            if width_of(word, metrics) > room:
                return []
            if width_of(longer, metrics) > room:
                broken.append(line)
                longer = word
            line = longer
        broken.append(line)
    return broken


def _leading(texts: Sequence[str], room: float, metrics: Metrics) -> float | None:
    """Return the distance of baselines in em that makes the lines fit in ``room`` em, or None."""
    ink = (_top(texts[0], metrics) - _bottom(texts[-1], metrics)) / 1000
    gaps = len(texts) - 1
    if gaps == 0:
        return LOOSE if ink <= room else None
    needed = max((_top(low, metrics) - _bottom(high, metrics)) / 1000 + GAP for high, low in pairwise(texts))
    least = max(TIGHT, needed)
    if ink + gaps * least > room:
        return None
    return min(max(LOOSE, least), (room - ink) / gaps)


def _place(texts: Sequence[str], width: float, height: float, type_size: tuple[float, float],
           metrics: Metrics) -> tuple[Placed, ...]:
    size, leading = type_size
    top, bottom = _top(texts[0], metrics) * size / 1000, _bottom(texts[-1], metrics) * size / 1000
    block = top - bottom + (len(texts) - 1) * leading * size
    first = height - (height - block) / 2 - top
    return tuple(
        Placed(text, round((width - width_of(text, metrics) * size / 1000) / 2, 2),
               round(first - at * leading * size, 2))
        for at, text in enumerate(texts)
    )


def _top(text: str, metrics: Metrics) -> int:
    return max((metrics.top[letter] for letter in text), default=0)


def _bottom(text: str, metrics: Metrics) -> int:
    return min((metrics.bottom[letter] for letter in text), default=0)
