"""Whether the two sides of a sheet agree: one paper, seen from both faces at once, has one size and one lie."""

from __future__ import annotations

import math

from appliance.core import errors
from appliance.core.model import ImageRules, PageAnalysis, Paper, Verdict

CHECK = "sides"


def agree(front: PageAnalysis, back: PageAnalysis, rules: ImageRules) -> Verdict | None:
    """Judge how far the paper of a front differs from that of its back, in mm; None where an edge is not certain.

    What is measured is the largest of: the difference of either length, and how far the longer edge would lie
    off at its end. The back lies askew the other way, as it is seen from behind. With lenient rules, and where
    the check only warns, a difference keeps its code and is ok.
    """
    if front.paper is None or back.paper is None or not (front.paper.certain and back.paper.certain):
        return None
    apart, limit = apart_mm(front.paper, back.paper), rules.limits.sides
    agrees, warns = apart <= limit, rules.lenient or CHECK in rules.warn
    return Verdict(CHECK, round(apart, 2), limit, agrees or warns, "" if agrees else errors.SIDES_DIFFER.code)


def apart_mm(front: Paper, back: Paper) -> float:
    """Return how far two papers differ in size, or their longer edges in lie, mm."""
    ours, theirs = sorted((front.width_mm, front.height_mm)), sorted((back.width_mm, back.height_mm))
    apart = max(abs(ours[0] - theirs[0]), abs(ours[1] - theirs[1]))
    if front.skew is not None and back.skew is not None:
        apart = max(apart, ours[1] * math.tan(math.radians(abs(front.skew + back.skew))))
    return apart
