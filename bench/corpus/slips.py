"""Papers that are no A4 letter: receipts, index cards, vouchers, dividers, certificates, almost empty sides."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from PIL import ImageDraw

from appliance.demo.letterhead import draw_signature
from appliance.demo.paper import BLUE, RED, Column, Face, Leaf
from appliance.demo.prose import AGENCY, Writer

A4 = (210.0, 297.0)
TILL = Face("Cousine-Regular", 9)
TILL_BOLD = Face("Cousine-Bold", 10)
GOODS = ("Phí in sổ", "Bìa hồ sơ", "Phong bì A4", "Sao y bản chính", "Giấy xác nhận", "Cước phát nhanh",
         "Lệ phí cấp lại", "Tem niêm phong")


@dataclass
class Slip(Leaf):
    """A side of any size."""

    paper: tuple[float, float] = A4

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.px(self.paper[0]), self.px(self.paper[1])


def make_receipt(rng: Random, dpi: int, width: float = 80.0, rows: int = 9) -> Leaf:
    """Return a till receipt; its length follows its rows."""
    writer = Writer(rng)
    leaf = Slip(dpi, paper=(width, 62.0 + rows * 4.4))
    middle, right = width / 2, width - 4
    for at, text in enumerate(("BƯU ĐIỆN HƯNG LẠC", "PHIẾU THU CƯỚC", f"Số: {writer.digits(6)}")):
        leaf.write((middle, 8 + at * 5), text, TILL_BOLD if at < 2 else TILL, "m")
    leaf.write((4, 25), f"Ngày {writer.day()}", TILL)
    leaf.write((middle, 29), "-" * int((width - 8) / leaf.width("-", TILL)), TILL, "m")
    top = 34.0
    for _ in range(rows):
        leaf.write((4, top), rng.choice(GOODS), TILL)
        leaf.write((right, top), f"{rng.randint(2, 90)}.000", TILL, "r")
        top += 4.4
    leaf.write((4, top + 4), "CỘNG", TILL_BOLD)
    leaf.write((right, top + 4), f"{writer.amount()}", TILL_BOLD, "r")
    leaf.write((middle, top + 14), "Cảm ơn quý khách", TILL, "m")
    return leaf


def make_card(rng: Random, dpi: int) -> Leaf:
    """Return an index card (125 x 75 mm): heading, four fields, ruled."""
    writer = Writer(rng)
    facts = writer.facts()
    leaf = Slip(dpi, paper=(125.0, 75.0))
    leaf.write((8, 11), facts["person_caps"], Face("Tinos-Bold", 13))
    leaf.write((117, 11), facts["code"], Face("Cousine-Regular", 10), "r")
    for at in range(8):
        leaf.rule((6, 15 + at * 7), (119, 15 + at * 7), 0.15)
    for at, text in enumerate((f"Sinh ngày {facts['birth']}", facts["ward"], facts["company"],
                               f"Hồ sơ số {facts['digits']}, từ {facts['from_month']}", "Hộp 12, mục lục 03")):
        leaf.write((8, 20.6 + at * 7), text, Face("Arimo-Regular", 10), colour=BLUE if at % 2 else (30, 27, 31))
    return leaf


def make_voucher(rng: Random, dpi: int) -> Leaf:
    """Return a payment voucher (phiếu chi) on A5 across."""
    writer = Writer(rng)
    facts = writer.facts()
    leaf = Slip(dpi, paper=(210.0, 148.0))
    leaf.write((20, 20), AGENCY[1], Face("Tinos-Bold", 11))
    leaf.write((105, 34), "PHIẾU CHI", Face("Tinos-Bold", 16), "m")
    leaf.write((105, 41), f"Ngày {facts['day']}    Số: {facts['number']}", Face("Tinos-Italic", 12), "m")
    for at, text in enumerate((f"Họ và tên người nhận tiền: {facts['person']}", f"Địa chỉ: {facts['ward']}",
                               "Lý do chi: chi trả trợ cấp bảo hiểm xã hội một lần",
                               f"Số tiền: {facts['salary']} đồng", "Kèm theo: 02 chứng từ gốc")):
        leaf.write((22, 54 + at * 8.5), text, Face("Tinos-Regular", 12.5))
        leaf.rule((22, 55.5 + at * 8.5), (190, 55.5 + at * 8.5), 0.1)
    for at, text in enumerate(("Giám đốc", "Kế toán trưởng", "Thủ quỹ", "Người nhận")):
        leaf.write((35 + at * 47, 106), text, Face("Tinos-Bold", 12), "m")
        leaf.blend(draw_signature(leaf, rng), (14 + at * 47, 108), BLUE)
    return leaf


def make_note(rng: Random, dpi: int) -> Leaf:
    """Return a side with a few lines and nothing else."""
    leaf = Slip(dpi)
    leaf.paragraph(40, " ".join(Writer(rng).letter(1)[1:2]), Face("Tinos-Regular", 13), Column(32, 162, 10))
    return leaf


def make_number(rng: Random, dpi: int) -> Leaf:
    """Return a side with a page number and nothing else."""
    leaf = Slip(dpi)
    leaf.write((105 if rng.random() < 0.7 else 190, 15 if rng.random() < 0.6 else 285), str(rng.randint(2, 98)),
               Face("Tinos-Regular", 13), "m")
    return leaf


def make_line(rng: Random, dpi: int) -> Leaf:
    """Return a side with one line of small print and nothing else."""
    leaf = Slip(dpi)
    text = f"Mẫu số {rng.randint(1, 30)}-TS, in tại Hưng Lạc"
    leaf.write((32, rng.uniform(30, 270)), text, Face("Tinos-Italic", 10))
    return leaf


def make_divider(rng: Random, dpi: int) -> Leaf:
    """Return a divider with its title."""
    leaf = Slip(dpi)
    leaf.write((105, 120), f"HỒ SƠ SỐ {rng.randint(1, 400)}", Face("Arimo-Bold", 34), "m")
    leaf.write((105, 136), f"Năm {rng.randint(1995, 2021)}", Face("Arimo-Regular", 20), "m")
    return leaf


def make_certificate(rng: Random, dpi: int) -> Leaf:
    """Return a certificate: red double border round the page, red title, no stamp."""
    writer = Writer(rng)
    leaf = Slip(dpi)
    _red_frame(leaf, (12, 12), (186, 273), 0.9)
    _red_frame(leaf, (14, 14), (182, 269), 0.4)
    leaf.write((105, 40), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", Face("Tinos-Bold", 13), "m")
    leaf.write((105, 75), "GIẤY CHỨNG NHẬN", Face("Tinos-Bold", 28), "m", RED)
    leaf.write((105, 92), "Hoàn thành lớp bồi dưỡng nghiệp vụ lưu trữ", Face("Tinos-Italic", 15), "m")
    leaf.write((105, 110), f"Ông (bà): {writer.person()}", Face("Tinos-Bold", 17), "m")
    leaf.paragraph(120, writer.letter(1)[1], Face("Tinos-Regular", 13), Column(32, 146, 10))
    return leaf


def make_red_boxes(rng: Random, dpi: int) -> Leaf:
    """Return a form with red ruled boxes, one row of them as high as a stamp, and red print."""
    writer = Writer(rng)
    leaf = Slip(dpi)
    leaf.write((105, 30), "PHIẾU KIỂM SOÁT HỒ SƠ", Face("Tinos-Bold", 15), "m", RED)
    for row in range(rng.randint(2, 5)):
        left = 30.0
        for _ in range(3):
            wide = rng.choice((20.0, 30.0, 40.0, 48.0))
            _red_frame(leaf, (left, 40 + row * 14), (wide, 8.0), 0.35)
            leaf.write((left + wide / 2, 45.5 + row * 14), writer.digits(4), Face("Arimo-Regular", 11), "m",
                       rng.choice((RED, (30, 27, 31))))
            left += wide + rng.choice((1.0, 6.0))
    top = 118.0
    for text in writer.letter(3)[1:]:
        top = leaf.paragraph(top, text, Face("Tinos-Regular", 13), Column(30, 150, 10)) + 2
    return leaf


def make_secret_words(rng: Random, dpi: int) -> Leaf:
    """Return a letter that speaks of secrets in black print; no stamp."""
    writer = Writer(rng)
    leaf = Slip(dpi)
    leaf.write((105, 32), "QUY CHẾ BẢO VỆ BÍ MẬT NHÀ NƯỚC", Face("Tinos-Bold", 15), "m")
    leaf.write((50, 50), rng.choice(("MẬT", "TỐI MẬT", "TUYỆT MẬT")), Face("Tinos-Bold", 13), "m")
    top = 56.0
    text = ("Tài liệu có đóng dấu MẬT, TỐI MẬT, TUYỆT MẬT thuộc danh mục bí mật nhà nước không đưa vào số hóa; "
            "cán bộ giữ bí mật thông tin người tham gia, không sao chụp tài liệu mật khi chưa được người có thẩm "
            "quyền cho phép.")
    for body in (text, *writer.letter(3)[1:], text):
        top = leaf.paragraph(top, body, Face("Tinos-Regular", 13.5), Column(32, 162, 11)) + 2
    return leaf


def _red_frame(leaf: Leaf, corner: tuple[float, float], size: tuple[float, float], weight: float) -> None:
    """Print the outline of a rectangle in red."""
    left, top = leaf.px(corner[0]), leaf.px(corner[1])
    box = (left, top, left + leaf.px(size[0]), top + leaf.px(size[1]))
    ImageDraw.Draw(leaf.ink(RED)).rectangle(box, outline=235, width=max(1, leaf.px(weight)))
