"""A generated page beside what the product says of it: the numbers that quality figures are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from appliance.core.errors import ApplianceError
from appliance.core.model import Box, Geometry, ImageRules, PageAnalysis, Verdict
from appliance.documents import orientation
from appliance.imaging import geometry, layout, recipe, rendition
from appliance.imaging.rendition import Rendition
from bench.corpus import Sample, Truth
from bench.corpus.truth import INK_PER_MM

MOST_PIXELS = 200_000_000
ASK_DPI = 150
WELL_ENOUGH = 0.35
"""Degrees; a page that lies no further askew may be left without a number."""

SPEND = 20.0
"""Seconds that Tesseract may take over one page."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Looked:
    """One page of a set.

    Attributes:
        name: of the set; ``at`` says which page of it.
        cut_mm: how far ink lies outside the page that the product lays out, though the scan has it.
        touched_mm: how much of the side of a "free" band is ink; None when the product found none.
        asked: whether Tesseract was asked which way up it is.
        error: code of the typed error when the page was refused.
    """

    name: str
    at: str
    truth: Truth
    analysis: PageAnalysis | None
    cut_mm: float = 0.0
    touched_mm: float | None = None
    asked: bool = False
    error: str = ""

    @property
    def number(self) -> int:
        """Return the page's number in its set."""
        return int(self.at.removeprefix(self.name).split(",")[0])

    def verdict(self, check: str) -> Verdict | None:
        """Return a verdict by its name, None when the product has none of it for this page."""
        verdicts = self.analysis.verdicts if self.analysis else ()
        return next((one for one in verdicts if one.check == check), None)

    def flagged(self, check: str) -> bool | None:
        """Say whether a check fails or warns; None when the product does not judge it here."""
        if self.analysis is None:
            return None
        if check == "blank":
            return self.analysis.blank
        found = self.verdict(check)
        return None if found is None else not found.ok or bool(found.code)

    def skew_error(self) -> float | None:
        """Return the error of the skew in degrees; None when blank, or left as it lies where that will do."""
        if self.analysis is None or self.truth.blank or self.analysis.blank:
            return None
        measured = self.verdict("skew")
        if measured is None and not self.analysis.geometry.skew and abs(self.truth.skew) < WELL_ENOUGH:
            return None
        skew = self.analysis.geometry.skew if measured is None else measured.value
        return abs((skew + self.truth.skew + 45) % 90 - 45)

    def upright(self) -> bool:
        """Say whether the page is laid the right way up."""
        return self.analysis is not None and self.analysis.geometry.turn == self.truth.turn


def look(name: str, sample: Sample, rules: ImageRules, at: str = "") -> Looked:
    """Let the product look at a page, asking Tesseract where it is unsure, as a worker does."""
    data = sample.jpeg()
    master = sample.master(data)
    try:
        found = recipe.analyse(data, master, rules, MOST_PIXELS)
    except ApplianceError as problem:
        return Looked(name, at, sample.truth, None, error=problem.kind.code)
    asked = not found.orientation_sure and not found.blank
    if asked:
        found = _settled(data, sample, found)
    return Looked(name, at, sample.truth, found, cut(sample, found.geometry), touched(sample, found), asked)


def _settled(data: bytes, sample: Sample, found: PageAnalysis) -> PageAnalysis:
    """Turn a page as Tesseract says, if it says anything."""
    form, dpi = sample.master().format, float(sample.truth.header_dpi)
    image = rendition.draw(data, Rendition(form, found.geometry, dpi, ASK_DPI, found.treatment))
    turns = orientation.detect(image, ASK_DPI, SPEND)
    if not turns:
        return found
    lie = geometry.turned(found.geometry, turns)
    paper = layout.paper_turned(found.paper, turns)
    return replace(found, geometry=lie, paper=paper, band=recipe.band_of(data, form, lie, dpi, found.marks))


def cut(sample: Sample, laid: Geometry) -> float:
    """Return how far ink that the scan has lies outside the laid page, mm."""
    rows, columns = np.nonzero(sample.ink)
    if not rows.size:
        return 0.0
    x, y = _apply(sample.truth.matrix, (columns + 0.5) / INK_PER_MM, (rows + 0.5) / INK_PER_MM)
    high, wide = sample.image.shape[:2]
    seen = (x >= 0) & (y >= 0) & (x < wide) & (y < high)
    if not seen.any():
        return 0.0
    across, down = _apply(laid.matrix(), x[seen], y[seen])
    beyond = max(-across.min(), -down.min(), across.max() - laid.page_width, down.max() - laid.page_height)
    return max(0.0, float(beyond) * 25.4 / sample.truth.dpi)


def touched(sample: Sample, found: PageAnalysis) -> float | None:
    """Return how much ink lies in the bands that were called free: side of a square of its area, mm."""
    boxes = [box for box in (found.band.left, found.band.right) if box is not None]
    if not boxes or found.geometry.turn != sample.truth.turn or sample.truth.header_dpi != sample.truth.dpi:
        return None
    return max(_touched(sample, found.geometry, box) for box in boxes)


def _touched(sample: Sample, laid: Geometry, box: Box) -> float:
    step = 1 / INK_PER_MM
    grid = np.meshgrid(np.arange(box.x0 + step / 2, box.x1, step), np.arange(box.y0 + step / 2, box.y1, step))
    if not grid[0].size:
        return 0.0
    unit = sample.truth.dpi / 25.4
    image = _apply(_inverse(laid.matrix()), grid[0].ravel() * unit, grid[1].ravel() * unit)
    x, y = _apply(_inverse(sample.truth.matrix), *image)
    high, wide = sample.ink.shape
    columns, rows = np.floor(x * INK_PER_MM).astype(int), np.floor(y * INK_PER_MM).astype(int)
    inside = (columns >= 0) & (rows >= 0) & (columns < wide) & (rows < high)
    return math.sqrt(float(np.count_nonzero(sample.ink[rows[inside], columns[inside]]))) * step


def _apply(matrix: tuple[float, ...], x: Floats, y: Floats) -> tuple[Floats, Floats]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _inverse(matrix: tuple[float, ...]) -> tuple[float, ...]:
    a, b, c, d, e, f = matrix
    area = a * d - b * c
    return d / area, -b / area, -c / area, a / area, (c * f - d * e) / area, (b * e - a * f) / area
