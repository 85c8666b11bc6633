"""Codes on a page: QR, DataMatrix, PDF417, Code 128, Code 39. What they say is personal data.

QR codes are looked for everywhere, at any angle, on the reduced image. For the others, and for a QR code that was
not read, there must be evidence first (``code_places``). Such places are cut out, turned level by the direction of
their edges, and read with all that the reader can do; what is still not read is tried once more in full resolution
(``read_again``). Cost for A4: 3.5 ms without codes, 2 to 6 ms for each place, less for small ones, and the decoding
in full where a large one stays unread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp

from appliance.core.model import Box, Mark
from appliance.imaging import code_places, inside, kernels

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

LONGEST_TEXT = 8192
"""Characters of a mark that are kept; no code we know of says more."""

ONE_WAY = 0.1
"""How much edges must run one way for a place to be turned level by them."""

UPRIGHT = np.eye(2, 3)

Formats = zxingcpp.BarcodeFormat
BARS = (Formats.Code128, Formats.Code39)
ALL = (Formats.QRCode, Formats.DataMatrix, Formats.PDF417, Formats.Code128, Formats.Code39)


@dataclass(frozen=True, slots=True)
class Found:
    """What was read, and places (pixels of the captured image) that look like a code and could not be read."""

    marks: tuple[Mark, ...]
    unread: tuple[Box, ...]


def read(grey: Grey, dpi: float, scale: float = 1.0, paper: float | None = None) -> Found:
    """Read all codes of a grey image (height, width), at any angle.

    Args:
        grey: the reduced image, best of 130 to 260 dpi.
        dpi: its resolution.
        scale: captured pixels per pixel of ``grey``; boxes are in pixels of the captured image.
        paper: the paper's tone (``inside.tone``), not that of the lid; looked for if None.
    """
    paper = float(inside.tone(grey)[0]) if paper is None else paper
    found = [_mark(one, scale) for one in _decoded(grey, (Formats.QRCode,), thorough=False)]
    unread = []
    for place in code_places.find(grey, dpi, paper):
        box = _scaled(place.box, scale)
        if any(code_places.overlap(box, mark.box) for mark in found):
            continue
        marks = _cut_out(grey, place.box, scale)
        found += marks
        if place.large and not marks:
            unread.append(box)
    return Found(tuple(found), tuple(unread))


def read_again(whole: Grey, unread: tuple[Box, ...]) -> tuple[Mark, ...]:
    """Read places in full resolution; ``whole`` is the captured image (height, width)."""
    return tuple(mark for box in unread for mark in _cut_out(whole, box, 1.0))


def without(unread: tuple[Box, ...], found: tuple[Mark, ...]) -> tuple[Box, ...]:
    """Return the places in which nothing was found."""
    return tuple(box for box in unread if not any(code_places.overlap(box, mark.box) for mark in found))


def _cut_out(grey: Grey, box: Box, scale: float) -> list[Mark]:
    """Read one place: turned level first, then as it is, then with black and white exchanged.

    The reader itself looks for white codes on black among QR and DataMatrix only.
    """
    x0, y0 = math.floor(box.x0), math.floor(box.y0)
    place = np.ascontiguousarray(grey[y0:math.ceil(box.y1), x0:math.ceil(box.x1)])
    share, direction = kernels.edge_direction(place)
    views = [(place, UPRIGHT)]
    if share >= ONE_WAY:
        views.insert(0, _level(place, direction))
    views += [(255 - view, matrix) for view, matrix in views[:1]]
    for view, matrix in views:
        found = _decoded(view, ALL, thorough=True)
        if found:
            return [_mark(one, scale, matrix, (x0, y0)) for one in found]
    return []


def _level(place: Grey, direction: float) -> tuple[Grey, Floats]:
    """Turn a place so that its edges stand upright; return it and the matrix from its pixels back."""
    high, wide = place.shape
    cos, sin = math.cos(direction), math.sin(direction)
    size = (round(wide * abs(cos) + high * abs(sin)) + 1, round(wide * abs(sin) + high * abs(cos)) + 1)
    back = np.array(((cos, -sin, wide / 2 - cos * size[0] / 2 + sin * size[1] / 2),
                     (sin, cos, high / 2 - sin * size[0] / 2 - cos * size[1] / 2)))
    level = cv2.warpAffine(place, back, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                           borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(level, np.uint8), back


def _decoded(grey: Grey, formats: tuple[Formats, ...], *, thorough: bool) -> list[zxingcpp.Barcode]:
    return zxingcpp.read_barcodes(
        grey, formats=zxingcpp.BarcodeFormats(formats), try_rotate=thorough, try_invert=thorough,
        try_downscale=thorough, text_mode=zxingcpp.TextMode.Plain,
    )


def _mark(found: zxingcpp.Barcode, scale: float, matrix: Floats = UPRIGHT, off: tuple[int, int] = (0, 0)) -> Mark:
    """Say what was read, and where: ``matrix`` leads to the place, ``off`` to the image."""
    at = found.position
    corners = [(one.x, one.y, 1.0) for one in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)]
    points = np.array(corners) @ matrix.T + off
    (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    box = Box(x0 * scale, y0 * scale, (x1 + 1) * scale, (y1 + 1) * scale)
    across, down = (points[1] - points[0]).tolist()  # along the code's own top
    angle = math.degrees(math.atan2(down, across))
    if found.format in BARS and matrix is not UPRIGHT:  # the reader saw a few lines of it, the edges are all of it
        angle = _squared(angle, math.degrees(math.atan2(matrix[1, 0], matrix[0, 0])))
    return Mark(str(found.format.name), _text(found), box, angle)


def _squared(angle: float, direction: float) -> float:
    """Return the angle nearest to ``angle`` that is quarter turns off ``direction``, -180..180."""
    return (direction + 90.0 * round((angle - direction) / 90.0) + 180.0) % 360.0 - 180.0


def _text(found: zxingcpp.Barcode) -> str:
    """Decode the code's bytes as UTF-8; what is none of it becomes U+FFFD."""
    return bytes(found.bytes).decode("utf-8", errors="replace")[:LONGEST_TEXT]


def _scaled(box: Box, scale: float) -> Box:
    return Box(box.x0 * scale, box.y0 * scale, box.x1 * scale, box.y1 * scale)
