"""The handover note (phiếu giao nhận) of a dossier that goes to the centre on paper: A4, to be signed by both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from appliance.core import clock, errors
from appliance.core.errors import fill
from appliance.documents.composition.papers import name_of_type
from appliance.sheet_pen import MIDDLE, MM, PITCH, Pen, Type, pdf

LEFT, RIGHT = 25.0, 190.0
ROW, LINE = 7.0, 11 * PITCH / MM
FIRST_ROWS, MORE_ROWS = 10, 28
"""Rows of the table on the first sheet and on each further one."""

COLUMNS = ((25.0, "Số"), (38.0, "Tài liệu, thành phần hồ sơ"), (135.0, "Số tờ"), (155.0, "Tình trạng"))
UNNAMED = "Tài liệu không ghi loại"


def draw_note(note: Mapping[str, Any]) -> bytes:
    """Return the PDF of a note; ``note`` is what the daemon says of it (paper_desk.py)."""
    rows = _rows(note)
    parts = [rows[:FIRST_ROWS], *(rows[at:at + MORE_ROWS] for at in range(FIRST_ROWS, len(rows), MORE_ROWS))]
    sheets = [partial(_sheet, note=note, rows=part, place=(number, len(parts)))
              for number, part in enumerate(parts, start=1)]
    return pdf(sheets, "Phiếu giao nhận hồ sơ")


def _rows(note: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    rows = []
    for one in note["documents"]:
        words = [name_of_type(one["type_name"]) or one["type_name"], one["component"]]
        what = " – ".join(word for word in words if word) or UNNAMED
        state = f"đã quét, chờ ({one['code']})" if one["code"] else "đã quét"
        rows.append((str(one["ordinal"]), what, str(one["sheets"]), state))
    return rows + [("", str(code), "", "thiếu") for code in note["missing"]]


def _sheet(pen: Pen, note: Mapping[str, Any], rows: Sequence[tuple[str, str, str, str]],
           place: tuple[int, int]) -> None:
    number, of = place
    top = _head(pen, note) if number == 1 else 25.0
    top = _table(pen, rows, top)
    if number == of:
        _signatures(pen, note, top)
    foot = f"Phiếu giao nhận số {note['number']} – {note['file_code']} – tờ {number}/{of}"
    pen.write((MIDDLE, 287), foot, Type(8))


def _head(pen: Pen, note: Mapping[str, Any]) -> float:
    """Print office, title and facts; return where the table begins."""
    pen.write((62, 22), note["office"].upper(), Type(11, 2, 75, bold=True))
    pen.write((148, 18), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", Type(11, 1, 88, bold=True))
    pen.write((148, 23), "Độc lập - Tự do - Hạnh phúc", Type(11, bold=True))
    pen.rule((126, 25), 44)
    pen.write((MIDDLE, 40), "PHIẾU GIAO NHẬN HỒ SƠ", Type(18, bold=True))
    pen.write((MIDDLE, 46.5), "(hồ sơ không hoàn thiện được bản số hóa, giao bản giấy)", Type(11))
    pen.write((MIDDLE, 53), f"Số: {note['number']} – mã đơn vị {note['office_code']}", Type(11))
    top = 64.0
    for label, value, most in _facts(note):
        type_ = Type(11, most, RIGHT - 68, middle=False, bold=True)
        pen.write((LEFT, top), label, Type(11, middle=False))
        top += (pen.lines(value, type_) - 1) * LINE
        pen.write((68, top), value, type_)
        top += 7.5
    return top + 2


def _facts(note: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """Return label, value and lines of what stands above the table."""
    declared = f"{note['declared']} tờ" if note["declared"] else "không khai"
    facts = [("Mã hồ sơ:", note["file_code"], 1), ("Tiêu đề:", note["title"], 2),
             ("Bên giao:", note["office"], 1), ("Bên nhận:", "Trung tâm lưu trữ", 1),
             ("Số tờ khai:", declared, 1), ("Số tờ đã quét:", f"{note['captured']} tờ", 1),
             ("Lý do:", note["reason"], 2)]
    if note["code"]:
        facts.append((f"Vướng mắc ({note['code']}):", _why(note), 3))
    return facts


def _why(note: Mapping[str, Any]) -> str:
    """Return what held the dossier, in the words of the catalogue."""
    return fill(errors.by_code(note["code"]).vi, note["details"]).partition(". ")[0]


def _table(pen: Pen, rows: Sequence[tuple[str, str, str, str]], top: float) -> float:
    pen.rule((LEFT, top - 5), RIGHT - LEFT, 0.4)
    for left, heading in COLUMNS:
        pen.write((left, top), heading, Type(11, middle=False, bold=True))
    pen.rule((LEFT, top + 2), RIGHT - LEFT, 0.4)
    widths = [12.0, 95.0, 18.0, RIGHT - 155.0]
    for row in rows:
        top += ROW
        for (left, _), width, cell in zip(COLUMNS, widths, row, strict=True):
            pen.write((left, top), cell, Type(11, 1, width, middle=False))
        pen.rule((LEFT, top + 2), RIGHT - LEFT, 0.15)
    return top + 8


def _signatures(pen: Pen, note: Mapping[str, Any], top: float) -> None:
    day = clock.parse(note["at"])
    pen.write((LEFT, top), "Hồ sơ giấy được giao đủ như trên. Bản quét tại chỗ được giữ, không nộp lên kho.",
              Type(11, 1, RIGHT - LEFT, middle=False))
    pen.write((148, top + 10), f"Ngày {day:%d} tháng {day:%m} năm {day:%Y}", Type(11))
    for middle, who in ((62, "BÊN GIAO"), (148, "BÊN NHẬN")):
        pen.write((middle, top + 17), who, Type(12, bold=True))
        pen.write((middle, top + 22), "(ký, ghi rõ họ tên)", Type(10))
    pen.write((62, top + 48), f"Người lập: {note['who']}", Type(10, 1, 75))
    pen.write((148, top + 48), "Ngày nhận: ....../....../............", Type(10))
