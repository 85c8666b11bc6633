"""State-secret stamps: MẬT, TỐI MẬT, TUYỆT MẬT in a red double border of 20, 30 or 40 x 8 mm, in any of four turns.

Decree 30/2020/NĐ-CP and Circular 24/2020/TT-BCA say how they look. The double border tells them from urgent and
circulation stamps (single border), seals (round) and red tables; the words are not read, as a faded stamp over
writing shows its border longest. Cost for A4: 1.2 ms without red ink, 5 with a stamp, 5 to 6 with a seal.
A page without colour is not looked at: it does not comply (``colour``) and is held for that.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.core import errors
from appliance.core.model import ImageRules, Verdict
from appliance.imaging import frames, redink

Colour = npt.NDArray[np.uint8]

LEAST_DPI, MOST_DPI = 90.0, 700.0
"""Beyond these the lines of a border are not told apart, or the header lies; ``likely_dpi`` mends what it can."""

CLEARLY = 0.1
"""So much above the limit a frame is sure enough to look no further."""

A4_LONG_MM, LONGEST_MM, SHORTEST_MM = 297.0, 520.0, 45.0


def find(rgb: Colour, dpi: float, limit: float) -> frames.Frame | None:
    """Find what is most like a state-secret stamp on an image.

    Args:
        rgb: (height, width, 3) uint8, best reduced to 130 to 260 dpi.
        dpi: true resolution of ``rgb``.
        limit: score from which it counts as one.
    """
    best: frames.Frame | None = None
    if not LEAST_DPI <= dpi <= MOST_DPI:
        return None
    for ink in redink.find(rgb, dpi):
        frame = frames.find(ink, dpi, limit + CLEARLY)
        if frame is not None and (best is None or frame.score > best.score):
            best = frame
        if best is not None and best.score >= limit + CLEARLY:
            break
    return best


def verdict(rgb: Colour, dpi: float, rules: ImageRules) -> Verdict:
    """Judge a page, value 0..1. No leniency: it holds under every rule profile."""
    limit = rules.limits.secret
    found = find(rgb, likely_dpi(rgb, dpi), limit)
    score = round(found.score, 3) if found is not None else 0.0
    return Verdict("secret", score, limit, score < limit, "" if score < limit else errors.SECRET_SUSPECTED.code)


def likely_dpi(rgb: Colour, dpi: float) -> float:
    """Return ``dpi``, or that of an A4 sheet where no sheet could be as long as the header says.

    A file that calls itself 72 dpi must not slip through for the size of its stamp.
    """
    longest = max(rgb.shape[:2])
    claimed = longest * 25.4 / max(dpi, 1.0)
    return dpi if SHORTEST_MM <= claimed <= LONGEST_MM else longest * 25.4 / A4_LONG_MM
