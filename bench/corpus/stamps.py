"""Stamps as offices use them: state-secret, urgent, circulation, arrival, seals; evenly or badly inked.

Sizes after Decree 30/2020/NĐ-CP, appendix I, and the forms of state-secret stamps: 20, 30 or 40 x 8 mm, the
secret ones with a second border 1 mm inside the first.
"""

from __future__ import annotations

from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from appliance.demo.letterhead import draw_seal
from appliance.demo.paper import Leaf, load_face
from bench.corpus.spec import Stamp

Mask = NDArray[np.uint8]

SECRET = {"TUYỆT MẬT": 40.0, "TỐI MẬT": 30.0, "MẬT": 20.0}
URGENT = {"HỎA TỐC": 30.0, "THƯỢNG KHẨN": 40.0, "KHẨN": 20.0}
CIRCULATION = ("XEM XONG TRẢ LẠI", "LƯU HÀNH NỘI BỘ")
HIGH = 8.0
"""mm; of all of them."""

BORDER = 0.35
GAP = 1.0
FINE = 3
"""Stamps are drawn this much finer, then reduced: rubber has no pixels."""


def draw_stamp(stamp: Stamp, dpi: int, seed: int) -> Mask:
    """Return the coverage of a stamp (uint8, 255 full ink), turned as it stands; its middle is the stamp's."""
    rng = np.random.default_rng(seed)
    fine = _fine(stamp, dpi, seed)
    turned = _turned(fine, stamp.angle)
    small = cv2.resize(turned, None, fx=1 / FINE, fy=1 / FINE, interpolation=cv2.INTER_AREA)
    return _inked(np.asarray(small, np.uint8), stamp, dpi, rng)


def size_mm(stamp: Stamp) -> tuple[float, float]:
    """Return width and height of a stamp that stands upright."""
    if stamp.kind == "seal":
        return 36.0, 36.0
    if stamp.kind == "arrival":
        return 52.0, 26.0
    known = {**SECRET, **URGENT}.get(stamp.text)
    return (known or 8.0 + 3.1 * len(stamp.text)), HIGH


def _fine(stamp: Stamp, dpi: int, seed: int) -> Mask:
    """Draw a stamp upright, ``FINE`` times as fine as the page."""
    if stamp.kind == "seal":
        seal = draw_seal(Leaf(dpi * FINE), Random(seed))
        return np.asarray(seal, np.uint8)
    wide, high = size_mm(stamp)
    unit = dpi * FINE / 25.4
    image = Image.new("L", (round(wide * unit) + 1, round(high * unit) + 1), 0)
    pen = ImageDraw.Draw(image)
    if stamp.kind != "name":
        _frame(pen, image.size, unit, 0.0)
    if stamp.kind == "secret":
        _frame(pen, image.size, unit, GAP)
    if stamp.kind == "arrival":
        _arrival(pen, image.size, unit)
    else:
        _words(pen, image.size, stamp, unit)
    return np.asarray(image, np.uint8)


def _frame(pen: ImageDraw.ImageDraw, size: tuple[int, int], unit: float, inset: float) -> None:
    off = round(inset * unit)
    pen.rectangle((off, off, size[0] - 1 - off, size[1] - 1 - off), outline=255, width=max(1, round(BORDER * unit)))


def _words(pen: ImageDraw.ImageDraw, size: tuple[int, int], stamp: Stamp, unit: float) -> None:
    """Print the words in 13 point bold capitals, smaller where they would not fit between the borders."""
    room = size[0] - round((2 * GAP + 2.4) * unit)
    for points in (13.0, 12.0, 11.0, 10.0, 9.0):
        font = load_face("Tinos-Bold", round(points * 25.4 / 72 * unit))
        if font.getlength(stamp.text) <= room:
            break
    # capitals with marks below and above: set by the capitals' own height, as rubber letters are
    middle = size[1] / 2 + font.getbbox("H", anchor="ls")[1] * -0.5
    pen.text((size[0] / 2, middle), stamp.text, fill=255, font=font, anchor="ms")


def _arrival(pen: ImageDraw.ImageDraw, size: tuple[int, int], unit: float) -> None:
    """Print the box in which incoming papers are numbered."""
    wide, high = size
    for share in (0.34, 0.67):
        pen.line((0, high * share, wide, high * share), fill=255, width=max(1, round(0.25 * unit)))
    head = load_face("Arimo-Bold", round(9 * 25.4 / 72 * unit))
    small = load_face("Arimo-Regular", round(8 * 25.4 / 72 * unit))
    pen.text((wide / 2, high * 0.23), "BHXH TỈNH HƯNG LẠC", fill=255, font=head, anchor="ms")
    pen.text((wide * 0.05, high * 0.56), "ĐẾN  Số: ...................", fill=255, font=small, anchor="ls")
    pen.text((wide * 0.05, high * 0.89), "Ngày: ......................", fill=255, font=small, anchor="ls")


def _turned(mask: Mask, angle: float) -> Mask:
    """Turn a mask clockwise about its middle; nothing is cut off."""
    high, wide = mask.shape
    matrix = np.array(cv2.getRotationMatrix2D((wide / 2, high / 2), -angle, 1.0), np.float64)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = (int(wide * cos + high * sin) + 8, int(wide * sin + high * cos) + 8)
    matrix[:, 2] += (size[0] / 2 - wide / 2, size[1] / 2 - high / 2)
    return np.asarray(cv2.warpAffine(mask, matrix, size, flags=cv2.INTER_LINEAR), np.uint8)


def _inked(mask: Mask, stamp: Stamp, dpi: int, rng: np.random.Generator) -> Mask:
    """Take ink away in patches, at one end and in grains; let the rest spread a little."""
    high, wide = mask.shape
    cells = (max(2, round(high * 25.4 / dpi / 3)), max(2, round(wide * 25.4 / dpi / 4)))
    lost = rng.uniform(0, stamp.patchy, cells).astype(np.float32)
    patches = 1 - cv2.resize(lost, (wide, high), interpolation=cv2.INTER_CUBIC)
    lean = np.linspace(1 - stamp.patchy * rng.uniform(0, 0.5), 1, wide, dtype=np.float32)
    if rng.random() < 0.5:
        lean = lean[::-1]
    grains = rng.uniform(0.7, 1.0, (high, wide)).astype(np.float32)
    spread = cv2.GaussianBlur(mask, (0, 0), 0.0022 * dpi).astype(np.float32)
    inked = spread * np.clip(patches, 0.05, 1) * lean[None] * grains * (1.15 * stamp.ink)
    return np.asarray(np.clip(inked, 0, 255), np.uint8)
