"""Patch codes 1, 2, 3, 4, 6 and T: separator sheets of other systems, with four thick bars along an edge.

After Kodak's A-61599: bars of 0.20 or 0.08 inch, spaces of 0.08, 0.80 over all, at least 0.75 inch long and at
most 3.75 inches from the leading edge; they are read from that edge inwards. 1 and 6, 3 and T are each other's
mirror image: the nearest edge along the bars tells which. Cost for A4: 0.5 ms.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from appliance.core.model import Box, Mark
from appliance.imaging import inside, kernels

Grey = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
Rows = tuple[int, int, int, int]

CODES = {0b1100: "1", 0b1001: "2", 0b1010: "3", 0b0110: "4", 0b0011: "6", 0b0101: "T"}
"""Bars from the leading edge inwards, wide ones as 1."""

TONE_SHARE = 0.65
"""Of the paper's tone: what is darker is a bar, be it a faded copy."""

SIZE_MM = (17.5, 24.0)
"""All four bars across: 20.3 mm, printed or copied at a somewhat other size, up to 12 degrees askew."""

COARSE_MM, EVERY_MM, SPECK_MM = 5.0, 1.0, 0.7
"""Columns are this far apart at first and, where one shows a code, then; shorter runs are specks."""

LEAST_MM, LEAST_SHARE, GAP_MM = 15.0, 0.7, 6.0
"""Bars must be at least so long, seen in this share of the columns, with no longer gap."""

STEEPEST = math.tan(math.radians(14.0))
MOST_HITS = 4096


def read(grey: Grey, dpi: float, scale: float = 1.0, paper: float | None = None) -> tuple[Mark, ...]:
    """Read the patch codes of a grey image (height, width), in any of four turns.

    Args:
        grey: reduced image of at least 100 ``dpi``.
        dpi: its resolution.
        scale: captured pixels per pixel of ``grey``; boxes are in pixels of the captured image.
        paper: the paper's tone (``inside.tone``), not that of the lid; looked for if None.
    """
    half = grey[::2, ::2]
    paper = float(inside.tone(grey)[0]) if paper is None else paper
    limit = round(TONE_SHARE * paper)
    level, upright = _found(half, limit, dpi / 2), _found(half.T, limit, dpi / 2)
    marks = [_mark(code, Box(*box), 0.0 if _near_start(box, half.shape[0]) else 180.0) for code, box in level]
    marks += [_mark(code, Box(box[1], box[0], box[3], box[2]), -90.0 if _near_start(box, half.shape[1]) else 90.0)
              for code, box in upright]
    return tuple(replace(mark, box=_scaled(mark.box, 2 * scale)) for mark in marks)


def _mark(code: str, box: Box, angle: float) -> Mark:
    return Mark(f"Patch{code}", code, box, angle)


def _scaled(box: Box, scale: float) -> Box:
    return Box(box.x0 * scale, box.y0 * scale, box.x1 * scale, box.y1 * scale)


def _near_start(box: Rows, height: int) -> bool:
    """Say whether the first row is the nearer of the two edges along the bars."""
    return box[1] + box[3] <= height


def _found(grey: Grey, limit: int, dpi: float) -> list[tuple[str, Rows]]:
    """Find codes whose bars run along rows: code, and x0, y0, x1, y1."""
    mm = dpi / 25.4
    if not len(_hits(grey, limit, mm, COARSE_MM)):
        return []
    found: list[tuple[str, Rows]] = []
    step = max(1, round(EVERY_MM * mm))
    for chain in _chains(_hits(grey, limit, mm, EVERY_MM), mm):
        long = chain[-1, 0] - chain[0, 0] + step
        if long >= LEAST_MM * mm and len(chain) >= LEAST_SHARE * long / step:
            box = (int(chain[0, 0]), int(chain[:, 1].min()), int(chain[-1, 0]) + 1, int(chain[:, 2].max()))
            _add(found, _code(int(chain[0, 3]), box, grey.shape[0]), box)
    return found


def _hits(grey: Grey, limit: int, mm: float, every: float) -> Longs:
    hits = np.empty((MOST_HITS, 4), np.int64)
    sampling = (max(1, round(every * mm)), max(1, round(SPECK_MM * mm)))
    return hits[:kernels.bar_patterns(grey, limit, sampling, (SIZE_MM[0] * mm, SIZE_MM[1] * mm), hits)]


def _add(found: list[tuple[str, Rows]], code: str, box: Rows) -> None:
    """Add a code, or make one of it with the part beyond a hole or a note."""
    for at, (known, other) in enumerate(found):
        if known == code and min(box[3], other[3]) - max(box[1], other[1]) > (box[3] - box[1]) / 2:
            joined = (min(box[0], other[0]), min(box[1], other[1]), max(box[2], other[2]), max(box[3], other[3]))
            found[at] = (code, joined)
            return
    found.append((code, box))


def _chains(hits: Longs, mm: float) -> list[Longs]:
    """Sort hits of one pattern that follow each other along a line into chains, left to right."""
    chains: list[list[Longs]] = []
    for hit in hits:
        for chain in chains:
            last = chain[-1]
            across = int(hit[0] - last[0])
            if 0 < across <= GAP_MM * mm and hit[3] == last[3] and abs(hit[1] - last[1]) <= STEEPEST * across + 2:
                chain.append(hit)
                break
        else:
            chains.append([hit])
    return [np.array(chain) for chain in chains]


def _code(bars: int, box: Rows, height: int) -> str:
    """Read the bars from the nearest edge inwards."""
    if not _near_start(box, height):
        bars = int(f"{bars:04b}"[::-1], 2)
    return CODES[bars]
