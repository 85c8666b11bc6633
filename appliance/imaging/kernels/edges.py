"""How steep the edges of print are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Grey = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]


@kernel("void(uint8[:,::1], int64, int64, int64[:,::1])")
def edge_steps(grey: Grey, every: int, floor: int, table: Longs) -> None:
    """Gather how steep edges are, along every ``every``-th row.

    For each place whose seven pixels span a contrast of ``floor`` or more end to end, ``table[c]``
    (256 x 2) counts the place and adds its steepest step, by contrast c = lightest - darkest.
    """
    height, places = grey.shape[0], max(0, grey.shape[1] - 6)
    table[:] = 0
    strong = np.zeros((places + 7) // 8 * 8, np.uint8)
    eights = strong.view(np.uint64)  # most of a page has no edge in eight pixels
    for y in range(0, height, every):
        row = grey[y]
        _mark_strong(row, row[6:], floor, strong[:places])
        for eight in range(eights.size):
            if eights[eight]:
                for x in range(8 * eight, 8 * eight + 8):
                    if strong[x]:
                        _take_step(row, x, table)


@kernel("void(uint8[::1], uint8[::1], int64, uint8[::1])")
def _mark_strong(near: Grey, far: Grey, floor: int, strong: Grey) -> None:
    least = np.int16(floor)
    for x in range(strong.size):
        strong[x] = np.uint8(abs(np.int16(near[x]) - np.int16(far[x])) >= least)


@kernel("void(uint8[::1], int64, int64[:,::1])")
def _take_step(row: Grey, start: int, table: Longs) -> None:
    low = high = np.int64(row[start])
    steepest, before = np.int64(0), low
    for at in range(start + 1, start + 7):
        value = np.int64(row[at])
        low, high = min(low, value), max(high, value)
        steepest = max(steepest, abs(value - before))
        before = value
    table[high - low, 0] += 1
    table[high - low, 1] += steepest
