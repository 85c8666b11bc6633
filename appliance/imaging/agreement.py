"""Whether the two sides of a sheet agree: one paper, seen from both faces at once, has one size and one lie."""

from __future__ import annotations

import math

from appliance.core import errors
from appliance.core.model import PageAnalysis, Verdict


def agree(front: PageAnalysis, back: PageAnalysis, limit_mm: float) -> Verdict:
    """Judge how far the paper of a front differs from that of its back, in mm.

    What is measured is the largest of: the difference of either length, and how far the longer edge would lie
    off at its end. The back lies askew the other way, as it is seen from behind. Where the edges of
    a side are not certain nothing can be said, and the verdict holds with a value of 0.
    """
    one, other = front.paper, back.paper
    if one is None or other is None or not (one.certain and other.certain):
        return Verdict("sides", 0.0, limit_mm, True)
    ours, theirs = sorted((one.width_mm, one.height_mm)), sorted((other.width_mm, other.height_mm))
    apart = max(abs(ours[0] - theirs[0]), abs(ours[1] - theirs[1]))
    if one.skew is not None and other.skew is not None:
        apart = max(apart, ours[1] * math.tan(math.radians(abs(one.skew + other.skew))))
    ok = apart <= limit_mm
    return Verdict("sides", round(apart, 2), limit_mm, ok, "" if ok else errors.SIDES_DIFFER.code)
