"""Small synthetic sheets with known truth, drawn for the imaging tests: BGR, uint8, any dpi."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Pixels = npt.NDArray[np.uint8]

TINOS = "/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf"
SENTENCES = (
    "Căn cứ Luật Bảo hiểm xã hội ngày 20 tháng 11 năm 2014 và các văn bản hướng dẫn thi hành,",
    "Xét đề nghị của Trưởng phòng Chế độ bảo hiểm xã hội về việc giải quyết hưởng lương hưu,",
    "Ông Nguyễn Văn Thạnh, sinh ngày 05 tháng 3 năm 1958, nguyên quán xã Đông Hưng, huyện Tiên Lãng,",
    "đã có thời gian đóng bảo hiểm xã hội là 32 năm 7 tháng, được hưởng chế độ hưu trí hằng tháng",
    "kể từ ngày 01 tháng 4 năm 2018. Mức lương hưu được tính bằng tỷ lệ phần trăm của mức bình quân",
    "tiền lương tháng đóng bảo hiểm xã hội; nơi nhận lương hưu là Bưu điện huyện Tiên Lãng, thành phố",
    "Hải Phòng. Các ông bà có tên trên chịu trách nhiệm thi hành quyết định này kể từ ngày ký.",
)


class Sheet:
    """A sheet of paper in millimetres that is drawn on and then scanned."""

    def __init__(self, dpi: int = 300, width_mm: float = 210, height_mm: float = 297, paper: int = 245) -> None:
        self.dpi = dpi
        self.size = (round(width_mm / 25.4 * dpi), round(height_mm / 25.4 * dpi))
        self.image = Image.new("RGB", self.size, (paper, paper, paper - 6))
        self.pen = ImageDraw.Draw(self.image)

    def px(self, mm: float) -> float:
        """Millimetres to pixels."""
        return mm / 25.4 * self.dpi

    def text(self, x: float, y: float, words: str, points: float = 13,
             ink: tuple[int, int, int] = (30, 30, 34)) -> None:
        """Write a line with its top left corner at (x, y) mm."""
        font = ImageFont.truetype(TINOS, round(points / 72 * self.dpi))
        self.pen.text((self.px(x), self.px(y)), words, font=font, fill=ink)

    def rule(self, x0: float, y0: float, x1: float, y1: float, mm: float = 0.3) -> None:
        """Draw a straight rule."""
        ends = [self.px(value) for value in (x0, y0, x1, y1)]
        self.pen.line(ends, fill=(40, 40, 40), width=max(1, round(self.px(mm))))

    def disc(self, x: float, y: float, mm: float, ink: int = 25) -> None:
        """Draw a filled disc of diameter ``mm``: a punch hole over a dark lid."""
        r = mm / 2
        self.pen.ellipse([self.px(v) for v in (x - r, y - r, x + r, y + r)], fill=(ink, ink, ink))

    def bar(self, x0: float, y0: float, x1: float, y1: float, ink: int = 20) -> None:
        """Draw a filled bar: the border of a lid."""
        self.pen.rectangle([self.px(v) for v in (x0, y0, x1, y1)], fill=(ink, ink, ink))

    def paste(self, stamp: Pixels, x: float, y: float, mm: float) -> None:
        """Paste a grey picture, ``mm`` wide."""
        side = round(self.px(mm))
        picture = Image.fromarray(stamp).resize((side, side), Image.Resampling.BOX)
        self.image.paste(picture, (round(self.px(x)), round(self.px(y))))

    def pixels(self) -> Pixels:
        """Return what a perfect scanner would give, BGR."""
        return np.ascontiguousarray(np.asarray(self.image)[:, :, ::-1])


def letter(dpi: int = 300, lines: int = 34, points: float = 12, seed: int = 0) -> Sheet:
    """Running text with a heading in the top left and right."""
    sheet = Sheet(dpi)
    sheet.text(22, 12, "BẢO HIỂM XÃ HỘI VIỆT NAM", 12)
    sheet.text(112, 12, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 11)
    sheet.text(125, 18, "Độc lập - Tự do - Hạnh phúc", 12)
    for line in range(lines):
        words = SENTENCES[(line + seed) % len(SENTENCES)].split()
        words = words[:len(words) - (line * 5 + seed) % 7]
        sheet.text(25 if line % 4 else 35, 35 + line * points * 0.6, " ".join(words), points)
    return sheet


def form(dpi: int = 300) -> Sheet:
    """Labels, dotted leaders and boxes, little running text."""
    sheet = Sheet(dpi)
    sheet.text(70, 22, "TỜ KHAI THAM GIA, ĐIỀU CHỈNH THÔNG TIN", 13)
    for line, label in enumerate(("Họ và tên", "Ngày sinh", "Giới tính", "Quốc tịch", "Dân tộc", "Số điện thoại",
                                  "Mã số bảo hiểm", "Nơi đăng ký khám", "Địa chỉ nhận hồ sơ", "Nội dung thay đổi")):
        y = 40 + line * 15
        sheet.text(25, y, f"[{line + 1:02d}]. {label}: " + "." * (40 + line % 5 * 6), 12)
        if line % 3 == 0:
            for box in range(10):
                x = 90 + box * 7
                for ends in ((x, y + 7, x + 6, y + 7), (x, y + 13, x + 6, y + 13), (x, y + 7, x, y + 13),
                             (x + 6, y + 7, x + 6, y + 13)):
                    sheet.rule(*ends)
    sheet.text(130, 230, "Người kê khai", 13)
    sheet.text(120, 260, "Trần Thị Mỹ Dung", 13, (110, 50, 20))
    return sheet


def table(dpi: int = 300, rows: int = 22, columns: int = 6) -> Sheet:
    """A ruled table with short cells."""
    sheet = Sheet(dpi)
    sheet.text(60, 18, "DANH SÁCH NGƯỜI HƯỞNG CHẾ ĐỘ", 13)
    top, left, high, wide = 32.0, 20.0, 10.0, 170.0 / columns
    for row in range(rows + 1):
        sheet.rule(left, top + row * high, left + columns * wide, top + row * high)
        for column in range(columns if row < rows else 0):
            words = SENTENCES[(row * 3 + column) % len(SENTENCES)].split()
            cell = " ".join(words[column:column + 2]) if column else str(row + 1)
            sheet.text(left + column * wide + 1.5, top + row * high + 2.5, cell[:14], 10)
    for column in range(columns + 1):
        sheet.rule(left + column * wide, top, left + column * wide, top + rows * high)
    return sheet


def blank_back(dpi: int = 300, bleed: float = 0.12, holes: bool = True, lid: bool = True) -> Pixels:
    """The back of a letter: mirrored text shines through, holes and a lid border are dark."""
    front = letter(dpi).pixels().astype(np.float32)
    through = cv2.GaussianBlur(np.ascontiguousarray(front[:, ::-1]), (0, 0), dpi / 120)
    sheet = Sheet(dpi)
    if holes:
        sheet.disc(12, 108, 6)
        sheet.disc(12, 188, 6)
    if lid:
        sheet.bar(0, 0, 210, 2)
        sheet.bar(207, 0, 210, 297)
    paper = sheet.pixels().astype(np.float32)
    return np.clip(paper - bleed * (245 - through), 0, 255).astype(np.uint8)


def scan(pixels: Pixels, skew: float = 0.0, noise: float = 3.0, seed: int = 1) -> Pixels:
    """Lay the sheet ``skew`` degrees clockwise on the glass and add sensor noise."""
    high, wide = pixels.shape[:2]
    if skew:
        turn = cv2.getRotationMatrix2D((wide / 2, high / 2), -skew, 1.0)
        turned: Any = cv2.warpAffine(pixels, turn, (wide, high), flags=cv2.INTER_CUBIC, borderValue=(245, 245, 245))
    else:
        turned = pixels
    soft = cv2.GaussianBlur(turned, (0, 0), 0.5)
    grain = np.random.default_rng(seed).normal(0, noise, (high, wide, 1)).astype(np.float32)
    scanned: Pixels = np.clip(soft.astype(np.float32) + grain, 0, 255).astype(np.uint8)
    return scanned


def grey(pixels: Pixels) -> Pixels:
    """BGR to grey."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
