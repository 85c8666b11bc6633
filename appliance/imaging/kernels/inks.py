"""Inks told apart by their colour."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Grey = npt.NDArray[np.uint8]
Colour = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]

STRONG, BLACK = 40, 120
"""Of 255: from the first on a pixel is coloured (fringes of black print in a 4:2:0 JPEG stay below); up to the
second it is black, whatever its colour."""


@kernel("void(uint8[:,:,::1], uint8[:,::1], uint8[:,:,::1])")
def part_inks(rgb: Colour, balance: Grey, planes: Colour) -> None:
    """Write three planes, ``planes`` (3, height, width): print, red ink, blue ink.

    ``balance`` (3, 256) maps a channel's tone to its share of the paper's, 255 for paper. Print is the lightest of
    the three: coloured ink lets one kind of light through, black none. Red ink is by how much red outshines the
    greater of green and blue, blue ink by how much blue outshines the greater of red and green; 0 is none.
    """
    for y in range(rgb.shape[0]):
        for x in range(rgb.shape[1]):
            red, green, blue = balance[0, rgb[y, x, 0]], balance[1, rgb[y, x, 1]], balance[2, rgb[y, x, 2]]
            most = max(red, green, blue)
            planes[0, y, x] = most
            planes[1, y, x] = most - max(green, blue)
            planes[2, y, x] = most - max(red, green)


@kernel("void(uint8[:,:,::1], uint8[:,::1], int64, int64[::1])")
def count_inks(rgb: Colour, balance: Grey, step: int, counts: Longs) -> None:
    """Count pixels of print, red ink and blue ink, ``counts`` (3), on every ``step``-th row and column.

    Colour is counted from ``STRONG`` on, print up to ``BLACK`` of the paper's 255.
    """
    counts[:] = 0
    for y in range(0, rgb.shape[0], step):
        for x in range(0, rgb.shape[1], step):
            red, green, blue = balance[0, rgb[y, x, 0]], balance[1, rgb[y, x, 1]], balance[2, rgb[y, x, 2]]
            most = max(red, green, blue)
            counts[0] += most <= BLACK
            counts[1] += most - max(green, blue) >= STRONG
            counts[2] += most - max(red, green) >= STRONG
