"""Loops over pixels, compiled by numba: plain code, one page on one core, no threads of their own.

Every kernel is compiled for exactly one signature, on first use or by ``warm``, and kept in
``NUMBA_CACHE_DIR``. Images are C-contiguous; "ink" images hold 0 for ink and 255 for paper.
Kernels write into arrays that the caller gives and check no bounds: shapes are the caller's duty,
and the callers are tone, geometry and quality only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Sums = npt.NDArray[np.uint32]
Kernel = TypeVar("Kernel", bound=Callable[..., Any])

CELL = 8
"""Pixels of one cell of the grid that holds the paper's tone."""

LOADED: list[tuple[Any, str]] = []
"""Every kernel with its signature, for ``warm``."""


def kernel(signature: str) -> Callable[[Kernel], Kernel]:
    """Declare a kernel for one numba signature; nothing is compiled here."""

    def declare(function: Kernel) -> Kernel:
        compiled = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
        LOADED.append((compiled, signature))
        return cast(Kernel, compiled)

    return declare


@kernel("void(uint8[:,::1], uint8[:,::1], int64, float64, float64)")
def sauvola(grey: Grey, out: Grey, radius: int, k: float, floor: float) -> None:
    """Binarise: ink where grey <= mean * (1 + k * (deviation / 128 - 1)) (Sauvola, Pietikainen 2000).

    Mean and deviation are those of the window of ``2 * radius + 1`` pixels, cut at the image's edges.
    What is not above ``floor`` is ink too, else black areas wider than the window would be hollow.
    One pass: column sums move down a row at a time, window sums along the row; they fit 32 bits up to a
    ``radius`` of 127.
    """
    height, width = grey.shape
    columns, squares = np.zeros(width, np.uint32), np.zeros(width, np.uint32)
    sums, share = np.empty((2, width), np.float32), np.empty(width, np.float32)
    for x in range(width):
        share[x] = 1.0 / (min(x + radius, width - 1) - max(x - radius, 0) + 1)
    base, slope, least = np.float32(1.0 - k), np.float32(k / 128.0), np.float32(floor)
    for y in range(-radius, height):
        if y + radius < height:
            _add_row(grey, y + radius, columns, squares)
        if y - radius > 0:
            _take_row(grey, y - radius - 1, columns, squares)
        if y < 0:
            continue
        _window_sums(columns, squares, radius, sums)
        rows = np.float32(1.0 / (min(y + radius, height - 1) - max(y - radius, 0) + 1))
        for x in range(width):
            scale = share[x] * rows
            mean = sums[0, x] * scale
            spread = max(sums[1, x] * scale - mean * mean, np.float32(0.0))
            limit = max(least, mean * (base + slope * np.sqrt(spread)))
            out[y, x] = np.uint8(255) if np.float32(grey[y, x]) > limit else np.uint8(0)


@kernel("void(uint8[:,::1], int64, uint32[::1], uint32[::1])")
def _add_row(grey: Grey, y: int, columns: Sums, squares: Sums) -> None:
    for x in range(columns.size):
        value = np.uint32(grey[y, x])
        columns[x] += value
        squares[x] += value * value


@kernel("void(uint8[:,::1], int64, uint32[::1], uint32[::1])")
def _take_row(grey: Grey, y: int, columns: Sums, squares: Sums) -> None:
    for x in range(columns.size):
        value = np.uint32(grey[y, x])
        columns[x] -= value
        squares[x] -= value * value


@kernel("void(uint32[::1], uint32[::1], int64, float32[:,::1])")
def _window_sums(columns: Sums, squares: Sums, radius: int, sums: npt.NDArray[np.float32]) -> None:
    """Sum both rows over a window of ``radius`` to either side, cut at the ends, into ``sums`` (2, width)."""
    width = columns.size
    total, power = np.uint32(0), np.uint32(0)
    for x in range(min(radius, width)):
        total += columns[x]
        power += squares[x]
    for x in range(width):
        if x + radius < width:
            total += columns[x + radius]
            power += squares[x + radius]
        if x > radius:
            total -= columns[x - radius - 1]
            power -= squares[x - radius - 1]
        sums[0, x] = total
        sums[1, x] = power


@kernel("void(uint8[:,::1], int64, int32[:,::1])")
def strip_sums(ink: Grey, strip: int, sums: Ints) -> None:
    """Count ink per row in upright strips: ``sums[s, y]``, strips of ``strip`` pixels, rest dropped."""
    height, strips = ink.shape[0], sums.shape[0]
    for y in range(height):
        for s in range(strips):
            count = 0
            for x in range(s * strip, s * strip + strip):
                count += ink[y, x] == 0
            sums[s, y] = count


@kernel("void(int32[:,::1], float64, int64, int64, float64[::1])")
def sheared_profile(sums: Ints, slope: float, first: int, last: int, profile: Floats) -> None:
    """Add the strips ``first..last-1`` into one row profile after levelling lines of ``slope``.

    ``slope`` is in rows per strip, downwards to the right; strips move about the middle of all of
    them. A row is spread over three bins by the quadratic B-spline, whose width is the same at every
    fraction: linear weights would blur all slopes but zero, and so favour zero. ``profile`` has as
    many bins as rows; what leaves it is lost.
    """
    strips, height = sums.shape
    profile[:] = 0.0
    for s in range(first, last):
        shift = (s - (strips - 1) * 0.5) * slope
        whole = int(np.floor(shift + 0.5))
        part = shift - whole
        above, here, below = 0.5 * (0.5 - part) ** 2, 0.75 - part * part, 0.5 * (0.5 + part) ** 2
        start, stop = max(0, 1 - whole), min(height, height - whole - 1)
        if stop <= start:
            continue
        source = sums[s, start + whole - 1:stop + whole + 1]
        target = profile[start:stop]
        for y in range(target.size):
            target[y] += above * source[y] + here * source[y + 1] + below * source[y + 2]


@kernel("void(int32[:,::1], float64[::1], int64, float64[::1], float64[::1])")
def shear_scores(sums: Ints, slopes: Floats, lag: int, profile: Floats, scores: Floats) -> None:
    """Score how sharply lines stand out at each slope: sum of squared steps of the profile over ``lag`` rows.

    The criterion is Postl's (US patent 4,723,297, expired) as leptonica's skew.c uses it; shearing
    strips in place of pixels is what makes it cheap. ``profile`` is a scratch row of ``sums``' height.
    """
    height = sums.shape[1]
    for i in range(slopes.size):
        sheared_profile(sums, slopes[i], 0, sums.shape[0], profile)
        score = 0.0
        for y in range(lag, height):
            step = profile[y] - profile[y - lag]
            score += step * step
        scores[i] = score


@kernel("void(int32[:,::1], float64, int64, int64, float64[:,:,::1])")
def upright_evidence(sums: Ints, slope: float, across: int, down: int, evidence: npt.NDArray[np.float64]) -> None:
    """Weigh falls against rises of the row profile in ``across`` x ``down`` parts of the page.

    A line of Latin script rises softly at its top (accents, ascenders, capitals) and falls sharply
    at the baseline, so cubed falls outweigh cubed rises where the page stands upright.
    ``evidence`` (across, down, 2) gets the sums of cubed falls and of cubed rises, over rows.
    """
    strips, height = sums.shape
    profile = np.empty(height, np.float64)
    evidence[:] = 0.0
    for column in range(across):
        sheared_profile(sums, slope, column * strips // across, (column + 1) * strips // across, profile)
        for part in range(down):
            for y in range(max(1, part * height // down), (part + 1) * height // down):
                step = profile[y] - profile[y - 1]
                if step < 0.0:
                    evidence[column, part, 0] -= step * step * step
                else:
                    evidence[column, part, 1] += step * step * step


@kernel("void(int32[:,::1], uint8[:,::1], uint8[:,::1], float64, int32[::1])")
def hard_ink(labels: Ints, grey: Grey, paper: Grey, share: float, counts: Ints) -> None:
    """Count, per component, pixels darker than ``share`` of the paper around them.

    ``paper`` holds one value a cell of CELL pixels (the last ones may be cut); label 0 is no ink.
    """
    height, width = grey.shape
    counts[:] = 0
    for y in range(height):
        for x in range(width):
            label = labels[y, x]
            if label != 0 and grey[y, x] < paper[y // CELL, x // CELL] * share:
                counts[label] += 1


@kernel("void(int32[:,::1], uint8[::1], uint8, uint8[:,::1])")
def pick_ink(labels: Ints, kinds: Grey, least: int, out: Grey) -> None:
    """Draw the components whose kind is ``least`` or above: ink 0, the rest 255."""
    height, width = labels.shape
    for y in range(height):
        for x in range(width):
            out[y, x] = np.uint8(0) if kinds[labels[y, x]] >= least else np.uint8(255)


@kernel("void(int32[:,::1], uint8[::1], int64[:,::1], int64, int64[::1])")
def accent_sides(labels: Ints, kinds: Grey, boxes: Longs, reach: int, sides: Longs) -> None:
    """Count on which side of small marks their letter lies.

    From each mark's box (n, 4: x0, y0, x1, y1) up to ``reach`` pixels are looked at upwards, to the
    right, downwards and to the left; ``kinds[label]`` is 1 for a letter and 2 for a mark. ``sides`` (4, in
    that order) counts marks with a letter on that side and none opposite. A mark between two others
    belongs to a leader or a grid of dots and does not count.
    """
    sides[:] = 0
    near = np.empty((2, 4), np.bool_)
    for i in range(boxes.shape[0]):
        x0, y0, x1, y1 = boxes[i]
        for kind in range(1, 3):
            near[kind - 1, 0] = _holds(labels, kinds, kind, (x0, y0 - reach, x1, y0))
            near[kind - 1, 1] = _holds(labels, kinds, kind, (x1, y0, x1 + reach, y1))
            near[kind - 1, 2] = _holds(labels, kinds, kind, (x0, y1, x1, y1 + reach))
            near[kind - 1, 3] = _holds(labels, kinds, kind, (x0 - reach, y0, x0, y1))
        if (near[1, 0] and near[1, 2]) or (near[1, 1] and near[1, 3]):
            continue
        for side in range(4):
            if near[0, side] and not near[0, (side + 2) % 4]:
                sides[side] += 1


@kernel("boolean(int32[:,::1], uint8[::1], int64, UniTuple(int64, 4))")
def _holds(labels: Ints, kinds: Grey, kind: int, box: tuple[int, int, int, int]) -> bool:
    """Say whether a component of ``kind`` reaches into a rectangle, which may lie partly outside."""
    for y in range(max(0, box[1]), min(labels.shape[0], box[3])):
        for x in range(max(0, box[0]), min(labels.shape[1], box[2])):
            if kinds[labels[y, x]] == kind:
                return True
    return False


@kernel("void(uint8[:,::1], int64, int64, int64[:,::1])")
def edge_steps(grey: Grey, every: int, floor: int, table: Longs) -> None:
    """Gather how steep edges are, along every ``every``-th row.

    For each place whose seven pixels span a contrast of ``floor`` or more end to end, ``table[c]``
    (256 x 2) counts the place and adds its steepest step, by contrast c = lightest - darkest.
    """
    height, width = grey.shape
    table[:] = 0
    for y in range(0, height, every):
        for x in range(3, width - 3):
            if abs(np.int64(grey[y, x + 3]) - np.int64(grey[y, x - 3])) < floor:
                continue
            low = high = np.int64(grey[y, x - 3])
            steepest, before = np.int64(0), low
            for at in range(x - 2, x + 4):
                value = np.int64(grey[y, at])
                low, high = min(low, value), max(high, value)
                steepest = max(steepest, abs(value - before))
                before = value
            table[high - low, 0] += 1
            table[high - low, 1] += steepest


@kernel("int64(uint8[:,::1], int64)")
def finder_count(ink: Grey, every: int) -> int:
    """Count crossings of QR finder patterns: runs 1:1:3:1:1 along a row, confirmed down the column."""
    height, width = ink.shape
    found = 0
    runs = np.zeros(5, np.int64)
    for y in range(0, height, every):
        runs[:] = 0
        dark, length = False, 0
        for x in range(width + 1):
            now = x < width and ink[y, x] == 0
            if now == dark and x < width:
                length += 1
                continue
            for i in range(4):
                runs[i] = runs[i + 1]
            runs[4] = length
            if dark and _is_finder(runs):
                middle = x - runs[4] - runs[3] - runs[2] // 2 - 1
                if _crosses(ink, y, middle, runs[2]):
                    found += 1
            dark, length = now, 1
    return found


@kernel("boolean(int64[::1])")
def _is_finder(runs: Longs) -> bool:
    """Say whether five runs stand as 1:1:3:1:1, each within half a module and a pixel."""
    module = (runs[0] + runs[1] + runs[2] + runs[3] + runs[4]) / 7.0
    slack = module * 0.5 + 0.5
    if module < 1.5 or abs(runs[2] - 3.0 * module) > slack * 2.0:
        return False
    return bool(
        abs(runs[0] - module) <= slack and abs(runs[1] - module) <= slack
        and abs(runs[3] - module) <= slack and abs(runs[4] - module) <= slack
    )


@kernel("boolean(uint8[:,::1], int64, int64, int64)")
def _crosses(ink: Grey, y: int, x: int, core: int) -> bool:
    """Say whether the column through (x, y) shows a finder pattern with a core of about ``core``."""
    height = ink.shape[0]
    runs = np.zeros(5, np.int64)
    at = y
    for i in (2, 1, 0):
        while at >= 0 and (ink[at, x] == 0) == (i != 1) and runs[i] <= 3 * core:
            runs[i] += 1
            at -= 1
    at = y + 1
    for i in (2, 3, 4):
        while at < height and (ink[at, x] == 0) == (i != 3) and runs[i] <= 3 * core:
            runs[i] += 1
            at += 1
    return bool(_is_finder(runs) and 2 * runs[2] >= core and runs[2] <= 2 * core)


@kernel("void(uint8[:,::1], int64, int64, int64[::1])")
def largest_free(taken: Grey, low: int, wide: int, best: Longs) -> None:
    """Find the largest rectangle of zeros at least ``low`` rows by ``wide`` columns.

    ``best`` gets x0, y0, x1, y1 (ends outside), or zeros when there is none; the topmost, then
    leftmost of equals.
    """
    rows, columns = taken.shape
    blocked = np.empty(columns, np.bool_)
    best[:] = 0
    area = 0
    for top in range(rows):
        blocked[:] = False
        for bottom in range(top, rows):
            start = 0
            high = bottom - top + 1
            for x in range(columns + 1):
                if x < columns:
                    blocked[x] |= taken[bottom, x] != 0
                if x == columns or blocked[x]:
                    if high >= low and x - start >= wide and high * (x - start) > area:
                        area = high * (x - start)
                        best[0], best[1], best[2], best[3] = start, top, x, bottom + 1
                    start = x + 1


@kernel("void(int32[:,::1], uint8[::1], int64[:,::1], int64, int64[::1])")
def dot_chains(labels: Ints, dots: Grey, boxes: Longs, reach: int, chain: Longs) -> None:
    """Count, for every dot, how many dots stand in its row with at most ``reach`` pixels between them.

    ``dots[label]`` says which components are dots; ``boxes`` (n, 5: x0, y0, x1, y1, label) are theirs from
    left to right. ``chain`` has a place for each label; components that are no dots get 0.
    """
    chain[:] = 0
    before = np.full(boxes.shape[0], -1, np.int64)
    place = np.full(chain.size, -1, np.int64)
    for i in range(boxes.shape[0]):
        x0, y0, _, y1, label = boxes[i]
        place[label] = i
        left = _dot_to_the_left(labels, dots, (x0, y0, y1), reach)
        before[i] = place[left] if left >= 0 else -1
        chain[label] = 1 + (chain[left] if left >= 0 else 0)
    for back in range(boxes.shape[0]):
        i = boxes.shape[0] - 1 - back
        if before[i] >= 0:
            left = boxes[before[i], 4]
            chain[left] = max(chain[left], chain[boxes[i, 4]])


@kernel("int64(int32[:,::1], uint8[::1], UniTuple(int64, 3), int64)")
def _dot_to_the_left(labels: Ints, dots: Grey, edge: tuple[int, int, int], reach: int) -> int:
    """Return the label of the dot met first to the left of an edge (x, y0, y1); -1 for none or other ink."""
    for x in range(edge[0] - 1, max(-1, edge[0] - 1 - reach), -1):
        for y in range(edge[1], edge[2]):
            if labels[y, x] != 0:
                return int(labels[y, x]) if dots[labels[y, x]] else -1
    return -1


@kernel("void(int32[:,::1], uint8[::1], uint8, uint8[:,::1])")
def paint_over(labels: Ints, gone: Grey, tone: int, grey: Grey) -> None:
    """Paint components that are ``gone``, and the soft pixel around them, in one tone."""
    height, width = labels.shape
    for y in range(height):
        for x in range(width):
            if gone[labels[y, x]]:
                for at in range(max(0, y - 1), min(height, y + 2)):
                    for across in range(max(0, x - 1), min(width, x + 2)):
                        if labels[at, across] == 0 or gone[labels[at, across]]:
                            grey[at, across] = tone
