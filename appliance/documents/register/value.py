"""A cell becomes the value of a field, or names the rule it breaks. Pure.

Codes are taken as codes, without their leading zero (a spreadsheet drops it) or in words; days in the ways people
write them. What a spreadsheet has spoiled (days out of codes, lost digits) is refused, never mended by guessing.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache

from appliance.documents.register.cell import Cell, Kind
from appliance.documents.register.headings import bare
from appliance.documents.register.spec import Field, RegisterKind

Found = tuple[str, str]
"""A value and no rule, or no value and the rule that is broken."""

_DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_POWER = re.compile(r"-?\d(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_LONGEST_PART = 300
_EXACT_DIGITS = 15
_FIRST_YEAR, _LAST_YEAR = 1800, 2200

_YES = frozenset(("1", "co", "x", "yes", "y", "true", "dung", "da", "roi", "da chinh ly", "da du phong"))
_NO = frozenset(("0", "khong", "no", "n", "false", "sai", "chua", "chua chinh ly", "chua du phong"))

_SPOILED = {Kind.FORMULA: "formula", Kind.ERROR: "error_cell", Kind.MERGED: "merged"}


def of(one: Field, cell: Cell, *, is_code: bool = False) -> Found:
    """Return the value of a field from its cell; ``is_code``: it is the dossier's code."""
    if cell.kind in _SPOILED:
        return "", _SPOILED[cell.kind]
    text = cell.text
    if not text.isprintable():
        text = _UNSEEN.sub("", text)
        if _harmful(text):
            return "", "control"
        if one.kind == "list":
            text = text.replace("\r", "\n").replace("\n", ";")
    text = " ".join(text.split())
    if not text:
        return "", ""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    text, rule = _BY_KIND[one.kind](one, text, cell.kind)
    if is_code:
        text = text.upper()
    return ("", rule) if rule else _bounded(one, text)


def _bounded(one: Field, text: str) -> Found:
    if len(text) > one.max:
        return "", "too_long"
    if one.pattern and not re.fullmatch(one.pattern, text):
        return "", "form"
    return text, ""


def _text(one: Field, text: str, kind: Kind) -> Found:
    if one.codes:
        return _coded(one, text, kind)
    if kind is Kind.DATE:
        return "", "date_in_text"
    if kind is Kind.NUMBER and (not text.isdigit() or len(text) > _EXACT_DIGITS):
        return "", "number_lost"
    if text[0].isdigit() and _POWER.fullmatch(text):
        return "", "number_lost"
    return text, ""


def _coded(one: Field, text: str, kind: Kind) -> Found:
    if kind is Kind.DATE:
        return "", "date_in_text"
    if text in one.codes:
        return text, ""
    if text.isdigit() and text.zfill(2) in one.codes:
        return text.zfill(2), ""
    code = _in_words(tuple(one.codes.items()), tuple(one.words.items())).get(bare(text), "")
    return (code, "") if code else ("", "code_list")


@lru_cache(maxsize=64)
def _in_words(codes: tuple[tuple[str, str], ...], words: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return codes by what they mean, bare; also "01 vĩnh viễn" and "01 - vĩnh viễn", as lists are printed."""
    found = {bare(meaning): code for code, meaning in codes}
    found |= {f"{code} {bare(meaning)}": code for code, meaning in codes}
    return found | {bare(word): code for word, code in words}


def _number(_one: Field, text: str, kind: Kind) -> Found:
    if kind is Kind.DATE:
        return "", "number"
    text = text.removesuffix(".0")
    return (text.lstrip("0") or "0", "") if text.isdigit() and text.isascii() else ("", "number")


def _date(_one: Field, text: str, kind: Kind) -> Found:
    if kind is Kind.DATE:
        return text, ""
    if kind is Kind.NUMBER or text.isdigit():
        return "", "number_for_date"
    if found := _DAY.fullmatch(text):
        day, month, year = map(int, found.groups())
    elif found := _ISO_DAY.fullmatch(text):
        year, month, day = map(int, found.groups())
    else:
        return "", "date"
    try:
        date(year, month, day)
    except ValueError:
        return "", "date"
    good = _FIRST_YEAR <= year <= _LAST_YEAR
    return (f"{day:02d}/{month:02d}/{year:04d}", "") if good else ("", "date")


def _flag(_one: Field, text: str, _kind: Kind) -> Found:
    word = bare(text)
    if word in _YES:
        return "1", ""
    return ("0", "") if word in _NO else ("", "flag")


def _list(one: Field, text: str, kind: Kind) -> Found:
    if kind is Kind.DATE:
        return "", "date_in_text"
    parts = list(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))
    if one.parts and len(parts) > one.parts:
        return "", "too_many_parts"
    if any(len(part) > _LONGEST_PART for part in parts):
        return "", "too_long"
    return "; ".join(parts), ""


_BY_KIND = {"text": _text, "number": _number, "date": _date, "flag": _flag, "list": _list}


def _harmful(text: str) -> bool:
    """Say whether text holds what may not be stored: control characters, signs of direction, no letters at all."""
    return any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Cn", "Co") and letter not in "\t\n\r\v\f\x85"
               for letter in text)


def file_code(kind: RegisterKind, text: str) -> str:
    """Return a dossier's code as registers hold it."""
    return of(kind.fields[kind.code], Cell(text), is_code=True)[0]
