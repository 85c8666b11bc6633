"""A row of the list of offices, and what its cells may say.

A row is an office for a period. An office that moves to another province ends one row and begins the next; one that
is merged ends with a successor.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from appliance.core import config, errors
from appliance.core.press import NAME

COLUMNS = ("code", "name_vi", "name_en", "level", "parent", "province", "ring", "wan", "valid_from", "valid_to",
           "successor")
MORE = ("organ_id",)
"""Columns that may stand behind the others: what the archive and the hosts must know, and nobody who watches."""

NEEDED = ("code", "name_vi", "name_en", "level", "province", "ring", "wan")


def _declared(table: type, name: str) -> str:
    return str(next(one for one in fields(table) if one.name == name).metadata["pattern"])


PATTERNS: Mapping[str, str] = {
    "code": r"[0-9]{4}", "name_vi": NAME, "name_en": r"[ -~]{1,200}", "parent": r"[0-9]{4}",
    "province": r"[0-9]{2}", "ring": r"[a-z0-9][a-z0-9_\-]{0,30}", "wan": r"[a-z0-9][a-z0-9_\-]{0,30}",
    "successor": r"[0-9]{4}", "organ_id": _declared(config.Office, "organ_id"),
}
LEVELS: tuple[str, ...] = next(one for one in fields(config.Office) if one.name == "level").metadata["choices"]
"""Levels, the highest first; an office's parent is of a higher one."""

ALWAYS, EVER = date.min, date.max

UNREADABLE = (OSError, UnicodeDecodeError, csv.Error)
"""What reading a list may raise."""


def unreadable(problem: Exception) -> str:
    """Say why a list could not be read."""
    if isinstance(problem, FileNotFoundError):
        return errors.both("không có tệp này", "there is no such file")
    if isinstance(problem, UnicodeDecodeError):
        return errors.both("tệp không phải UTF-8", "it is not UTF-8")
    return str(problem)


def lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return the rows of a CSV file in UTF-8 with their numbers; names are composed (NFC), however they were saved.

    Raises:
        OSError, UnicodeDecodeError, csv.Error: UNREADABLE.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        try:
            return [(reader.line_num, [unicodedata.normalize("NFC", cell) for cell in cells]) for cells in reader]
        except csv.Error as problem:
            row = reader.line_num
            raise csv.Error(errors.both(f"dòng {row}: dấu ngoặc kép sai", f"row {row}: {problem}")) from None


@dataclass(frozen=True, slots=True)
class Office:
    """One row; ``begins`` and ``ends`` are its first and last day."""

    row: int
    code: str
    name_vi: str
    name_en: str
    level: str
    parent: str
    province: str
    ring: str
    wan: str
    begins: date
    ends: date
    successor: str
    organ_id: str = ""

    def there(self, day: date) -> bool:
        """Say whether the row holds on a day."""
        return self.begins <= day <= self.ends


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with one row (1 is the headings)."""

    row: int
    vi: str
    en: str


def unsplit(cells: list[str]) -> Mistake | None:
    """Return the mistake of a list that is not separated by commas, as Excel saves it with Vietnamese settings."""
    for sign, vi, en in ((";", "dấu chấm phẩy", "semicolons"), ("\t", "dấu tab", "tabs")):
        if len(cells) == 1 and sign in cells[0]:
            return Mistake(1, f"các ô cách nhau bằng {vi}, phải là dấu phẩy",
                           f"cells are separated by {en}, not commas")
    return None


def headings(cells: list[str]) -> Iterator[Mistake]:
    """Yield what is wrong with the first row."""
    whole = unsplit(cells)
    if whole:
        yield whole
        return
    found = [cell.strip() for cell in cells]
    wanted = ",".join(COLUMNS)
    if tuple(found) == (*COLUMNS, *MORE):
        return
    if sorted(found) != sorted(COLUMNS):
        yield Mistake(1, f"các cột phải là {wanted}", f"the columns must be {wanted}")
    elif tuple(found) != COLUMNS:
        yield Mistake(1, f"thứ tự cột phải là {wanted}", f"the order of columns must be {wanted}")


def faults(number: int, cells: list[str], headed: Sequence[str] = COLUMNS) -> Iterator[Mistake]:
    """Yield what is wrong with the cells of a row; ``headed``: the first row."""
    wanted = len(headed) or len(COLUMNS)
    if len(cells) not in (wanted, len(COLUMNS)):
        yield Mistake(number, f"có {len(cells)} ô, phải là {wanted}",
                      f"it has {len(cells)} cells, {wanted} are wanted")
        return
    said = dict(zip((*COLUMNS, *MORE), cells, strict=False))
    for name, text in said.items():
        if text != text.strip():
            yield Mistake(number, f"{name}: thừa khoảng trắng", f"{name}: blanks around it")
        elif not text and name in NEEDED:
            yield Mistake(number, f"{name}: để trống", f"{name}: empty")
        elif text and name in PATTERNS and not re.fullmatch(PATTERNS[name], text):
            yield Mistake(number, f"{name}: giá trị '{text}' sai", f"{name}: '{text}' is not allowed")
    if said["level"] and said["level"] not in LEVELS:
        yield Mistake(number, f"level: phải là một trong {', '.join(LEVELS)}", f"level: one of {', '.join(LEVELS)}")
    yield from day_faults(number, said)


def day_faults(number: int, said: Mapping[str, str]) -> Iterator[Mistake]:
    """Yield what is wrong with the period of a row: its cells ``valid_from``, ``valid_to`` and ``successor``."""
    wrong = [name for name in ("valid_from", "valid_to") if said[name] and day_of(said[name]) is None]
    for name in wrong:
        yield Mistake(number, f"{name}: '{said[name]}' không phải ngày dạng 2025-07-01",
                      f"{name}: '{said[name]}' is no day like 2025-07-01")
    if wrong:
        return
    begins, ends = day_of(said["valid_from"]) or ALWAYS, day_of(said["valid_to"]) or EVER
    if ends < begins:
        yield Mistake(number, "valid_to trước valid_from", "valid_to is before valid_from")
    if said["successor"] and not said["valid_to"]:
        yield Mistake(number, "có successor nhưng không có valid_to", "a successor without valid_to")
    if said["successor"] and said["successor"] == said["code"]:
        yield Mistake(number, "successor là chính đơn vị này", "its successor is itself")


def day_of(text: str) -> date | None:
    """Return the day that a cell says; None where it says none."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def office(number: int, cells: list[str]) -> Office:
    """Return a row without faults."""
    said = dict(zip((*COLUMNS, *MORE), cells, strict=False))
    begins, ends = day_of(said.pop("valid_from")) or ALWAYS, day_of(said.pop("valid_to")) or EVER
    return Office(row=number, begins=begins, ends=ends, **said)
