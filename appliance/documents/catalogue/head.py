"""What the head of a paper says: number and notation, day, organisation, urgency, the code of a form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from appliance.core.jobs import Found
from appliance.documents.catalogue.letters import (
    DASHES,
    alike,
    bare,
    begins,
    capital,
    digits,
    distance,
    plain,
    restored,
    words,
)
from appliance.documents.catalogue.sheet import Piece, Sheet, beside, joined

DIGIT = r"[0-9olizsbq|]"
BLANK = r"[\s.…]*"
WORDED = re.compile(
    rf"n?[gq]a[yvj]{BLANK}({DIGIT}\s?{DIGIT}?){BLANK},?\s*th?[a-z]n[gq]{BLANK}({DIGIT}\s?{DIGIT}?){BLANK},?\s*"
    rf"n[a-z]m{BLANK}({DIGIT}(?:\s?{DIGIT}){{3}})(?![0-9])")
FIGURED = re.compile(
    rf"n?[gq]a[yvj]\s*[:.]?\s*({DIGIT}{{1,2}})\s*[/.-]\s*({DIGIT}{{1,2}})\s*[/.-]\s*({DIGIT}{{4}})(?![0-9])")
EARLIEST = 1945
LONGEST_PLACE = 6
"""Words of a place name before a date at most; more is a sentence."""

LABELLED = re.compile(r"\W{0,2}[s5][o0](\s*[:.;,/0-9]|$)")
NUMBERED = re.compile(r"^\W{0,2}[s5][o0]\s*[:.;,]*\s*(?=[0-9olizsbq|./\s]*/|[0-9])")
CITED = re.compile(r"\W*[s5][o0]\b[^/]*/\s*[^\s/](\S|\s*-\s*(?=\S))*\s+(n?[gq]a[yvj]|cua|ve)\b")
"""A number behind which its day, its issuer or its subject follow at once: another paper's, as forms cite it."""

NUMBER = re.compile(r"[0-9]{1,6}[a-zA-Z]{0,2}")
SIGN = r"[A-Za-zĐđĂăÂâÊêÔôƠơƯư0-9&.]"
NOTATION = re.compile(rf"(?:(?:19|20)[0-9]{{2}}/)?[A-ZĐĂÂÊÔƠƯ]{SIGN}*(?:[-/]{SIGN}+)*")
CASE_TURNED = 0.85
"""What each letter that had to be taken for a digit leaves of the certainty."""


def day(sheet: Sheet, latest: date) -> Found | None:
    """Return ``issuedDate``, DD/MM/YYYY: the only date that stands alone under the motto, else by a signature."""
    near = [piece for piece in sheet.pieces
            if re.search(r"n?[gq]a[yvj]", piece.plain) and piece.middle > 0.36 * sheet.width]
    left = 0.4 * sheet.width
    wide = sheet.width
    dates = (_date(sheet, one, latest) or _date(sheet, beside(sheet, one, left, wide), latest) for one in near)
    every = [one for one in dates if one is not None]
    at_head = [one for one in every if one.box is not None and one.box.y1 < sheet.head_end
               and not _goes_on(sheet, one.box.y0, one.box.y1)]
    if not at_head and not number_row(sheet):
        at_head = [one for one in every if one.box is not None and one.box.y0 > 0.4 * sheet.height]
    return alone("issuedDate", at_head)


def _goes_on(sheet: Sheet, top: float, foot: float) -> bool:
    """Say whether a row that is a date goes on with the line above: it begins with it, in a small letter."""
    row = [piece for piece in sheet.pieces if piece.box.y0 < (top + foot) / 2 < piece.box.y1]
    first = min(row, key=lambda piece: piece.box.x0, default=None)
    return first is not None and re.match(r"n?[gq]a[yvj]", first.plain) is not None and first.text[0].islower()


def _date(sheet: Sheet, row: Piece, latest: date) -> Found | None:
    """Return the date that a row is, with only a place before it; None: it is none, or no day of the calendar."""
    text = row.plain
    match = WORDED.search(text) or FIGURED.search(text)
    if match is None or len(text) - match.end() > 3:
        return None
    before = text[:match.start()].strip(" ,.;:'-")
    if len(before.split()) > LONGEST_PLACE or re.search(r"[0-9]{2}", before) or begins(before, "can cu"):
        return None
    parts = [digits(row.text[match.start(at):match.end(at)]) for at in (1, 2, 3)]
    try:
        found = date(*(int(value) for value, _ in reversed(parts)))
    except ValueError:
        return None
    if found.year < EARLIEST or found > latest:
        return None
    stands = row.part(match.start(), match.end())
    fit = CASE_TURNED ** sum(turned for _, turned in parts)
    return sheet.found("issuedDate", f"{found:%d/%m/%Y}", stands, stands.least() * fit)


def alone(name: str, found: Sequence[Found]) -> Found | None:
    """Return what all agree on; where they do not, a field without a value; None where there is none."""
    if not found:
        return None
    best = max(found, key=lambda one: one.certainty)
    if len({plain(one.value) for one in found}) > 1:
        return Found(name, "", 0.0, best.box, best.page)
    return best


def number_row(sheet: Sheet) -> Piece | None:
    """Return the row "Số: …/…" at the left of the head, whole; None where there is none, or several differ."""
    rows = []
    right = 0.62 * sheet.width if sheet.country is None or sheet.two_columns else 0.9 * sheet.width
    for piece in sheet.pieces:
        if piece.box.y1 > sheet.head_end or piece.middle > right or not LABELLED.match(piece.plain):
            continue
        if CITED.match(piece.plain) or re.match(r"\W*s\w\s+[0-9]", piece.text):
            continue
        row = _cut(beside(sheet, piece, piece.box.x0 - 1, right))
        match = NUMBERED.match(row.plain)
        if match and NOTATION.search(row.text[match.end():].partition("/")[2]):
            rows.append(row)
    if len({bare(row.text) for row in rows}) > 1:
        return None
    return rows[0] if rows else None


def _cut(row: Piece) -> Piece:
    """Return a row without the date that stands beside the number."""
    match = WORDED.search(row.plain) or FIGURED.search(row.plain)
    if match is None:
        return row
    start = row.plain.rfind("/", 0, match.start())
    after = row.plain.find(" ", start) if start >= 0 else -1
    return row.part(0, after) if 0 < after < match.start() else row


def number(sheet: Sheet) -> list[Found]:
    """Return ``codeNumber`` and ``codeNotation``; a number that is not filled in is left out."""
    row = number_row(sheet)
    if row is None:
        return []
    match = NUMBERED.match(row.plain)
    assert match is not None
    first, _, rest = row.text[match.end():].partition("/")
    found = []
    value, turned = digits(first.strip(" ."))
    if NUMBER.fullmatch(value) and turned < len(value):
        stands = row.part(match.end(), match.end() + len(first))
        found.append(sheet.found("codeNumber", value, stands, stands.least() * CASE_TURNED**turned))
    if (notation := _notation(rest)) is not None:
        stands = row.part(match.end() + len(first) + 1, len(row.text))
        found.append(sheet.found("codeNotation", notation[0], stands, stands.least() * notation[1]))
    return found


def _notation(text: str) -> tuple[str, float] | None:
    """Return the notation after the number with how well it fits; None where it is none."""
    whole = text.translate(DASHES).replace("Ð", "Đ").replace("ĐĐ", "Đ").strip(" .,;:'|")
    closed = re.sub(r"\s*([-/&])\s*", r"\1", whole)
    head, _, tail = closed.partition(" ")
    head = head.strip("-./,;:'|")
    if not NOTATION.fullmatch(head) or sum(letter.isupper() for letter in head) < 2:
        return None
    fit = 1.0 if "-" in head else 0.85
    if len(bare(tail)) > 1:
        fit *= 0.6
    return _with_strokes(head), fit


def _with_strokes(notation: str) -> str:
    """Give the abbreviation of a type back the letters that OCR has lost, where only one type can be meant."""
    year, sign, rest = re.fullmatch(r"((?:[0-9]{4}/)?)([^-/]+)(.*)", notation).groups()  # type: ignore[union-attr]
    known = [one for spec in words()["types"].values() for one in spec["sign"]]
    if sign not in known:
        meant = [one for one in known if bare(one) == bare(sign)]
        sign = meant[0] if len(meant) == 1 and sign.isupper() == meant[0].isupper() else sign
    return f"{year}{sign}{rest}"


def sign_of(notation: str) -> str:
    """Return the abbreviation of the type in a notation: QĐ of 2019/QĐ-BHXH."""
    return re.split(r"[-/]", re.sub(r"^[0-9]{4}/", "", notation))[0]


def organ(sheet: Sheet) -> Found | None:
    """Return ``organName``: the last organisation above the number, at the left; not the one that it belongs to."""
    row = number_row(sheet)
    if not sheet.two_columns and row is None:
        return None
    foot = row.box.y0 if row is not None else sheet.head_end - 25 * sheet.mm
    edge = sheet.country.box.x0 + 4 * sheet.mm if sheet.two_columns and sheet.country else 0.55 * sheet.width
    lines = [piece for piece in sheet.pieces
             if piece.box.y1 < foot + 0.3 * piece.height and piece.middle < 0.5 * sheet.width
             and piece.box.x1 < edge and _is_name(piece)]
    if sheet.country is not None:
        lines = [piece for piece in lines if piece.box.y0 > sheet.country.box.y0 - 12 * sheet.mm]
    if not lines:
        return None
    lines.sort(key=lambda piece: piece.box.y0)
    taken, known = _last_name(lines)
    stands = joined(taken)
    said = " ".join(piece.text.lstrip("-").strip(" .,:;_'*|") for piece in taken)
    value = restored(said, words()["head"]["written"])
    return sheet.found("organName", value, stands, stands.mean() * (1.0 if known else 0.7))


def _is_name(piece: Piece) -> bool:
    """Say whether a line may be of an organisation: no urgency, no form, nothing with a number in it."""
    close = bare(piece.text)
    if capital(piece.text) <= 0.75 or len(close) < 3:
        return False
    return (not any(close == bare(one) for one in words()["urgency"]["words"])
            and not re.match(r"mau\b|v/v", piece.plain) and not LABELLED.match(piece.plain)
            and not re.search(r"[0-9]{3}", piece.text)
            and not alike(piece.text, words()["head"]["country"], 0.3))


def _last_name(lines: Sequence[Piece]) -> tuple[list[Piece], bool]:
    """Return the lines of the last organisation, and whether they begin as organisations do."""
    head = words()["head"]
    taken: list[Piece] = []
    for at in range(len(lines) - 1, -1, -1):
        taken.insert(0, lines[at])
        before = lines[at - 1].text.rstrip() if at else ""
        wraps = before.endswith(("-", ",")) or plain(before).endswith(" va")
        text = lines[at].text
        if not wraps and any(begins(text, one) for one in head["organ"]) and not (
                at and any(begins(text, one) for one in head["goes_on"])):
            return taken, True
    return (taken[-2:], False) if len(lines) > 1 else (taken, False)


def agreed(notation: Found, sign: str) -> Found:
    """Return a notation with the title's abbreviation, where the one that was read is none and one letter off."""
    read = sign_of(notation.value)
    known = {one for spec in words()["types"].values() for one in spec["sign"]}
    if not sign or read in known or len(read) != len(sign) or distance(read, sign, 1) > 1:
        return notation
    value = notation.value.replace(read, sign, 1)
    return replace(notation, value=value, certainty=round(notation.certainty * CASE_TURNED, 3))
