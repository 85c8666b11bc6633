"""A list of separators to print, as a CSV file: one row, one sheet. Pure: bytes in, values out."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import CertifiedCopy, Separator, SheetKind
from appliance.documents import copies
from appliance.documents.composition.papers import type_named
from appliance.documents.separator import encode

MOST_ROWS = 2000
"""Sheets of one PDF: four reams of paper."""

COLUMNS = {
    "code": "mã hồ sơ", "number": "số tài liệu", "type": "loại tài liệu", "sheets": "số tờ", "kind": "loại phiếu",
    "job": "công việc", "title": "tiêu đề", "page": "trang",
    "form": "hình thức sao", "copy_number": "số bản sao", "copy_date": "ngày sao",
}
"""Headings, in English or Vietnamese; only the first must be there."""

KINDS = {"dossier": SheetKind.DOSSIER, "document": SheetKind.DOCUMENT, "continue": SheetKind.CONTINUE,
         "rescan": SheetKind.RESCAN, "copy": SheetKind.DOCUMENT, "original": SheetKind.ORIGINAL,
         "note": SheetKind.NOTE}


COPY = ("form", "copy_number", "copy_date")
"""Columns that say which certified copy of a fragile paper a document is."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list asks for: sheets in order, and titles of dossiers by their code."""

    separators: tuple[Separator, ...]
    titles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the file a mistake is."""

    file: str
    row: int = 1

    def wrong(self, column: str, reason: str) -> ApplianceError:
        return errors.LIST_WRONG.error(file=self.file, row=self.row, column=column, reason=reason)


def read(data: bytes, file: str) -> Listed:
    """Read a list; comma, semicolon or tab between columns, UTF-8 or UTF-16.

    Args:
        data: the whole file.
        file: its name, for messages.

    Raises:
        ApplianceError: LIST_WRONG, naming file, row and column.
    """
    separators: list[Separator] = []
    titles: dict[str, str] = {}
    for place, row in _rows(_decoded(data, _Place(file)), file):
        if len(separators) == MOST_ROWS:
            raise place.wrong("-", f"nhiều hơn {MOST_ROWS} dòng, hãy chia tệp / over {MOST_ROWS} rows, split it")
        separators.append(_separator(row, place))
        if row.get("title"):
            titles[row["code"]] = row["title"]
    if not separators:
        raise _Place(file).wrong("-", "không có dòng nào / no rows")
    return Listed(tuple(separators), titles)


def _decoded(data: bytes, place: _Place) -> str:
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise place.wrong("-", "không phải UTF-8 / not UTF-8") from None


def _rows(text: str, file: str) -> Iterator[tuple[_Place, dict[str, str]]]:
    """Return every row that is not empty, by the English names of its columns."""
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        names = [_name(heading, _Place(file)) for heading in next(lines, [])]
        if "code" not in names:
            raise _Place(file).wrong("code", "không có cột này / there is no such column")
        for cells in lines:
            place = _Place(file, lines.line_num)
            if len(cells) > len(names):
                raise place.wrong("-", "thừa ô / too many cells")
            values = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
            if any(values.values()):
                yield place, values
    except csv.Error as problem:
        raise _Place(file, lines.line_num).wrong("-", str(problem)) from None


def _name(heading: str, place: _Place) -> str:
    wanted = unicodedata.normalize("NFC", heading).strip().casefold()
    for name, vietnamese in COLUMNS.items():
        if wanted in (name, vietnamese):
            return name
    allowed = ", ".join(COLUMNS)
    raise place.wrong(heading.strip()[:40] or "-", f"cột lạ, cho phép / unknown column, allowed: {allowed}")


def _separator(row: Mapping[str, str], place: _Place) -> Separator:
    """Return what a row asks for; with a number or a type it is a document, unless its kind is given."""
    copied = any(row.get(name) for name in COPY)
    kind = row.get("kind", "") or ("copy" if copied else
                                   "document" if row.get("number") or row.get("type") else "dossier")
    if kind not in KINDS:
        raise place.wrong("kind", f"cho phép / allowed: {', '.join(KINDS)}")
    type_name = type_named(row.get("type", ""))
    says = Separator(KINDS[kind], row.get("code", ""), _number(row, "number", place),
                     type_name.zfill(2) if type_name else "", _number(row, "sheets", place), row.get("job", ""),
                     page=_number(row, "page", place))
    if says.page and not says.sheets:
        says = replace(says, sheets=1)
    if kind == "copy" or copied:
        says = replace(says, fragile=True, copy=_copy(row, place) if copied else None)
    try:
        encode(says)
    except ApplianceError as problem:
        raise place.wrong("-", str(problem.details.get("reason", ""))) from None
    return says


def _copy(row: Mapping[str, str], place: _Place) -> CertifiedCopy:
    try:
        return copies.given(*(row.get(name, "") for name in COPY))
    except ApplianceError as problem:
        raise place.wrong(", ".join(COPY), str(problem.details["reason"])) from None


def _number(row: Mapping[str, str], column: str, place: _Place) -> int:
    text = row.get(column, "") or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= 7):
        raise place.wrong(column, "không phải số / not a number")
    return int(text)
