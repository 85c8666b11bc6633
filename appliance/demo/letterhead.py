"""The fixed parts of an administrative paper (Decree 30/2020/NĐ-CP, appendix I): head, foot, seal, signature."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from appliance.demo.paper import BLUE, RED, Column, Face, Leaf, load_face
from appliance.demo.prose import AGENCY, PLACE, Writer

LEFT_MIDDLE, RIGHT_MIDDLE = 65.0, 147.0
TOP = 27.0
"""First baseline: 23 mm are left free above, so that a stamp fits in the top 20 mm."""

CAPS = Face("Tinos-Regular", 11)
CAPS_BOLD = Face("Tinos-Bold", 11)
COUNTRY = Face("Tinos-Bold", 12)
MOTTO = Face("Tinos-Bold", 13)
NUMBER = Face("Tinos-Regular", 13)
DATE = Face("Tinos-Italic", 13)
SMALL = Face("Tinos-Regular", 11)
SEAL_MM = 36.0


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands at the head: number and sign, date, and for letters the subject line."""

    number: str
    day: str
    subject: str = ""


def print_head(leaf: Leaf, heading: Heading) -> float:
    """Print agency, country, number and date; return the baseline under which the paper goes on."""
    leaf.write((LEFT_MIDDLE, TOP), AGENCY[0], CAPS, "m")
    leaf.write((RIGHT_MIDDLE, TOP), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", COUNTRY, "m")
    leaf.write((LEFT_MIDDLE, TOP + 5.2), AGENCY[1], CAPS_BOLD, "m")
    leaf.write((RIGHT_MIDDLE, TOP + 5.4), "Độc lập - Tự do - Hạnh phúc", MOTTO, "m")
    leaf.rule((LEFT_MIDDLE - 13, TOP + 7.0), (LEFT_MIDDLE + 13, TOP + 7.0))
    leaf.rule((RIGHT_MIDDLE - 29, TOP + 7.3), (RIGHT_MIDDLE + 29, TOP + 7.3))
    leaf.write((LEFT_MIDDLE, TOP + 14), f"Số: {heading.number}", NUMBER, "m")
    date, month, year = heading.day.split("/")
    leaf.write((RIGHT_MIDDLE, TOP + 14), f"{PLACE}, ngày {date} tháng {month} năm {year}", DATE, "m")
    if not heading.subject:
        return TOP + 18
    return _subject(leaf, TOP + 14.5, f"V/v {heading.subject}")


def print_foot(leaf: Leaf, top: float, role: tuple[str, str], rng: Random) -> None:
    """Print recipients, the signer's office and name, and lay seal and signature over them."""
    leaf.write((32, top + 6), "Nơi nhận:", Face("Tinos-BoldItalic", 12))
    for at, name in enumerate(("- Như trên;", "- Giám đốc (để báo cáo);", "- Lưu: VT, QLT.")):
        leaf.write((32, top + 11 + at * 4.6), name, SMALL)
    leaf.write((RIGHT_MIDDLE, top + 6), role[0], Face("Tinos-Bold", 13), "m")
    leaf.write((RIGHT_MIDDLE, top + 11.5), role[1], Face("Tinos-Bold", 13), "m")
    leaf.write((RIGHT_MIDDLE, top + 40), Writer(rng).person(), Face("Tinos-Bold", 13.5), "m")
    leaf.blend(draw_signature(leaf, rng), (RIGHT_MIDDLE - 22, top + 13), BLUE)
    leaf.blend(draw_seal(leaf, rng), (RIGHT_MIDDLE - 40, top + 8 + rng.uniform(-2, 2)), RED)


def print_page_number(leaf: Leaf, number: int) -> None:
    """Print a page number in the middle of the top margin (pages after the first)."""
    leaf.write((110, 15), str(number), NUMBER, "m")


def draw_seal(leaf: Leaf, rng: Random) -> Image.Image:
    """Return the coverage of a round agency seal: rings, text on the circle, star; unevenly inked."""
    side = leaf.px(SEAL_MM) * 2
    seal = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(seal)
    middle, unit = side / 2, side / SEAL_MM
    for radius, weight in ((17.6, 0.75), (16.4, 0.3), (10.6, 0.3)):
        reach = radius * unit
        pen.ellipse((middle - reach, middle - reach, middle + reach, middle + reach), outline=255,
                    width=round(weight * unit))
    font = load_face("Arimo-Bold", round(3.0 * unit))
    _text_on_circle(seal, f"{AGENCY[1]}  *", font, 13.4 * unit)
    pen.polygon(_star(middle, 5.2 * unit), fill=255)
    small = load_face("Arimo-Bold", round(2.0 * unit))
    pen.text((middle, middle + 8.0 * unit), "B.H.X.H", fill=255, font=small, anchor="ms")
    turned = seal.rotate(rng.uniform(-14, 14), resample=Image.Resampling.BILINEAR)
    return _inked(turned.resize((side // 2, side // 2), Image.Resampling.BOX), rng)


def draw_signature(leaf: Leaf, rng: Random) -> Image.Image:
    """Return the coverage of a pen signature: loops that run to the right, then a flourish back."""
    width, height = leaf.px(48), leaf.px(25)
    image = np.zeros((height, width), np.uint8)
    strokes = [_loops(rng), _flourish(rng)]
    for stroke in strokes:
        points = np.stack([stroke[:, 0] * width, stroke[:, 1] * height], axis=1)
        speed = np.hypot(*np.diff(points, axis=0).T)
        calm = 1.0 - np.clip(speed / (speed.max() + 1e-6), 0, 1)
        for at in range(len(points) - 1):
            weight = max(1, round(leaf.px(0.28) * (0.75 + 0.9 * float(calm[at]))))
            ends = [tuple(int(v * 16) for v in points[at + step]) for step in (0, 1)]
            cv2.line(image, ends[0], ends[1], 225, weight, cv2.LINE_AA, 4)
    return Image.fromarray(cv2.GaussianBlur(image, (3, 3), 0.7))


def _subject(leaf: Leaf, top: float, text: str) -> float:
    """Print the subject centred under the number, in as many lines as it takes."""
    face = Face("Tinos-Regular", 12)
    for words in leaf.broken(text, face, Column(0, 66)):
        top += 5.0
        leaf.write((LEFT_MIDDLE, top), " ".join(words), face, "m")
    return top


def _text_on_circle(seal: Image.Image, text: str, font: ImageFont.FreeTypeFont, radius: float) -> None:
    """Set letters upright around the whole circle, beginning at the lower left."""
    step = 2 * math.pi / len(text)
    middle = seal.width / 2
    tile = round(font.size * 1.8)
    for at, letter in enumerate(text):
        angle = math.pi * 0.5 + 0.08 + (at + 0.5) * step
        glyph = Image.new("L", (tile, tile), 0)
        ImageDraw.Draw(glyph).text((tile / 2, tile / 2), letter, fill=255, font=font, anchor="mm")
        glyph = glyph.rotate(-math.degrees(angle) - 90, resample=Image.Resampling.BILINEAR)
        x, y = middle + radius * math.cos(angle), middle + radius * math.sin(angle)
        seal.paste(255, (round(x - tile / 2), round(y - tile / 2)), glyph)


def _star(middle: float, reach: float) -> list[tuple[float, float]]:
    points = []
    for at in range(10):
        length = reach if at % 2 == 0 else reach * 0.4
        angle = -math.pi / 2 + at * math.pi / 5
        points.append((middle + length * math.cos(angle), middle + length * math.sin(angle)))
    return points


def _inked(mask: Image.Image, rng: Random) -> Image.Image:
    """Take ink away in patches and grains, as a stamp pad does."""
    source = np.random.default_rng(rng.getrandbits(32))
    patches = cv2.resize(source.uniform(0.5, 1.0, (7, 7)).astype(np.float32), mask.size,
                         interpolation=cv2.INTER_CUBIC)
    grains = source.uniform(0.72, 1.0, (mask.height, mask.width)).astype(np.float32)
    inked = np.asarray(mask, np.float32) * np.clip(patches, 0.35, 1.0) * grains * 0.9
    return Image.fromarray(inked.astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.8))


def _loops(rng: Random) -> NDArray[np.float64]:
    """Return points (x, y in 0..1) of a hand: a tall first letter, then ever smaller loops."""
    t = np.linspace(0, 1, 300)
    turns = rng.uniform(3.4, 6.5)
    first, middle = rng.uniform(0.26, 0.42), rng.uniform(0.09, 0.22)
    size = np.interp(t, (0, 0.1, rng.uniform(0.25, 0.5), 1), (first, first * 0.8, middle, 0.04))
    phase = 2 * math.pi * turns * t ** rng.uniform(0.85, 1.2) + rng.uniform(0, 5)
    slant = rng.uniform(-0.35, 0.1)
    rise = size * np.sin(phase) + 0.05 * np.sin(rng.uniform(5, 12) * t + rng.uniform(0, 6))
    x = 0.12 + 0.68 * t + rng.uniform(0.2, 0.34) * size * np.cos(phase) + slant * rise * 0.5
    y = rng.uniform(0.48, 0.56) - rng.uniform(0.0, 0.16) * t + rise
    return np.stack([np.clip(x, 0.02, 0.98), np.clip(y, 0.03, 0.97)], axis=1)


def _flourish(rng: Random) -> NDArray[np.float64]:
    """Return points of the stroke under the name."""
    t = np.linspace(0, 1, 90)
    lift, deep, start = rng.uniform(0.02, 0.2), rng.uniform(0.1, 0.28), rng.uniform(0.7, 0.9)
    x = start - rng.uniform(0.5, 0.8) * t + rng.uniform(0.5, 1.6) * np.clip(t - 0.62, 0, 1) ** 1.2
    y = rng.uniform(0.58, 0.68) + deep * np.sin(t * math.pi * 0.9) - lift * t
    return np.stack([np.clip(x, 0.02, 0.98), np.clip(y, 0.03, 0.97)], axis=1)
