"""Rows of dots, and ink painted over."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Grey = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]


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
