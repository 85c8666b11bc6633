"""Which column holds which field: the row of headings is found, and each heading known by its name. Pure."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from appliance.core import errors
from appliance.documents.register import letters
from appliance.documents.register.cell import NOTHING, Cell, Kind, Row
from appliance.documents.register.spec import RegisterKind

LOOKED_AT = 40
"""Rows from the top among which the headings must be."""

_LONGEST = 300
_SPEAKING = (Kind.TEXT, Kind.MERGED)

_NUMBERING = re.compile(r"[(\[]?(\d{1,3})[)\]]?")


@dataclass(frozen=True, slots=True)
class Headings:
    """Where the fields are: ``row`` is the number of the row of headings, ``columns`` the field of each column."""

    row: int
    columns: dict[int, str]
    texts: dict[str, str]


@lru_cache(maxsize=4096)
def bare(text: str) -> str:
    """Return a heading without case, accents, signs and doubled spaces; what stands in brackets is a remark."""
    text = re.sub(r"\(.*?\)|\[.*?\]|\*", " ", text)
    parts = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    plain = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def names(kind: RegisterKind, configured: Mapping[str, str]) -> dict[str, str]:
    """Return the field of every heading that is known, bare; what the settings say goes before what ships.

    Raises:
        ApplianceError: CONFIG_UNKNOWN_KEY for a field that no register has.
    """
    known: dict[str, str] = {}
    for field in kind.fields.values():
        for heading in (*field.headings, field.vi, field.name):
            known.setdefault(bare(heading), field.name)
    for name, heading in configured.items():
        if name in kind.fields:
            known = {text: field for text, field in known.items() if field != name}
            known[bare(heading)] = name
    return known


def check_configured(configured: Mapping[str, str], kinds: Sequence[RegisterKind]) -> None:
    """Refuse a column for a field that no register has.

    Raises:
        ApplianceError: CONFIG_UNKNOWN_KEY.
    """
    fields = [name for kind in kinds for name in kind.fields]
    for name in configured:
        if name not in fields:
            near = difflib.get_close_matches(name, fields, n=1)
            hint = f"({near[0]}?)" if near else ""
            raise errors.CONFIG_UNKNOWN_KEY.error(key=f"register.columns.{name}", hint=hint)


def find(rows: Sequence[Row], kind: RegisterKind, configured: Mapping[str, str]) -> Headings:
    """Return where the headings are: in the row among the first ones that has most of them, or in two.

    In two where the second says more: "Thời gian" over "bắt đầu" and "kết thúc".

    Raises:
        ApplianceError: REGISTER_HEADINGS naming what is missing, or a field that two columns have.
    """
    known = names(kind, configured)
    best = max(rows[:LOOKED_AT], key=lambda row: _hits(row, known), default=Row(0))
    below = next((row for row in rows if row.number == best.number + 1), Row(0))
    joined = _joined(best, below)
    if _hits(joined, known) > _hits(best, known):
        best = joined
    columns: dict[int, str] = {}
    texts: dict[str, str] = {}
    for column, cell in best.cells.items():
        field = _field(cell.text, known)
        if not field:
            continue
        if field in texts:
            raise errors.REGISTER_HEADINGS.error(missing=f"{kind.fields[field].vi} (×2)", known=_shown(best))
        columns[column] = field
        texts[field] = letters.plain(cell.text.strip())
    missing = [field.vi for field in kind.fields.values()
               if field.required and not field.default and field.name not in texts]
    if missing:
        raise errors.REGISTER_HEADINGS.error(missing=", ".join(missing), known=_shown(best))
    return Headings(best.number, columns, texts)


def is_numbering(row: Row) -> bool:
    """Say whether a row under the headings only numbers the columns: (1) (2) (3) ..."""
    found = [_NUMBERING.fullmatch(cell.text.strip()) for cell in row.cells.values()]
    numbers = [int(one[1]) for one in found if one is not None]
    return len(numbers) == len(found) >= 3 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def hits(row: Row, kind: RegisterKind, configured: Mapping[str, str]) -> int:
    """Return how many headings of a row are known."""
    return _hits(row, names(kind, configured))


def _hits(row: Row, known: Mapping[str, str]) -> int:
    found = {_field(cell.text, known) for cell in row.cells.values() if cell.kind in _SPEAKING}
    return len(found - {""})


def _field(text: str, known: Mapping[str, str]) -> str:
    """Return the field of a heading, whatever letters it is in; an empty text where it is none."""
    if len(text) > _LONGEST:
        return ""
    field = known.get(bare(text), "")
    if field or text.isascii():
        return field
    return next((known[bare(way(text))] for way in letters.OLD.values() if bare(way(text)) in known), "")


def _joined(above: Row, below: Row) -> Row:
    """Return two rows of headings as one; what stands above reaches to the next heading."""
    cells, over = {}, ""
    for column in range(max((*above.cells, *below.cells), default=-1) + 1):
        own = above.cells.get(column, NOTHING)
        over = own.text.strip() if own.text.strip() else over if column in below.cells else ""
        under = below.cells.get(column, NOTHING).text.strip()
        text = f"{over} {under}".strip() if under else own.text
        if text:
            cells[column] = Cell(text)
    return Row(below.number, cells)


def _shown(row: Row) -> str:
    """Return the headings as they stand, for the message; a row of headings names nobody."""
    return ", ".join(cell.text.strip()[:40] for cell in list(row.cells.values())[:30] if cell.text.strip()) or "–"
