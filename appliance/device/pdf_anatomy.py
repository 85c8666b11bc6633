"""What the pages of a PDF are made of: images with their depth and resolution on the paper, and layers.

A scanner that "makes the file small" takes a page apart: text as a bitonal mask over a coarse background (MRC), or
bitonal pages as JBIG2, whose lossy form has swapped digits. The rendered page no longer shows that; so it is read
from the structure (ISO 32000-1, 8.8 to 8.10). Runs where PDFium runs, in a process that may be killed.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf

from appliance.device.leaf import Source

POINTS = 72.0
SCANNED = 0.5
"""Share of the page that images cover at least when the page was scanned; a drawn page has any resolution."""

LARGE = 0.25
"""Share of the page above which two images that overlap are layers of one picture."""

MINOR = 0.05
"""Share of all that images cover which says nothing about the page: a logo, a line of a printer."""

MOST_DEEP = 8
MOST_DRAWN = 4000
DRAWN = Source(24, 300)
"""A page that is drawn, not scanned: rendered at 300 dpi it loses nothing."""

_COMPONENTS = {"/DeviceGray": 1, "/CalGray": 1, "/G": 1, "/Indexed": 1, "/I": 1, "/Separation": 1,
               "/DeviceCMYK": 4, "/CMYK": 4}

Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Drawn:
    """An image as the page draws it: bits of a pixel, lowest resolution, box in points, its filters and mask."""

    depth: int
    dpi: float
    box: tuple[float, float, float, float]
    filters: tuple[str, ...]
    masked: bool

    @property
    def area(self) -> float:
        """Area of the box in square points."""
        return (self.box[2] - self.box[0]) * (self.box[3] - self.box[1])


class Anatomy:
    """The structure of one PDF; a structure that cannot be read says nothing."""

    def __init__(self, data: bytes) -> None:
        try:
            self._document: Any = pikepdf.open(io.BytesIO(data))
        except Exception:  # noqa: BLE001  boundary: qpdf on foreign bytes; PDFium may still show the page
            self._document = None

    def source(self, at: int) -> Source:
        """Return how page ``at`` was made; an empty ``Source`` when its structure cannot be read."""
        try:
            page = self._document.pages[at]
            box = [float(value) for value in page.cropbox]
            whole = abs((box[2] - box[0]) * (box[3] - box[1]))
            return judge(list(_images(page, (1, 0, 0, 1, 0, 0), 0)), whole)
        except Exception:  # noqa: BLE001  boundary: as above, any key of a foreign file may be anything
            return Source()


def judge(images: list[Drawn], page: float) -> Source:
    """Say how a page of ``page`` square points with these images was made."""
    covered = sum(min(one.area, page) for one in images)
    if covered < SCANNED * page:
        return DRAWN
    large = [one for one in images if one.area >= LARGE * page][:50]
    packed = ""
    if any("/JBIG2Decode" in one.filters for one in images):
        packed = "JBIG2"
    elif any(one.masked for one in large) or _layers(large, page):
        packed = "MRC"
    depth = _at_least([(-one.depth, one.area) for one in images])
    dpi = _at_least([(round(one.dpi), one.area) for one in images])
    return Source(-depth, dpi, packed)


def _at_least(found: list[tuple[int, float]]) -> int:
    """Return the lowest value that more than a minor part of the area has."""
    limit, passed = MINOR * sum(area for _, area in found), 0.0
    for value, area in sorted(found):
        passed += area
        if passed > limit:
            return value
    return 0


def _layers(large: list[Drawn], page: float) -> bool:
    return any(_shared(one.box, other.box) >= LARGE * page
               for at, one in enumerate(large) for other in large[at + 1:])


def _shared(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    along = min(one[3], other[3]) - max(one[1], other[1])
    return max(across, 0.0) * max(along, 0.0)


def _images(holder: Any, matrix: Matrix, deep: int) -> Iterator[Drawn]:
    """Yield the images that a page or a form draws, in order."""
    resources = holder.obj.get("/Resources", {}) if deep == 0 else holder.get("/Resources", {})
    things = resources.get("/XObject", {})
    stack: list[Matrix] = []
    count = 0
    for step in pikepdf.parse_content_stream(holder, "q Q cm Do BI ID EI"):
        operands: Any = step.operands
        match str(step.operator):
            case "q":
                stack.append(matrix)
            case "Q" if stack:
                matrix = stack.pop()
            case "cm":
                matrix = _times(_matrix(operands), matrix)
            case "Do" if (thing := things.get(str(operands[0]))) is not None:
                count += 1
                if count > MOST_DRAWN:
                    raise ValueError("more is drawn than a page can hold")
                yield from _thing(thing, matrix, deep)
            case "INLINE IMAGE":
                yield _inline(operands[0], matrix)


def _thing(thing: Any, matrix: Matrix, deep: int) -> Iterator[Drawn]:
    if thing.get("/Subtype") == "/Image":
        yield _drawn(thing, matrix)
    elif thing.get("/Subtype") == "/Form" and deep < MOST_DEEP:
        inner = _times(_matrix(thing.get("/Matrix", (1, 0, 0, 1, 0, 0))), matrix)
        yield from _images(thing, inner, deep + 1)


def _drawn(image: Any, matrix: Matrix) -> Drawn:
    filters = image.get("/Filter", ())
    names = tuple(str(one) for one in filters) if isinstance(filters, pikepdf.Array) else (str(filters),)
    masked = "/SMask" in image or isinstance(image.get("/Mask"), pikepdf.Stream)
    bits = 1 if image.get("/ImageMask", False) else int(image.get("/BitsPerComponent", 8))
    depth = bits if bits == 1 else bits * _components(image.get("/ColorSpace"))
    return _placed(int(image.Width), int(image.Height), matrix, Drawn(depth, 0, (0, 0, 0, 0), names, masked))


def _inline(image: Any, matrix: Matrix) -> Drawn:
    depth = 1 if image.image_mask else int(image.bits_per_component) * _components(image.colorspace)
    return _placed(image.width, image.height, matrix, Drawn(depth, 0, (0, 0, 0, 0), (), masked=False))


def _components(space: Any) -> int:
    """Return the samples of a pixel; a JPEG 2000 without a colour space counts as colour."""
    if isinstance(space, pikepdf.Array):
        if str(space[0]) == "/ICCBased":
            return int(space[1].get("/N", 3))
        return _COMPONENTS.get(str(space[0]), 3)
    return _COMPONENTS.get(str(space), 3)


def _placed(width: int, height: int, matrix: Matrix, image: Drawn) -> Drawn:
    a, b, c, d, e, f = matrix
    across, along = max(math.hypot(a, b), 1e-6), max(math.hypot(c, d), 1e-6)
    xs, ys = (e, e + a, e + c, e + a + c), (f, f + b, f + d, f + b + d)
    dpi = min(width / across, height / along) * POINTS
    return Drawn(image.depth, dpi, (min(xs), min(ys), max(xs), max(ys)), image.filters, image.masked)


def _matrix(values: Any) -> Matrix:
    a, b, c, d, e, f = (float(value) for value in values)
    return a, b, c, d, e, f


def _times(one: Matrix, other: Matrix) -> Matrix:
    """Return ``one`` followed by ``other`` (8.3.4)."""
    a, b, c, d, e, f = one
    p, q, r, s, t, u = other
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u
