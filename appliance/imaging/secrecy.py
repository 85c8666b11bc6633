"""State-secret stamps: MẬT, TỐI MẬT, TUYỆT MẬT in a red double border of 20, 30 or 40 x 8 mm, in any of four turns.

Decree 30/2020/NĐ-CP and Circular 24/2020/TT-BCA say how they look. The double border tells them from urgent and
circulation stamps (single border), seals (round) and red tables; the words are not read, as a faded stamp over
writing shows its border longest. Cost for A4: 1.2 ms without red ink, 5 with a stamp, 5 to 6 with a seal.
A page without colour is not looked at: it does not comply (``colour``) and is held for that.

A stamp is known by its size, so a wrong resolution would hide it. Files without one are taken to be as wide as A4,
and headers lie. So red ink is looked at in every resolution that the page may have (``scales``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from appliance.core import errors
from appliance.core.model import ImageRules, Verdict
from appliance.imaging import frames, inside, redink
from appliance.imaging.paper import Sheet
from appliance.imaging.scales import scales

Colour = npt.NDArray[np.uint8]
Finer = Callable[[float], Colour]

LEAST_DPI, MOST_DPI = 90.0, 700.0
"""Beyond these the lines of a border are not told apart, or the header lies."""

CLEARLY = 0.1
"""So much above the limit a frame is sure enough to look no further."""

ELSEWHERE = 0.75
"""What a frame counts in another resolution than the header's: at twice it, one page in 20 with an arrival stamp
has 0.46 to 0.56. Worn stamps have 0.64 and more where the resolution is right."""


@dataclass(frozen=True, slots=True)
class View:
    """A page as it is looked at.

    Attributes:
        rgb: (height, width, 3) uint8, best reduced to 130 to 260 dpi.
        dpi: of ``rgb``, as the header says or as it was estimated.
        sheet: where the paper lies on it, on its mirror image if ``mirror``; None if not looked for.
        mirror: whether ``sheet`` was found on the mirror image.
        reduction: captured pixels per pixel of ``rgb``.
        finer: decodes the captured image again, for the resolution that it truly has.
    """

    rgb: Colour
    dpi: float
    sheet: Sheet | None = None
    mirror: bool = False
    reduction: float = 1.0
    finer: Finer | None = None


def find(rgb: Colour, dpi: float, limit: float) -> frames.Frame | None:
    """Find what is most like a state-secret stamp on an image.

    Args:
        rgb: (height, width, 3) uint8, best reduced to 130 to 260 dpi.
        dpi: true resolution of ``rgb``.
        limit: score from which it counts as one.
    """
    if not LEAST_DPI <= dpi <= MOST_DPI:
        return None
    return _found(redink.look(rgb, dpi, inside.colour(rgb)), dpi, limit)


def verdict(view: View, rules: ImageRules) -> Verdict:
    """Judge a page, value 0..1. No leniency: it holds under every rule profile."""
    limit = rules.limits.secret
    score = round(max(_scores(view, limit), default=0.0), 3)
    return Verdict("secret", score, limit, score < limit, "" if score < limit else errors.SECRET_SUSPECTED.code)


def _scores(view: View, limit: float) -> Iterator[float]:
    """Yield how like a stamp the likest frame is in each resolution that the page may have, up to a sure one."""
    upright = view.rgb[:, ::-1] if view.mirror else view.rgb
    paper = inside.colour(upright, view.sheet)
    reds = redink.look(view.rgb, min(max(view.dpi, LEAST_DPI), MOST_DPI), paper)
    if not reds.near.any():
        return
    for scale in scales(view.rgb.shape, view.dpi, view.dpi * view.reduction, view.sheet):
        sure = 1.0 if scale == 1.0 else ELSEWHERE
        frame = _at(view, reds, view.dpi * scale, limit / sure)
        if frame is not None:
            yield frame.score * sure
            if frame.score * sure >= limit:
                return


def _at(view: View, reds: redink.Reds, dpi: float, limit: float) -> frames.Frame | None:
    """Look in one resolution; where the image is too coarse for that, on a finer one."""
    if dpi < LEAST_DPI and view.finer is not None and view.reduction > 1 and redink.regions(reds, dpi):
        rgb = view.finer(dpi * view.reduction)
        dpi *= rgb.shape[1] / view.rgb.shape[1]
        reds = redink.look(rgb, dpi, reds.paper)
    return _found(reds, dpi, limit) if LEAST_DPI <= dpi <= MOST_DPI else None


def _found(reds: redink.Reds, dpi: float, limit: float) -> frames.Frame | None:
    best: frames.Frame | None = None
    for ink in redink.find(reds, dpi):
        frame = frames.find(ink, dpi, limit + CLEARLY)
        if frame is not None and (best is None or frame.score > best.score):
            best = frame
        if best is not None and best.score >= limit + CLEARLY:
            break
    return best
