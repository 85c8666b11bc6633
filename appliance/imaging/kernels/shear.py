"""The slope of lines: darkness summed in upright strips, strips sheared against each other, profiles scored."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Grey = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.uint16]
Reals = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]

STRIP = 16
"""Pixels across a strip; the limits have a value for every strip in every STRIP rows."""


@kernel("void(uint8[:,::1], uint8[:,::1], int64, uint16[:,::1])")
def dark_strips(grey: Grey, limits: Grey, every: int, sums: Counts) -> None:
    """Sum how far pixels lie below their limit: ``sums[i, s]`` for row ``i * every`` and strip s.

    A limit of 0 hides its cell. Pixels right of the last whole strip are left out.
    """
    for i in range(sums.shape[0]):
        row, limit, out = grey[i * every], limits[i * every // STRIP], sums[i]
        for s in range(out.size):
            below = np.uint8(limit[s])
            part = row[s * STRIP:s * STRIP + STRIP]
            total = np.uint16(0)
            for x in range(STRIP):  # 16 bit all the way: twice as fast as numba's own 64
                total = np.uint16(total + np.uint16(np.uint8(below - min(below, part[x]))))
            out[s] = total


@kernel("void(float32[:,::1], float64[::1], float32[::1], float64[::1])")
def coarse_scores(sums: Reals, slopes: Floats, profile: Reals, scores: Floats) -> None:
    """Score slopes (rows per strip) by whole rows: sum of squared steps of the sheared profile.

    ``sums`` (strips, rows); ``profile`` is a scratch row with room for the largest shift at both ends.
    """
    strips, rows = sums.shape
    margin = (profile.size - rows) // 2
    for i in range(slopes.size):
        profile[:] = np.float32(0.0)
        for s in range(strips):
            shift = int(np.floor((s - (strips - 1) * 0.5) * slopes[i] + 0.5))
            target, source = profile[margin + shift:margin + shift + rows], sums[s]
            for y in range(rows):
                target[y] += source[y]
        scores[i] = _steepness(profile)


@kernel("void(float32[:,::1], float64[::1], float32[::1], float64[::1])")
def fine_scores(sums: Reals, slopes: Floats, profile: Reals, scores: Floats) -> None:
    """Score slopes as ``coarse_scores`` does, to a fraction of a row.

    A row is spread over three bins by the quadratic B-spline, whose width is the same at every fraction:
    linear weights would blur all slopes but zero, and so favour zero.
    """
    strips, rows = sums.shape
    margin = (profile.size - rows) // 2
    for i in range(slopes.size):
        profile[:] = np.float32(0.0)
        for s in range(strips):
            shift = (s - (strips - 1) * 0.5) * slopes[i]
            whole = int(np.floor(shift + 0.5))
            part = shift - whole
            above, here = np.float32(0.5 * (0.5 + part) ** 2), np.float32(0.75 - part * part)
            below = np.float32(0.5 * (0.5 - part) ** 2)
            target, source = profile[margin + whole + 1:margin + whole + rows - 1], sums[s]
            for y in range(target.size):
                target[y] += above * source[y] + here * source[y + 1] + below * source[y + 2]
        scores[i] = _steepness(profile)


@kernel("float64(float32[::1])")
def _steepness(profile: Reals) -> float:
    """Sum the squared steps (Postl's criterion) in four lanes, so that they need no order."""
    a = b = c = d = np.float32(0.0)
    for y in range(0, profile.size - 4, 4):
        p, q, r, t, u = profile[y], profile[y + 1], profile[y + 2], profile[y + 3], profile[y + 4]
        a += (q - p) * (q - p)
        b += (r - q) * (r - q)
        c += (t - r) * (t - r)
        d += (u - t) * (u - t)
    for y in range((profile.size - 1) // 4 * 4, profile.size - 1):
        a += (profile[y + 1] - profile[y]) * (profile[y + 1] - profile[y])
    return float(a) + float(b) + float(c) + float(d)
