"""Red ink: where it is, and how much of it lies on each pixel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Grey = npt.NDArray[np.uint8]
Colour = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

LIMIT = 12
"""1/256 of the paper's light. JPEG and sensor noise of print alone reach 12 in 1 of 2,000 cells of 4 mm."""

GAIN = 2.5
"""How many times its own redness a pixel may count: see ``red_ink``."""

DARK, PALE_RED = 0.78, 0.12
"""Darker than the first and less red than the second, a pixel shows other ink, not whether red lies under it."""


@kernel("void(uint8[:,:,::1], UniTuple(int64, 2), int32[::1], uint8[:,::1], int32[:,::1])")
def red_cells(rgb: Colour, sampling: tuple[int, int], paper: Ints, wanted: Grey, counts: Ints) -> None:
    """Count red pixels per cell, ``counts[y // cell, x // cell]``, in the cells that ``wanted`` (1 or 0) names.

    ``sampling``: every so many rows and columns are looked at, 2 x 2 pixels averaged; and the cell's side.
    ``paper`` (4): 65536 / its red, green, blue; and by how much its red exceeds the others, in 1/256 of its red.
    A pixel is red when its red exceeds its green and its blue by more than ``LIMIT`` / 256: as shares of the
    paper's, and beyond what the paper's colour does by itself, as print on coloured paper keeps some of that where
    JPEG stores colour coarser. Averages are linear, so that the fringes of black print whose channels lie a little
    apart cancel out.
    """
    counts[:] = 0
    step, cell = sampling
    height, width = rgb.shape[0] - 1, rgb.shape[1] - 1
    to_red, to_green, to_blue, tint = paper[0], paper[1], paper[2], paper[3]
    for y in range(0, height, step):
        for column in range(counts.shape[1]):
            if not wanted[y // cell, column]:
                continue
            found = np.int32(0)
            for x in range(column * cell, min(width, column * cell + cell), step):
                red = np.int32(rgb[y, x, 0]) + rgb[y, x + 1, 0] + rgb[y + 1, x, 0] + rgb[y + 1, x + 1, 0]
                green = np.int32(rgb[y, x, 1]) + rgb[y, x + 1, 1] + rgb[y + 1, x, 1] + rgb[y + 1, x + 1, 1]
                blue = np.int32(rgb[y, x, 2]) + rgb[y, x + 1, 2] + rgb[y + 1, x, 2] + rgb[y + 1, x + 1, 2]
                share = np.int32((red * to_red - max(green * to_green, blue * to_blue)) >> 10)
                beyond = np.int32(((red - max(green, blue)) * to_red) >> 10) - tint
                found += np.int32(min(share, beyond) > LIMIT)
            counts[y // cell, column] += found


@kernel("void(uint8[:,:,:], float64[::1], uint8[:,::1], uint8[:,::1])")
def red_ink(rgb: Colour, paper: Floats, ink: Grey, known: Grey) -> None:
    """Measure red ink: ``ink`` 0..255, and ``known`` 255 where it can be told, 0 under other ink.

    With m the greater of green and blue as shares of the paper's, and the redness that of ``red_cells``, ink is
    min(1 - m, GAIN * redness): as dark as the green and blue light taken, which is as sharp as lightness, but only
    where colour, which JPEG keeps coarser, says red.
    """
    to_red, to_green, to_blue = np.float32(1 / paper[0]), np.float32(1 / paper[1]), np.float32(1 / paper[2])
    tint = np.float32((paper[0] - max(paper[1], paper[2])) / paper[0])
    one, none, gain = np.float32(1.0), np.float32(0.0), np.float32(GAIN)
    for y in range(rgb.shape[0]):
        for x in range(rgb.shape[1]):
            red, green, blue = np.float32(rgb[y, x, 0]), np.float32(rgb[y, x, 1]), np.float32(rgb[y, x, 2])
            most = max(green * to_green, blue * to_blue)
            light = red * to_red
            redness = min(light - most, light - max(green, blue) * to_red - tint)
            amount = max(none, min(one - most, gain * redness))
            ink[y, x] = np.uint8(np.float32(255.0) * amount)
            other = light < np.float32(DARK) and redness < np.float32(PALE_RED)
            known[y, x] = np.uint8(0) if other else np.uint8(255)
