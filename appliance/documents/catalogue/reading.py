"""The fields of one document: head and title of its first page, signer of the page that has a signature."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from appliance.core.jobs import Found
from appliance.documents.catalogue import foot, head, identifiers, marks, title
from appliance.documents.catalogue.letters import begins, capital, words
from appliance.documents.catalogue.sheet import Sheet

FIELDS = ("codeNumber", "codeNotation", "issuedDate", "organName", "typeName", "subject", "signer", "position",
          "urgency", "form")
"""What can be read of any paper."""

IDENTIFIERS = (identifiers.INSURANCE, identifiers.CITIZEN)
"""What is read only where a job asks for it."""


def read(sheets: Sequence[Sheet], wanted: Sequence[str], latest: date) -> tuple[Found, ...]:
    """Return the wanted fields of a document that stand on its pages, at most one of each name.

    A field with an empty value says that the pages say two things. What no page says is left out.

    Args:
        sheets: the pages in order, blank ones too.
        wanted: names of ``FIELDS`` and ``IDENTIFIERS``.
        latest: the last day that the paper may be of.
    """
    written = [sheet for sheet in sheets if sheet.pieces]
    if not written:
        return ()
    first = written[0]
    found = [*_of_head(first, latest), *_of_foot(written)]
    for name in IDENTIFIERS:
        if name in wanted:
            every = [one for one in (identifiers.numbers(sheet, name) for sheet in written) if one is not None]
            found += [one for one in [head.alone(name, every)] if one is not None]
    order = (*FIELDS, *IDENTIFIERS)
    return tuple(sorted((one for one in found if one.name in wanted), key=lambda one: order.index(one.name)))


def _of_head(sheet: Sheet, latest: date) -> list[Found]:
    """Return what the first page says at its head; an appendix or a later page has none."""
    if _is_appendix(sheet):
        return []
    numbered = head.number(sheet)
    notation = next((one.value for one in numbered if one.name == "codeNotation"), "")
    named = title.find(sheet)
    if named is not None and notation:
        sign = next(iter(words()["types"][named.code]["sign"]), "")
        numbered = [head.agreed(one, sign) if one.name == "codeNotation" else one for one in numbered]
        notation = next(one.value for one in numbered if one.name == "codeNotation")
    every = [*numbered, head.day(sheet, latest), head.organ(sheet), title.kind(sheet, named, notation),
             title.subject(sheet, named), marks.urgency(sheet), marks.form(sheet)]
    return [one for one in every if one is not None]


def _of_foot(sheets: Sequence[Sheet]) -> list[Found]:
    """Return who signed: on the first page with a signature, before any appendix."""
    for sheet in sheets:
        if sheet is not sheets[0] and _is_appendix(sheet):
            return []
        if found := foot.signature(sheet):
            return found
    return []


def _is_appendix(sheet: Sheet) -> bool:
    """Say whether a page begins an appendix."""
    known = words()["appendix"]["title"]
    return any(begins(piece.text, known) and len(piece.words) <= 6 and capital(piece.text) > 0.3
               and piece.box.y1 < 0.3 * sheet.height and abs(piece.middle - 0.53 * sheet.width) < 0.25 * sheet.width
               for piece in sheet.pieces)
