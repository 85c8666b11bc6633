"""Where two double lines run above each other: the first look for a double frame."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Grey = npt.NDArray[np.uint8]
Reals = npt.NDArray[np.float32]

WINDOW = 16
"""Strips of 1 mm that lie well within the shortest side, 20 mm."""

FAINTEST, DISTINCT = 7.0, 0.3
"""Ink (of 255), and share of its own, by which a line must stand out of the gap and of what lies beside."""

GAPS = (3, 8)
HEIGHTS = (33, 45)
"""Rows, at 5 a mm: between the two lines, and from the outer upper to the outer lower line."""


@kernel("void(uint8[:,::1], int64, float32[:,::1])")
def strip_means(ink: Grey, strip: int, means: Reals) -> None:
    """Average rows in upright strips of ``strip`` pixels: ``means[s, y]``."""
    for s in range(means.shape[0]):
        for y in range(ink.shape[0]):
            total = 0
            for x in range(s * strip, s * strip + strip):
                total += ink[y, x]
            means[s, y] = np.float32(total / strip)


@kernel("void(float32[:,::1], float64, float32[:,::1], float32[:,::1])")
def paired_lines(means: Reals, slope: float, best: Reals, slopes: Reals) -> None:
    """Look for two double lines above each other, of ``slope`` rows per strip, in windows of ``WINDOW`` strips.

    ``means`` is what ``strip_means`` gave. A place counts as the weaker of its two pairs, see ``_pairs``.
    ``best[s, y]`` (windows, rows; y of the outer upper line at the window's middle) is raised to it, and ``slopes``
    set, where it is greater than what stood there.
    """
    strips, rows = means.shape
    reach = int(np.ceil(abs(slope) * strips)) + 1
    sums = np.zeros((strips + 1, rows + 2 * reach), np.float32)
    _add_up(means, slope, reach, sums)
    line, pair = np.empty(sums.shape[1], np.float32), np.empty(sums.shape[1], np.float32)
    for s in range(strips - WINDOW + 1):
        for y in range(line.size):
            line[y] = (sums[s + WINDOW, y] - sums[s, y]) * np.float32(1.0 / WINDOW)
        if not _pairs(line, pair):
            continue
        middle = int(np.floor((s + WINDOW * 0.5) * slope + 0.5)) - reach
        for y in range(max(0, -middle), min(line.size, rows - middle)):
            if pair[y] > best[s, y + middle]:
                value = np.float32(min(pair[y], _closing(pair, y)))
                if value > best[s, y + middle]:
                    best[s, y + middle], slopes[s, y + middle] = value, slope


@kernel("void(float32[:,::1], float64, int64, float32[:,::1])")
def _add_up(means: Reals, slope: float, reach: int, sums: Reals) -> None:
    """Add strips from the left along lines of ``slope``; row ``reach`` of ``sums`` is row 0 of the first strip."""
    strips, rows = means.shape
    for s in range(strips):
        shift = int(np.floor(s * slope + 0.5)) - reach
        for y in range(sums.shape[1]):
            inside = 0 <= y + shift < rows
            sums[s + 1, y] = sums[s, y] + (means[s, y + shift] if inside else np.float32(0.0))


@kernel("boolean(float32[::1], float32[::1])")
def _pairs(line: Reals, pair: Reals) -> bool:
    """Measure at every row how clearly a double line begins there; say whether any does.

    It counts as its weaker line, less the greater of the gap and the mean of what lies beside.
    """
    pair[:] = np.float32(0.0)
    found = False
    for y in range(GAPS[1], line.size - 2 * GAPS[1]):
        if line[y] <= FAINTEST:
            continue
        for gap in range(GAPS[0], GAPS[1] + 1):
            weaker = min(line[y], line[y + gap])
            between = (line[y + gap // 2] + line[y + (gap + 1) // 2]) * np.float32(0.5)
            beside = (line[y - gap + 1] + line[y + 2 * gap - 1]) * np.float32(0.5)
            clear = weaker - max(between, beside)
            if clear > max(FAINTEST, DISTINCT * weaker) and clear > pair[y]:
                pair[y] = clear
                found = True
    return found


@kernel("float64(float32[::1], int64)")
def _closing(pair: Reals, y: int) -> float:
    """Return the clearest pair whose outer lower line lies a stamp's height below row ``y``."""
    clearest = np.float32(0.0)
    for below in range(y + HEIGHTS[0], min(pair.size, y + HEIGHTS[1] + 1)):
        for gap in range(GAPS[0], GAPS[1] + 1):
            clearest = max(clearest, pair[below - gap])
    return float(clearest)
