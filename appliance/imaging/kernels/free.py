"""Free rectangles."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Grey = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]


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
