"""The names of paper sizes: ISO 216, the sizes of Vietnamese offices, index cards, receipts."""

from __future__ import annotations

SIZES: dict[str, tuple[float, float]] = {
    "A3": (297, 420), "A4": (210, 297), "A5": (148, 210), "A6": (105, 148), "B4": (250, 353), "B5": (176, 250),
    "F4": (210, 330), "letter": (215.9, 279.4), "legal": (215.9, 355.6),
    "card 5x8": (127, 203.2), "card 4x6": (101.6, 152.4), "card 3x5": (76.2, 127), "id card": (54, 85.6),
}
"""Width and height in mm, upright: ISO 216, ISO/IEC 7810 (ID-1), ANSI, F4 as sold in Vietnam, index cards."""

TOLERANCE_MM, TOLERANCE = 1.5, 0.008
"""mm, and share of the length besides: what feeding and cutting leave."""

ROLLS_MM = 44.0, 58.0, 80.0
"""Widths of till rolls."""

ROLL_MM = 3.0
ROLL_SHAPE = 1.2
"""How many times its width a receipt is long at least."""


def size_name(width_mm: float, height_mm: float) -> str:
    """Return the name of a size lying either way; "receipt" for a strip of a till roll, "" for any other."""
    short, long = sorted((width_mm, height_mm))
    near = {
        name: abs(short - wide) + abs(long - high) for name, (wide, high) in SIZES.items()
        if _is_near(short, wide) and _is_near(long, high)
    }
    if near:
        return min(near, key=near.__getitem__)
    roll = any(abs(short - wide) <= ROLL_MM for wide in ROLLS_MM)
    return "receipt" if roll and long >= ROLL_SHAPE * short else ""


def _is_near(length: float, standard: float) -> bool:
    return abs(length - standard) <= TOLERANCE_MM + TOLERANCE * standard
