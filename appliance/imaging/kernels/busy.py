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
    """Return how much edges run along two directions at right angles (0 none .. 1 all), and one, radians clockwise.

    The direction across edges is meant, -pi/4 to pi/4. Mean of the gradients at four times their angle, as Bigun
    and Granlund (1987) have it at twice: a code of squares has edges both ways, which would cancel out there.
    Gradients after Scharr (2000), whose direction is true for bars of two pixels as well.
    """
    level, slant, power = 0.0, 0.0, 0.0
    three, ten = np.float32(3.0), np.float32(10.0)
    for y in range(1, grey.shape[0] - 1):
        for x in range(1, grey.shape[1] - 1):
            falling = np.float32(grey[y + 1, x + 1]) - np.float32(grey[y - 1, x - 1])
            rising = np.float32(grey[y - 1, x + 1]) - np.float32(grey[y + 1, x - 1])
            across = ten * (np.float32(grey[y, x + 1]) - np.float32(grey[y, x - 1])) + three * (falling + rising)
            down = ten * (np.float32(grey[y + 1, x]) - np.float32(grey[y - 1, x])) + three * (falling - rising)
            if across == 0 and down == 0:
                continue
            one, other = across * across - down * down, np.float32(2.0) * across * down
            length = across * across + down * down
            level += float((one * one - other * other) / length)
            slant += float(np.float32(2.0) * one * other / length)
            power += float(length)
    if power == 0.0:
        return 0.0, 0.0
    return np.sqrt(level * level + slant * slant) / power, 0.25 * np.arctan2(slant, level)
