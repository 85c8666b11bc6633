"""Light from dark, by a threshold of every pixel's surroundings."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Grey = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Terms = tuple[np.float32, np.float32, np.float32, np.float32]
Ends = tuple[Ints, Ints, Ints, Ints]
"""Running sums of a row's values before and up to each window's end, then those of the squares."""

ROUGH, ROUGH_SPREAD = 0.04, 0.03
"""How far off single precision may be: of a squared difference of tones, and of a variance. Twice what 24 bits
lose where a window's mean is 255."""


@kernel("void(uint8[:,::1], uint8[:,::1], int64, UniTuple(float64, 4))")
def threshold(grey: Grey, out: Grey, radius: int, rule: tuple[float, float, float, float]) -> None:
    """Binarise: ink (0) where grey <= limit or grey <= floor, else paper (255); ``rule`` is k, dark, spread, floor.

    limit = mean - k * (1 - deviation / spread) * (mean - dark), of the window of ``2 * radius + 1`` pixels
    around each, cut at the image's edges. With the image's darkest tone as ``dark`` and its largest deviation as
    ``spread`` this is Wolf and Jolion (2003); with 0 and 128 it is Sauvola and Pietikainen (2000). ``floor`` -1 is
    their formula as it is; 0 and above keeps black areas wider than the window from being hollow.

    One pass: sums down the columns move on by the row that enters and the one that leaves; they are added up along
    the row, and a window is the difference of two places. Sums of squares may run over 32 bits, their differences
    do not up to a ``radius`` of 90. No root is taken: squares are compared, with their sign. A row is judged in
    single precision, and once more in double where a pixel lies too near its limit to be sure: the answer is that
    of double precision.
    """
    height, width = grey.shape
    window = 2 * radius + 1
    sums, squares = np.zeros(width, np.int32), np.zeros(width, np.int32)
    run, run_squares = np.zeros(width + window, np.int32), np.zeros(width + window, np.int32)
    ends = (run, run[window:], run_squares, run_squares[window:])
    across, none = _across(width, radius), np.zeros(width, np.uint8)
    left, right = min(radius, width), max(min(radius, width), width - radius)
    for y in range(-radius, height):
        enters = grey[y + radius] if y + radius < height else none
        leaves = grey[y - radius - 1] if y - radius > 0 else none
        _move(enters, leaves, sums, squares)
        if y < 0:
            continue
        _run(sums, squares, run[radius + 1:], run_squares[radius + 1:])
        rows = min(y + radius, height - 1) - max(y - radius, 0) + 1
        _judge_exactly(grey[y], (ends, across), (0, left, rows), rule, out[y])
        if _judge(grey[y], ends, (left, right, rows * window), rule, out[y]):
            _judge_exactly(grey[y], (ends, across), (left, right, rows), rule, out[y])
        _judge_exactly(grey[y], (ends, across), (right, width, rows), rule, out[y])
        _darken(grey[y], rule[3], out[y])


@kernel("void(uint8[:,::1], int64, float64[::1])")
def most_spread(grey: Grey, radius: int, variances: Floats) -> None:
    """Find, per column, the largest variance among the windows of ``2 * radius + 1`` pixels around its pixels."""
    height, width = grey.shape
    window = 2 * radius + 1
    sums, squares = np.zeros(width, np.int32), np.zeros(width, np.int32)
    run, run_squares = np.zeros(width + window, np.int32), np.zeros(width + window, np.int32)
    ends = (run, run[window:], run_squares, run_squares[window:])
    across, none = _across(width, radius), np.zeros(width, np.uint8)
    variances[:] = 0.0
    for y in range(-radius, height):
        enters = grey[y + radius] if y + radius < height else none
        leaves = grey[y - radius - 1] if y - radius > 0 else none
        _move(enters, leaves, sums, squares)
        if y >= 0:
            _run(sums, squares, run[radius + 1:], run_squares[radius + 1:])
            _widest(ends, across, min(y + radius, height - 1) - max(y - radius, 0) + 1, variances)


@kernel("float64[::1](int64, int64)")
def _across(width: int, radius: int) -> Floats:
    """Return one over the columns of each window of a row."""
    across = np.empty(width)
    for x in range(width):
        across[x] = 1.0 / (min(x + radius, width - 1) - max(x - radius, 0) + 1)
    return across


@kernel("void(uint8[::1], uint8[::1], int32[::1], int32[::1])")
def _move(enters: Grey, leaves: Grey, sums: Ints, squares: Ints) -> None:
    for x in range(sums.size):
        a, b = np.int32(enters[x]), np.int32(leaves[x])
        more = np.int32(a - b)
        sums[x] += more
        squares[x] += np.int32(more * np.int32(a + b))


@kernel("void(int32[::1], int32[::1], int32[::1], int32[::1])")
def _run(sums: Ints, squares: Ints, run: Ints, run_squares: Ints) -> None:
    """Add up along the row, by fours so that one addition in four waits for the last; then the whole sum stays."""
    whole, whole_squares = np.int64(0), np.int64(0)
    for four in range(sums.size // 4):
        x = 4 * four
        a = np.int64(sums[x])
        b = a + sums[x + 1]
        c = b + sums[x + 2]
        run[x], run[x + 1], run[x + 2] = np.int32(whole + a), np.int32(whole + b), np.int32(whole + c)
        whole += c + sums[x + 3]
        run[x + 3] = np.int32(whole)
        a = np.int64(squares[x])
        b = a + squares[x + 1]
        c = b + squares[x + 2]
        run_squares[x], run_squares[x + 1] = np.int32(whole_squares + a), np.int32(whole_squares + b)
        run_squares[x + 2] = np.int32(whole_squares + c)
        whole_squares += c + squares[x + 3]
        run_squares[x + 3] = np.int32(whole_squares)
    for x in range(sums.size // 4 * 4, run.size):
        whole += sums[x] if x < sums.size else np.int32(0)
        whole_squares += squares[x] if x < sums.size else np.int32(0)
        run[x], run_squares[x] = np.int32(whole), np.int32(whole_squares)


@kernel("boolean(uint8[::1], UniTuple(int32[::1], 4), UniTuple(int64, 3), UniTuple(float64, 4), uint8[::1])")
def _judge(line: Grey, ends: Ends, part: tuple[int, int, int], rule: tuple[float, float, float, float],
           out: Grey) -> bool:
    """Judge the pixels ``part[0]`` to ``part[1]``, windows of ``part[2]`` pixels; say whether any is unsure."""
    first, last, pixels = part
    k, dark, spread, _ = rule
    steep = (k / spread) ** 2
    terms = (np.float32(pixels), np.float32((1.0 - k) / pixels), np.float32(steep / float(pixels) ** 4),
             np.float32(ROUGH + ROUGH_SPREAD * steep * 255.0 ** 2))
    here = (ends[0][first:last], ends[1][first:last], ends[2][first:last], ends[3][first:last])
    if dark == 0.0:
        return _judge_plain(line[first:last], here, terms, out[first:last])
    return _judge_above(line[first:last], here, terms, (np.float32(k * dark), np.float32(dark * pixels)),
                        out[first:last])


@kernel("boolean(uint8[::1], UniTuple(int32[::1], 4), UniTuple(float32, 4), uint8[::1])", contract=True)
def _judge_plain(line: Grey, ends: Ends, terms: Terms, out: Grey) -> bool:
    before, upto, before_squares, upto_squares = ends
    pixels, base, steep, rough = terms
    unsure = np.int32(0)
    for x in range(line.size):
        total = np.float32(np.int32(upto[x] - before[x]))
        power = np.float32(np.int32(upto_squares[x] - before_squares[x]))
        square = total * total
        over = np.float32(line[x]) - base * total
        beyond = over * abs(over) - steep * square * (pixels * power - square)
        out[x] = np.uint8(255) if beyond > np.float32(0.0) else np.uint8(0)
        unsure = np.int32(unsure | np.int32(abs(beyond) < rough))
    return bool(unsure != 0)


@kernel("boolean(uint8[::1], UniTuple(int32[::1], 4), UniTuple(float32, 4), UniTuple(float32, 2), uint8[::1])",
        contract=True)
def _judge_above(line: Grey, ends: Ends, terms: Terms, dark: tuple[np.float32, np.float32], out: Grey) -> bool:
    """Judge as ``_judge_plain`` does, where the darkest tone is not 0."""
    before, upto, before_squares, upto_squares = ends
    pixels, base, steep, rough = terms
    shift, darkest = dark
    unsure = np.int32(0)
    for x in range(line.size):
        total = np.float32(np.int32(upto[x] - before[x]))
        power = np.float32(np.int32(upto_squares[x] - before_squares[x]))
        contrast, over = total - darkest, np.float32(line[x]) - shift - base * total
        beyond = over * abs(over) - steep * (contrast * contrast) * (pixels * power - total * total)
        out[x] = np.uint8(255) if beyond > np.float32(0.0) else np.uint8(0)
        unsure = np.int32(unsure | np.int32(abs(beyond) < rough))
    return bool(unsure != 0)


@kernel("void(uint8[::1], Tuple((UniTuple(int32[::1], 4), float64[::1])), UniTuple(int64, 3), "
        "UniTuple(float64, 4), uint8[::1])")
def _judge_exactly(line: Grey, windows: tuple[Ends, Floats], part: tuple[int, int, int],
                   rule: tuple[float, float, float, float], out: Grey) -> None:
    """Judge the pixels ``part[0]`` to ``part[1]``, whose windows have ``part[2]`` rows, in double precision."""
    (before, upto, before_squares, upto_squares), across = windows
    first, last, rows = part
    k, dark, spread, _ = rule
    steep, each = (k / spread) ** 2, 1.0 / rows
    for x in range(first, last):
        share = across[x] * each
        mean = np.float64(np.int32(upto[x] - before[x])) * share
        variance = np.float64(np.int32(upto_squares[x] - before_squares[x])) * share - mean * mean
        over, contrast = np.float64(line[x]) - (1.0 - k) * mean - k * dark, mean - dark
        out[x] = np.uint8(255) if over * abs(over) > steep * contrast * contrast * variance else np.uint8(0)


@kernel("void(uint8[::1], float64, uint8[::1])")
def _darken(line: Grey, floor: float, out: Grey) -> None:
    if floor < 0.0:
        return
    tone = np.uint8(min(floor, 255.0))
    for x in range(line.size):
        out[x] = out[x] if line[x] > tone else np.uint8(0)


@kernel("void(UniTuple(int32[::1], 4), float64[::1], int64, float64[::1])")
def _widest(ends: Ends, across: Floats, rows: int, variances: Floats) -> None:
    before, upto, before_squares, upto_squares = ends
    each = 1.0 / rows
    for x in range(across.size):
        share = across[x] * each
        mean = np.float64(np.int32(upto[x] - before[x])) * share
        variance = np.float64(np.int32(upto_squares[x] - before_squares[x])) * share - mean * mean
        variances[x] = variance if variance > variances[x] else variances[x]


@kernel("void(uint8[:,::1], uint8[:,::1], UniTuple(int64, 2), int64[::1])")
def count_soft(grey: Grey, paper: Grey, steps: tuple[int, int], counts: Longs) -> None:
    """Count pixels by their share of the paper's tone: under 0.5, 0.5 to 0.6, 0.65 to 0.85: ``counts`` (4).

    The fourth are those of the third that lie flat: from one neighbour to the other, across and down, tones differ
    by less than 0.15 of the paper's.

    ``steps``: pixels of a cell of ``paper``, and every how many rows and columns, a part of those, are looked at.
    """
    cell, every = steps
    counts[:] = 0
    for y in range(0, grey.shape[0], every):
        line, sheet = grey[y], paper[y // cell]
        for across in range(sheet.size):
            light = np.int64(sheet[across])
            for x in range(across * cell, min(across * cell + cell, line.size), every):
                share = 20 * np.int64(line[x])
                counts[0] += share < 10 * light
                counts[1] += (share >= 10 * light) & (share < 12 * light)
                if share >= 13 * light and share < 17 * light:
                    counts[2] += 1
                    counts[3] += _lies_flat(grey, y, x, 3 * int(light))


@kernel("boolean(uint8[:,::1], int64, int64, int64)")
def _lies_flat(grey: Grey, y: int, x: int, steep: int) -> bool:
    """Say whether twenty times the step over a pixel, across and down, is less than ``steep``."""
    last_row, last = grey.shape[0] - 1, grey.shape[1] - 1
    across = np.int64(grey[y, min(x + 1, last)]) - np.int64(grey[y, max(x - 1, 0)])
    down = np.int64(grey[min(y + 1, last_row), x]) - np.int64(grey[max(y - 1, 0), x])
    return bool(20 * max(abs(across), abs(down)) < steep)
