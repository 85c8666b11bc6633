"""Separator sheets to print: a QR code, the same in words for people, and patch codes at both edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from appliance.core.model import Separator, SheetKind
from appliance.documents import copies, patches
from appliance.documents.composition.papers import name_of_type
from appliance.documents.separator import encode
from appliance.sheet_pen import MIDDLE, Pen, Type, pdf

TITLES = {
    SheetKind.DOSSIER: "PHIẾU PHÂN TÁCH HỒ SƠ",
    SheetKind.DOCUMENT: "PHIẾU PHÂN TÁCH TÀI LIỆU",
    SheetKind.CONTINUE: "PHIẾU TIẾP TỤC TÀI LIỆU",
    SheetKind.RESCAN: "PHIẾU QUÉT LẠI",
    SheetKind.NOTE: "PHIẾU TRANG CÓ GHI CHÚ",
    SheetKind.ORIGINAL: "PHIẾU BẢN GỐC GIẤY HỎNG",
}
ENGLISH = {
    SheetKind.DOSSIER: "Dossier separator", SheetKind.DOCUMENT: "Document separator",
    SheetKind.CONTINUE: "Continuation separator", SheetKind.RESCAN: "Rescan separator",
    SheetKind.NOTE: "Separator before a page with a note",
    SheetKind.ORIGINAL: "Separator before a fragile original",
}
HINTS = {
    SheetKind.DOSSIER: "Đặt phiếu này ngay trước hồ sơ. Phiếu không phải là bìa hồ sơ.",
    SheetKind.DOCUMENT: "Đặt phiếu này ngay trước tờ đầu tiên của tài liệu.",
    SheetKind.CONTINUE: "Đặt phiếu này ngay trước các tờ còn lại của tài liệu đã quét dở.",
    SheetKind.RESCAN: "Đặt phiếu này ngay trước các tờ quét lại; sau chúng là phiếu khác hoặc hết xấp.",
    SheetKind.NOTE: "Sau phiếu này đúng hai lần quét của cùng một tờ.",
    SheetKind.ORIGINAL: "Đặt phiếu này ngay sau bản sao và ngay trước bản gốc của giấy hỏng.",
}
CARE = "Không viết, không đóng dấu, không ghim lên vùng mã và các vạch đen."

CODE_MM = 62.0
BARS_LEFT, BARS_WIDTH = 30.0, 150.0
HEAD_TOP, HEAD_HIGH = 40.0, 14.0
LEFT, VALUES, RIGHT = 24.0, 68.0, 186.0
MOST = 30
"""Letters of a dossier code that stand on one line."""


def sheets(separators: Sequence[Separator], key: bytes = b"", titles: Mapping[str, str] | None = None) -> bytes:
    """Return the PDF of separators, one sheet each, in order.

    Args:
        separators: what the sheets say.
        key: HMAC key; empty makes sheets with a check value only.
        titles: titles of dossiers by their code, for people; may be missing.

    Raises:
        ApplianceError: SEPARATOR_UNREADABLE when a value is out of range.
    """
    names = titles or {}
    drawn = [partial(draw, separator=one, payload=encode(one, key), title=names.get(one.file_code, ""))
             for one in separators]
    return pdf(drawn, "Phiếu phân tách")


def draw(pen: Pen, separator: Separator, payload: str, title: str = "") -> None:
    """Draw one separator; ``payload`` stands in the QR as it is."""
    pen.patch(patches.SEPARATOR, BARS_LEFT, BARS_WIDTH)
    _head(pen, separator.kind)
    pen.code(payload, (MIDDLE, 98), CODE_MM)
    pen.write((MIDDLE, 140), payload, Type(7.5, lines=2))
    pen.write((MIDDLE, 162), separator.file_code, Type(44, lines=1 + (len(separator.file_code) > MOST), bold=True))
    pen.write((MIDDLE, 168), "Mã hồ sơ" if separator.file_code else "Dùng cho mọi hồ sơ, dùng lại được", Type(11))
    top = 185.0
    for label, value, points in _facts(separator, title):
        pen.write((LEFT, top), label, Type(13, middle=False))
        pen.write((VALUES, top), value, Type(points, 2, RIGHT - VALUES, middle=False, bold=True))
        pen.rule((LEFT, top + 3), RIGHT - LEFT, 0.15)
        top += 13.0
    pen.write((MIDDLE, 254), HINTS[separator.kind], Type(11.5))
    pen.write((MIDDLE, 259.5), CARE, Type(11.5))


def _head(pen: Pen, kind: SheetKind) -> None:
    """Print the title so that the kinds are told apart across a table: black, framed, plain, framed twice."""
    if kind is SheetKind.DOSSIER:
        pen.bar(BARS_LEFT, HEAD_TOP, BARS_WIDTH, HEAD_HIGH)
    elif kind is SheetKind.DOCUMENT:
        pen.frame((BARS_LEFT, HEAD_TOP, BARS_WIDTH, HEAD_HIGH), 0.8)
    if kind is SheetKind.RESCAN:
        pen.frame((BARS_LEFT, HEAD_TOP, BARS_WIDTH, HEAD_HIGH), 0.8)
        pen.frame((BARS_LEFT - 2, HEAD_TOP - 2, BARS_WIDTH + 4, HEAD_HIGH + 4), 0.8)
    pen.write((MIDDLE, 50), TITLES[kind], Type(27, bold=True, width=140, white=kind is SheetKind.DOSSIER))
    pen.write((MIDDLE, 59), ENGLISH[kind], Type(11))


def _facts(separator: Separator, title: str) -> list[tuple[str, str, float]]:
    """Return the lines that a person reads: label, value, size of the value."""
    facts = [("Tiêu đề", title, 14.0)] if title and separator.kind is SheetKind.DOSSIER else []
    if separator.ordinal:
        facts.append(("Tài liệu số", str(separator.ordinal), 30.0))
    if separator.kind is SheetKind.RESCAN:
        facts.append(("Quét lại", _again(separator), 24.0))
    if separator.type_name:
        name = name_of_type(separator.type_name)
        facts.append(("Loại tài liệu", f"{name} ({separator.type_name})" if name else separator.type_name, 24.0))
    if separator.sheets:
        facts.append(("Số tờ khai", f"{separator.sheets} tờ", 24.0))
    if separator.job:
        facts.append(("Công việc", separator.job, 18.0))
    if separator.kind is SheetKind.NOTE:
        facts += [("Tờ thứ nhất", "còn ghi chú", 24.0), ("Tờ thứ hai", "chính tờ đó, đã gỡ ghi chú", 24.0)]
    if separator.fragile:
        copy = copies.told(separator.copy) if separator.copy else "số và ngày bản sao ghi sau bằng lệnh"
        facts.append(("Giấy hỏng", copy, 14.0))
    if separator.no_secret:
        facts.append(("Bí mật nhà nước", "không có (đã xác nhận)", 18.0))
    return facts


def _again(separator: Separator) -> str:
    """Say what is scanned again."""
    if separator.page:
        return f"từ trang {separator.page}"
    return "cả tài liệu" if separator.ordinal else "cả hồ sơ"
