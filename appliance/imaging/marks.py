"""Codes on a page: QR, DataMatrix, PDF417, Code 128, Code 39. What they say is personal data.

QR codes are looked for everywhere, at any angle, on the reduced image. For the others, and for a QR code that was
not read, there must be evidence first: a place as dark as light and full of edges. Such places are cut out, turned
level by the direction of their edges, and read with all that the reader can do; what is still not read is tried
once more in full resolution (``read_again``). Cost for A4: 3 to 4 ms without codes, 2 to 6 ms for each place,
and the decoding in full where one stays unread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp

from appliance.core.model import Box, Mark
from appliance.imaging import kernels

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

LONGEST_TEXT = 8192
"""Characters of a mark that are kept; no code we know of says more."""

CELL_MM, REACH_MM, MARGIN_MM = 3.0, 0.33, 6.0
DARK_SHARE, EDGE_SHARE = 0.78, 0.1
"""Of the paper's tone: what is dark, and what difference is an edge."""

LEAST_DARK, MOST_DARK, LEAST_EDGES = 0.38, 0.88, 0.28
"""Of what is looked at in four cells of a code: dark pixels, and edges. Text has 0.2 dark ones, rarely over 0.4."""

FEWEST, LARGE = 4, 6
"""Such fours (they overlap) from which a place is looked into, and looked at in full. The smallest codes have 7;
one ordinary page in ten has 4 together, in headings or where a signature crosses a seal, one in thirty has 6."""

SPREAD = 5
"""Cells about a busy one that belong to its place: a code's solid bars and its quiet zone are not busy."""

MOST_PLACES = 8
"""Places that are looked into, largest first."""

ONE_WAY = 0.1
"""How much edges must run one way for a place to be turned level by them."""

UPRIGHT = np.eye(2, 3)

Formats = zxingcpp.BarcodeFormat
ALL = (Formats.QRCode, Formats.DataMatrix, Formats.PDF417, Formats.Code128, Formats.Code39)


@dataclass(frozen=True, slots=True)
class Found:
    """What was read, and places (pixels of the captured image) that look like a code and could not be read."""

    marks: tuple[Mark, ...]
    unread: tuple[Box, ...]


def read(grey: Grey, dpi: float, scale: float = 1.0) -> Found:
    """Read all codes of a grey image (height, width), at any angle.

    Args:
        grey: the reduced image, best of 130 to 260 dpi.
        dpi: its resolution.
        scale: captured pixels per pixel of ``grey``; boxes are in pixels of the captured image.
    """
    found = [_mark(one, scale) for one in _decoded(grey, (Formats.QRCode,), thorough=False)]
    unread = []
    for box, large in places(grey, dpi):
        place = _scaled(box, scale)
        if any(_overlap(place, mark.box) for mark in found):
            continue
        marks = _cut_out(grey, box, scale)
        found += marks
        if large and not marks:
            unread.append(place)
    return Found(tuple(found), tuple(unread))


def read_again(whole: Grey, unread: tuple[Box, ...]) -> tuple[Mark, ...]:
    """Read places in full resolution; ``whole`` is the captured image (height, width)."""
    return tuple(mark for box in unread for mark in _cut_out(whole, box, 1.0))


def places(grey: Grey, dpi: float) -> list[tuple[Box, bool]]:
    """Find places where a code may be, largest first, and whether they are so large that one surely may."""
    mm = dpi / 25.4
    cell, margin = max(2, round(CELL_MM * mm)), MARGIN_MM * mm
    busy = _busy(grey, cell, max(1, round(REACH_MM * mm)))
    if not busy.any():
        return []
    joined = cv2.dilate(busy, np.ones((SPREAD, SPREAD), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    sizes = np.bincount(labels.ravel(), busy.ravel(), count)
    order = [label for label in np.argsort(-sizes).tolist() if label and sizes[label] >= FEWEST][:MOST_PLACES]
    return [(Box(max(0.0, x * cell - margin), max(0.0, y * cell - margin),
                 min(float(grey.shape[1]), (x + wide + 1) * cell + margin),
                 min(float(grey.shape[0]), (y + high + 1) * cell + margin)), bool(sizes[label] >= LARGE))
            for label in order for x, y, wide, high in (stats[label, :4].tolist(),)]


def _busy(grey: Grey, cell: int, reach: int) -> Grey:
    """Say of every four cells, at the upper left of them, whether they look like part of a code: 1 or 0."""
    rows, columns = grey.shape[0] // cell, grey.shape[1] // cell
    if min(rows, columns) < 2:
        return np.zeros((1, 1), np.uint8)
    paper = float(np.percentile(grey[::16, ::16], 75))
    counts = np.empty((2, rows, columns), np.int32)
    kernels.busy_cells(grey, cell, reach, (round(DARK_SHARE * paper), round(EDGE_SHARE * paper)), counts)
    fours = counts[:, :-1, :-1] + counts[:, 1:, :-1] + counts[:, :-1, 1:] + counts[:, 1:, 1:]
    dark, edges = fours / (4.0 * len(range(0, cell, kernels.EVERY)) ** 2)
    return np.asarray((dark >= LEAST_DARK) & (dark <= MOST_DARK) & (edges >= LEAST_EDGES), np.uint8)


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
    return Mark(str(found.format.name), _text(found), box, math.degrees(math.atan2(down, across)))


def _text(found: zxingcpp.Barcode) -> str:
    """Decode the code's bytes as UTF-8; what is none of it becomes U+FFFD."""
    return bytes(found.bytes).decode("utf-8", errors="replace")[:LONGEST_TEXT]


def _scaled(box: Box, scale: float) -> Box:
    return Box(box.x0 * scale, box.y0 * scale, box.x1 * scale, box.y1 * scale)


def _overlap(one: Box, other: Box) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1
