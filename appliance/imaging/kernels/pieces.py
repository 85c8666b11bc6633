"""Connected pieces of ink, weighed, picked and set beside each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Grey = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]


@kernel("void(uint8[:,::1], int64[:,::1], int64, int64[::1])")
def accent_sides(kinds: Grey, boxes: Longs, reach: int, sides: Longs) -> None:
    """Count on which side of small marks their letter lies.

    From each mark's box (n, 4: x0, y0, x1, y1) up to ``reach`` pixels are looked at upwards, to the
    right, downwards and to the left; ``kinds[y, x]`` is 1 on a letter and 2 on a mark. ``sides`` (4, in
    that order) counts marks with a letter on that side and none opposite. A mark between two others
    belongs to a leader or a grid of dots and does not count.
    """
    sides[:] = 0
    near = np.empty((2, 4), np.bool_)
    for i in range(boxes.shape[0]):
        x0, y0, x1, y1 = boxes[i]
        for kind in range(1, 3):
            near[kind - 1, 0] = _holds(kinds, kind, (x0, y0 - reach, x1, y0))
            near[kind - 1, 1] = _holds(kinds, kind, (x1, y0, x1 + reach, y1))
            near[kind - 1, 2] = _holds(kinds, kind, (x0, y1, x1, y1 + reach))
            near[kind - 1, 3] = _holds(kinds, kind, (x0 - reach, y0, x0, y1))
        if (near[1, 0] and near[1, 2]) or (near[1, 1] and near[1, 3]):
            continue
        for side in range(4):
            if near[0, side] and not near[0, (side + 2) % 4]:
                sides[side] += 1


@kernel("boolean(uint8[:,::1], int64, UniTuple(int64, 4))")
def _holds(kinds: Grey, kind: int, box: tuple[int, int, int, int]) -> bool:
    """Say whether a component of ``kind`` reaches into a rectangle, which may lie partly outside."""
    for y in range(max(0, box[1]), min(kinds.shape[0], box[3])):
        for x in range(max(0, box[0]), min(kinds.shape[1], box[2])):
            if kinds[y, x] == kind:
                return True
    return False
