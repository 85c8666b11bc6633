"""Where codes may be: places as dark as they are light, full of edges; and which way the edges run."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Grey = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]

EVERY = 2
"""Rows and columns that are looked at: one in so many."""

@kernel("void(uint8[:,::1], int64, int64, UniTuple(int64, 2), int32[:,:,::1])")
def busy_cells(grey: Grey, cell: int, reach: int, tones: tuple[int, int], counts: Ints) -> None:
    """Count dark pixels, ``counts[0, y // cell, x // cell]``, and edges, ``counts[1]``, among those looked at.

    ``tones``: a pixel darker than the first is dark, and a difference above the second over ``reach`` pixels
    across or down is an edge. Cells that do not lie in the image whole, with ``reach`` beyond them, get 0.
    """
    counts[:] = 0
    height, width = grey.shape[0] - reach, grey.shape[1] - reach
    for row in range(min(counts.shape[1], height // cell)):
        for column in range(min(counts.shape[2], width // cell)):
            dark, edges = 0, 0
            for y in range(row * cell, row * cell + cell, EVERY):
                for x in range(column * cell, column * cell + cell, EVERY):
                    here = np.int32(grey[y, x])
                    dark += bool(here < tones[0])
                    edges += bool(abs(here - np.int32(grey[y, x + reach])) > tones[1])
                    edges += bool(abs(here - np.int32(grey[y + reach, x])) > tones[1])
            counts[0, row, column], counts[1, row, column] = dark, edges


@kernel("UniTuple(float64, 2)(uint8[:,:])")
def edge_direction(grey: Grey) -> tuple[float, float]:
    """Return how much edges run one way (0 none .. 1 all), and the direction across them, radians clockwise.

    Structure tensor over the whole image: double-angle mean of the gradients (Bigun, Granlund 1987).
    """
    level, slant, power = 0.0, 0.0, 0.0
    for y in range(1, grey.shape[0] - 1):
        for x in range(1, grey.shape[1] - 1):
            across = float(grey[y, x + 1]) - float(grey[y, x - 1])
            down = float(grey[y + 1, x]) - float(grey[y - 1, x])
            level += across * across - down * down
            slant += 2.0 * across * down
            power += across * across + down * down
    if power == 0.0:
        return 0.0, 0.0
    return np.sqrt(level * level + slant * slant) / power, 0.5 * np.arctan2(slant, level)
