"""How a stamp can be arranged, how much room that takes, and where each line and the seal then stand. Pure.

Whoever places the stamp (documents) and whoever draws it (signing) ask here, so that what was given room fits.
Sizes of pages and seals are mm, sizes of letters and places in a stamp points, y upwards from its lower left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from appliance.core import errors
from appliance.core.lettering import Metrics, bottom_of, breakings, load, refuse_missing, top_of, width_of
from appliance.core.model import Box

POINTS_PER_MM = 72 / 25.4

SMALLEST = 0.5
"""Text that may shrink keeps at least this share of its size (rules.md 33)."""

STEPS = 6
"""Sizes of letters that are tried, where text may shrink."""

PADDING = 1.0
"""Points between the edge of the box and the text."""

BESIDE = 4.0
"""Points between seal and text."""

LOOSE, TIGHT, GAP = 1.15, 1.0, 0.03
"""Distance of baselines in em: as wished, at least, and the clear space between ink and ink."""

GRACE = 0.02
"""Points by which a box may be too small: numbers in a PDF have two decimals."""


@dataclass(frozen=True, slots=True)
class StampForm:
    """A box in mm that holds the whole stamp, text and seal, at a size the law allows."""

    width_mm: float
    height_mm: float


@dataclass(frozen=True, slots=True)
class StampLook:
    """How a stamp is drawn (rule profile).

    Attributes:
        font_size: lawful size of the text, points.
        shrink: whether the text may be smaller where there is no room, never below half.
        colour: of the text, ``#rrggbb``.
        seal_mm: diameter of the seal, which never shrinks; 0: none.
        seal_colour: of the seal, ``#rrggbb``.
    """

    font_size: float = 10.0
    shrink: bool = False
    colour: str = "#000000"
    seal_mm: float = 0.0
    seal_colour: str = "#cc0000"


@dataclass(frozen=True, slots=True)
class Placed:
    """One line of text and where its baseline begins, in points from the lower left of the stamp."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A stamp of ``width`` by ``height`` points with text of ``size`` points; ``seal`` is where the seal stands."""

    width: float
    height: float
    size: float
    lines: tuple[Placed, ...]
    seal: Box | None = None


@dataclass(frozen=True, slots=True)
class _Arrangement:
    """Lines of text of a size, ``leading`` em apart, and where the seal is; room it takes in points."""

    lines: tuple[str, ...]
    size: float
    leading: float
    seal: float
    beside: bool
    metrics: Metrics

    @property
    def text_width(self) -> float:
        return max(width_of(line, self.metrics) for line in self.lines) * self.size / 1000

    @property
    def text_height(self) -> float:
        return (self.ink + (len(self.lines) - 1) * self.leading) * self.size

    @property
    def ink(self) -> float:
        """Top of the first line above its baseline and bottom of the last below its own, in em."""
        return (top_of(self.lines[0], self.metrics) - bottom_of(self.lines[-1], self.metrics)) / 1000

    @property
    def width(self) -> float:
        if not self.seal:
            return self.text_width + 2 * PADDING
        if self.beside:
            return self.seal + BESIDE + self.text_width + PADDING
        return max(self.seal, self.text_width + 2 * PADDING)

    @property
    def height(self) -> float:
        if not self.seal:
            return self.text_height + 2 * PADDING
        if self.beside:
            return max(self.seal, self.text_height + 2 * PADDING)
        return self.seal + BESIDE + self.text_height + PADDING

    def fits(self, width: float, height: float) -> bool:
        return self.width <= width + GRACE and self.height <= height + GRACE


def forms(texts: Sequence[str], look: StampLook, wished: StampForm) -> tuple[StampForm, ...]:
    """Return the boxes that hold the stamp, most wished first; the first that fits on the page is to be taken.

    Args:
        texts: what the stamp says, a line each where there is room, in NFC.
        look: how it is drawn.
        wished: the box that the rule profile names; it comes first where the text fits at its full size.

    Raises:
        ApplianceError: STAMP_FONT.
    """
    width, height = wished.width_mm * POINTS_PER_MM, wished.height_mm * POINTS_PER_MM
    ways = list(_arrangements(texts, look, load()))
    full = any(one.size == look.font_size and one.fits(width, height) for one in ways)
    found = [wished] if full else []
    for one in ways:
        form = StampForm(_mm(one.width), _mm(one.height))
        if not any(_within(earlier, form) for earlier in found):
            found.append(form)
    return tuple(found)


def lay_out(texts: Sequence[str], box: Box, look: StampLook, metrics: Metrics | None = None) -> Layout:
    """Arrange the stamp in its box: the first arrangement that fits, in the middle of it.

    Args:
        texts: as for ``forms``.
        box: where the stamp stands, points.
        look: how it is drawn.
        metrics: another font than the stamp's.

    Raises:
        ApplianceError: STAMP_FONT, or STAMP_SPACE when nothing that the law allows fits.
    """
    width, height = round(box.x1 - box.x0, 2), round(box.y1 - box.y0, 2)
    for one in _arrangements(texts, look, metrics or load()):
        if one.fits(width, height):
            return _placed(one, width, height)
    raise errors.STAMP_SPACE.error(width=width, height=height)


def _arrangements(texts: Sequence[str], look: StampLook, metrics: Metrics) -> Iterator[_Arrangement]:
    """Yield what the law allows, most wished first: large, then airy, then in few lines, then beside the seal."""
    refuse_missing(texts, metrics)
    sizes = [look.font_size * (1 - SMALLEST * step / (STEPS - 1)) for step in range(STEPS if look.shrink else 1)]
    ways = breakings(texts, metrics)
    for size, wish, lines in product(sizes, (LOOSE, TIGHT), ways):
        leading = max(wish, _least(lines, metrics))
        for beside in (True, False) if look.seal_mm else (False,):
            yield _Arrangement(lines, size, leading, look.seal_mm * POINTS_PER_MM, beside, metrics)


def _least(lines: Sequence[str], metrics: Metrics) -> float:
    """Return the distance of baselines in em at which no ink touches other ink."""
    return max((GAP + (top_of(low, metrics) - bottom_of(high, metrics)) / 1000 for high, low in pairwise(lines)),
               default=0.0)


def _within(small: StampForm, large: StampForm) -> bool:
    return small.width_mm <= large.width_mm and small.height_mm <= large.height_mm


def _mm(points: float) -> float:
    """Return points as mm, rounded upwards to a hundredth."""
    return -(-points * 100 // POINTS_PER_MM) / 100


def _placed(one: _Arrangement, width: float, height: float) -> Layout:
    """Put an arrangement into the middle of a box that holds it."""
    seal, text = _parts(one, width, height)
    lines = tuple(
        Placed(line, round(text.x0 + (text.x1 - text.x0 - width_of(line, one.metrics) * one.size / 1000) / 2, 2),
               round(text.y1 - (top_of(one.lines[0], one.metrics) / 1000 + at * one.leading) * one.size, 2))
        for at, line in enumerate(one.lines))
    return Layout(width, height, one.size, lines, seal)


def _parts(one: _Arrangement, width: float, height: float) -> tuple[Box | None, Box]:
    """Return where the seal and the text stand."""
    wide, high, side = one.text_width, one.text_height, one.seal
    if not side:
        left, low = (width - wide) / 2, (height - high) / 2
        return None, Box(left, low, left + wide, low + high)
    if one.beside:
        left, low = (width - side - BESIDE - wide) / 2, (height - side) / 2
        start, base = left + side + BESIDE, (height - high) / 2
        return Box(left, low, left + side, low + side), Box(start, base, start + wide, base + high)
    left, low = (width - side) / 2, (height - side - BESIDE - high) / 2
    start, base = (width - wide) / 2, low + high + BESIDE
    return Box(left, base, left + side, base + side), Box(start, low, start + wide, low + high)
