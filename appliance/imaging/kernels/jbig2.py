"""A bilevel picture as one generic region of JBIG2 (ITU-T T.88, 6.2 and annex E): template 0, typical prediction.

Every pixel is coded, from the sixteen around it, so nothing is ever taken for something else. White stretches are
coded in one step, as most of a page is white.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Bits = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Coder = tuple[int, int, int, int, int]
"""Annex E: the interval A, the code C, the shifts until a byte is out, the byte that waits, how many are out."""

CONTEXTS = 65536
TYPICAL = 0x9B25
"""Context of "this row is as the one above" (6.2.5.7)."""

TOP = 0x8000
CARRY, LOW_27, LOW_20, LOW_19 = 0x8000000, 0x7FFFFFF, 0xFFFFF, 0x7FFFF

# Table E.1: the probability of the less probable symbol, and where to go after the more and the less probable one.
_CHANCE = (
    0x5601, 0x3401, 0x1801, 0x0AC1, 0x0521, 0x0221, 0x5601, 0x5401, 0x4801, 0x3801, 0x3001, 0x2401, 0x1C01, 0x1601,
    0x5601, 0x5401, 0x5101, 0x4801, 0x3801, 0x3401, 0x3001, 0x2801, 0x2401, 0x2201, 0x1C01, 0x1801, 0x1601, 0x1401,
    0x1201, 0x1101, 0x0AC1, 0x09C1, 0x08A1, 0x0521, 0x0441, 0x02A1, 0x0221, 0x0141, 0x0111, 0x0085, 0x0049, 0x0025,
    0x0015, 0x0009, 0x0005, 0x0001, 0x5601)
_MORE = (
    1, 2, 3, 4, 5, 38, 7, 8, 9, 10, 11, 12, 13, 29, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
    31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 45, 46)
_LESS = (
    1, 6, 9, 12, 29, 33, 6, 14, 14, 14, 17, 18, 20, 21, 14, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 23, 24, 25, 26,
    27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 46)
_SWITCH = (0, 6, 14)
"""Rows of the table after whose less probable symbol the two change places."""

# A state is twice the row of the table, plus the more probable symbol.
QE = np.repeat(np.array(_CHANCE, np.int64), 2)
NEXT_MORE = np.array([2 * _MORE[row] + more for row in range(47) for more in (0, 1)], np.uint8)
NEXT_LESS = np.array([2 * _LESS[row] + (more ^ (row in _SWITCH)) for row in range(47) for more in (0, 1)], np.uint8)


@kernel("int64(uint8[:,::1], int64, uint8[::1])")
def generic_region(rows: Bits, width: int, out: Bits) -> int:
    """Code a picture into ``out`` and return how many bytes that took, -1 when they do not fit.

    ``rows`` (height + 2, stride) uint8: two rows of 0, then the picture, 1 for black; ``stride`` a multiple of 8,
    at least ``width`` + 8, 0 from ``width`` on.
    """
    contexts = np.zeros(CONTEXTS, np.uint8)
    words = rows.view(np.uint64)
    coder, before = (TOP, 0, 12, 0, -1), 0
    for y in range(2, rows.shape[0]):
        same = _same(words[y - 1], words[y])
        coder = _decide(contexts, TYPICAL, same ^ before, coder, out)
        before = same
        if not same:
            coder = _row(rows[y - 2:y + 1], words[y - 2:y + 1], width, (contexts, out), coder)
        if coder[4] + 8 > out.size:
            return -1
    return _finish(coder, out)


@kernel("int64(uint64[::1], uint64[::1])")
def _same(one: Words, other: Words) -> int:
    for at in range(one.size):
        if one[at] != other[at]:
            return 0
    return 1


@kernel("UniTuple(int64, 5)(uint8[:,::1], uint64[:,::1], int64, UniTuple(uint8[::1], 2), UniTuple(int64, 5))")
def _row(rows: Bits, words: Words, width: int, places: tuple[Bits, Bits], coder: Coder) -> Coder:
    """Code the last of three rows, each pixel from the two rows above and the four pixels before it (figure 3)."""
    contexts, out = places
    second, first, row = rows[0], rows[1], rows[2]
    upper = int(np.int64(second[0])) << 1 | int(np.int64(second[1]))
    lower = int(np.int64(first[0])) << 2 | int(np.int64(first[1])) << 1 | int(np.int64(first[2]))
    left, x, ahead = 0, 0, (-1, -1, -1)
    while x < width:
        upper = (upper << 1 | int(np.int64(second[x + 2]))) & 31
        lower = (lower << 1 | int(np.int64(first[x + 3]))) & 127
        context = upper << 11 | lower << 4 | left
        if context == 0 and row[x] == 0 and contexts[0] & 1 == 0:
            ahead = (_black(second, words[0], x, ahead[0]), _black(first, words[1], x, ahead[1]),
                     _black(row, words[2], x, ahead[2]))
            white = min(ahead[0] - 2, ahead[1] - 3, ahead[2], width) - x
            coder = _whites(contexts, white, coder, out)
            x += white
            continue
        coder = _decide(contexts, context, int(np.int64(row[x])), coder, out)
        left = (left << 1 | int(np.int64(row[x]))) & 15
        x += 1
    return coder


@kernel("int64(uint8[::1], uint64[::1], int64, int64)")
def _black(row: Bits, words: Words, x: int, known: int) -> int:
    """Return where the next black pixel from ``x`` on is; ``known`` is what was found before."""
    if known >= x:
        return known
    while x < row.size:
        if x % 8 == 0 and words[x // 8] == 0:
            x += 8
        elif row[x]:
            return x
        else:
            x += 1
    return x + 8


@kernel("UniTuple(int64, 5)(uint8[::1], int64, UniTuple(int64, 5), uint8[::1])")
def _whites(contexts: Bits, count: int, coder: Coder, out: Bits) -> Coder:
    """Code white pixels amid white ones; as long as A stays large, many are one subtraction."""
    while count > 0:
        a, c, shifts, byte, at = coder
        qe = QE[contexts[0]]
        many = min(count, (a - TOP) // qe)
        if many > 0:
            coder = (a - many * qe, c + many * qe, shifts, byte, at)
            count -= many
        else:
            coder = _decide(contexts, 0, 0, coder, out)
            count -= 1
    return coder


@kernel("UniTuple(int64, 5)(uint8[::1], int64, int64, UniTuple(int64, 5), uint8[::1])")
def _decide(contexts: Bits, context: int, bit: int, coder: Coder, out: Bits) -> Coder:
    """Code one decision (figures E.3 to E.7)."""
    a, c, shifts, byte, at = coder
    state = contexts[context]
    qe = QE[state]
    a -= qe
    if state & 1 == bit:
        if a >= TOP:
            return a, c + qe, shifts, byte, at
        if a < qe:
            a = qe
        else:
            c += qe
        contexts[context] = NEXT_MORE[state]
    else:
        if a < qe:
            c += qe
        else:
            a = qe
        contexts[context] = NEXT_LESS[state]
    while a < TOP:
        a, c, shifts = a << 1, c << 1, shifts - 1
        if shifts == 0:
            c, shifts, byte, at = _byte_out((c, byte, at), out)
    return a, c, shifts, byte, at


@kernel("UniTuple(int64, 4)(UniTuple(int64, 3), uint8[::1])")
def _byte_out(code: tuple[int, int, int], out: Bits) -> tuple[int, int, int, int]:
    """Move a byte out of C; after 0xFF only seven bits follow, so that a carry always finds room (figure E.8)."""
    c, byte, at = code
    stuffed = at >= 0 and byte == 0xFF
    if not stuffed and c >= CARRY:
        byte += 1
        stuffed = byte == 0xFF
        c &= LOW_27
    if 0 <= at < out.size:
        out[at] = byte
    if stuffed:
        return c & LOW_20, 7, c >> 20 & 0xFF, at + 1
    return c & LOW_19, 8, c >> 19 & 0xFF, at + 1


@kernel("int64(UniTuple(int64, 5), uint8[::1])")
def _finish(coder: Coder, out: Bits) -> int:
    """Write what is left and the end mark (figures E.11 and E.12)."""
    a, c, shifts, byte, at = coder
    most = c + a
    c |= 0xFFFF
    if c >= most:
        c -= TOP
    for _ in range(2):
        c, shifts, byte, at = _byte_out((c << shifts, byte, at), out)
    out[at] = byte
    if byte != 0xFF:
        at += 1
        out[at] = 0xFF
    out[at + 1] = 0xAC
    return at + 2
