"""What a paper is and what it is about: its type, by title or notation, and its subject."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.core.jobs import Found
from appliance.documents.catalogue.head import number_row, sign_of
from appliance.documents.catalogue.letters import alike, bare, begins, capital, words
from appliance.documents.catalogue.sheet import Piece, Sheet, below, joined

LETTER, OTHER = "22", "32"
NEXT_LINE = 1.05
"""A line of the subject lies no further below the last than so many letter heights."""

MOST_LINES = 8
ABOUT = re.compile(r"^\W{0,2}v\s?[/.|l1]?\s?v\b\W{0,3}")


@dataclass(frozen=True)
class Title:
    """The line that names the type: its code, and whether the line says more than the type."""

    piece: Piece
    code: str
    fit: float
    more: str


def find(sheet: Sheet) -> Title | None:
    """Return the first line in the middle of the page, in capitals, that names a type; None where none does."""
    row = number_row(sheet)
    top = row.box.y1 if row is not None else sheet.country.box.y1 if sheet.country is not None else 0.0
    for piece in sheet.pieces:
        if piece.box.y0 < top - 0.2 * piece.height or piece.box.y1 > 0.62 * sheet.height:
            continue
        if abs(piece.middle - 0.53 * sheet.width) > 0.12 * sheet.width or capital(piece.text) < 0.8:
            continue
        if (found := _named(piece)) is not None:
            return found
    return None


def _named(piece: Piece) -> Title | None:
    """Return the type that a line names, whole or with what follows."""
    text = piece.text.strip(" :.*-_'")
    fits = [(alike(text, name), code) for code, spec in words()["types"].items() if code != OTHER
            for name in spec["title"]]
    best, code = max(fits)
    if best:
        return Title(piece, code, best, "")
    for code, spec in words()["types"].items():
        for name in spec["title"]:
            if begins(text, name):
                whole = bare(text) == bare(name)
                more = text if code == OTHER else text[len(name):].strip(" :-")
                return Title(piece, code, 0.95, "" if whole and code != OTHER else more)
    return None


def kind(sheet: Sheet, title: Title | None, notation: str) -> Found | None:
    """Return ``typeName``, a code of the archive's list, from the title, the notation, or the form of a letter."""
    signs = {sign: code for code, spec in words()["types"].items() for sign in spec["sign"]}
    by_sign = signs.get(sign_of(notation), "") if notation else ""
    if title is not None:
        fit = title.fit * (1.0 if by_sign in ("", title.code) else 0.5)
        return sheet.found("typeName", title.code, title.piece, title.piece.mean() * fit)
    row = number_row(sheet)
    if row is None or not notation:
        return None
    about = _about(sheet)
    if by_sign in ("", LETTER) and (about is not None or by_sign):
        piece = about or row
        return sheet.found("typeName", LETTER, piece, 0.5 + 0.45 * piece.mean())
    if by_sign and about is None:
        return sheet.found("typeName", by_sign, row, row.least() * 0.7)
    if not by_sign and any(begins(piece.text, "KÍNH GỬI") for piece in sheet.pieces):
        return sheet.found("typeName", LETTER, row, row.mean() * 0.85)
    return None


def subject(sheet: Sheet, title: Title | None) -> Found | None:
    """Return ``subject``: what stands behind "V/v" of a letter, or under the title of any other paper."""
    if title is None:
        first = _about(sheet)
        if first is None or number_row(sheet) is None:
            return None
        column = [piece for piece in sheet.pieces if piece.middle < 0.52 * sheet.width
                  and piece.box.x1 < 0.6 * sheet.width]
        lines = _flow(sheet, first, column)
        mark = ABOUT.match(lines[0].plain)
        text = " ".join(piece.text for piece in lines)[mark.end() if mark else 0:]
        return _subject(sheet, text, lines, 1.0)
    column = [piece for piece in sheet.pieces if abs(piece.middle - title.piece.middle) < 0.09 * sheet.width]
    lines = _flow(sheet, title.piece, column)
    text = " ".join([title.more, *(piece.text for piece in lines[1:])]).strip()
    return _subject(sheet, text, lines[0 if title.more else 1:], title.fit)


def _about(sheet: Sheet) -> Piece | None:
    """Return the line "V/v …" at the left of the head."""
    for piece in sheet.pieces:
        if piece.box.y1 > sheet.head_end + 15 * sheet.mm:
            break
        if piece.middle < 0.52 * sheet.width and (ABOUT.match(piece.plain) or begins(piece.text, "VỀ VIỆC")):
            return piece
    return None


def _flow(sheet: Sheet, first: Piece, column: Sequence[Piece]) -> list[Piece]:
    """Return a line and those that go on with it, down to a gap or to what begins something else."""
    lines = [first]
    while len(lines) < MOST_LINES:
        tall = max(lines[-1].height, 3.2 * sheet.mm)
        after = below(column, lines[-1], NEXT_LINE * tall)
        if after is None or _ends(after, first=len(lines) == 1):
            break
        if re.match(r"[-+•*]\s|[0-9ivx]{1,3}\s?[.)]|\(", after.plain) or _shouts(lines, after):
            break
        if bare(after.text):
            lines.append(after)
        elif len(lines) > 1:
            break
        else:
            column = [piece for piece in column if piece is not after]
    return lines


def _ends(piece: Piece, *, first: bool) -> bool:
    """Say whether a line begins with what no subject goes on with; a subject may begin with some of it."""
    known = words()["subject"]
    return piece.text[:1].isupper() and any(
        begins(piece.text, end) for end in known["ends"] + ([] if first else known["later"]))


def _shouts(lines: Sequence[Piece], after: Piece) -> bool:
    """Say whether a line in capitals follows a subject that is in small letters: then it is who decides."""
    return len(lines) > 1 and capital(after.text) > 0.85 and capital(lines[-1].text) < 0.6


def _subject(sheet: Sheet, text: str, lines: Sequence[Piece], fit: float) -> Found | None:
    value = text.strip(" .:;,-_'*|")
    if len(bare(value)) < 4 or not lines:
        return None
    stands = joined(lines)
    return sheet.found("subject", value, stands, stands.mean() * fit)
