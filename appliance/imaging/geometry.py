"""How an image is laid on its page: turned upright, levelled, the page no larger than its ink asks."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from appliance.core.model import Geometry

Ints = npt.NDArray[np.int32]

LEAST_SKEW = 0.3
"""Degrees; under it a page is left as it lies, as some viewers draw turned images roughly."""

MOST_SKEW = 16.0
"""Degrees; beyond it an estimate is no skew of a fed sheet, and the page is left as it lies."""

ROUNDING = 0.01
"""Pixels that are no overhang."""

Edge = tuple[tuple[float, float], tuple[float, float]]

EXIF = {
    1: (0, False), 2: (0, True), 3: (2, False), 4: (2, True),
    5: (3, True), 6: (1, False), 7: (1, True), 8: (3, False),
}
"""EXIF orientation to (quarter turns clockwise, mirrored before), EXIF 2.32, tag 274."""


def exif_lie(orientation: int) -> tuple[int, bool]:
    """Return (quarter turns clockwise, mirrored before) for an EXIF orientation; unknown ones lie straight."""
    return EXIF.get(orientation, (0, False))


def lay(width: int, height: int, turn: int, skew: float, mirror: bool = False) -> Geometry:
    """Lay an image on a page of the upright scan's size.

    ``skew`` is in degrees clockwise; outside LEAST_SKEW..MOST_SKEW the page is not levelled.
    """
    level = skew if LEAST_SKEW <= abs(skew) <= MOST_SKEW else 0.0
    page = (height, width) if turn % 2 else (width, height)
    return Geometry(width, height, turn % 4, level, float(page[0]), float(page[1]), mirror=mirror)


def crop(geometry: Geometry, edges: Sequence[Edge | None]) -> Geometry:
    """Make the page just hold the paper, on the sides where its edge is known; the image stays whole.

    Args:
        geometry: as ``lay`` gives it.
        edges: the paper's, clockwise (the paper to the right of the way), in pixels of the captured image,
            mirrored if it is. Where one lies askew of the page, the page holds all of it; it grows for that only
            if all of them are known.
    """
    a, b, c, d, e, f = dataclasses.replace(geometry, mirror=False).matrix()
    limits = [0.0, 0.0, geometry.page_width, geometry.page_height]
    for edge in edges:
        if edge is None:
            continue
        ends = [(a * x + c * y + e, b * x + d * y + f) for x, y in edge]
        along, down = ends[1][0] - ends[0][0], ends[1][1] - ends[0][1]
        upright = abs(down) > abs(along)
        at = int(not upright) + (2 if (down if upright else -along) > 0 else 0)
        reach = [end[int(not upright)] for end in ends]
        limits[at] = max(reach) if at > 1 else min(reach)
    if None in edges:
        limits = [max(0.0, limits[0]), max(0.0, limits[1]),
                  min(geometry.page_width, limits[2]), min(geometry.page_height, limits[3])]
    return _resized(geometry, (limits[0], limits[1], limits[2], limits[3]))


def spare_ink(geometry: Geometry, boxes: npt.NDArray[np.float64]) -> Geometry:
    """Enlarge the page as far as ink would be cut off by levelling or cropping, and no further.

    Args:
        geometry: as ``lay`` or ``crop`` gives it.
        boxes: (n, 4) x0, y0, x1, y1 of ink in pixels of the captured image, mirrored if it is.
    """
    if not len(boxes):
        return geometry
    a, b, c, d, e, f = dataclasses.replace(geometry, mirror=False).matrix()
    x, y = boxes[:, [0, 2, 0, 2]], boxes[:, [1, 1, 3, 3]]
    across, down = a * x + c * y + e, b * x + d * y + f
    left, top = min(0.0, across.min()), min(0.0, down.min())
    right, bottom = max(0.0, across.max() - geometry.page_width), max(0.0, down.max() - geometry.page_height)
    if max(-left, -top, right, bottom) < ROUNDING:
        return geometry
    width, height = geometry.page_width - left + right, geometry.page_height - top + bottom
    return _resized(geometry, (left, top, left + math.ceil(width), top + math.ceil(height)))


def _resized(geometry: Geometry, limits: tuple[float, float, float, float]) -> Geometry:
    """Give a page other limits (x0, y0, x1, y1), told in pixels of the page as it is."""
    x0, y0, x1, y1 = limits
    return dataclasses.replace(
        geometry, page_width=float(x1 - x0), page_height=float(y1 - y0),
        shift_x=float(geometry.shift_x + (geometry.page_width - x0 - x1) / 2),
        shift_y=float(geometry.shift_y + (geometry.page_height - y0 - y1) / 2),
    )


def turned(geometry: Geometry, quarter_turns: int) -> Geometry:
    """Turn a laid page by further quarter turns clockwise, as when OCR finds it sideways."""
    shift = (geometry.shift_x, geometry.shift_y)
    size = (geometry.page_width, geometry.page_height)
    for _ in range(quarter_turns % 4):
        shift, size = (-shift[1], shift[0]), (size[1], size[0])
    return dataclasses.replace(geometry, turn=(geometry.turn + quarter_turns) % 4, page_width=size[0],
                               page_height=size[1], shift_x=shift[0], shift_y=shift[1])
