"""Where the visible signature stands on page 1. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.jobs import StampSpace
from appliance.core.model import Box, EmptyBand

POINTS_PER_MM = 72 / 25.4
SMALLEST = 0.5


@dataclass(frozen=True, slots=True)
class StampPlace:
    """Where the stamp goes.

    Attributes:
        box: points, PDF axes, origin at the bottom left of the page as captured.
        extra: points to add to the page's height at its top to make room.
    """

    box: Box
    extra: float = 0.0


def place_stamp(space: StampSpace, band: EmptyBand, width_pt: float, height_pt: float) -> StampPlace:
    """Return a place for the stamp that covers no ink.

    It stands in the empty rectangle of its corner, at full size or shrunk to not below half; where even that
    does not fit, the page grows upwards and the stamp stands on the new strip.

    Args:
        space: wanted size, corner and margin.
        band: empty rectangles in mm from the page's top left corner.
        width_pt: width of page 1.
        height_pt: its height.
    """
    page = Box(0.0, 0.0, width_pt / POINTS_PER_MM, height_pt / POINTS_PER_MM)
    empty = band.right if space.corner == "top-right" else band.left
    room = _inside(empty, page, space.margin_mm) if empty is not None else None
    if room is not None:
        shrink = min(1.0, (room.x1 - room.x0) / space.width_mm, (room.y1 - room.y0) / space.height_mm)
        if shrink >= SMALLEST:
            return StampPlace(_to_points(_at_corner(space, room, shrink), height_pt))
    return _above(space, page, height_pt)


def _inside(empty: Box, page: Box, margin: float) -> Box | None:
    """Return the part of an empty rectangle that keeps the margin to the page's edges."""
    box = Box(max(empty.x0, margin), max(empty.y0, margin), min(empty.x1, page.x1 - margin),
              min(empty.y1, page.y1 - margin))
    return box if box.x1 > box.x0 and box.y1 > box.y0 else None


def _at_corner(space: StampSpace, room: Box, shrink: float) -> Box:
    width, height = space.width_mm * shrink, space.height_mm * shrink
    left = room.x1 - width if space.corner == "top-right" else room.x0
    return Box(left, room.y0, left + width, room.y0 + height)


def _above(space: StampSpace, page: Box, height_pt: float) -> StampPlace:
    """Return a place on a strip above the page; only a page narrower than the stamp shrinks it further."""
    margin = min(space.margin_mm, page.x1 / 4)
    width = min(space.width_mm, page.x1 - 2 * margin)
    left = page.x1 - margin - width if space.corner == "top-right" else margin
    bottom = height_pt + space.margin_mm * POINTS_PER_MM
    top = bottom + space.height_mm * POINTS_PER_MM
    box = Box(left * POINTS_PER_MM, bottom, (left + width) * POINTS_PER_MM, top)
    return StampPlace(box, (space.height_mm + 2 * space.margin_mm) * POINTS_PER_MM)


def _to_points(box: Box, height_pt: float) -> Box:
    k = POINTS_PER_MM
    return Box(box.x0 * k, height_pt - box.y1 * k, box.x1 * k, height_pt - box.y0 * k)
