"""Pages drawn with a Times-metric face, skewed and turned as a feeder would, for the PDF and OCR tests."""

from __future__ import annotations

import hashlib
import io
import math
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from appliance.core.jobs import AssembleJob, AssemblePage, StampSpace
from appliance.core.model import Box, EmptyBand, Geometry, ImageFormat

FACE = "/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf"
TEXT = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Kính gửi: Bảo hiểm xã hội tỉnh Hưng Lạc",
    "Căn cứ Luật Bảo hiểm xã hội và các văn bản hướng dẫn thi hành,",
    "đơn vị đề nghị điều chỉnh thời gian đóng của người lao động như sau:",
    "Ông Nguyễn Đức Thắng, cư trú tại phường Đống Đa, thành phố Hưng Lạc,",
    "đã đóng đủ từ tháng bảy đến tháng mười hai theo mức lương quy định.",
    "Trường hợp còn thiếu, đề nghị bổ sung quyết định tuyển dụng kèm theo",
    "bảng thanh toán tiền lương để làm căn cứ chốt sổ bảo hiểm xã hội.",
    "Xin trân trọng cảm ơn sự phối hợp của quý cơ quan trong thời gian qua.",
)
WIDTH, HEIGHT, DPI = 1654, 2339, 200


@dataclass(frozen=True)
class DrawnMaster:
    """A master on disk."""

    path: Path
    format: ImageFormat
    width: int
    height: int
    components: int

    def page(self, geometry: Geometry | None = None, text: str = "", dpi: int = DPI) -> AssemblePage:
        lies = geometry or Geometry(self.width, self.height, 0, 0.0, self.width, self.height)
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        return AssemblePage(str(self.path), digest, self.format, self.width, self.height, self.components, dpi,
                            lies, text)


def draw(lines: tuple[str, ...] = TEXT, size: int = 34) -> Image.Image:
    """A page of lines from 300 pixels downwards."""
    image = Image.new("L", (WIDTH, HEIGHT), 250)
    pen = ImageDraw.Draw(image)
    face = ImageFont.truetype(FACE, size)
    for row, line in enumerate(lines):
        pen.text((180, 300 + row * 70), unicodedata.normalize("NFC", line), font=face, fill=20)
    return image


def skewed(image: Image.Image, degrees: float) -> Image.Image:
    """Turn an image clockwise by ``degrees`` within its own frame, as paper lies in a feeder."""
    return image.rotate(-degrees, resample=Image.Resampling.BICUBIC, fillcolor=250)


def grey(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(image.convert("L"), dtype=np.uint8)


def jpeg(folder: Path, image: Image.Image, mode: str = "RGB", name: str = "master.jpg") -> DrawnMaster:
    path = folder / name
    image.convert(mode).save(path, "JPEG", quality=80, progressive=name.startswith("progressive"))
    components = {"RGB": 3, "L": 1, "CMYK": 4}[mode]
    return DrawnMaster(path, ImageFormat.JPEG, image.width, image.height, components)


def g4(folder: Path, image: Image.Image, name: str = "master.tif") -> DrawnMaster:
    path = folder / name
    image.convert("1").save(path, "TIFF", compression="group4", tiffinfo={278: image.height})
    return DrawnMaster(path, ImageFormat.G4, image.width, image.height, 1)


def document(out: Path, *pages: AssemblePage, band: EmptyBand | None = None) -> AssembleJob:
    empty = band or EmptyBand(Box(0, 0, 100, 30), Box(110, 0, 210, 30))
    return AssembleJob(
        pages, str(out), "H49.64.33.2001.160.1.r1", "Công văn số 12 <mẫu> & phụ lục",
        "Bảo hiểm xã hội tỉnh Hưng Lạc", "Hồ sơ H49.64.33.2001.160", "Bản số hóa từ văn bản giấy",
        "2026-11-21T09:05:07+07:00", StampSpace("top-right", 60, 11, 3, strip=True), empty,
    )


def upright(master: DrawnMaster, turn: int = 0, skew: float = 0.0) -> Geometry:
    """Geometry that turns a master by quarter turns and degrees, on a page of the upright image's size."""
    wide, high = (master.width, master.height) if turn % 2 == 0 else (master.height, master.width)
    return Geometry(master.width, master.height, turn, skew, wide, high)


def ruled() -> Image.Image:
    """The drawn page with a rule across it above the text."""
    image = draw()
    ImageDraw.Draw(image).rectangle((180, 240, 1480, 245), fill=0)
    return image


def slope_of_rule(image: Image.Image) -> float:
    """Degrees clockwise of the topmost ink of each column, which is the rule."""
    ink = grey(image) < 128
    columns = np.flatnonzero(ink.any(axis=0))
    heads = ink[:, columns].argmax(axis=0)
    return math.degrees(math.atan(np.polyfit(columns, heads, 1)[0]))


def png(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))
