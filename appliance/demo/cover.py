"""Separator sheets to print: a large title, the QR, and in words what the QR says."""

from __future__ import annotations

import numpy as np
import segno
from PIL import Image

from appliance.core.model import Separator, SheetKind
from appliance.demo.paper import BLACK, Face, Leaf

TITLES = {
    SheetKind.DOSSIER: "PHIẾU PHÂN TÁCH HỒ SƠ",
    SheetKind.DOCUMENT: "PHIẾU PHÂN TÁCH TÀI LIỆU",
    SheetKind.CONTINUE: "PHIẾU TIẾP TỤC TÀI LIỆU",
}
ENGLISH = {
    SheetKind.DOSSIER: "Dossier separator", SheetKind.DOCUMENT: "Document separator",
    SheetKind.CONTINUE: "Continuation separator",
}
TYPES = {"02": "Quyết định", "22": "Công văn", "32": "Khác"}
MODULE_MM = 1.2


def make_separator(separator: Separator, payload: str, title: str = "", dpi: int = 300) -> Leaf:
    """Return the printed side of a separator sheet; ``payload`` stands in the QR as it is."""
    leaf = Leaf(dpi)
    for inset, weight in ((14.0, 1.2), (16.5, 0.35)):
        leaf.frame((inset, inset), (210 - 2 * inset, 297 - 2 * inset), weight)
    leaf.write((105, 48), TITLES[separator.kind], Face("Arimo-Bold", 30), "m")
    leaf.write((105, 57), ENGLISH[separator.kind], Face("Arimo-Regular", 13), "m")
    _qr(leaf, payload, (105, 108))
    top = 172.0
    for label, value in _facts(separator, title):
        leaf.write((32, top), label, Face("Arimo-Regular", 13))
        leaf.write((70, top), value, _fitting(leaf, value))
        leaf.rule((70, top + 2), (182, top + 2), 0.15)
        top += 12.5
    for at, text in enumerate((
        "Đặt phiếu này ngay trước tờ đầu tiên, mặt có mã hướng lên theo chiều nạp giấy.",
        "Không viết, không đóng dấu, không ghim lên vùng mã. Phiếu không phải là bìa hồ sơ.",
    )):
        leaf.write((105, 256 + at * 6), text, Face("Arimo-Italic", 11), "m")
    return leaf


def _facts(separator: Separator, title: str) -> list[tuple[str, str]]:
    """Return the lines that a person reads."""
    facts = [("Mã hồ sơ", separator.file_code)]
    if title:
        facts.append(("Tiêu đề", title))
    if separator.ordinal:
        facts.append(("Tài liệu số", str(separator.ordinal)))
    if separator.type_name:
        name = TYPES.get(separator.type_name, "")
        facts.append(("Loại tài liệu", f"{separator.type_name} {name}".strip()))
    if separator.sheets:
        facts.append(("Số tờ khai", f"{separator.sheets} tờ"))
    return facts


def _fitting(leaf: Leaf, text: str) -> Face:
    """Return the largest face in which a text stays on its line."""
    for points in (15.0, 13.0, 11.0, 9.5):
        face = Face("Arimo-Bold", points)
        if leaf.width(text, face) <= 112:
            break
    return face


def _qr(leaf: Leaf, payload: str, middle: tuple[float, float]) -> None:
    """Lay the code with its quiet zone; a module is a whole number of pixels."""
    matrix = np.array([list(row) for row in segno.make(payload, error="m", micro=False).matrix], np.uint8)
    pixels = max(2, leaf.px(MODULE_MM))
    dark = np.kron(matrix * 255, np.ones((pixels, pixels), np.uint8))
    half = dark.shape[0] / 2 * 25.4 / leaf.dpi
    leaf.blend(Image.fromarray(dark), (middle[0] - half, middle[1] - half), BLACK)
