"""Numbers of persons: read only where a job asks for them, behind their label, when there is one of each."""

from __future__ import annotations

import re

from appliance.core.jobs import Found
from appliance.documents.catalogue.head import alone
from appliance.documents.catalogue.letters import digits, plain, words
from appliance.documents.catalogue.sheet import Sheet, beside

INSURANCE, CITIZEN = "insuranceNumber", "citizenId"
LENGTHS = {INSURANCE: 10, CITIZEN: 12}
BETWEEN = frozenset(("so", "the", "neu", "co", "hoac", "va", "cmnd", "cccd", "cmtnd", "bhxh", "ma", "dinh", "danh",
                     "ca", "nhan", "ho", "chieu"))
"""Words that may stand between a label and its number; any other begins what is not its own, as a telephone."""

LABELS = {INSURANCE: "insurance", CITIZEN: "citizen"}


def numbers(sheet: Sheet, name: str) -> Found | None:
    """Return a number of a person that stands behind its label; two of them are none.

    A social-insurance number has 10 digits, a citizen id 12; digits in boxes of their own are put together.
    """
    labels = sorted((plain(one) for one in words()["identifiers"][LABELS[name]]), key=len, reverse=True)
    found = []
    for piece in sheet.pieces:
        if not any(label in piece.plain for label in labels):
            continue
        row = beside(sheet, piece, piece.box.x0 - 1, sheet.width)
        for match in re.finditer("|".join(re.escape(label) for label in labels), row.plain):
            if (one := _behind(row.text[match.end():], LENGTHS[name])) is None:
                continue
            value, start, end = one
            stands = row.part(match.end() + start, match.end() + end)
            found.append(sheet.found(name, value, stands, stands.least()))
    return alone(name, found)


def _behind(text: str, length: int) -> tuple[str, int, int] | None:
    """Return the number that follows a label, exactly as long as it must be, and where it stands."""
    match = re.match(rf"([^0-9]{{0,40}}?)((?:[0-9][\s.|]{{0,3}}){{{length}}})(?![\s|]{{0,2}}[0-9])", text)
    if match is None or not set(re.findall(r"[a-z]+", plain(match.group(1)))) <= BETWEEN:
        return None
    value, _ = digits(re.sub(r"[\s.|]", "", match.group(2)))
    return value, match.start(2), match.end(2)
