"""Rows of ink added up along slopes: what tells skew, lines, and up from down."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Grey = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


@kernel("void(uint8[:,::1], int64, int32[:,::1])")
def strip_sums(ink: Grey, strip: int, sums: Ints) -> None:
    """Count ink per row in upright strips: ``sums[s, y]``, strips of ``strip`` pixels, rest dropped."""
    for y in range(ink.shape[0]):
        row = ink[y]
        for s in range(sums.shape[0]):
            count, start = np.uint16(0), s * strip
            for x in range(strip):
                count += np.uint16(row[start + x] == 0)
            sums[s, y] = count


@kernel("void(int32[:,::1], float64, int64, int64, float64[::1])")
def sheared_profile(sums: Ints, slope: float, first: int, last: int, profile: Floats) -> None:
    """Add the strips ``first..last-1`` into one row profile after levelling lines of ``slope``.

    ``slope`` is in rows per strip, downwards to the right; strips move about the middle of all of
    them. A row is spread over three bins by the quadratic B-spline, whose width is the same at every
    fraction: linear weights would blur all slopes but zero, and so favour zero. ``profile`` has as
    many bins as rows; what leaves it is lost.
    """
    strips, height = sums.shape
    profile[:] = 0.0
    for s in range(first, last):
        shift = (s - (strips - 1) * 0.5) * slope
        whole = int(np.floor(shift + 0.5))
        part = shift - whole
        above, here, below = 0.5 * (0.5 - part) ** 2, 0.75 - part * part, 0.5 * (0.5 + part) ** 2
        start, stop = max(0, 1 - whole), min(height, height - whole - 1)
        if stop <= start:
            continue
        source = sums[s, start + whole - 1:stop + whole + 1]
        target = profile[start:stop]
        for y in range(target.size):
            target[y] += above * source[y] + here * source[y + 1] + below * source[y + 2]


@kernel("void(int32[:,::1], float64, int64, int64, float64[:,:,::1])")
def upright_evidence(sums: Ints, slope: float, across: int, down: int, evidence: npt.NDArray[np.float64]) -> None:
    """Weigh falls against rises of the row profile in ``across`` x ``down`` parts of the page.

    A line of Latin script rises softly at its top (accents, ascenders, capitals) and falls sharply
    at the baseline, so cubed falls outweigh cubed rises where the page stands upright.
    ``evidence`` (across, down, 2) gets the sums of cubed falls and of cubed rises, over rows.
    """
    strips, height = sums.shape
    profile = np.empty(height, np.float64)
    evidence[:] = 0.0
    for column in range(across):
        sheared_profile(sums, slope, column * strips // across, (column + 1) * strips // across, profile)
        for part in range(down):
            for y in range(max(1, part * height // down), (part + 1) * height // down):
                step = profile[y] - profile[y - 1]
                if step < 0.0:
                    evidence[column, part, 0] -= step * step * step
                else:
                    evidence[column, part, 1] += step * step * step
