"""Connected ink by its runs: pieces of rows, joined with those they touch in the row above (8 neighbours).

A page has a hundredth as many runs as pixels, so all that follows is cheap: on print this takes a fourth of the
time of OpenCV's fastest labelling. ``runs`` is (n, 4): y, x0, x1 behind the end, and the piece it belongs to.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Grey = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]

PAPER = np.uint64(2**64 - 1)
"""Eight pixels of paper."""

CELL = 8
"""Pixels of one cell of the grid that holds the paper's tone."""


@kernel("int64(uint8[:,::1])")
def count_runs(ink: Grey) -> int:
    """Count the runs of ink (0) in all rows."""
    count = np.int64(0)
    for y in range(ink.shape[0]):
        row = ink[y]
        starts = np.int32(row[0] == 0)
        for x in range(1, row.size):
            starts += np.int32((row[x] == 0) & (row[x - 1] != 0))
        count += starts
    return int(count)


@kernel("int64(uint8[:,::1], int32[:,::1])")
def join_runs(ink: Grey, runs: Ints) -> int:
    """Find the runs and the piece that each belongs to; return how many pieces there are.

    Pieces count from 1 in the order in which a reader of the rows meets them.
    """
    parents = np.empty(runs.shape[0], np.int32)
    above, at = 0, 0
    for y in range(ink.shape[0]):
        here = at
        at = _runs_of_row(ink[y], y, runs, at)
        _join_row(runs, parents, (above, here), at)
        above = here
    pieces = 0
    for one in range(at):
        if parents[one] == one:
            pieces += 1
            runs[one, 3] = pieces
        else:
            runs[one, 3] = runs[parents[one], 3]  # what it hangs on stands before it, and is numbered
    return pieces


@kernel("int64(uint8[::1], int64, int32[:,::1], int64)")
def _runs_of_row(row: Grey, y: int, runs: Ints, at: int) -> int:
    x, width = 0, row.size
    eights = row[:width // 8 * 8].view(np.uint64)  # most of a page is paper, eight pixels at a time
    while x < width:
        while x < width and row[x] != 0:
            x += 8 if x % 8 == 0 and x // 8 < eights.size and eights[x // 8] == PAPER else 1
        if x == width:
            break
        runs[at, 0], runs[at, 1] = y, x
        while x < width and row[x] == 0:
            x += 1
        runs[at, 2] = x
        at += 1
    return at


@kernel("void(int32[:,::1], int32[::1], UniTuple(int64, 2), int64)")
def _join_row(runs: Ints, parents: Ints, bounds: tuple[int, int], end: int) -> None:
    """Join the runs from the second of ``bounds`` to ``end`` with those of the row above that they touch."""
    other, here = bounds
    for one in range(here, end):
        parents[one] = one
        while other < here and runs[other, 2] < runs[one, 1]:
            other += 1
        beside = other
        while beside < here and runs[beside, 1] <= runs[one, 2]:
            first, second = _root(parents, one), _root(parents, beside)
            parents[max(first, second)] = min(first, second)
            beside += 1


@kernel("int64(int32[::1], int64)")
def _root(parents: Ints, one: int) -> int:
    while parents[one] != one:
        parents[one] = parents[parents[one]]
        one = int(parents[one])
    return one


@kernel("void(int32[:,::1], int32[:,::1])")
def box_pieces(runs: Ints, boxes: Ints) -> None:
    """Write box and area of each piece, ``boxes`` (pieces + 1, 5: x0, y0, width, height, area); 0 is no piece."""
    boxes[:] = 0
    boxes[1:, 0] = 2**31 - 1
    for one in range(runs.shape[0]):
        y, x0, x1, piece = runs[one]
        if boxes[piece, 4] == 0:
            boxes[piece, 1] = y
        boxes[piece, 0] = min(boxes[piece, 0], x0)
        boxes[piece, 2] = max(boxes[piece, 2], x1)
        boxes[piece, 3] = y + 1
        boxes[piece, 4] += x1 - x0
    for piece in range(1, boxes.shape[0]):
        boxes[piece, 2] -= boxes[piece, 0]
        boxes[piece, 3] -= boxes[piece, 1]


@kernel("void(int32[:,::1], int32[:,::1])")
def draw_labels(runs: Ints, out: Ints) -> None:
    """Write the piece's number on each of its pixels, 0 on the others."""
    out[:] = 0
    for one in range(runs.shape[0]):
        row = out[runs[one, 0]]
        for x in range(runs[one, 1], runs[one, 2]):
            row[x] = runs[one, 3]


@kernel("void(int32[:,::1], uint8[::1], uint8[:,::1])")
def draw_values(runs: Ints, values: Grey, out: Grey) -> None:
    """Write the value of its piece on each pixel, 0 on paper."""
    out[:] = 0
    for one in range(runs.shape[0]):
        row, value = out[runs[one, 0]], values[runs[one, 3]]
        for x in range(runs[one, 1], runs[one, 2]):
            row[x] = value


@kernel("void(int32[:,::1], uint8[::1], uint8, uint8[:,::1])")
def draw_kinds(runs: Ints, kinds: Grey, least: int, out: Grey) -> None:
    """Draw the pieces whose kind is ``least`` or above: ink 0, the rest 255."""
    out[:] = 255
    for one in range(runs.shape[0]):
        if kinds[runs[one, 3]] >= least:
            row = out[runs[one, 0]]
            for x in range(runs[one, 1], runs[one, 2]):
                row[x] = 0


@kernel("void(int32[:,::1], uint8[:,::1], uint8[:,::1], float64, int32[::1])")
def hard_runs(runs: Ints, grey: Grey, paper: Grey, share: float, counts: Ints) -> None:
    """Count, per piece, pixels darker than ``share`` of the paper around them.

    ``paper`` holds one tone a cell of CELL pixels (the last ones may be cut).
    """
    counts[:] = 0
    for one in range(runs.shape[0]):
        y = runs[one, 0]
        row, sheet, dark = grey[y], paper[y // CELL], 0
        for x in range(runs[one, 1], runs[one, 2]):
            dark += row[x] < sheet[x // CELL] * share
        counts[runs[one, 3]] += dark


@kernel("void(int32[:,::1], uint8[::1], int32[:,::1])")
def span_runs(runs: Ints, kept: Grey, spans: Ints) -> None:
    """Find the first and the last pixel of each row whose piece is ``kept``: ``spans`` (height, 2), else -1.

    What a row holds between its ends lies between them however the image is turned.
    """
    spans[:] = -1
    for one in range(runs.shape[0]):
        if kept[runs[one, 3]]:
            y = runs[one, 0]
            if spans[y, 0] < 0:
                spans[y, 0] = runs[one, 1]
            spans[y, 1] = runs[one, 2] - 1
