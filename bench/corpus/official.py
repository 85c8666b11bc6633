"""Papers as Decree 30/2020 has them, and insurance forms, with the fields that a catalogue wants of them.

Everything is invented; the seed decides. Organisations, notations, signers' blocks, urgency stamps, places of the
two columns and letter sizes vary, and the text below names other numbers and dates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from PIL import ImageDraw

from appliance.demo.forms import make_table
from appliance.demo.letterhead import draw_seal, draw_signature
from appliance.demo.paper import BLUE, RED, Column, Face, Leaf
from appliance.demo.prose import Writer

Truth = dict[str, str]


@dataclass(frozen=True, slots=True)
class Organ:
    """An organisation as it heads its papers: lines of its superior, its own, its sign, its place."""

    above: tuple[str, ...]
    own: tuple[str, ...]
    sign: str
    place: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of paper: code, title, sign, and subjects; without a title it is a letter."""

    code: str
    title: str
    sign: str
    subjects: tuple[str, ...]
    body: str = ""


@dataclass
class Draft:
    """A paper in the making."""

    rng: Random
    writer: Writer
    leaf: Leaf
    truth: Truth = field(default_factory=dict)
    left: float = 65.0
    right: float = 147.0
    size: float = 13.5


ORGANS = (
    Organ(("BẢO HIỂM XÃ HỘI VIỆT NAM",), ("BẢO HIỂM XÃ HỘI TỈNH HƯNG LẠC",), "BHXH", "Hưng Lạc"),
    Organ((), ("BẢO HIỂM XÃ HỘI VIỆT NAM",), "BHXH", "Hà Nội"),
    Organ(("BẢO HIỂM XÃ HỘI VIỆT NAM",), ("BẢO HIỂM XÃ HỘI", "THÀNH PHỐ AN KHÁNH"), "BHXH", "An Khánh"),
    Organ(("BẢO HIỂM XÃ HỘI", "TỈNH HƯNG LẠC"), ("BẢO HIỂM XÃ HỘI", "HUYỆN YÊN THỦY"), "BHXH", "Yên Thủy"),
    Organ(("ỦY BAN NHÂN DÂN", "TỈNH HƯNG LẠC"), ("SỞ LAO ĐỘNG - THƯƠNG BINH", "VÀ XÃ HỘI"), "SLĐTBXH", "Hưng Lạc"),
    Organ((), ("ỦY BAN NHÂN DÂN", "TỈNH HƯNG LẠC"), "UBND", "Hưng Lạc"),
    Organ((), ("CÔNG TY CỔ PHẦN", "DỆT MAY HƯNG LẠC"), "CTDM", "Hưng Lạc"),
    Organ(("BẢO HIỂM XÃ HỘI VIỆT NAM",), ("TRUNG TÂM LƯU TRỮ",), "TTLT", "Hà Nội"),
    Organ(("UBND HUYỆN YÊN THỦY",), ("TRƯỜNG THCS LÊ QUÝ ĐÔN",), "THCS", "Yên Thủy"),
)
LETTER = Kind("22", "", "", (
    "số hóa hồ sơ hưởng bảo hiểm xã hội giai đoạn 1995 - 2021", "hướng dẫn rà soát dữ liệu người tham gia",
    "đôn đốc thu, giảm số tiền chậm đóng bảo hiểm xã hội, bảo hiểm y tế quý III",
    "xác nhận thời gian đóng bảo hiểm xã hội bắt buộc", "phối hợp cung cấp hồ sơ"))
KINDS = (
    LETTER, LETTER, LETTER,
    Kind("02", "QUYẾT ĐỊNH", "QĐ", (
        "Về việc hưởng chế độ hưu trí hằng tháng", "Về việc bổ nhiệm viên chức quản lý",
        "Ban hành Quy trình số hóa hồ sơ, giấy tờ giải quyết thủ tục hành chính thuộc thẩm quyền của ngành"),
         "grounds"),
    Kind("10", "KẾ HOẠCH", "KH", (
        "Số hóa hồ sơ, tài liệu lưu trữ giai đoạn 2022 - 2025", "Kiểm tra công tác văn thư, lưu trữ năm 2021")),
    Kind("07", "THÔNG BÁO", "TB", (
        "Kết luận của Giám đốc tại cuộc họp giao ban tháng 6", "Về việc thay đổi địa điểm tiếp nhận hồ sơ")),
    Kind("14", "BÁO CÁO", "BC", (
        "Kết quả thực hiện công tác bảo hiểm xã hội, bảo hiểm y tế 6 tháng đầu năm",
        "Tình hình số hóa tài liệu lưu trữ")),
    Kind("15", "TỜ TRÌNH", "TTr", (
        "Về việc phê duyệt danh mục tài liệu cần số hóa", "Đề nghị bổ sung kinh phí năm 2020")),
    Kind("26", "GIẤY MỜI", "GM", (
        "Họp triển khai công tác số hóa hồ sơ", "Dự hội nghị sơ kết 6 tháng đầu năm")),
    Kind("20", "BIÊN BẢN", "BB", (
        "Làm việc về đối chiếu dữ liệu thu, cấp sổ thẻ", "Bàn giao hồ sơ, tài liệu lưu trữ")),
    Kind("08", "HƯỚNG DẪN", "HD", ("Lập hồ sơ và nộp lưu hồ sơ vào lưu trữ cơ quan",)),
    Kind("09", "CHƯƠNG TRÌNH", "CTr", ("Công tác trọng tâm năm 2019",)),
    Kind("01", "NGHỊ QUYẾT", "NQ", ("Về nhiệm vụ phát triển đối tượng tham gia bảo hiểm xã hội tự nguyện",)),
)
SIGNERS = (
    (("GIÁM ĐỐC",), "GIÁM ĐỐC"), (("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"), "PHÓ GIÁM ĐỐC"),
    (("TL. GIÁM ĐỐC", "TRƯỞNG PHÒNG"), "TRƯỞNG PHÒNG"), (("TL. GIÁM ĐỐC", "CHÁNH VĂN PHÒNG"), "CHÁNH VĂN PHÒNG"),
    (("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), "PHÓ CHỦ TỊCH"),
    (("TỔNG GIÁM ĐỐC",), "TỔNG GIÁM ĐỐC"),
    (("KT. TỔNG GIÁM ĐỐC", "PHÓ TỔNG GIÁM ĐỐC"), "PHÓ TỔNG GIÁM ĐỐC"),
    (("TUQ. GIÁM ĐỐC", "PHÓ TRƯỞNG PHÒNG"), "PHÓ TRƯỞNG PHÒNG"),
)
UNITS = ("CSXH", "VP", "QLT", "KHTC", "TTKT", "CNTT")
URGENCIES = ("HỎA TỐC", "THƯỢNG KHẨN", "KHẨN")
APPLICATIONS = (
    ("14-HSB", "ĐƠN ĐỀ NGHỊ", "Hưởng chế độ bảo hiểm xã hội một lần"),
    ("05A-HSB", "TỜ KHAI", "Hưởng chế độ tai nạn lao động, bệnh nghề nghiệp"),
    ("C70a-HD", "DANH SÁCH", "Giải quyết hưởng chế độ ốm đau, thai sản"),
    ("D02-LT", "DANH SÁCH", "Lao động tham gia bảo hiểm xã hội, bảo hiểm y tế, bảo hiểm thất nghiệp"),
    ("TK1-TS", "TỜ KHAI", "Tham gia, điều chỉnh thông tin bảo hiểm xã hội, bảo hiểm y tế"),
)


def make(variant: int, dpi: int = 300) -> tuple[list[Leaf], Truth]:
    """Return the sides of a paper and its fields by name; the same variant is the same paper."""
    rng = Random(f"official/{variant}")
    draft = Draft(rng, Writer(rng), Leaf(dpi), left=rng.uniform(60, 67), right=rng.uniform(143, 150),
                  size=rng.choice((13.0, 13.5, 14.0)))
    if variant % 6 == 5:
        return _application(draft)
    if variant % 24 == 22:
        return _table(draft)
    return _official(draft)


def _official(draft: Draft) -> tuple[list[Leaf], Truth]:
    rng, leaf, truth = draft.rng, draft.leaf, draft.truth
    organ, kind = rng.choice(ORGANS), rng.choice(KINDS)
    subject = rng.choice(kind.subjects)
    truth["typeName"], truth["subject"] = kind.code, subject
    top = _head(draft, organ, kind)
    if not kind.title:
        face = Face("Tinos-Regular", 12)
        for words in leaf.broken(f"V/v {subject}", face, Column(0, 62)):
            top += 5.0
            leaf.write((draft.left, top), " ".join(words), face, "m")
    if rng.random() < 0.25:
        top = _urgency(draft, top)
    top += 11
    if kind.title:
        leaf.write((108, top), kind.title, Face("Tinos-Bold", 14.5), "m")
        face = Face("Tinos-Bold", 14)
        for words in leaf.broken(subject, face, Column(0, 130)):
            top += 6.2
            leaf.write((108, top), " ".join(words), face, "m")
        leaf.rule((94, top + 2), (122, top + 2))
        top += 6
    else:
        address = f"Kính gửi: {draft.writer.facts()['company']}"
        leaf.write((110, top), address, Face("Tinos-Regular", draft.size), "m")
    return _body(draft, kind, top + 3)


def _head(draft: Draft, organ: Organ, kind: Kind) -> float:
    """Print organisation, country, number and date; return the lowest baseline."""
    rng, leaf, truth = draft.rng, draft.leaf, draft.truth
    top = rng.uniform(20, 27)
    leaf.write((draft.right, top), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", Face("Tinos-Bold", 12), "m")
    leaf.write((draft.right, top + 5.4), "Độc lập - Tự do - Hạnh phúc", Face("Tinos-Bold", 13), "m")
    leaf.rule((draft.right - 29, top + 7.2), (draft.right + 29, top + 7.2))
    at = top
    for text in organ.above:
        leaf.write((draft.left, at), text, Face("Tinos-Regular", 11.5), "m")
        at += 5.0
    for text in organ.own:
        leaf.write((draft.left, at), text, Face("Tinos-Bold", 11.5), "m")
        at += 5.0
    leaf.rule((draft.left - 13, at - 3), (draft.left + 13, at - 3))
    truth["organName"] = " ".join(organ.own)
    row = max(at + 3.5, top + 14)
    number, notation = _numbered(rng, organ, kind)
    if rng.random() < 0.92:
        truth["codeNumber"] = number
        leaf.write((draft.left, row), f"Số: {number}/{notation}", Face("Tinos-Regular", 13), "m")
    else:
        leaf.write((draft.left, row), f"Số:       /{notation}", Face("Tinos-Regular", 13), "m")
    truth["codeNotation"] = notation
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(2003, 2024)
    truth["issuedDate"] = f"{day:02d}/{month:02d}/{year}"
    month_text = f"{month:02d}" if month < 3 else str(month)
    date = f"{organ.place}, ngày {day:02d} tháng {month_text} năm {year}"
    leaf.write((draft.right, row), date, Face("Tinos-Italic", 13), "m")
    return row


def _numbered(rng: Random, organ: Organ, kind: Kind) -> tuple[str, str]:
    number = str(rng.randint(1, 4800))
    number = number.zfill(2)
    if not kind.title:
        return number, f"{organ.sign}-{rng.choice(UNITS)}"
    if kind.code == "02" and rng.random() < 0.3:
        return number, f"{rng.randint(2005, 2023)}/{kind.sign}-{organ.sign}"
    return number, f"{kind.sign}-{organ.sign}"


def _urgency(draft: Draft, top: float) -> float:
    """Stamp an urgency below the left column, framed, in red."""
    word = draft.rng.choice(URGENCIES)
    draft.truth["urgency"] = word
    face, leaf = Face("Tinos-Bold", 13.5), draft.leaf
    leaf.write((draft.left, top + 9), word, face, "m", colour=RED)
    wide = leaf.width(word, face) / 2 + 3
    low, high = top + 10.8, top + 4.0
    for start, end in (((-wide, low), (wide, low)), ((-wide, high), (wide, high)), ((-wide, low), (-wide, high)),
                       ((wide, low), (wide, high))):
        _red_rule(leaf, (draft.left + start[0], start[1]), (draft.left + end[0], end[1]))
    return top + 11


def _red_rule(leaf: Leaf, start: tuple[float, float], end: tuple[float, float]) -> None:
    pen = ImageDraw.Draw(leaf.ink(RED))
    pen.line([leaf.px(start[0]), leaf.px(start[1]), leaf.px(end[0]), leaf.px(end[1])], fill=230, width=leaf.px(0.4))


def _body(draft: Draft, kind: Kind, top: float) -> tuple[list[Leaf], Truth]:
    """Print text on one side or two, and the foot on the last."""
    rng, leaf = draft.rng, draft.leaf
    roman, column = Face("Tinos-Regular", draft.size), Column(30, 164, 11)
    texts = draft.writer.letter(rng.randint(2, 5))
    leaves = [leaf]
    if kind.body:
        leaf.write((108, top + 7), "GIÁM ĐỐC", Face("Tinos-Bold", 13.5), "m")
        top += 9
    for text in texts:
        lines = len(leaf.broken(text, roman, column)) * roman.points * 25.4 / 72 * 1.3
        if top + lines > 205:
            if len(leaves) > 1 or rng.random() < 0.7:
                break
            leaf, top = Leaf(leaf.dpi), 22.0
            leaf.write((108, 14), "2", roman, "m")
            leaves.append(leaf)
        top = leaf.paragraph(top, text, roman, column) + 1.8
    _foot(draft, leaf, top + 4)
    return leaves, draft.truth


def _foot(draft: Draft, leaf: Leaf, top: float) -> None:
    rng, (lines, position) = draft.rng, draft.rng.choice(SIGNERS)
    leaf.write((31, top + 6), "Nơi nhận:", Face("Tinos-BoldItalic", 12))
    for at, name in enumerate(("- Như trên;", "- Giám đốc (để báo cáo);", "- Lưu: VT, QLT.")):
        leaf.write((31, top + 11 + at * 4.6), name, Face("Tinos-Regular", 11))
    low = top + 6
    for text in lines:
        leaf.write((draft.right, low), text, Face("Tinos-Bold", 13), "m")
        low += 5.6
    person = draft.writer.person()
    draft.truth |= {"position": position, "signer": person}
    name_at = low + rng.uniform(25, 31)
    leaf.write((draft.right, name_at), person, Face("Tinos-Bold", 13.5), "m")
    leaf.blend(draw_signature(leaf, rng), (draft.right - 22, low - 2), BLUE)
    leaf.blend(draw_seal(leaf, rng), (draft.right - 42, low - 14 + rng.uniform(-2, 2)), RED)


def _application(draft: Draft) -> tuple[list[Leaf], Truth]:
    """Print an application of a person: code of the form, motto in the middle, date above the signature."""
    rng, leaf, truth = draft.rng, draft.leaf, draft.truth
    code, title, subject = rng.choice(APPLICATIONS)
    label = rng.choice(("Mẫu số: {}", "Mẫu {}", "Mẫu số {}"))
    leaf.write((190, 16), label.format(code), Face("Tinos-Bold", 11), "r")
    leaf.write((108, 24), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", Face("Tinos-Bold", 13), "m")
    leaf.write((108, 30), "Độc lập - Tự do - Hạnh phúc", Face("Tinos-Bold", 13), "m")
    leaf.rule((80, 32), (136, 32))
    leaf.write((108, 46), title, Face("Tinos-Bold", 14.5), "m")
    leaf.write((108, 52.4), subject, Face("Tinos-Bold", 13), "m")
    truth |= {"form": code, "typeName": "32", "subject": f"{title} {subject}"}
    leaf.write((108, 66), "Kính gửi: Bảo hiểm xã hội tỉnh Hưng Lạc", Face("Tinos-Regular", 13), "m")
    facts, low = draft.writer.facts(), 78.0
    for text in (f"1. Họ và tên: {facts['person']}", f"2. Ngày sinh: {facts['birth']}",
                 f"3. Mã số BHXH: {facts['code']}", f"4. Số CCCD: {facts['card']}",
                 f"5. Nơi cư trú: {facts['ward']}",
                 f"6. Nội dung: theo Quyết định số 1333/QĐ-BHXH ngày {facts['day']}"):
        leaf.write((30, low), text, Face("Tinos-Regular", 13))
        low += 8.4
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(2012, 2024)
    truth["issuedDate"] = f"{day:02d}/{month:02d}/{year}"
    date = f"Hưng Lạc, ngày {day:02d} tháng {month:02d} năm {year}"
    leaf.write((draft.right, low + 14), date, Face("Tinos-Italic", 13), "m")
    leaf.write((draft.right, low + 20), "Người làm đơn", Face("Tinos-Bold", 13), "m")
    leaf.blend(draw_signature(leaf, rng), (draft.right - 22, low + 21), BLUE)
    leaf.write((draft.right, low + 48), facts["person"], Face("Tinos-Regular", 13), "m")
    return [leaf], truth


def _table(draft: Draft) -> tuple[list[Leaf], Truth]:
    """Return the demo's ruled list: it has the code of its form and a title."""
    leaves = make_table(draft.rng, draft.leaf.dpi)
    lines = leaves[0].lines
    begins = next(at for at, text in enumerate(lines) if text.startswith("Đơn vị")) + 1
    ends = next(at for at, text in enumerate(lines) if text.startswith("Tháng"))
    title = " ".join(lines[begins:ends])
    named = title.startswith(("DANH SÁCH", "BẢNG KÊ"))
    return leaves, {"form": "D02-TS"} | ({"typeName": "32", "subject": title} if named else {})
