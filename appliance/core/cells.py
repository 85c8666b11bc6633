"""Which cells of a page's top band are taken: packed small enough for the ledger, and searched row by row. Pure."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

PER_MM = 2
"""Cells a millimetre, across and down."""

MOST = 1 << 20
"""Cells of the widest band that is believed: 20 mm of a page 13 m wide."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells from the page's top left corner, rows downwards.

    Attributes:
        wide: cells of a row.
        rows: of each row the taken cells as bits of a number; the lowest bit is the rightmost cell.
    """

    wide: int
    rows: tuple[int, ...]

    def free_runs(self, top: int, high: int, wide: int) -> int:
        """Return, as bits, where the rightmost cell of a free place of ``wide`` by ``high`` cells may lie.

        The place's first row is ``top``; it lies within the band or there is none.
        """
        if top < 0 or high < 1 or top + high > len(self.rows) or not 0 < wide <= self.wide:
            return 0
        taken = 0
        for row in self.rows[top:top + high]:
            taken |= row
        runs, reach = ~taken & ((1 << self.wide) - 1), 1
        while reach < wide:  # a free run of ``reach`` cells begins at each bit; then of twice as many
            step = min(reach, wide - reach)
            runs &= runs >> step
            reach += step
        return runs


def pack(wide: int, high: int, bits: bytes) -> str:
    """Return a band as text: ``bits`` holds its rows, each in whole bytes, the leftmost cell first, 1 for taken."""
    squeezed = base64.b85encode(zlib.compress(bits, 9)).decode("ascii")
    return f"{wide}x{high}:{squeezed}"


def unpack(text: str) -> Cells | None:
    """Return what ``pack`` made a text of; None of any other text: such a band is not known."""
    size, _, squeezed = text.partition(":")
    try:
        wide, high = (int(number) for number in size.split("x"))
        if not (wide > 0 and high > 0 and wide * high <= MOST):
            return None
        across = -(-wide // 8)
        reader = zlib.decompressobj()
        data = reader.decompress(base64.b85decode(squeezed), across * high + 1)
    except (ValueError, zlib.error):
        return None
    if len(data) != across * high or not reader.eof:
        return None
    spare = across * 8 - wide
    return Cells(wide, tuple(int.from_bytes(data[at:at + across], "big") >> spare
                             for at in range(0, len(data), across)))


def around(size: tuple[int, int], free: Sequence[tuple[int, int, int, int]]) -> Cells:
    """Return a band of which only rectangles are known to be free.

    Args:
        size: cells across and down.
        free: x0, y0, x1, y1 in cells, ends outside.
    """
    wide, high = size
    rows = [(1 << wide) - 1] * high
    for x0, y0, x1, y1 in free:
        left, right = max(0, x0), min(wide, x1)
        span = ((1 << max(0, right - left)) - 1) << (wide - right) if right > left else 0
        for y in range(max(0, y0), min(high, y1)):
            rows[y] &= ~span
    return Cells(wide, tuple(rows))
