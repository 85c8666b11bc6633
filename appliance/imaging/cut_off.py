"""Writing that runs off the captured frame: what the sheet says on is lost."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.imaging import pieces
from appliance.imaging.paper import Sheet

Grey = npt.NDArray[np.uint8]

SIDES = ("top", "right", "bottom", "left")

STRIP_MM = 10.0
"""Width of the strip along a side in which writing is looked for."""

NEAR_MM, NEAR_MOVED_MM = 2.4, 6.0
"""How close to the frame writing is cut off, and how close when the sheet lies off the other way."""

NARROW_MM, NEAR_NARROW_MM = 90.0, 1.0
"""Width of receipts, which are printed almost from side to side, and how close to the frame theirs is cut off."""

MOVED_MM = 8.0
"""Lid to be seen beside the opposite edge from which a sheet lies off."""

LETTER_MM, THICK_MM = (1.0, 12.0), 1.0
"""Size of pieces of writing; shadows of edges are thinner."""

RULE_MM = 3.0
"""How far a rule runs inwards that is cut off as well; shadows run along the side."""


def places(ink: Grey, sheet: Sheet) -> tuple[int, str]:
    """Count pieces of writing that run off the frame on the worst side; return count and side as captured.

    ``ink`` (height, width) holds 0 for ink and 255 for paper and lid. Where the paper's edge is seen nothing runs
    off. 1.3 ms CPU for A4 at 150 dpi.
    """
    counts = [0 if sheet.seen[side] else _pieces(_strip(ink, side, sheet.dpi), _reach(ink, sheet, side), sheet.dpi)
              for side in range(4)]
    worst = int(np.argmax(counts))
    return counts[worst], SIDES[worst] if counts[worst] else ""


def _strip(ink: Grey, side: int, dpi: float) -> Grey:
    """Return the strip along a side with the side itself as its top row."""
    wide = max(8, round(STRIP_MM * dpi / 25.4))
    turned = (ink, ink.T[::-1], ink[::-1], ink.T)[side]
    return np.ascontiguousarray(turned[:wide])


def _reach(ink: Grey, sheet: Sheet, side: int) -> float:
    """Return how close to the side, in pixels, writing counts as cut off."""
    other = (side + 2) % 4
    along = 1 if side % 2 == 0 else 0
    ends = [sheet.corners[other][along], sheet.corners[(other + 1) % 4][along]]
    middle = sum(ends) / 2
    lid = middle if other in (0, 3) else ink.shape[1 - along] - middle
    moved = sheet.seen[other] and lid >= MOVED_MM * sheet.dpi / 25.4
    near = NEAR_NARROW_MM if min(sheet.size_mm) <= NARROW_MM else NEAR_MM
    return (NEAR_MOVED_MM if moved else near) * sheet.dpi / 25.4


def _pieces(strip: Grey, reach: float, dpi: float) -> int:
    """Count pieces of writing that begin within ``reach`` of the strip's top."""
    mm = dpi / 25.4
    stats = pieces.find(strip).boxes[1:]
    larger, smaller = np.maximum(stats[:, 2], stats[:, 3]), np.minimum(stats[:, 2], stats[:, 3])
    sized = (larger >= LETTER_MM[0] * mm) & (larger <= LETTER_MM[1] * mm) & (smaller >= THICK_MM * mm)
    rules = (stats[:, 3] >= RULE_MM * mm) & (stats[:, 2] <= THICK_MM * mm) & (stats[:, 1] <= NEAR_MM * mm / 2)
    return int(np.count_nonzero((sized & (stats[:, 1] <= reach)) | rules))
