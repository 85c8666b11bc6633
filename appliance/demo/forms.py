"""Specimen forms and tables: labels with dotted leaders, boxes for digits, ruled lists of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from appliance.demo.letterhead import RIGHT_MIDDLE, draw_signature
from appliance.demo.paper import BLUE, Column, Face, Leaf
from appliance.demo.prose import Writer, wording

LABEL = Face("Tinos-Regular", 12.5)
TYPED = Face("Arimo-Regular", 11)
RIGHT = 194.0
BOXED = {"card", "phone"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of a table: heading and width in mm; ``right`` sets numbers against the right rule."""

    heading: str
    width: float
    right: bool = False


CELLS = (
    Cell("STT", 11), Cell("Họ và tên", 45), Cell("Mã số BHXH", 29), Cell("Ngày sinh", 24),
    Cell("Mức lương", 26, right=True), Cell("Số tiền đóng", 27, right=True),
)


def make_form(rng: Random, dpi: int = 300) -> list[Leaf]:
    """Return the one side of a declaration form (tờ khai), filled in by typing and signed in blue."""
    writer = Writer(rng)
    facts = writer.facts()
    leaf = Leaf(dpi)
    leaf.write((188, 25), "Mẫu TK1-TS", Face("Tinos-Bold", 11), "r")
    leaf.write((110, 31), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", Face("Tinos-Bold", 13), "m")
    leaf.write((110, 37), "Độc lập - Tự do - Hạnh phúc", Face("Tinos-Bold", 13), "m")
    leaf.rule((82, 39), (138, 39))
    leaf.write((110, 52), "TỜ KHAI THAM GIA, ĐIỀU CHỈNH THÔNG TIN", Face("Tinos-Bold", 14), "m")
    leaf.write((110, 58.5), "BẢO HIỂM XÃ HỘI, BẢO HIỂM Y TẾ", Face("Tinos-Bold", 14), "m")
    top = 70.0
    for label, key in wording()["form"]:
        top = _field(leaf, top, label, (key, facts[key]))
    top = leaf.paragraph(top - 2, "Tôi cam đoan những nội dung kê khai là đúng và chịu trách nhiệm trước pháp luật "
                         "về những nội dung đã kê khai.", Face("Tinos-Italic", 12.5), Column(26, 168))
    _ticks(leaf, top + 9)
    leaf.write((RIGHT_MIDDLE, top + 19), f"Hưng Lạc, ngày {facts['day']}", Face("Tinos-Italic", 12), "m")
    leaf.write((RIGHT_MIDDLE, top + 25), "Người kê khai", Face("Tinos-Bold", 12.5), "m")
    leaf.blend(draw_signature(leaf, rng), (RIGHT_MIDDLE - 22, top + 26), BLUE)
    leaf.write((RIGHT_MIDDLE, top + 52), facts["person"], Face("Tinos-Regular", 12.5), "m")
    return [leaf]


def make_table(rng: Random, dpi: int = 300, rows: int = 22) -> list[Leaf]:
    """Return the one side of a ruled list (bảng) with a line of sums."""
    writer = Writer(rng)
    leaf = Leaf(dpi)
    leaf.write((24, 27), "BẢO HIỂM XÃ HỘI TỈNH HƯNG LẠC", Face("Tinos-Bold", 11.5))
    leaf.write((190, 27), "Mẫu D02-TS", Face("Tinos-Bold", 11), "r")
    leaf.write((24, 32.5), f"Đơn vị: {writer.facts()['company']}", Face("Tinos-Regular", 11.5))
    title = writer.one("lists")
    top = 42.0
    for words in leaf.broken(title, Face("Tinos-Bold", 13), Column(0, 150)):
        top += 6
        leaf.write((110, top), " ".join(words), Face("Tinos-Bold", 13), "m")
    leaf.write((110, top + 6), f"Tháng {rng.randint(1, 12):02d} năm {rng.randint(2008, 2020)}",
               Face("Tinos-Italic", 12), "m")
    top = _grid(leaf, top + 10, [_row(writer, at + 1) for at in range(rows)])
    leaf.write((60, top + 10), "Người lập biểu", Face("Tinos-Bold", 12.5), "m")
    leaf.write((RIGHT_MIDDLE + 4, top + 10), "Thủ trưởng đơn vị", Face("Tinos-Bold", 12.5), "m")
    leaf.blend(draw_signature(leaf, rng), (42, top + 11), BLUE)
    return [leaf]


def _field(leaf: Leaf, top: float, label: str, value: tuple[str, str]) -> float:
    """Print a label, then the value on a dotted leader, or in boxes; return where the next goes."""
    key, text = value
    leaf.write((26, top), label, LABEL)
    start = 26 + leaf.width(label, LABEL) + 2
    if key in BOXED:
        for at, digit in enumerate(text):
            leaf.frame((start + at * 6.2, top - 5.2), (6.2, 6.8))
            leaf.write((start + at * 6.2 + 3.1, top - 0.2), digit, TYPED, "m")
            leaf.lines.pop()
        leaf.lines.append(text)
        return top + 9.6
    dot = leaf.width(".", LABEL)
    leaf.write((start, top + 0.4), "." * int((RIGHT - start) / dot), LABEL)
    leaf.lines.pop()
    leaf.write((start + 2, top - 0.5), text, TYPED, colour=BLUE)
    return top + 8.9


def _ticks(leaf: Leaf, top: float) -> None:
    """Print three small boxes to tick, the second ticked."""
    for at, text in enumerate(("Đăng ký mới", "Điều chỉnh", "Cấp lại thẻ")):
        left = 30 + at * 52
        leaf.frame((left, top - 4), (4.6, 4.6), 0.3)
        if at == 1:
            leaf.rule((left + 0.8, top - 1.8), (left + 2.0, top - 0.3), 0.5)
            leaf.rule((left + 2.0, top - 0.3), (left + 4.2, top - 4.4), 0.5)
        leaf.write((left + 7, top), text, LABEL)


def _row(writer: Writer, number: int) -> list[str]:
    wage = writer.rng.randint(2_100, 9_900) * 1000
    paid = int(wage * 0.255)
    money = [f"{value:,}".replace(",", ".") for value in (wage, paid)]
    return [str(number), writer.person(), f"0{writer.digits(9)}", writer.day(1960, 1995), *money]


def _grid(leaf: Leaf, top: float, rows: list[list[str]]) -> float:
    """Print headings, rows, sums and all rules; return the lowest rule."""
    left, step = 24.0, 7.2
    edges = [left]
    for cell in CELLS:
        edges.append(edges[-1] + cell.width)
    sums = [sum(int(row[at].replace(".", "")) for row in rows) for at in (4, 5)]
    totals = ["", "Tổng cộng", "", "", *[f"{value:,}".replace(",", ".") for value in sums]]
    _cells(leaf, top + 6.4, [cell.heading for cell in CELLS], Face("Tinos-Bold", 11.5))
    for at, row in enumerate(rows):
        _cells(leaf, top + 10 + at * step + 5.0, row, Face("Tinos-Regular", 11.5))
    low = top + 10 + len(rows) * step
    _cells(leaf, low + 5.0, totals, Face("Tinos-Bold", 11.5))
    for y in (top, *[top + 10 + at * step for at in range(len(rows) + 2)]):
        leaf.rule((left, y), (edges[-1], y))
    for x in edges:
        leaf.rule((x, top), (x, low + step))
    return low + step


def _cells(leaf: Leaf, baseline: float, texts: list[str], face: Face) -> None:
    """Print one row; the truth holds it as one line."""
    x, before = 24.0, len(leaf.lines)
    for cell, text in zip(CELLS, texts, strict=True):
        if cell.right and text[:1].isdigit():
            leaf.write((x + cell.width - 1.6, baseline), text, face, "r")
        elif cell.heading in ("Họ và tên",):
            leaf.write((x + 1.8, baseline), text, face)
        else:
            leaf.write((x + cell.width / 2, baseline), text, face, "m")
        x += cell.width
    leaf.lines[before:] = [" ".join(text for text in texts if text)]
