"""The red seal of an office that does not exist, as an office would scan it, and images that are no seal."""

from __future__ import annotations

import io
import math
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

FACE = "/usr/share/fonts/truetype/croscore/Tinos-Bold.ttf"
RED, WHITE, NOTHING = (205, 25, 35, 255), (255, 255, 255, 255), (255, 255, 255, 0)
AROUND = "BẢO HIỂM XÃ HỘI TỈNH HƯNG LẠC"
FINE = 2


def drawn(side: int = 560, margin: int = 40, ink: tuple[int, ...] = RED,
          paper: tuple[int, ...] = NOTHING) -> Image.Image:
    """A seal whose outer ring is ``side`` pixels across, with ``margin`` pixels of paper around it."""
    return _drawn(side, margin, ink, paper).copy()


@lru_cache(maxsize=8)
def _drawn(side: int, margin: int, ink: tuple[int, ...], paper: tuple[int, ...]) -> Image.Image:
    whole = (side + 2 * margin) * FINE
    image = Image.new("RGBA", (whole, whole), paper)
    pen, middle, radius = ImageDraw.Draw(image), whole / 2, side * FINE / 2
    for share, width in ((1.0, 0.035), (0.62, 0.012)):
        outer = radius * share
        pen.ellipse((middle - outer, middle - outer, middle + outer, middle + outer), outline=ink,
                    width=round(radius * width))
    _star(pen, middle, radius * 0.36, ink)
    face = ImageFont.truetype(FACE, round(radius * 0.2))
    for at, letter in enumerate(AROUND):
        angle = math.radians(-150 + 300 * at / (len(AROUND) - 1))
        tile = Image.new("RGBA", (round(radius * 0.4),) * 2, NOTHING)
        ImageDraw.Draw(tile).text((tile.width / 2, tile.height / 2), letter, font=face, fill=ink, anchor="mm")
        turned = tile.rotate(-math.degrees(angle), resample=Image.Resampling.BICUBIC)
        x, y = middle + radius * 0.8 * math.sin(angle), middle - radius * 0.8 * math.cos(angle)
        image.alpha_composite(turned, (round(x - tile.width / 2), round(y - tile.height / 2)))
    return image.resize((whole // FINE, whole // FINE), Image.Resampling.LANCZOS)


def _star(pen: ImageDraw.ImageDraw, middle: float, size: float, ink: tuple[int, ...]) -> None:
    points = [(middle + (size if at % 2 == 0 else size * 0.38) * math.sin(at * math.pi / 5),
               middle - (size if at % 2 == 0 else size * 0.38) * math.cos(at * math.pi / 5)) for at in range(10)]
    pen.polygon(points, fill=ink)


def png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()
