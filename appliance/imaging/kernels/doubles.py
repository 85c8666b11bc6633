"""Double lines in profiles across the sides of a frame."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging.kernels.declared import kernel

Grey = npt.NDArray[np.uint8]
Reals = npt.NDArray[np.float32]

KNOWN_SHARE = 0.3
"""Of a row or column of a side that must not lie under other ink before it is judged."""


@kernel("void(uint8[:,::1], uint8[:,::1], UniTuple(int64, 4), float32[::1])")
def row_profile(ink: Grey, known: Grey, box: tuple[int, int, int, int], out: Reals) -> None:
    """Average the rows of a box (x0, y0, x1, y1) over what is known; nan where that is under ``KNOWN_SHARE``."""
    for y in range(box[1], box[3]):
        total, count = 0, 0
        for x in range(box[0], box[2]):
            if known[y, x] > 127:
                total += ink[y, x]
                count += 1
        enough = count > KNOWN_SHARE * (box[2] - box[0])
        out[y - box[1]] = np.float32(total / count) if enough else np.float32(np.nan)


@kernel("void(uint8[:,::1], uint8[:,::1], UniTuple(int64, 4), float32[::1])")
def column_profile(ink: Grey, known: Grey, box: tuple[int, int, int, int], out: Reals) -> None:
    """Average the columns of a box, as ``row_profile``."""
    for x in range(box[0], box[2]):
        total, count = 0, 0
        for y in range(box[1], box[3]):
            if known[y, x] > 127:
                total += ink[y, x]
                count += 1
        enough = count > KNOWN_SHARE * (box[3] - box[1])
        out[x - box[0]] = np.float32(total / count) if enough else np.float32(np.nan)


@kernel("float64(float32[::1], int64, int64, int64)")
def _clearness(profile: Reals, outer: int, inward: int, gap: int) -> float:
    """Return how clearly two lines stand at ``outer`` and ``gap`` further ``inward`` (1 or -1); 0 when they do not.

    The weaker line, less the greater of the lightest place between them and the mean of what lies beside.
    """
    inner = outer + inward * gap
    out, within = outer - inward * (gap - 1), inner + inward * (gap - 1)
    if min(inner, out, within) < 0 or max(inner, out, within) >= profile.size:
        return 0.0
    weaker = min(profile[outer], profile[inner])
    lightest = np.float32(np.inf)
    for at in range(min(outer, inner) + 1, max(outer, inner)):
        if profile[at] < lightest:
            lightest = profile[at]
    beside = (profile[out] + profile[within]) * np.float32(0.5)
    if beside > lightest:
        lightest = beside
    if not weaker > lightest:
        return 0.0
    return float(weaker - lightest)


@kernel("void(float32[::1], int64, UniTuple(int64, 2), float32[:,::1])")
def double_lines(profile: Reals, inward: int, gaps: tuple[int, int], out: Reals) -> None:
    """Measure at every place of a profile how clearly a double line begins there.

    ``inward`` is 1 when the inner line has the higher index, else -1; ``gaps`` the least and most distance of
    the two. ``out`` (2, size) gets the clearness, and the weaker line.
    """
    out[:] = np.float32(0.0)
    for outer in range(profile.size):
        for gap in range(gaps[0], gaps[1] + 1):
            clear = _clearness(profile, outer, inward, gap)
            if clear > out[0, outer]:
                out[0, outer] = np.float32(clear)
                out[1, outer] = min(profile[outer], profile[outer + inward * gap])


@kernel("UniTuple(int64, 2)(float32[::1], float32[::1], UniTuple(int64, 2), UniTuple(int64, 2))")
def opposite(near: Reals, far: Reals, wide: tuple[int, int], within: tuple[int, int]) -> tuple[int, int]:
    """Find the clearest pair of sides that lie ``wide`` (least, most) apart and outside ``within`` (first, last).

    A pair counts as its weaker side and a third of the other. Returns their places, or (-1, -1).
    """
    best, first, last = np.float32(0.0), -1, -1
    for one in range(within[0] + 1):
        for other in range(max(within[1], one + wide[0]), min(far.size - 1, one + wide[1]) + 1):
            weaker, stronger = min(near[one], far[other]), max(near[one], far[other])
            value = weaker + stronger * np.float32(0.3)
            if value > best:
                best, first, last = value, one, other
    return first, last
