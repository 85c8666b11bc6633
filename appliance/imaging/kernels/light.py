"""Light from dark, by a threshold of every pixel's surroundings."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from llvmlite import binding

from appliance.imaging.kernels.declared import kernel

Grey = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

CONVERTS = bool(binding.get_host_cpu_features().get("avx512dq"))
"""Whether the processor turns 64-bit integers into floating point at once; 32 bits are faster where it does not."""


@kernel("void(uint8[:,::1], uint8[:,::1], int64, UniTuple(float64, 4))")
def threshold(grey: Grey, out: Grey, radius: int, rule: tuple[float, float, float, float]) -> None:
    """Binarise: ink (0) where grey <= limit or grey <= floor, else paper (255); ``rule`` is k, dark, spread, floor.

    limit = mean - k * (1 - deviation / spread) * (mean - dark), of the window of ``2 * radius + 1`` pixels
    around each, cut at the image's edges. With the image's darkest tone as ``dark`` and its largest deviation as
    ``spread`` this is Wolf and Jolion (2003); with 0 and 128 it is Sauvola and Pietikainen (2000). ``floor`` -1 is
    their formula as it is; 0 and above keeps black areas wider than the window from being hollow.

    One pass: sums down the columns move on by the row that enters and the one that leaves; they are added up along
    the row, and a window is the difference of two places. Values and their squares travel in one 64-bit number, the
    squares in its lower half, which holds those of a ``radius`` up to 90. No root is taken: squares are compared,
    with their sign.
    """
    height, width = grey.shape
    k, dark, spread, floor = rule
    columns, running = np.zeros(width, np.int64), np.zeros(width + 2 * radius + 1, np.int64)
    share, none = np.zeros(width, np.float64), np.zeros(width, np.uint8)
    for y in range(-radius, height):
        enters = grey[y + radius] if y + radius < height else none
        leaves = grey[y - radius - 1] if y - radius > 0 else none
        _move(enters, leaves, columns)
        if y >= 0:
            _run(columns, radius, running)
            _shares(y, height, radius, share)
            ends = (running, running[2 * radius + 1:])
            if dark == 0.0:
                _judge(grey[y], ends, share, (1.0 - k, (k / spread) ** 2), out[y])
            else:
                _judge_above(grey[y], ends, share, (1.0 - k, k * dark, dark, (k / spread) ** 2), out[y])
            _darken(grey[y], floor, out[y])


@kernel("void(uint8[:,::1], int64, float64[::1])")
def most_spread(grey: Grey, radius: int, variances: Floats) -> None:
    """Find, per column, the largest variance among the windows of ``2 * radius + 1`` pixels around its pixels."""
    height, width = grey.shape
    columns, running = np.zeros(width, np.int64), np.zeros(width + 2 * radius + 1, np.int64)
    share, none = np.zeros(width, np.float64), np.zeros(width, np.uint8)
    variances[:] = 0.0
    for y in range(-radius, height):
        enters = grey[y + radius] if y + radius < height else none
        leaves = grey[y - radius - 1] if y - radius > 0 else none
        _move(enters, leaves, columns)
        if y >= 0:
            _run(columns, radius, running)
            _shares(y, height, radius, share)
            _widest((running, running[2 * radius + 1:]), share, variances)


@kernel("void(uint8[::1], uint8[::1], int64[::1])")
def _move(enters: Grey, leaves: Grey, columns: Longs) -> None:
    for x in range(columns.size):
        a, b = np.int32(enters[x]), np.int32(leaves[x])
        squares = np.int32(np.int32(a - b) * np.int32(a + b))
        columns[x] += (np.int64(np.int32(a - b)) << 32) + np.int64(squares)


@kernel("void(int64[::1], int64, int64[::1])")
def _run(columns: Longs, radius: int, running: Longs) -> None:
    """Add up along the row; ``running`` has zeros before it, and after it the whole sum."""
    sums = running[radius + 1:]
    total = np.int64(0)
    for x in range(columns.size):
        total += columns[x]
        sums[x] = total
    for x in range(columns.size, sums.size):
        sums[x] = total


@kernel("void(int64, int64, int64, float64[::1])")
def _shares(y: int, height: int, radius: int, share: Floats) -> None:
    """Write one over the pixels of each window of a row; only the first and last rows differ."""
    if radius < y < height - radius:
        return
    last = share.size - 1
    rows = min(y + radius, height - 1) - max(y - radius, 0) + 1
    for x in range(share.size):
        share[x] = 1.0 / (rows * (min(x + radius, last) - max(x - radius, 0) + 1))


@kernel("void(uint8[::1], UniTuple(int64[::1], 2), float64[::1], UniTuple(float64, 2), uint8[::1])")
def _judge(line: Grey, ends: tuple[Longs, Longs], share: Floats, terms: tuple[float, float], out: Grey) -> None:
    before, upto = ends
    base, steep = terms
    for x in range(line.size):
        both = upto[x] - before[x]
        value = np.float64(both >> 32) if CONVERTS else np.float64(np.int32(both >> 32))
        power = np.float64(both & 0xFFFFFFFF) if CONVERTS else np.float64(np.int32(both & 0xFFFFFFFF))
        mean = value * share[x]
        square = mean * mean
        variance = power * share[x] - square
        over = np.float64(line[x]) - base * mean
        out[x] = np.uint8(255) if over * abs(over) > steep * square * variance else np.uint8(0)


@kernel("void(uint8[::1], UniTuple(int64[::1], 2), float64[::1], UniTuple(float64, 4), uint8[::1])")
def _judge_above(line: Grey, ends: tuple[Longs, Longs], share: Floats, terms: tuple[float, float, float, float],
                 out: Grey) -> None:
    """Judge as ``_judge`` does, where the darkest tone is not 0: a fifth dearer."""
    before, upto = ends
    base, shift, dark, steep = terms
    for x in range(line.size):
        both = upto[x] - before[x]
        mean = np.float64(np.int32(both >> 32)) * share[x]
        variance = np.float64(np.int32(both & 0xFFFFFFFF)) * share[x] - mean * mean
        over, contrast = np.float64(line[x]) - base * mean - shift, mean - dark
        out[x] = np.uint8(255) if over * abs(over) > steep * contrast * contrast * variance else np.uint8(0)


@kernel("void(uint8[::1], float64, uint8[::1])")
def _darken(line: Grey, floor: float, out: Grey) -> None:
    if floor < 0.0:
        return
    tone = np.uint8(min(floor, 255.0))
    for x in range(line.size):
        out[x] = out[x] if line[x] > tone else np.uint8(0)


@kernel("void(UniTuple(int64[::1], 2), float64[::1], float64[::1])")
def _widest(ends: tuple[Longs, Longs], share: Floats, variances: Floats) -> None:
    before, upto = ends
    for x in range(share.size):
        both = upto[x] - before[x]
        mean = np.float64(np.int32(both >> 32)) * share[x]
        variance = np.float64(np.int32(both & 0xFFFFFFFF)) * share[x] - mean * mean
        variances[x] = variance if variance > variances[x] else variances[x]


@kernel("void(uint8[:,::1], uint8[:,::1], UniTuple(int64, 2), int64[::1])")
def count_soft(grey: Grey, paper: Grey, steps: tuple[int, int], counts: Longs) -> None:
    """Count pixels by their share of the paper's tone: under 0.5, 0.5 to 0.6, 0.65 to 0.85: ``counts`` (3).

    ``steps``: pixels of a cell of ``paper``, and every how many rows and columns are looked at.
    """
    cell, every = steps
    counts[:] = 0
    for y in range(0, grey.shape[0], every):
        line, sheet = grey[y], paper[y // cell]
        for x in range(0, line.size, every):
            share, light = 20 * np.int64(line[x]), np.int64(sheet[x // cell])
            counts[0] += share < 10 * light
            counts[1] += (share >= 10 * light) & (share < 12 * light)
            counts[2] += (share >= 13 * light) & (share < 17 * light)
