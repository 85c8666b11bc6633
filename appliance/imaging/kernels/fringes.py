"""Coloured fringes along the edges of print."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Colour = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]


@kernel("void(uint8[:,:,::1], int64, int64, int64[::1])")
def fringe_sums(rgb: Colour, every: int, floor: int, sums: Longs) -> None:
    """Add up, along every ``every``-th row, what the least squares of ``fringes`` need.

    With green's slopes gx, gy (over two pixels) and d = red - blue, ``sums`` gets gx*gx, gx*gy, gy*gy, d*gx, d*gy
    and the number of pixels; those count where ``|gx| + |gy| >= floor``.
    """
    height, width = rgb.shape[0], rgb.shape[1]
    sums[:] = 0
    for y in range(1, height - 1, every):
        for x in range(1, width - 1):
            across = np.int64(rgb[y, x + 1, 1]) - np.int64(rgb[y, x - 1, 1])
            down = np.int64(rgb[y + 1, x, 1]) - np.int64(rgb[y - 1, x, 1])
            if abs(across) + abs(down) < floor:
                continue
            apart = np.int64(rgb[y, x, 0]) - np.int64(rgb[y, x, 2])
            sums[0] += across * across
            sums[1] += across * down
            sums[2] += down * down
            sums[3] += apart * across
            sums[4] += apart * down
            sums[5] += 1
