"""From a ``Spec`` to a page with its truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from appliance.core.model import Box
from bench.corpus import capture, codes, defects, frame, physical
from bench.corpus.physical import Item, Lay
from bench.corpus.spec import Code, Hand, Spec, Stamp
from bench.corpus.truth import INK_PER_MM, Placed, Sample, Truth

WEAK_INK = 0.3
SMALLEST_MODULE = 1.8
"""Pixels: below, a code is hardly to be read by anybody."""


def page(spec: Spec) -> Sample:
    """Generate one page.

    Raises:
        KeyError: no such kind of print.
        ApplianceError: FONT_MISSING.
    """
    lay = physical.make_sheet(spec)
    framed = frame.lay_down(lay.page, spec)
    image = capture.expose(framed.image, spec)
    return Sample(image, _truth(spec, lay, framed), lay.ink, spec)


def _truth(spec: Spec, lay: Lay, framed: frame.Framed) -> Truth:
    blank = lay.printed.empty and not spec.laid
    size = (framed.image.shape[1], framed.image.shape[0])
    values = defects.measure(spec, defects.lost_ink(lay.ink, framed.matrix, size, spec.dpi))
    bad, doubtful = defects.judge(spec, values, blank)
    matrix = frame.as_mm(framed.matrix, spec.dpi)
    placed = [(item, _placed(item, spec, matrix)) for item in lay.items]
    return Truth(
        kind=spec.kind, dpi=spec.dpi, header_dpi=spec.sensor.header_dpi or spec.dpi, paper_mm=lay.printed.size_mm,
        skew=spec.lie.skew, turn=spec.lie.turn % 4, matrix=matrix, blank=blank, bad=bad, doubtful=doubtful,
        values=values,
        stamps=tuple(one for item, one in placed if isinstance(item.laid, Stamp)),
        codes=tuple(one for item, one in placed if isinstance(item.laid, Code)),
        notes=tuple(one for item, one in placed if isinstance(item.laid, Hand)),
        streaks=tuple(capture.streak_at(one, size[0]) for one in spec.sensor.streaks),
        ink_mm=_span(lay.ink), text=lay.printed.text)


def _placed(item: Item, spec: Spec, matrix: tuple[float, float, float, float, float, float]) -> Placed:
    """Return where an item lies in the image."""
    box = physical.item_box(item, spec)
    a, b, c, d, e, f = matrix
    points = [(a * x + c * y + e, b * x + d * y + f)
              for x, y in ((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1))]
    across, down = [point[0] for point in points], [point[1] for point in points]
    angle = getattr(item.laid, "angle", 0.0) + spec.lie.skew - 90 * spec.lie.turn
    return Placed(item.laid.kind, item.laid.text, Box(min(across), min(down), max(across), max(down)),
                  (angle + 180) % 360 - 180, _weak(item, spec))


def _weak(item: Item, spec: Spec) -> bool:
    """Say whether a person would have trouble with it as well."""
    laid = item.laid
    if isinstance(laid, Stamp):
        return laid.ink * (1 - 0.5 * laid.patchy) < WEAK_INK
    if isinstance(laid, Code):
        return codes.module_px(laid, spec.dpi) < SMALLEST_MODULE
    return laid.strength < WEAK_INK


def _span(ink: NDArray[np.uint8]) -> Box | None:
    """Return the rectangle that the ink of a sheet spans, mm."""
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    if not rows.size:
        return None
    unit = 1 / INK_PER_MM
    return Box(float(columns[0]) * unit, float(rows[0]) * unit, float(columns[-1] + 1) * unit,
               float(rows[-1] + 1) * unit)
