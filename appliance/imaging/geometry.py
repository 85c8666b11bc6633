"""How an image is laid on its page: turned upright, levelled, the page no larger than its ink asks."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import numpy.typing as npt

from appliance.core.model import Geometry

Ints = npt.NDArray[np.int32]

LEAST_SKEW = 0.3
"""Degrees; under it a page is left as it lies, as some viewers draw turned images roughly."""

MOST_SKEW = 10.0
"""Degrees; beyond it an estimate is no skew of a fed sheet, and the page is left as it lies."""

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


def spare_ink(geometry: Geometry, boxes: npt.NDArray[np.float64]) -> Geometry:
    """Enlarge the page as far as ink would be cut off by levelling, and no further.

    Args:
        geometry: as ``lay`` gives it.
        boxes: (n, 4) x0, y0, x1, y1 of ink in pixels of the captured image, mirrored if it is.
    """
    if not len(boxes) or not geometry.skew:
        return geometry
    a, b, c, d, e, f = dataclasses.replace(geometry, mirror=False).matrix()
    x, y = boxes[:, [0, 2, 0, 2]], boxes[:, [1, 1, 3, 3]]
    across, down = a * x + c * y + e, b * x + d * y + f
    left, top = max(0.0, -across.min()), max(0.0, -down.min())
    right, bottom = max(0.0, across.max() - geometry.page_width), max(0.0, down.max() - geometry.page_height)
    return dataclasses.replace(
        geometry,
        page_width=math.ceil(geometry.page_width + left + right),
        page_height=math.ceil(geometry.page_height + top + bottom),
        shift_x=(left - right) / 2,
        shift_y=(top - bottom) / 2,
    )


def turned(geometry: Geometry, quarter_turns: int) -> Geometry:
    """Turn a laid page by further quarter turns clockwise, as when OCR finds it sideways."""
    shift = (geometry.shift_x, geometry.shift_y)
    size = (geometry.page_width, geometry.page_height)
    for _ in range(quarter_turns % 4):
        shift, size = (-shift[1], shift[0]), (size[1], size[0])
    return dataclasses.replace(geometry, turn=(geometry.turn + quarter_turns) % 4, page_width=size[0],
                               page_height=size[1], shift_x=shift[0], shift_y=shift[1])
