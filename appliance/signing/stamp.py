"""What the visible signature says, and how it is drawn. Pure: nothing is read or written.

What it says, in which order and how large is the rule profile's word (``[stamp]``); where each line stands is
``core/stamping.py``'s, which whoever places the stamp asks as well.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from appliance.core import clock, errors
from appliance.core.model import Box
from appliance.core.rules import RuleProfile
from appliance.core.stamping import Layout

DEVELOPMENT_MARK = "KHÓA THỬ NGHIỆM"
"""Stands on every stamp that was made with a development key."""

DEVELOPMENT_ORGANISATION = f"{DEVELOPMENT_MARK} / development"
"""Stands in the certificate of such a key, as its organisation."""

WIDEST_TIME = "0000-00-00T00:00:00+07:00"
"""Takes as much room as any time: all digits are as wide, and none is higher or lower than 0."""

CHANNELS = 255


@dataclass(frozen=True, slots=True)
class Names:
    """What the places in the lines of a rule profile stand for.

    Attributes:
        agency: name of the office.
        person: full name of the one who scanned and signs.
        form: form of the copy (Decree 30/2020): SAO Y, SAO LỤC, TRÍCH SAO; empty where the profile has none.
        development: whether the key is one for trials; then a line says so.
    """

    agency: str
    person: str = ""
    form: str = ""
    development: bool = False


def lines(profile: RuleProfile, names: Names, signed_at: datetime | None) -> tuple[str, ...]:
    """Say what the stamp of this rule profile reads, line by line.

    Args:
        profile: ``stamp.lines`` are its lines; ``stamp.conversion_mark``: the mark of conversion stands below.
        names: what stands in the places of the lines.
        signed_at: moment of signing; printed in Vietnamese time whatever the host's zone. None gives a time that
            takes as much room as any.

    Raises:
        ApplianceError: STAMP_WORDLESS when a place would stay empty.
    """
    time = WIDEST_TIME if signed_at is None else clock.iso(signed_at)
    said = {"agency": tidy(names.agency), "person": tidy(names.person), "form": tidy(names.form), "time": time}
    found = tuple(_filled(line, said) for line in profile.stamp.lines)
    mark = tidy(profile.conversion_mark) if profile.stamp.conversion_mark else ""
    return (*found, *((mark,) if mark else ()), *((DEVELOPMENT_MARK,) if names.development else ()))


def _filled(line: str, said: Mapping[str, str]) -> str:
    """Put what is said into the places of a line."""
    empty = [place for place, text in said.items() if f"{{{place}}}" in line and not text]
    if empty:
        raise errors.STAMP_WORDLESS.error(place=", ".join(empty))
    return tidy(line.format_map(said))


def tidy(text: str) -> str:
    """Return ``text`` in NFC, on one line, with single blanks."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def says_development(texts: Iterable[str]) -> bool:
    """Say whether the stamp carries the mark of a development key."""
    return any(DEVELOPMENT_MARK in text for text in texts)


def number(value: float) -> str:
    """Write a number as PDF has it: at most two decimals, never an exponent, never minus zero."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def ink(colour: str) -> str:
    """Return the operator that takes a colour ``#rrggbb`` for filling."""
    return " ".join([*(number(int(colour[at:at + 2], 16) / CHANNELS) for at in (1, 3, 5)), "rg"])


def text_operators(layout: Layout, glyphs: Mapping[str, int], font: str, colour: str) -> str:
    """Write the lines as PDF operators with two-byte glyph numbers.

    Args:
        layout: where each line stands.
        glyphs: glyph number of each letter.
        font: name of the font among the resources, without the slash.
        colour: of the text, ``#rrggbb``.
    """
    parts = [f"q {ink(colour)} BT /{font} {number(layout.size)} Tf"]
    for line in layout.lines:
        code = "".join(f"{glyphs[letter]:04X}" for letter in line.text)
        parts.append(f"1 0 0 1 {number(line.x)} {number(line.y)} Tm <{code}> Tj")
    return "\n".join([*parts, "ET Q"])


def seal_operators(place: Box, size: tuple[int, int], image: str, colour: str) -> str:
    """Write a stencil of ``size`` pixels as PDF operators: in the middle of its square, as large as fits in it.

    Args:
        place: the square whose side is the seal's diameter, points.
        size: width and height of the stencil.
        image: name of the stencil among the resources, without the slash.
        colour: it is painted in, ``#rrggbb``.
    """
    side = place.x1 - place.x0
    wide, high = (side * edge / max(size) for edge in size)
    left, low = place.x0 + (side - wide) / 2, place.y0 + (side - high) / 2
    matrix = f"{number(wide)} 0 0 {number(high)} {number(left)} {number(low)}"
    return f"q {ink(colour)} {matrix} cm /{image} Do Q"
