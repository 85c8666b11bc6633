"""The sheet in the scanner's frame: askew, with what is seen beside it, a second sheet under it, quarter turns."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.corpus.physical import lid_colour
from bench.corpus.printed import printed
from bench.corpus.spec import Lie, Point, Spec, Under

Pixels = NDArray[np.uint8]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Framed:
    """What the scanner's frame holds, and how a pixel of the sheet gets there (2 x 3, row-wise)."""

    image: Pixels
    matrix: Matrix


def lay_down(page: Pixels, spec: Spec) -> Framed:
    """Lay a sheet (RGB) into the frame as its ``Lie`` says."""
    lie = spec.lie
    size = frame_size(page, spec)
    matrix = placed(page, lie, size, spec.dpi)
    image = _empty(size, lie.lid) if lie.lid != "paper" or lie.under else None
    if lie.under is not None and image is not None:
        image = _second(image, page, matrix, spec)
    elif image is not None:
        _edge(image, page, matrix, 0.97)
    if image is None:
        image = np.asarray(cv2.warpAffine(page, matrix, size, flags=cv2.INTER_LINEAR,
                                          borderMode=cv2.BORDER_REPLICATE), np.uint8)
    elif lie.under is None:
        image = _over(image, page, matrix)
    return _turned(image, matrix, lie.turn)


def frame_size(page: Pixels, spec: Spec) -> tuple[int, int]:
    """Return width and height of the frame before quarter turns; it grows with what a second sheet adds."""
    extra = 2 * spec.lie.overscan
    late = spec.lie.under.offset[1] if spec.lie.under else 0.0
    unit = spec.dpi / 25.4
    return round(page.shape[1] + extra * unit), round(page.shape[0] + (extra + max(0.0, late)) * unit)


def placed(page: Pixels, lie: Lie, size: tuple[int, int], dpi: int) -> Matrix:
    """Return the matrix from a pixel of the sheet to one of the frame: turned about the sheet's middle."""
    high, wide = page.shape[:2]
    matrix = np.array(cv2.getRotationMatrix2D((wide / 2 - 0.5, high / 2 - 0.5), -lie.skew, 1.0), np.float64)
    unit = dpi / 25.4
    matrix[:, 2] += ((size[0] - wide) / 2 + lie.shift[0] * unit, 0.0)
    late = max(0.0, lie.under.offset[1]) if lie.under else 0.0
    matrix[1, 2] += (size[1] - high - late * unit) / 2 + lie.shift[1] * unit
    return matrix


def _empty(size: tuple[int, int], lid: str) -> Pixels:
    return np.full((size[1], size[0], 3), lid_colour(lid), np.uint8)


def _edge(frame: Pixels, page: Pixels, matrix: Matrix, depth: float) -> None:
    """Draw the shadow that a sheet's edge throws on what is behind it."""
    outline = _outline(page, matrix)
    unit = page.shape[1] / 210
    base = frame[0, 0].astype(float) if depth > 0.9 else frame.reshape(-1, 3)[:: 997].mean(0)
    for thick, share in ((2.8, depth), (1.8, depth - 0.06), (1.0, depth - 0.15), (0.4, depth - 0.3)):
        colour = tuple(float(part) * share for part in base)
        cv2.polylines(frame, [outline], True, colour, max(1, round(thick * unit)), cv2.LINE_AA)


def _outline(page: Pixels, matrix: Matrix) -> NDArray[np.int32]:
    high, wide = page.shape[:2]
    corners = np.array([[0, 0, 1], [wide, 0, 1], [wide, high, 1], [0, high, 1]], np.float64)
    return np.asarray((corners @ matrix.T).round(), np.int32)


def _over(frame: Pixels, page: Pixels, matrix: Matrix) -> Pixels:
    """Lay a sheet over what the frame holds."""
    size = (frame.shape[1], frame.shape[0])
    return np.asarray(cv2.warpAffine(page, matrix, size, dst=frame, flags=cv2.INTER_LINEAR,
                                     borderMode=cv2.BORDER_TRANSPARENT), np.uint8)


def _second(frame: Pixels, page: Pixels, matrix: Matrix, spec: Spec) -> Pixels:
    """Lay the second sheet, then the first; the second one's print is seen through the first."""
    under = spec.lie.under
    assert under is not None
    tone = np.array(spec.sheet.tone)
    other = printed(under.kind, under.variant, spec.dpi).veil
    paper = np.broadcast_to(tone, other.shape).astype(np.uint8)
    below = np.asarray(cv2.multiply(other, paper, scale=1 / 255), np.uint8)
    lag = _lagging(other, page, under, matrix, spec.dpi)
    _edge(frame, below, lag, 0.97)
    frame = _over(frame, below, lag)
    first = _shown(page, other, matrix, lag, under.shows)
    _edge(frame, page, matrix, 0.9)
    return _over(frame, first, matrix)


def _lagging(other: Pixels, page: Pixels, under: Under, matrix: Matrix, dpi: int) -> Matrix:
    """Return the matrix of the second sheet: its top edge lies ``offset`` from the first one's."""
    unit = dpi / 25.4
    middle = (other.shape[1] / 2 - 0.5, other.shape[0] / 2 - 0.5)
    lag = np.array(cv2.getRotationMatrix2D(middle, -under.skew, 1.0), np.float64)
    first = matrix @ np.array([page.shape[1] / 2, page.shape[0] / 2, 1.0])
    top = first[1] - page.shape[0] / 2
    lag[0, 2] += first[0] - other.shape[1] / 2 + under.offset[0] * unit
    lag[1, 2] += top + under.offset[1] * unit
    return lag


def _shown(page: Pixels, other: Pixels, matrix: Matrix, lag: Matrix, strength: float) -> Pixels:
    """Darken the first sheet where the second one below it is printed."""
    back = np.vstack([matrix, [0, 0, 1]])
    between = np.linalg.inv(back) @ np.vstack([lag, [0, 0, 1]])
    grey = cv2.cvtColor(other, cv2.COLOR_RGB2GRAY)
    veil = cv2.warpAffine(grey, between[:2], (page.shape[1], page.shape[0]), flags=cv2.INTER_LINEAR,
                          borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    table = (255 - strength * (255 - np.arange(256))).astype(np.uint8)
    kept = cv2.LUT(cv2.GaussianBlur(veil, (0, 0), 1.5), table)
    return np.asarray(cv2.multiply(page, cv2.merge([kept, kept, kept]), scale=1 / 255), np.uint8)


def _turned(image: Pixels, matrix: Matrix, turn: int) -> Framed:
    """Turn the frame anticlockwise by quarter turns, so that ``turn`` clockwise bring it upright."""
    for _ in range(turn % 4):
        wide = image.shape[1]
        image = np.rot90(image)
        matrix = np.array([matrix[1], [0, 0, wide - 1] - matrix[0]])
    return Framed(np.ascontiguousarray(image), matrix)


def as_mm(matrix: Matrix, dpi: int) -> tuple[float, float, float, float, float, float]:
    """Return (a, b, c, d, e, f) of a matrix for points in mm; pixels counted from their corner."""
    unit = dpi / 25.4
    (a, c, e), (b, d, f) = matrix.tolist()
    shift = (-0.5 * (a + c) + 0.5 + e, -0.5 * (b + d) + 0.5 + f)
    return a * unit, b * unit, c * unit, d * unit, shift[0], shift[1]


def corners_of(spec: Spec, matrix: Matrix, size_mm: Point) -> list[tuple[float, float]]:
    """Return where a sheet's corners lie in the image, pixels."""
    a, b, c, d, e, f = as_mm(matrix, spec.dpi)
    wide, high = size_mm
    return [(a * x + c * y + e, b * x + d * y + f) for x, y in ((0, 0), (wide, 0), (wide, high), (0, high))]
