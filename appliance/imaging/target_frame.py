"""Where the target sheet lies in a scan: its bull's-eyes, and the map from its millimetres to pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from appliance.core import errors
from appliance.core import target_plan as plan

Colour = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

LONG_SIDE = 1200
"""Pixels of the long side, about, of the picture in which marks are searched: 100 dpi of A4, by no header."""

ROUNDNESS, RATIO_OFF, CENTRE_OFF = 0.78, 0.30, 0.12
"""How much of its circle a mark fills (a square: 0.64); how far its radii and the middle of its disc may be off."""

LEAST_RADIUS, MOST_MARKS, DEEPEST = 5.0, 400, 20_000
"""Pixels of the searched picture; bull's-eyes considered; contours considered."""

NEAR_MM = 8.0
"""How far a mark halfway along a side may lie from where the corners say: a slip of the feed."""

ASPECT_OFF, OPPOSITE_OFF, ANGLE_OFF = 0.12, 0.05, 6.0
"""How far the four corners may be from the sheet's rectangle; degrees for the angle."""

INK_FROM = 0.25
"""Share of the way from paper to black from which a pixel counts for the middle of a mark."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The sheet in the scan.

    Attributes:
        matrix: (2, 3) float64, pixels of millimetres (x, y, 1) of the sheet's plan.
        corners: (4, 2) middles in pixels, in the order of ``plan.CORNERS``.
        midways: the same for ``plan.MIDWAYS``; nan where one was not found.
    """

    matrix: Floats
    corners: Floats
    midways: Floats

    def pixels(self, points: object) -> Floats:
        """Return pixels (n, 2) of millimetres (n, 2)."""
        places = np.atleast_2d(np.asarray(points, np.float64))
        return np.asarray(places @ self.matrix[:, :2].T + self.matrix[:, 2])

    @property
    def scale(self) -> float:
        """Pixels per millimetre, about."""
        return math.sqrt(abs(float(np.linalg.det(self.matrix[:, :2]))))


def frames(rgb: Colour) -> Iterator[Frame]:
    """Yield the sheet as it may lie, the likelier first: a rectangle of marks fits two ways, half a turn apart.

    Args:
        rgb: (height, width, 3) uint8.

    Raises:
        ApplianceError: TARGET_UNREADABLE where the four corner marks are not found.
    """
    found = _bullseyes(rgb)
    corners = _rectangle([(x, y) for x, y, _ in found])
    radius = float(np.median([size for _, _, size in found]))
    corners = np.asarray([_middle(rgb, corner, radius) for corner in corners])
    others = np.asarray([(x, y) for x, y, _ in found])
    upright = _side(corners, 1, 2) > _side(corners, 0, 1)
    for turn in (0, 2) if upright else (1, 3):
        yield _frame(rgb, np.roll(corners, -turn, axis=0), others, radius)


def _bullseyes(rgb: Colour) -> list[tuple[float, float, float]]:
    """Find discs within rings: middle and outer radius in captured pixels, roughly."""
    factor = max(1, round(max(rgb.shape[:2]) / LONG_SIDE))
    size = max(1, rgb.shape[1] // factor), max(1, rgb.shape[0] // factor)
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    _, dark = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    contours, tree = cv2.findContours(dark, cv2.RETR_TREE, cv2.CHAIN_APPROX_NONE)
    found = []
    for ring in range(min(len(contours), DEEPEST)):
        hole = tree[0][ring][2]
        disc = tree[0][hole][2] if hole >= 0 else -1
        if disc >= 0 and _is_bullseye(contours[ring], contours[hole], contours[disc]):
            (x, y), radius = cv2.minEnclosingCircle(contours[ring])
            found.append(((x + 0.5) * factor - 0.5, (y + 0.5) * factor - 0.5, (radius + 0.5) * factor))
    if not 4 <= len(found) <= MOST_MARKS:
        raise errors.TARGET_UNREADABLE.error(reason="không thấy đủ bốn dấu góc / no four marks")
    return found


def _is_bullseye(ring: Any, hole: Any, disc: Any) -> bool:
    (x, y), outer = cv2.minEnclosingCircle(ring)
    if outer < LEAST_RADIUS or cv2.contourArea(ring) < ROUNDNESS * math.pi * outer * outer:
        return False
    (_, _), inner = cv2.minEnclosingCircle(hole)
    (disc_x, disc_y), core = cv2.minEnclosingCircle(disc)
    if math.hypot(disc_x - x, disc_y - y) > CENTRE_OFF * outer:
        return False
    # a contour runs through the middles of a shape's outermost pixels; a hole's through those around it
    outer, inner, core = outer + 0.5, inner - 0.5, core + 0.5
    return (abs(inner / outer / (plan.GAP / plan.RING) - 1) < RATIO_OFF
            and abs(core / outer / (plan.DISC / plan.RING) - 1) < RATIO_OFF)


def _rectangle(places: list[tuple[float, float]]) -> Floats:
    """Take the outermost marks as corners, clockwise from top left, and see whether they are the sheet's."""
    points = np.asarray(places, np.float64)
    plus, minus = points.sum(axis=1), points[:, 0] - points[:, 1]
    corners = points[[int(plus.argmin()), int(minus.argmax()), int(plus.argmax()), int(minus.argmin())]]
    across, down = _side(corners, 0, 1), _side(corners, 1, 2)
    opposite = max(abs(_side(corners, 2, 3) / across - 1), abs(_side(corners, 3, 0) / down - 1)) if (
        across and down) else math.inf
    aspect = max(across, down) / max(1.0, min(across, down)) / (plan.COLUMN_MM / plan.ROW_MM)
    one, other = corners[1] - corners[0], corners[3] - corners[0]
    angle = math.degrees(math.acos(float(np.clip(one @ other / max(1.0, across * down), -1, 1))))
    if opposite > OPPOSITE_OFF or abs(aspect - 1) > ASPECT_OFF or abs(angle - 90) > ANGLE_OFF:
        raise errors.TARGET_UNREADABLE.error(reason="thiếu dấu góc / a corner mark is missing")
    return np.asarray(corners)


def _side(corners: Floats, start: int, end: int) -> float:
    return float(np.linalg.norm(corners[end] - corners[start]))


def _middle(rgb: Colour, place: Floats, radius: float) -> Floats:
    """Return the middle of a mark: the centre of gravity of its ink, to about a fiftieth of a pixel."""
    height, width = rgb.shape[:2]
    x, y = float(place[0]), float(place[1])
    for _ in range(2):
        reach = radius * 1.15
        left, top = max(0, math.floor(x - reach)), max(0, math.floor(y - reach))
        right, bottom = min(width, math.ceil(x + reach) + 1), min(height, math.ceil(y + reach) + 1)
        grey = rgb[top:bottom, left:right].mean(axis=2, dtype=np.float64)
        black, white = np.percentile(grey, (5, 90))
        ink = (white - grey) / max(1.0, white - black)
        down, across = np.ogrid[top:bottom, left:right]
        near = (across - x) ** 2 + (down - y) ** 2 <= reach * reach
        ink = np.where(near & (ink >= INK_FROM), np.minimum(ink, 1.0), 0.0)
        weight = max(1e-9, float(ink.sum()))
        x, y = float((ink * across).sum()) / weight, float((ink * down).sum()) / weight
    return np.asarray((x, y))


def _frame(rgb: Colour, corners: Floats, others: Floats, radius: float) -> Frame:
    """Fit the map to the corners, and find the marks halfway along the sides near where it puts them."""
    matrix = _fitted(np.asarray(plan.CORNERS), corners)
    rough = Frame(matrix, corners, np.full((4, 2), np.nan))
    midways = np.full((4, 2), np.nan)
    for at, expected in enumerate(rough.pixels(plan.MIDWAYS)):
        far = np.linalg.norm(others - expected, axis=1)
        if far.min() < NEAR_MM * rough.scale:
            midways[at] = _middle(rgb, others[int(far.argmin())], radius)
    seen = ~np.isnan(midways[:, 0])
    places = np.vstack((np.asarray(plan.CORNERS), np.asarray(plan.MIDWAYS)[seen]))
    return Frame(_fitted(places, np.vstack((corners, midways[seen]))), corners, midways)


def _fitted(places: Floats, pixels: Floats) -> Floats:
    """Return the affine map, least squares."""
    design = np.column_stack((places, np.ones(len(places))))
    return np.asarray(np.linalg.lstsq(design, pixels, rcond=None)[0].T)
