"""Where the visible signature stands on page 1: in its corner or near it, on nothing. Pure.

It keeps to its own half of the page and to the top 20 mm, which is what imaging has looked at (core/cells.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from appliance.core import cells, errors
from appliance.core.cells import Cells
from appliance.core.jobs import StampSpace
from appliance.core.model import Box, EmptyBand
from appliance.core.stamping import StampForm

POINTS_PER_MM = 72 / 25.4
BAND_MM = 20.0

CLEAR = 2
"""Cells that stay free around the stamp where there is room for them: a stamp beside writing, not on its heels."""

HAIR = 1e-6
"""mm that sizes may differ by from rounding."""


@dataclass(frozen=True, slots=True)
class StampPlace:
    """Where the stamp goes.

    Attributes:
        box: points, PDF axes, origin at the bottom left of the page as captured.
        extra: points that are added to the page's height at its top to make room.
    """

    box: Box
    extra: float = 0.0

    @property
    def strip_mm(self) -> float:
        """Height of the added strip in mm, 0 without one."""
        return round(self.extra / POINTS_PER_MM, 2)


@dataclass(frozen=True, slots=True)
class _Field:
    """The cells among which the stamp moves: its own half, within the margins. Ends outside."""

    x0: int
    x1: int
    y0: int
    y1: int
    right: bool


def place_stamp(space: StampSpace, band: EmptyBand, width_pt: float, height_pt: float) -> StampPlace:
    """Return a place for the stamp that covers nothing, and has exactly the size of one of its forms.

    The most wished form that has room anywhere wins, where it has to move least from its corner. Where none has
    room and a strip may be added, the page grows upwards by the stamp and its margins; nothing on it is scaled.

    Args:
        space: forms, corner and margin.
        band: what is free on page 1, in mm from its top left corner.
        width_pt: width of page 1.
        height_pt: its height.

    Raises:
        ApplianceError: STAMP_NO_ROOM, or STAMP_PAGE_NARROW when not even a strip would hold it.
    """
    page = Box(0.0, 0.0, width_pt / POINTS_PER_MM, height_pt / POINTS_PER_MM)
    forms = space.forms or (StampForm(space.width_mm, space.height_mm),)
    known, field = _known(band, page), _field(space, page)
    if (found := next(_placed(forms, known, field), None)) is not None:
        return StampPlace(_to_points(found, height_pt))
    if not space.strip:
        raise errors.STAMP_NO_ROOM.error()
    return _above(space, forms, page, height_pt)


def _known(band: EmptyBand, page: Box) -> Cells:
    """Return the band cell by cell; of an analysis without cells only its free rectangles are known."""
    if (found := cells.unpack(band.cells)) is not None:
        return found
    k, size = cells.PER_MM, (_down(page.x1), _down(min(page.y1, BAND_MM)))
    free = [(_up(box.x0), _up(box.y0), int(box.x1 * k), int(box.y1 * k)) for box in (band.left, band.right)
            if box is not None]
    return cells.around((max(1, size[0]), max(1, size[1])), free)


def _field(space: StampSpace, page: Box) -> _Field:
    """Return the half of the band that the stamp may use."""
    right = space.corner == "top-right"
    middle, margin = page.x1 / 2, space.margin_mm
    x0, x1 = (middle, page.x1 - margin) if right else (margin, middle)
    return _Field(_up(x0), _down(x1), _up(margin), _down(min(BAND_MM, page.y1 - margin)), right)


def _placed(forms: Sequence[StampForm], known: Cells, field: _Field) -> Iterator[Box]:
    """Yield a place for each form that has room, in mm from the page's top left corner."""
    clear = _grown(known, CLEAR)
    for form in forms:
        for grid in (clear, known):
            if (at := _nearest(grid, field, _up(form.width_mm), _up(form.height_mm))) is not None:
                yield _box(form, field, at)
                break


def _nearest(grid: Cells, field: _Field, wide: int, high: int) -> tuple[int, int] | None:
    """Return the free place nearest to the corner: its outer side's x, and its top, in cells."""
    best: tuple[int, int, int, int] | None = None
    for top in range(field.y0, min(field.y1, len(grid.rows)) - high + 1):
        outer = _outermost(grid.free_runs(top, high, wide), grid.wide, field, wide)
        if outer is None:
            continue
        down, inward = top - field.y0, (field.x1 - outer if field.right else outer - field.x0)
        best = min(best, (down + inward, down, outer, top)) if best else (down + inward, down, outer, top)
        if inward == 0:
            break
    return (best[2], best[3]) if best else None


def _outermost(runs: int, wide: int, field: _Field, need: int) -> int | None:
    """Return the outer side of the outermost place among ``runs`` that keeps to the field; None without one.

    Bit b of ``runs`` is a place whose right side is cell ``wide - b``.
    """
    least, most = max(0, wide - field.x1), wide - field.x0 - need
    if most < least:
        return None
    inside = (runs & ((1 << (most + 1)) - 1)) >> least
    if not inside:
        return None
    if field.right:
        return wide - least - ((inside & -inside).bit_length() - 1)
    return wide - least - (inside.bit_length() - 1) - need


def _grown(known: Cells, by: int) -> Cells:
    """Take ``by`` more cells around each taken one."""
    full, rows = (1 << known.wide) - 1, []
    for row in known.rows:
        wider = row
        for step in range(1, by + 1):
            wider |= row << step | row >> step
        rows.append(wider & full)
    grown = []
    for y in range(len(rows)):
        taken = 0
        for row in rows[max(0, y - by):y + by + 1]:
            taken |= row
        grown.append(taken)
    return Cells(known.wide, tuple(grown))


def _box(form: StampForm, field: _Field, at: tuple[int, int]) -> Box:
    """Return the form's own size with its outer top corner there, mm."""
    outer, top = at[0] / cells.PER_MM, at[1] / cells.PER_MM
    left = outer - form.width_mm if field.right else outer
    return Box(left, top, left + form.width_mm, top + form.height_mm)


def _above(space: StampSpace, forms: Sequence[StampForm], page: Box, height_pt: float) -> StampPlace:
    """Return a place on a strip above the page, in the stamp's own half; beyond it only the narrowest form."""
    margin = space.margin_mm
    form = next((form for form in forms if form.width_mm <= page.x1 / 2 - margin + HAIR),
                min(forms, key=lambda form: form.width_mm))
    if form.width_mm > page.x1 - 2 * margin + HAIR:
        least = form.width_mm + 2 * margin
        raise errors.STAMP_PAGE_NARROW.error(reason=f"{page.x1:.0f} mm < {least:.0f} mm")
    left = page.x1 - margin - form.width_mm if space.corner == "top-right" else margin
    above = Box(left, -margin - form.height_mm, left + form.width_mm, -margin)
    return StampPlace(_to_points(above, height_pt), (form.height_mm + 2 * margin) * POINTS_PER_MM)


def _to_points(box: Box, height_pt: float) -> Box:
    k = POINTS_PER_MM
    return Box(box.x0 * k, height_pt - box.y1 * k, box.x1 * k, height_pt - box.y0 * k)


def _up(mm: float) -> int:
    return math.ceil(mm * cells.PER_MM - HAIR)


def _down(mm: float) -> int:
    return math.floor(mm * cells.PER_MM + HAIR)
