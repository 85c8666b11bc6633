"""Thick parallel bars, as patch codes have them: runs of dark and light down sampled columns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Grey = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]

UNITS = 10.0
"""Width of a patch code in narrow bars: two wide (2.5 each), two narrow and three spaces of 1."""

WIDE, SLACK, QUIET = 2.5, 0.4, 1.3
"""In narrow bars: a wide bar; how much a run may be off; how much paper must lie before and behind."""


@kernel("int64(uint8[:,:], int64, UniTuple(int64, 2), UniTuple(float64, 2), int64[:,::1])")
def bar_patterns(grey: Grey, limit: int, sampling: tuple[int, int], size: tuple[float, float], hits: Longs) -> int:
    """Find four bars, two wide and two narrow, down every ``sampling[0]``-th column.

    ``limit``: a pixel darker than it is dark; runs shorter than ``sampling[1]`` pixels are specks, and belong
    to what is around them. ``size``: least and greatest pixels of the whole. ``hits`` (n, 4) gets column, first and
    last row, and the bars from above as bits (8 the first, 1 wide). Returns how many there are; n is the most.
    """
    height, width = grey.shape
    ends = np.empty(height + 2, np.int64)
    found = 0
    for x in range(sampling[0] // 2, width, sampling[0]):
        count = _runs(grey, x, limit, sampling[1], ends)
        for first in range(1, count - 7, 2):
            bars = _bars(ends, first, size)
            if bars >= 0 and found < hits.shape[0]:
                hits[found, 0], hits[found, 1], hits[found, 2] = x, ends[first], ends[first + 7]
                hits[found, 3] = bars
                found += 1
    return found


@kernel("int64(uint8[:,:], int64, int64, int64, int64[::1])")
def _runs(grey: Grey, x: int, limit: int, least: int, ends: Longs) -> int:
    """Write where runs of a column begin: light from ``ends[0]`` = 0, dark from ``ends[1]``, and so on.

    Returns how many boundaries there are, the column's end among them.
    """
    height = grey.shape[0]
    ends[0], count = 0, 1
    dark, since = False, 0
    for y in range(height):
        if (grey[y, x] < limit) == dark:
            since = 0
            continue
        since += 1
        if since >= least:
            ends[count] = y - since + 1
            count += 1
            dark, since = not dark, 0
    ends[count] = height
    return count + 1


@kernel("int64(int64[::1], int64, UniTuple(float64, 2))")
def _bars(ends: Longs, first: int, size: tuple[float, float]) -> int:
    """Read the bars of a pattern whose first bar begins at ``ends[first]``; -1 for none."""
    whole = ends[first + 7] - ends[first]
    unit = whole / UNITS
    if not size[0] <= whole <= size[1]:
        return -1
    if ends[first] - ends[first - 1] < QUIET * unit or ends[first + 8] - ends[first + 7] < QUIET * unit:
        return -1
    bars, wide = 0, 0
    for at in range(7):
        run = (ends[first + at + 1] - ends[first + at]) / unit
        if at % 2 == 1:
            if abs(run - 1.0) > SLACK:
                return -1
        elif abs(run - WIDE) <= 1.5 * SLACK:
            bars, wide = 2 * bars + 1, wide + 1
        elif abs(run - 1.0) <= SLACK:
            bars = 2 * bars
        else:
            return -1
    return bars if wide == 2 else -1
