"""Steps between columns, added up down the image: what dirt on the glass draws."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Grey = npt.NDArray[np.uint8]
Reals = npt.NDArray[np.float32]


@kernel("void(uint8[:,::1], int64, int64, int64, float32[:,::1])")
def column_steps(grey: Grey, every: int, reach: int, most: int, steps: Reals) -> None:
    """Average, in each of ``len(steps)`` bands of rows, how much lighter a column is than one further right.

    ``steps``: (bands, width - reach), against the column ``reach`` to the right, along every
    ``every``-th row. A step counts as ``most`` grey
    levels at most, so that print does not weigh more than dirt.
    """
    height = grey.shape[0]
    bands, columns = steps.shape
    sums = np.zeros(columns, np.int32)
    low, high = np.int16(-most), np.int16(most)
    for band in range(bands):
        first, last = band * height // bands, (band + 1) * height // bands
        sums[:] = 0
        rows = 0
        for y in range(first, last, every):
            rows += 1
            for x in range(columns):
                sums[x] += min(high, max(low, np.int16(grey[y, x]) - np.int16(grey[y, x + reach])))
        for x in range(columns):
            steps[band, x] = np.float32(sums[x]) / max(1, rows)
