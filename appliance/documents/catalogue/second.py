"""A second look: which small places of a page are worth reading again alone, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance.core.jobs import Found
from appliance.core.model import Box, TextLine
from appliance.documents.catalogue.head import number_row
from appliance.documents.catalogue.sheet import Sheet, pieces_of

AGAIN = ("signer", "codeNumber", "codeNotation")
"""Fields that one wrong letter spoils, and whose places hold little else: what is read alone is read better."""

TRUSTED = 0.8
"""From this certainty on the second look is taken, whatever the first one said."""

ASIDE, ABOVE = 6.0, 2.5
"""Millimetres around a place; Tesseract needs white around words."""

UNDER = (12.0, 60.0)
"""Where a signer's name stands below the position, mm, when the first look has found none."""

STAMPED = (0.62, 0.45)
"""Share of width and height, from the top left corner, in which an urgency stamp stands."""


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a page (number from 1): a box in pixels of the upright page."""

    page: int
    box: Box


def places(sheets: Sequence[Sheet], found: Sequence[Found]) -> list[Place]:
    """Return what is worth a second look: the signer's name, and number and notation."""
    wanted = []
    said = {one.name: one for one in found}
    signer, position = said.get("signer"), said.get("position")
    if signer is not None and signer.box is not None:
        wanted.append(_around(sheets[signer.page - 1], signer.box))
    elif position is not None and position.box is not None:
        sheet, box = sheets[position.page - 1], position.box
        low, high = (box.y1 + part * sheet.mm for part in UNDER)
        wanted.append(_around(sheet, Box(box.x0 - 15 * sheet.mm, low, box.x1 + 15 * sheet.mm, high)))
    first = next((sheet for sheet in sheets if sheet.pieces), None)
    if first is not None and (row := number_row(first)) is not None:
        wanted.append(_around(first, row.box))
    return wanted


def _around(sheet: Sheet, box: Box) -> Place:
    aside, above = ASIDE * sheet.mm, ABOVE * sheet.mm
    return Place(sheet.number, Box(max(0.0, box.x0 - aside), max(0.0, box.y0 - above),
                                   min(sheet.width, box.x1 + aside), min(sheet.height, box.y1 + above)))


def seen_again(sheet: Sheet, box: Box, lines: Sequence[TextLine]) -> Sheet:
    """Return a page with the words of a place as they were read alone; ``lines`` in pixels of the page."""
    kept = [piece for piece in sheet.pieces
            if not (box.x0 <= piece.middle <= box.x1 and box.y0 <= (piece.box.y0 + piece.box.y1) / 2 <= box.y1)]
    both = sorted([*kept, *pieces_of(lines)], key=lambda one: (one.box.y0, one.box.x0))
    return replace(sheet, pieces=tuple(both))


def better(first: Sequence[Found], second: Sequence[Found]) -> tuple[Found, ...]:
    """Return the fields of the first look, with those of the second that are surer or sure enough."""
    again = {one.name: one for one in second if one.name in AGAIN and one.value}
    said = {one.name: one for one in first}
    for name, one in again.items():
        if name not in said or one.certainty >= min(TRUSTED, said[name].certainty):
            said[name] = one
    return tuple(said.values())


def stamped(sheet: Sheet) -> Box:
    """Return where an urgency stamp may stand."""
    return Box(0.0, 0.0, STAMPED[0] * sheet.width, STAMPED[1] * sheet.height)
