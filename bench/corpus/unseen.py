"""Papers that no remover, threshold or wording was tuned on: other faces, leaders, frames and layouts.

``quality_ocr.py`` reads them beside the ordinary kinds. Whoever tunes imaging or OCR on them must draw new ones.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from appliance.demo.paper import BLUE, Column, Face, Leaf
from appliance.demo.prose import Writer

FOLDER = Path("/usr/share/fonts/truetype")
SERIF, SERIF_BOLD = "dejavu/DejaVuSerif", "dejavu/DejaVuSerif-Bold"
SANS, SANS_BOLD = "noto/NotoSans-Regular", "noto/NotoSans-Bold"
BOOK, BOOK_BOLD = "noto/NotoSerif-Regular", "noto/NotoSerif-Bold"
INSTEAD = {SERIF: "Arimo-Regular", SERIF_BOLD: "Arimo-Bold", SANS: "Arimo-Regular", SANS_BOLD: "Arimo-Bold",
           BOOK: "Cousine-Regular", BOOK_BOLD: "Cousine-Bold"}
"""What is taken where a face is not installed (fonts-dejavu, fonts-noto-core)."""

LEFT, RIGHT = 22.0, 192.0
ENGLISH = ("Please find attached the certificate of entitlement issued by the Social Insurance Agency. The period "
           "of insurance was verified against the payroll records of the company and approved by the director.")
TERMS = ("Dữ liệu được xuất ra tệp Microsoft Excel, gửi qua email hotro@bhxh-hunglac.example.vn hoặc nộp trực "
         "tuyến trên cổng dịch vụ công; chuyển phát nhanh EMS qua bưu điện. Số fax: (0222) 388 1995, website: "
         "www.bhxh-hunglac.example.vn.")
BODY = ("Đơn vị sử dụng lao động lập danh sách tăng, giảm lao động trong tháng và nộp trước ngày cuối tháng; "
        "nếu có thay đổi về tiền lương, phụ cấp thì ghi rõ lý do, thời điểm và kèm theo quyết định liên quan.")
ASKED = (("Họ, chữ đệm và tên khai sinh", "person"), ("Ngày sinh", "birth"), ("Giới tính", "sex"),
         ("Số sổ BHXH", "code"), ("Dân tộc", "people"), ("Điện thoại liên hệ", "phone"),
         ("Nơi thường trú", "ward"), ("Tên đơn vị", "company"), ("Mức lương đóng", "salary_text"),
         ("Nơi khám chữa bệnh", "hospital"), ("Họ tên người giám hộ", "parent"), ("Quốc tịch", "nation"),
         ("Lý do đề nghị", "request"), ("Giấy tờ kèm theo", "enclosed"))


def face(name: str, points: float) -> Face:
    """Return a face, or the one that is taken in its place."""
    path = FOLDER / name
    return Face(str(path) if path.with_suffix(".ttf").is_file() else INSTEAD[name], points)


def make_dotted(rng: Random, dpi: int) -> Leaf:
    """Return a form with two fields a line on dots with gaps, and on rows of ellipses."""
    leaf, facts, label = Leaf(dpi), Writer(rng).facts(), face(SERIF, 11)
    top = _head(leaf, "PHIẾU ĐỀ NGHỊ CẤP LẠI SỔ BẢO HIỂM XÃ HỘI", face(SERIF_BOLD, 13))
    for at in range(0, len(ASKED), 2):
        leader = rng.choice((". ", "…", ".", "·"))
        parts = [_on_leader(leaf, (x, top), label, (*ASKED[at + side], leader), facts)
                 for side, x in enumerate((LEFT, LEFT + 88))]
        leaf.lines.append(" ".join(parts))
        top += 9.4
    return _foot(leaf, top, facts, face(SERIF, 11))


def make_underscored(rng: Random, dpi: int) -> Leaf:
    """Return a form filled in on underscores, on dashes and on solid lines close below the letters."""
    leaf, facts, label = Leaf(dpi), Writer(rng).facts(), face(BOOK, 11.5)
    top = _head(leaf, "GIẤY XÁC NHẬN QUÁ TRÌNH ĐÓNG", face(BOOK_BOLD, 14))
    for name, key in ASKED:
        text = _label(leaf, (LEFT, top), name, label)
        start = LEFT + leaf.width(text, label) + 2
        kind = rng.choice(("_", "- ", "rule", "rule", "broken"))
        if kind in ("_", "- "):
            low = top + (0.5 if kind == "_" else 2.2)
            leaf.write((start, low), kind * int((RIGHT - start) / leaf.width(kind, label)), label)
            leaf.lines.pop()
        elif kind == "rule":
            leaf.rule((start, top + rng.uniform(0.7, 1.4)), (RIGHT, top + 1.0), rng.choice((0.15, 0.3)))
        else:
            for at in range(int((RIGHT - start) / 3)):
                leaf.rule((start + 3 * at, top + 1.1), (start + 3 * at + 2, top + 1.1), 0.2)
        leaf.write((start + rng.uniform(1, 9), top), facts[key], face(SANS, 10.5), colour=BLUE)
        leaf.lines[-2:] = [f"{text} {facts[key]}"]
        top += 9.0
    return _foot(leaf, top, facts, label)


def make_framed(rng: Random, dpi: int) -> Leaf:
    """Return a form of frames: a small label in each, its value below; digits in combs of other sizes."""
    leaf, facts = Leaf(dpi), Writer(rng).facts()
    label, typed = face(SANS, 8.5), face(SANS_BOLD, 11)
    top = _head(leaf, "BẢN ĐĂNG KÝ THAM GIA BẢO HIỂM Y TẾ HỘ GIA ĐÌNH", face(SANS_BOLD, 12.5))
    for name, key in ASKED:
        if key in ("code", "phone"):
            size = rng.choice((4.8, 5.4, 7.5))
            leaf.write((LEFT, top + 5), name, face(SANS, 10.5))
            start = LEFT + leaf.width(name, face(SANS, 10.5)) + 3
            _comb(leaf, (start, top), size, facts[key], face(BOOK, 12))
            leaf.lines.append(facts[key])
            top += size + 4
            continue
        leaf.frame((LEFT, top - 2), (RIGHT - LEFT, 10.5), rng.choice((0.15, 0.25, 0.4)))
        leaf.write((LEFT + 1.5, top + 1.6), name, label)
        leaf.write((LEFT + 6, top + 7), facts[key], typed)
        top += 10.5
    return _foot(leaf, top + 4, facts, face(SANS, 11))


def make_ruled(rng: Random, dpi: int) -> Leaf:
    """Return a table with double and thick rules, narrow rows, text close to the rules."""
    leaf, writer = Leaf(dpi), Writer(rng)
    top = _head(leaf, "DANH SÁCH LAO ĐỘNG TĂNG, GIẢM TRONG KỲ", face(BOOK_BOLD, 12.5))
    edges = (LEFT, 32.0, 80.0, 108.0, 128.0, 160.0, RIGHT)
    step, small, bold = 5.6, face(BOOK, 10), face(BOOK_BOLD, 10)
    rows = [["TT", "Họ tên", "Số sổ", "Từ tháng", "Chức vụ", "Tiền lương"]]
    rows += [[str(at + 1), writer.person(), f"0{writer.digits(9)}", f"{rng.randint(1, 12):02d}/2019",
              rng.choice(("Công nhân", "Kế toán", "Giáo viên", "Lái xe", "Y sĩ")), writer.amount()]
             for at in range(rng.randint(18, 26))]
    for at, row in enumerate(rows):
        baseline = top + at * step + 4.3
        for x, text in zip(edges, row, strict=False):
            leaf.write((x + 1.0, baseline), text, small if at else bold)
        leaf.lines[-len(row):] = [" ".join(row)]
    low = top + len(rows) * step
    thick = rng.choice((0.2, 0.35))
    for at in range(len(rows) + 1):
        leaf.rule((LEFT, top + at * step), (RIGHT, top + at * step), 0.6 if at in (0, 1) else thick)
    for x in edges:
        leaf.rule((x, top), (x, low), thick)
    for off in (-1.2, 1.2):
        leaf.rule((LEFT + off, top + off), (LEFT + off, low - off), 0.3)
    return _foot(leaf, low + 6, writer.facts(), small)


def make_open(rng: Random, dpi: int) -> Leaf:
    """Return a list with rules between its rows only, some of them dotted, and dots up to the amounts."""
    leaf, writer = Leaf(dpi), Writer(rng)
    text, bold = face(SANS, 11), face(SANS_BOLD, 11)
    top = _head(leaf, "BẢNG KÊ CÁC KHOẢN ĐÃ CHI TRẢ", face(SANS_BOLD, 13))
    for at in range(rng.randint(14, 20)):
        name, amount = f"{at + 1}. {writer.person()}", writer.amount()
        leaf.write((LEFT, top), name, text)
        leaf.write((RIGHT, top), amount, bold, "r")
        start, end = LEFT + leaf.width(name, text) + 2, RIGHT - leaf.width(amount, bold) - 2
        if at % 3 == 0:
            leaf.write((start, top), "." * int((end - start) / leaf.width(".", text)), text)
            leaf.lines.pop()
        elif at % 3 == 1:
            leaf.rule((LEFT, top + 2.4), (RIGHT, top + 2.4), 0.12)
        else:
            for dot in range(int((RIGHT - LEFT) / 1.2)):
                leaf.rule((LEFT + 1.2 * dot, top + 2.4), (LEFT + 1.2 * dot + 0.3, top + 2.4), 0.3)
        leaf.lines[-2:] = [f"{name} {amount}"]
        top += 8.2
    return _foot(leaf, top + 4, writer.facts(), text)


def make_plain(rng: Random, dpi: int) -> Leaf:
    """Return running text of another face, with terms, addresses and a paragraph in English."""
    leaf, writer = Leaf(dpi), Writer(rng)
    name, bold = rng.choice(((SANS, SANS_BOLD), (SERIF, SERIF_BOLD), (BOOK, BOOK_BOLD)))
    top = _head(leaf, "THÔNG BÁO VỀ VIỆC NỘP HỒ SƠ", face(bold, 13))
    text = face(name, rng.choice((10.5, 11.5, 12.5)))
    for part in (BODY, TERMS, *writer.letter(3)[1:-1], ENGLISH):
        top = leaf.paragraph(top, part, text, Column(LEFT, RIGHT - LEFT, rng.choice((0.0, 10.0)), 1.35)) + 3
    return _foot(leaf, top + 8, writer.facts(), text)


MAKERS: dict[str, Callable[[Random, int], Leaf]] = {
    "unseen_dotted": make_dotted, "unseen_underscored": make_underscored, "unseen_framed": make_framed,
    "unseen_ruled": make_ruled, "unseen_open": make_open, "unseen_plain": make_plain,
}


def _head(leaf: Leaf, title: str, bold: Face) -> float:
    """Print the heading in the middle; return where the next line stands."""
    small = Face(bold.name, 10.5)
    leaf.write((107, 22), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", small, "m")
    leaf.write((107, 28), "Độc lập - Tự do - Hạnh phúc", small, "m")
    leaf.write((107, 42), title, bold, "m")
    return 54.0


def _foot(leaf: Leaf, top: float, facts: dict[str, str], text: Face) -> Leaf:
    """Print place, date and name."""
    for at, line in enumerate((f"Phú Mỹ, ngày {facts['day']}", "Người lập", facts["parent"])):
        leaf.write((150, top + 4 + at * (6 if at < 2 else 9)), line, text, "m")
    return leaf


def _label(leaf: Leaf, at: tuple[float, float], name: str, label: Face) -> str:
    leaf.write(at, f"{name}:", label)
    return f"{name}:"


def _on_leader(leaf: Leaf, at: tuple[float, float], label: Face, asked: tuple[str, str, str],
               facts: dict[str, str]) -> str:
    """Print a label, a leader of some letter over half the page, and the value; return what is to be read."""
    (x, top), (name, key, leader) = at, asked
    end = x + 82
    text = _label(leaf, at, name, label)
    start = x + leaf.width(text, label) + 1
    value = facts[key] if leaf.width(facts[key], label) < end - start - 2 else facts["nation"]
    leaf.write((start, top + 0.6), leader * int((end - start) / leaf.width(leader, label)), label)
    leaf.write((start + 1.5, top - 0.3), value, face(BOOK, 10.5), colour=BLUE)
    del leaf.lines[-3:]
    return f"{text} {value}"


def _comb(leaf: Leaf, corner: tuple[float, float], size: float, digits: str, typed: Face) -> None:
    """Print a comb: one frame, short bars between the digits."""
    x, y = corner
    leaf.frame(corner, (size * len(digits), size + 1), 0.25)
    for at, digit in enumerate(digits):
        if at:
            leaf.rule((x + at * size, y), (x + at * size, y + size + 1), 0.2)
        leaf.write((x + (at + 0.5) * size, y + size - 0.6), digit, typed, "m")
        leaf.lines.pop()
