"""Lines across a page, counted strip by strip."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Grey = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]


@kernel("void(uint8[:,::1], int64[::1], int64[::1])")
def count_across(there: Grey, moves: Longs, counts: Longs) -> None:
    """Count, for each row, the strips in which something is there: ``there`` (strips, rows) 0 or 1.

    Strip ``s`` is looked at ``moves[s]`` rows lower; rows beyond either end come in again at the other.
    """
    strips, rows = there.shape
    counts[:] = 0
    for s in range(strips):
        line, move = there[s], moves[s] % rows
        for row in range(rows - move):
            counts[row] += line[row + move]
        for row in range(rows - move, rows):
            counts[row] += line[row + move - rows]
