"""Sheets with a note on them: captured with it and once more without it, and yet one sheet. Pure.

A note separator says that of the two sheets behind it; cards and target sheets between them say nothing (Circular
01/2023/TT-VPCP, art. 8: two captures of a page with a note).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from appliance.core import errors
from appliance.documents.sheet import Sheet

BROKEN = "phiếu khác hoặc hết xấp giấy trước tờ thứ hai / another separator, or the end, comes before the second"


def paired(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Return the sheets with both captures of a sheet in one; a separator without its two sheets is in doubt."""
    found = list(sheets)
    for at, sheet in enumerate(sheets):
        if not sheet.note:
            continue
        first, second = _next(sheets, at), _next(sheets, _next(sheets, at))
        if max(first, second) < len(sheets) and all(_paper(sheets[place]) for place in (first, second)):
            found[first] = replace(sheets[first], bare=sheets[second].pages)
            found[second] = replace(sheets[second], pages=())
        else:
            found[at] = replace(sheet, separator=None, fault=BROKEN, kind=errors.NOTE_PAIR_BROKEN)
    return [sheet for sheet in found if sheet.pages]


def _next(sheets: Sequence[Sheet], at: int) -> int:
    """Return where the next sheet lies that is no card and no target."""
    at += 1
    while at < len(sheets) and sheets[at].cover and not sheets[at].note:
        at += 1
    return at


def _paper(sheet: Sheet) -> bool:
    return not sheet.fault and sheet.separator is None


def links(sheet: Sheet) -> list[tuple[int, int]]:
    """Return each page without the note and the page of the same side that shows it."""
    shown = {page.side: page.id for page in sheet.pages}
    return [(page.id, shown.get(page.side, sheet.pages[0].id)) for page in sheet.bare]
